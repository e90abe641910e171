//! The Pythons that are on this host, put into the commands that ask for one by its version: an
//! installer that has to fetch a Python may not be able to.

use std::path::PathBuf;

use super::again::NOT_FROM_UV;
use super::command::quote;
use crate::compat::Fix;

impl Fix {
    /// Names the interpreter of the wanted version where the host has one. `found` are minor
    /// versions of Python 3 with their interpreters.
    pub fn with_interpreters(&mut self, found: &[(u8, PathBuf)]) {
        for (minor, interpreter) in found {
            let asked = format!(" --python 3.{minor} ");
            let Some(path) = interpreter.to_str() else {
                continue;
            };
            let named = format!(" --python {} ", quote(path));
            let Some(line) = self
                .throw_away
                .as_mut()
                .filter(|line| line.contains(&asked))
            else {
                continue;
            };
            let same = *line == self.command;
            *line = line.replacen(&asked, &named, 1);
            if same {
                self.command.clone_from(line);
            }
            self.again.take_if(|again| again.starts_with(NOT_FROM_UV));
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_of_the_host_takes_the_place_of_its_version() {
        let line = "uv run --isolated --no-project --python 3.7 --with joblib python -c x m.pkl";
        let mut fix = Fix {
            command: line.into(),
            throw_away: Some(line.into()),
            again: Some(format!("{NOT_FROM_UV}, so bring it")),
            ..Fix::default()
        };
        fix.with_interpreters(&[
            (9, "/usr/bin/python3.9".into()),
            (7, "/opt/py 7/python3.7".into()),
        ]);
        assert!(
            fix.command
                .contains("--python '/opt/py 7/python3.7' --with"),
            "{}",
            fix.command
        );
        assert_eq!(fix.throw_away.as_deref(), Some(fix.command.as_str()));
        assert_eq!(fix.again, None);
    }
}
