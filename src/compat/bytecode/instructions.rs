//! Which Pythons run these instructions: those for which every opcode in them means the same.
//!
//! The numbers are those of `dis.opmap` in Python 3.8 to 3.13. Jumps, calls and attribute access
//! changed their encoding more often than their number, so they stand in a list only where they did
//! not.

use crate::environment::PythonVersion;

/// Opcodes that 3.8, 3.9 and 3.10 run alike.
const ALIKE_3_8: &[u8] = &[
    1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 15, 16, 17, 19, 20, 22, 23, 24, 25, 26, 27, 28, 29, 55, 56,
    57, 59, 60, 61, 62, 63, 64, 65, 66, 67, 75, 76, 77, 78, 79, 83, 92, 94, 95, 96, 97, 100, 102,
    103, 104, 105, 106, 108, 109, 116, 124, 125, 126, 130, 131, 132, 133, 135, 136, 137, 141, 142,
    144, 155, 156, 157, 160, 161,
];
/// Opcodes that 3.11 and 3.12 run alike, with as many inline caches.
const ALIKE_3_11: &[u8] = &[
    0, 1, 2, 9, 11, 12, 15, 60, 61, 83, 92, 94, 95, 96, 97, 99, 100, 102, 103, 104, 105, 108, 109,
    117, 118, 120, 122, 124, 125, 126, 130, 132, 133, 135, 136, 137, 138, 142, 144, 149, 151, 155,
    156, 157, 162, 163, 164, 165, 172,
];
/// `RESUME` of 3.11 and 3.12, and what may stand before it.
const RESUME_3_11: (u8, &[u8]) = (151, &[149, 135, 75, 1]);
/// `RESUME` of 3.13, and what may stand before it.
const RESUME_3_13: (u8, &[u8]) = (149, &[62, 94, 35, 32]);
/// `LOAD_FAST` of 3.13, which 3.11 and 3.12 take for `SETUP_ANNOTATIONS`.
const LOAD_FAST_3_13: u8 = 85;

/// Whether a Python runs a piece of code.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It does what it did where it was compiled.
    Runs,
    /// The instructions do not show it.
    Unsure,
    /// A call of it fails.
    Breaks(Fault),
}

/// How a call fails.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub exception: Option<&'static str>,
    pub message: &'static str,
}

/// What the change from 3.10 to 3.11 makes of code that a call reaches all the same.
pub(super) const FOREIGN: Fault = Fault {
    exception: None,
    message: "embedded bytecode from the other side of Python 3.11 means something else here",
};

/// Looks at instructions that were written by a Python in `range` (as the shape of the code object
/// tells) and would be run by `python`.
pub(super) fn fit(code: &[u8], range: &str, python: PythonVersion) -> Fit {
    let minor = if python.major == 3 { python.minor } else { 0 };
    let alike = |opcodes: &[u8]| {
        if !code.is_empty() && code.chunks(2).all(|pair| opcodes.contains(&pair[0])) {
            Fit::Runs
        } else {
            Fit::Unsure
        }
    };
    if range == ">=3.8,<3.11" {
        return alike(ALIKE_3_8);
    }
    if range != ">=3.11" {
        return Fit::Unsure;
    }
    let of_3_13 = resumes(code, RESUME_3_13);
    let of_3_11 = resumes(code, RESUME_3_11);
    match minor {
        11 | 12 if of_3_11 => alike(ALIKE_3_11),
        11 | 12 if of_3_13 => {
            // `LOAD_FAST` comes first in most functions; an argument-less `COPY_FREE_VARS` before it
            // is what the older ones take `RESUME` for, and it does nothing.
            let starts = code[0] == RESUME_3_13.0 && code.get(2) == Some(&LOAD_FAST_3_13);
            Fit::Breaks(if starts {
                Fault {
                    exception: Some("SystemError"),
                    message: "no locals found when setting up annotations",
                }
            } else {
                Fault {
                    exception: None,
                    message: "embedded bytecode of Python 3.13 means something else here",
                }
            })
        }
        13 if of_3_13 => Fit::Runs,
        13 if of_3_11 => Fit::Breaks(Fault {
            exception: None,
            message: "embedded bytecode of Python 3.11 or 3.12 kills Python 3.13 when it is called",
        }),
        _ => Fit::Unsure,
    }
}

/// Whether code begins as functions of these versions do: `RESUME 0` behind what prepares cells.
fn resumes(code: &[u8], (resume, before): (u8, &[u8])) -> bool {
    code.chunks(2)
        .find(|pair| !before.contains(&pair[0]))
        .is_some_and(|pair| pair == [resume, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = ">=3.8,<3.11";
    const NEW: &str = ">=3.11";
    // `lambda x: x * 2` as each of them compiles it.
    const BY_3_9: &[u8] = b"|\0d\x01\x14\0S\0";
    const BY_3_11: &[u8] = b"\x97\0|\0d\x01z\x05\0\0S\0";
    const BY_3_13: &[u8] = b"\x95\0U\0S\x01-\x05\0\0$\0";

    fn on(minor: u8, code: &[u8], range: &str) -> Fit {
        let python = PythonVersion {
            major: 3,
            minor,
            patch: None,
        };
        fit(code, range, python)
    }

    #[test]
    fn what_every_candidate_runs_alike_runs() {
        for minor in [8, 9, 10] {
            assert_eq!(on(minor, BY_3_9, OLD), Fit::Runs);
        }
        // A jump counts bytes before 3.10 and instructions since.
        assert_eq!(on(10, b"|\0r\x06d\x01S\0d\0S\0", OLD), Fit::Unsure);
        assert_eq!(on(11, BY_3_11, NEW), Fit::Runs);
        assert_eq!(on(12, BY_3_11, NEW), Fit::Runs);
        assert_eq!(on(13, BY_3_13, NEW), Fit::Runs);
        // A call: 3.11 and 3.12 encode it differently.
        assert_eq!(on(12, b"\x97\0|\0\xab\0\0\0S\0", NEW), Fit::Unsure);
        assert_eq!(on(14, BY_3_13, NEW), Fit::Unsure);
    }

    #[test]
    fn the_first_instruction_tells_3_13_from_the_two_before() {
        let Fit::Breaks(fault) = on(12, BY_3_13, NEW) else {
            panic!("3.12 does not run it");
        };
        assert_eq!(fault.exception, Some("SystemError"));
        assert!(matches!(
            on(13, BY_3_11, NEW),
            Fit::Breaks(Fault {
                exception: None,
                ..
            })
        ));
        for code in [&b""[..], b"\x95", b"\x97", b"\x01\x01"] {
            assert!(!matches!(on(13, code, NEW), Fit::Breaks(_)));
        }
    }
}
