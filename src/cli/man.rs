//! `man`: the manual page, from the grammar of the command line and from the key table.

use std::io::{self, Write};

use clap::CommandFactory;

use super::{Cli, GOOD};
use crate::tui;

pub(super) fn run() -> anyhow::Result<u8> {
    let mut out = io::stdout().lock();
    out.write_all(&page()?)?;
    out.flush()?;
    Ok(GOOD)
}

fn page() -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    writeln!(page, ".SH KEYS")?;
    writeln!(
        page,
        "The name of each is what the table [keys] of the configuration calls it."
    )?;
    for (name, keys, help) in tui::actions() {
        let (keys, help) = (escaped(&keys), escaped(help));
        writeln!(page, ".TP\n\\fB{keys}\\fR ({name})\n{help}")?;
    }
    Ok(page)
}

/// Text that roff takes for nothing but text.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_commands_options_and_keys() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        for words in [
            "shelflife",
            "pick",
            "--env",
            "next\\-problem",
            "the next artifact",
        ] {
            let plain = words.replace("\\-", "-");
            assert!(
                page.contains(words)
                    || page.contains(&plain)
                    || page.contains(&words.replace('-', "\\-")),
                "{words}"
            );
        }
        assert_eq!(escaped(".\\-"), "\\&.\\e\\-");
    }
}
