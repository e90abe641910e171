//! Texts as people paste them, and texts that nobody should.

use proptest::prelude::*;

use super::{Link, Trace, parse};

fn one(text: &str) -> Trace {
    let trace = parse(text);
    assert_eq!(trace.raised.len(), 1, "{trace:?}");
    trace
}

#[test]
fn a_notebook_is_read() {
    let text = "---------------------------------------------------------------------------\n\
        \x1b[0;31mKeyError\x1b[0m                                  Traceback (most recent call last)\n\
        Cell In[3], line 1\n----> 1 joblib.load('models/churn.joblib')\n\n\
        File ~/.venv/lib/python3.12/site-packages/joblib/numpy_pickle.py:658, in load(filename, mmap_mode)\n    \
        652 # a comment\n--> 658 obj = _unpickle(fobj)\n\nKeyError: 118";
    let trace = one(text);
    assert_eq!(trace.raised[0].headline(), "KeyError: 118");
    assert_eq!(trace.raised[0].frames[1].function, "load");
    assert_eq!(trace.files, ["models/churn.joblib"]);
    let origin = trace.origin.unwrap();
    assert_eq!(origin.prefix.unwrap().to_str(), Some("~/.venv"));
    assert_eq!(origin.python, Some((3, 12)));
}

#[test]
fn chains_keep_their_order_and_links() {
    let text = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 118\n\n\
        During handling of the above exception, another exception occurred:\n\n\
        Traceback (most recent call last):\n  File \"a.py\", line 2, in g\nmlflow.exceptions.MlflowException: no\n";
    let trace = parse(text);
    let told: Vec<_> = trace.raised.iter().map(|r| (r.class(), r.link)).collect();
    assert_eq!(
        told,
        [("KeyError", Link::None), ("MlflowException", Link::During)]
    );
}

#[test]
fn a_bare_line_is_found_in_a_record_of_a_log() {
    let trace =
        one("2026-11-23 12:00:00,1 ERROR app: _pickle.UnpicklingError: invalid load key, '\\x1f'.");
    assert_eq!(trace.raised[0].class(), "UnpicklingError");
    assert_eq!(trace.raised[0].message, "invalid load key, '\\x1f'.");
    assert_eq!(
        one("Segmentation fault (core dumped)").raised[0].exception,
        ""
    );
    assert!(parse(" \n\t\n").raised.is_empty());
}

#[test]
fn windows_and_the_crash_handler_are_read() {
    let text = "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):\n  \
        File \"C:\\\\app\\\\venv\\\\Lib\\\\site-packages\\\\joblib\\\\numpy_pickle.py\", line 3 in load\n";
    let trace = parse(&text.replace("\\\\", "\\"));
    assert_eq!(
        trace.raised[0].headline(),
        "Fatal Python error: Segmentation fault"
    );
    assert_eq!(
        trace.origin.unwrap().prefix.unwrap().to_str(),
        Some("C:/app/venv")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    /// Nothing panics, and what comes out is harmless and within its budget.
    #[test]
    fn any_text_is_read_or_refused(
        parts in prop::collection::vec(prop_oneof![
            any::<String>(),
            Just("Traceback (most recent call last):\n".to_owned()),
            Just("  File \"/x/lib/python3.1/site-packages/a.py\", line 3, in f\n".to_owned()),
            Just("KeyError: 118\n".to_owned()),
            Just("\\n  File \\\"x\\\\u001b[".to_owned()),
            Just("\x1b]0;owned\x07\x1b[31m".to_owned()),
            Just("  | \u{202e}+-+--- 1 ---\n".to_owned()),
            Just("a.py:3: UserWarning: X\n".to_owned()),
            Just("No module named '\n".to_owned()),
        ], 0..12),
    ) {
        let trace = parse(&parts.concat());
        prop_assert!(trace.raised.len() <= 64);
        for raised in &trace.raised {
            let told = format!("{}{}", raised.exception, raised.message.replace('\n', ""));
            prop_assert_eq!(crate::text::clean(&told), told.as_str());
            prop_assert!(raised.frames.len() <= 200);
        }
        let explanation = super::conclude(trace, Vec::new(), None, Vec::new());
        prop_assert!(explanation.about <= explanation.trace.raised.len());
    }
}

#[test]
fn a_long_text_keeps_its_end() {
    let mut text = "x\\n  File \x1b[".repeat(600_000);
    text.push_str(
        "\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 7\n",
    );
    let trace = parse(&text);
    assert!(trace.cut);
    assert_eq!(trace.raised.last().unwrap().headline(), "KeyError: 7");
}
