//! `requirements*.txt` and `constraints.txt`, in whatever encoding an editor left them.

use super::entry::Entry;

/// A requirement list: its entries, and the lists in the same folder that it includes.
#[derive(Debug, Default)]
pub(super) struct List {
    /// What it asks for.
    pub entries: Vec<Entry>,
    /// Plain file names after `-r` and `-c`.
    pub includes: Vec<String>,
}

/// Reads a list. A line that ends in `\` goes on; it counts where it begins.
pub(super) fn parse(text: &str) -> List {
    let mut list = List::default();
    let mut lines = text.lines().zip(1_u32..);
    while let Some((line, number)) = lines.next() {
        let mut whole = String::new();
        let mut part = line.trim();
        // Joined part by part: a list may go on for a hundred thousand lines.
        while let Some(open) = part.strip_suffix('\\') {
            whole.push_str(open.trim_end());
            part = "";
            let Some((next, _)) = lines.next() else { break };
            whole.push(' ');
            part = next.trim();
        }
        whole.push_str(part);
        if let Some(name) = included(&whole) {
            if list.includes.len() < 16 {
                list.includes.push(name.to_owned());
            }
        } else if let Some(entry) = Entry::requirement(&whole, number) {
            list.entries.push(entry);
        }
    }
    list
}

/// The file after `-r` or `-c`, when it is a plain name: no list leads out of its folder.
fn included(line: &str) -> Option<&str> {
    let rest = ["-r", "--requirement", "-c", "--constraint"]
        .iter()
        .filter_map(|option| line.strip_prefix(option))
        .find(|rest| rest.starts_with([' ', '=', '\t']))?;
    let name = rest.trim_start_matches(['=', ' ', '\t']);
    let name = name.split(" #").next().unwrap_or(name).trim();
    let name = name.strip_prefix("./").unwrap_or(name);
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':']);
    plain.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        let list = parse(
            "# comment\nscikit_learn==1.2.2  # pinned\nnumpy>=1.20,<2 ; python_version < '3.12'\n\
             pandas=1.5.3\n-e git+https://example.org/x.git#egg=x\n./local\n--no-binary :all:\n\
             scipy==1.10.1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\njoblib[lz4] ~= 1.3\n\
             torch @ https://example.org/torch.whl\n",
        );
        let found: Vec<(&str, &str, u32)> = list
            .entries
            .iter()
            .map(|e| (e.subject.as_str(), e.wanted.as_str(), e.line))
            .filter(|(subject, ..)| *subject != "x")
            .collect();
        assert_eq!(
            found,
            [
                ("scikit-learn", "==1.2.2", 2),
                ("numpy", ">=1.20,<2", 3),
                ("pandas", "==1.5.3", 4),
                ("scipy", "==1.10.1", 8),
                ("joblib", "~=1.3", 11),
                ("torch", "", 12),
            ]
        );
        assert!(list.entries[1].text.contains("python_version"));
    }

    #[test]
    fn includes_stay_in_the_folder() {
        let list = parse(
            "-r base.txt\n--requirement=./more.txt\n-c ../../up.txt\n-r /etc/passwd\n-r x/y.txt\n",
        );
        assert_eq!(list.includes, ["base.txt", "more.txt"]);
    }
}
