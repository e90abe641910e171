//! What keys do.

use super::drive::{Driver, drive, pick};
use super::shelf::Shelf;
use crate::engine::Event;
use crate::tui::app::Mode;
use crate::tui::effect::Ended;
use crate::tui::message::Message;

const WIDE_NAME: &str = "模型/预测客户流失的随机森林-final-final-v2-really-this-one.joblib";
const EVIL_NAME: &str = "z\u{fffd}]0;owned\u{fffd}\u{fffd}e\u{301}vil.pkl";

#[test]
fn the_list_is_sorted_by_name_and_the_cursor_stays_inside() {
    drive()
        .selected("boost.skops")
        .keys("k")
        .selected("boost.skops")
        .keys("jj<down>")
        .selected("iris.joblib")
        .keys("G")
        .selected(WIDE_NAME)
        .keys("j")
        .selected(WIDE_NAME)
        .keys("k")
        .selected("old/rank.pkl")
        .keys("gg")
        .selected("boost.skops")
        .keys("<c-d><c-d>")
        .selected(WIDE_NAME)
        .keys("<home>")
        .selected("boost.skops");
}

#[test]
fn a_filter_narrows_the_list_and_escape_widens_it() {
    drive()
        .keys("/prce<enter>")
        .listed(&["price.onnx"])
        .shows("/prce")
        .keys("<esc>")
        .shows("1/9");
    drive()
        .keys("/verdict:fails<enter>")
        .listed(&["churn.joblib", EVIL_NAME, "old/rank.pkl"]);
    drive()
        .keys("/verdict:fails-p<enter>")
        .listed(&["churn.joblib"]);
    drive().keys("/format:onnx<enter>").listed(&["price.onnx"]);
    drive().keys("/class:forest<enter>").listed(&[WIDE_NAME]);
    drive().keys("/randomforest").listed(&[WIDE_NAME]);
    drive().keys("/differ").listed(&["tree.pkl"]);
}

#[test]
fn keys_are_text_while_a_filter_is_typed() {
    let driver = drive().keys("/qyt").goes_on();
    assert_eq!(driver.app.filter.value(), "qyt");
    let mut driver = driver.keys("<bs><bs><bs>").shows("1/9");
    driver.send(Message::Paste("price\nq".into()));
    assert_eq!(driver.app.filter.value(), "priceq");
}

#[test]
fn the_cursor_stays_on_its_row_when_the_order_changes() {
    drive()
        .keys("jj")
        .selected("half.pkl")
        .keys("s")
        .shows("sorted by verdict")
        .selected("half.pkl")
        .keys("fgg")
        .selected("half.pkl")
        .keys("s")
        .keys("gg")
        .selected(WIDE_NAME)
        .keys("sgg")
        .selected(WIDE_NAME)
        .keys("/")
        .keys("<esc>")
        .selected(WIDE_NAME);
}

#[test]
fn an_untouched_cursor_stays_on_the_first_row_while_rows_arrive() {
    let mut driver = Driver::new(Shelf::realistic(), Mode::Browse);
    driver.tell(Event::Started);
    driver.tell(Event::Found {
        first: 0,
        paths: vec!["models/tree.pkl".into()],
    });
    let mut driver = driver.selected("tree.pkl");
    driver.tell(Event::Found {
        first: 1,
        paths: vec!["models/iris.joblib".into()],
    });
    let mut driver = driver
        .selected("iris.joblib")
        .keys("j")
        .selected("tree.pkl");
    driver.tell(Event::Found {
        first: 2,
        paths: vec!["models/boost.skops".into()],
    });
    driver.selected("tree.pkl");
}

#[test]
fn n_goes_to_the_next_problem_and_round_the_end() {
    drive()
        .keys("n")
        .selected("churn.joblib")
        .keys("n")
        .selected("half.pkl")
        .keys("nnn")
        .selected("old/rank.pkl")
        .keys("n")
        .selected("churn.joblib")
        .keys("N")
        .selected("old/rank.pkl");
}

#[test]
fn on_a_narrow_screen_tab_and_enter_swap_list_and_detail() {
    drive()
        .keys("n")
        .hides("_fill_dtype")
        .keys("<enter>")
        .shows("_fill_dtype")
        .keys("<tab>")
        .hides("_fill_dtype")
        .keys("<tab>")
        .keys("2")
        .shows("SimpleImputer")
        .shows("[tree]")
        .keys("<right>")
        .shows("[trial]")
        .keys("<left><left>")
        .shows("[needs]")
        .keys("<esc>")
        .shows("shelf 2/9");
}

#[test]
fn on_a_wide_screen_tab_turns_the_faces_and_the_list_keeps_the_keys() {
    drive()
        .sized(120, 40)
        .keys("n")
        .shows("[needs]")
        .keys("<tab>")
        .shows("[tree]")
        .keys("<s-tab><s-tab>")
        .shows("[file]")
        .keys("j")
        .selected("half.pkl");
}

#[test]
fn a_finding_unfolds_its_evidence() {
    drive()
        .sized(80, 30)
        .keys("n<enter>")
        .hides("at byte 2014")
        .keys("G<space>")
        .shows("at byte 2014")
        .shows("attribute-missing")
        .keys("<space>")
        .hides("at byte 2014");
}

#[test]
fn a_native_trial_asks_for_a_sample_and_runs_it() {
    let driver = drive()
        .keys("nt")
        .shows("generated from scaler means")
        .shows("0.875")
        .shows("finished");
    assert_eq!(driver.ran, 1);
    // The sample is kept.
    let driver = driver.keys("t");
    assert_eq!(driver.ran, 2);
    drive()
        .keys("/rank<enter>t")
        .shows("nothing says how many features");
    drive()
        .keys("/half<enter>t")
        .shows("an unreadable file cannot be tried");
}

#[test]
fn a_python_trial_runs_only_after_a_yes() {
    let asked = || {
        drive()
            .keys("ntp")
            .shows("/srv/app/.venv/bin/python")
            .shows("models/churn.joblib")
    };
    for no in ["n", "<enter>", "<esc>", "Y", " ", "p", "q", "<tab>"] {
        let driver = asked().keys(no).shows("not run").goes_on();
        assert_eq!(driver.ran, 1, "{no} ran it");
    }
    let driver = asked()
        .keys("y")
        .shows("raised at predict")
        .shows("AttributeError");
    assert_eq!(driver.ran, 2);
    drive()
        .without_environment()
        .keys("/churn<enter>tp")
        .shows("no environment");
    drive()
        .keys("/vil<enter>tp")
        .shows("dangerous")
        .shows("calls")
        .shows("posix.system");
}

#[test]
fn all_that_a_yes_rests_on_can_be_read_on_the_smallest_screen() {
    let mut driver = drive().sized(40, 12).keys("/vil<enter>tp");
    let mut read: Vec<String> = Vec::new();
    for _ in 0..40 {
        driver = driver.shows("run it? y runs it").shows("any other key no");
        let screen = driver.screen();
        let lines = screen.lines().filter_map(|line| line.strip_prefix("\"│"));
        for line in lines.filter_map(|line| line.strip_suffix("│\"")) {
            let words: String = line.split_whitespace().collect();
            if !read.contains(&words) && !words.contains("lines,j/k") {
                read.push(words);
            }
        }
        driver = driver.keys("j");
    }
    let read = read.concat();
    for fact in [
        "z\u{fffd}]0;owned",
        "/srv/app/.venv/bin/python",
        "dangerous:wouldruncommands,openfilesorsockets",
        "posix.system",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "nonetwork,nootherprocesses",
        "numpy._core.multiarray._reconstruct",
    ] {
        assert!(read.contains(fact), "{fact} is not among\n{read}");
    }
    // Moving is no answer; any other key is.
    assert_eq!(driver.ran, 1);
    let driver = driver.keys("G<up>x").hides("run it?").shows("not run");
    assert_eq!(driver.ran, 1);
    let driver = driver.keys("pGy");
    assert_eq!(driver.ran, 2);
}

#[test]
fn a_long_command_is_folded_and_copied_whole() {
    let mut driver = drive().keys("n");
    let row = driver.app.selected.unwrap();
    let reading = driver.app.rows[row].reading.as_mut().unwrap();
    let comparison = std::sync::Arc::make_mut(&mut reading.comparison);
    let fix = comparison.fix.as_mut().unwrap();
    fix.command = format!(
        "uv run {} last-word",
        "--with some-package==1.2.3 ".repeat(20)
    );
    let whole = fix.command.clone();
    let driver = driver
        .keys("<enter>")
        .shows("fix (y)")
        .shows("more lines: space shows them, yy copies all")
        .shows("saved with")
        .hides("last-word")
        .keys("yy");
    assert_eq!(driver.copied, [whole]);
    driver
        .keys("j<space>")
        .shows("last-word")
        .keys("<space>")
        .hides("last-word");
}

#[test]
fn a_question_about_another_environment_is_withdrawn() {
    let mut driver = drive().keys("ntp").shows("run it?");
    let other = crate::tui::tests::shelf::environment("/srv/old/venv", 9, "1.2.2");
    driver.tell(Event::Environment(Some(std::sync::Arc::new(other))));
    let driver = driver.hides("run it?").shows("was not run").keys("y");
    assert_eq!(driver.ran, 1);
}

#[test]
fn the_environment_switcher_compares_again() {
    drive()
        .shows(".venv (3.12.4)")
        .keys("e")
        .shows("/srv/old/venv")
        .keys("j<enter>")
        .shows("venv (3.9.4)")
        .keys("e<esc>")
        .shows("shelf 1/9");
}

#[test]
fn copying_takes_the_fix_and_else_the_path() {
    let driver = drive().keys("nyy").shows("command sent");
    assert_eq!(driver.copied, ["uv pip install 'scikit-learn==1.2.2'"]);
    let driver = drive().keys("nyf").shows("command sent");
    assert_eq!(driver.copied, ["uv pip install 'scikit-learn==1.2.2'"]);
    for keys in ["nc", "nyp"] {
        let driver = drive().keys(keys).shows("path sent");
        assert_eq!(driver.copied, ["models/churn.joblib"]);
    }
    let driver = drive().keys("yy").shows("path sent");
    assert_eq!(driver.copied, ["models/boost.skops"]);
    let driver = drive().keys("yf").shows("no command that fixes it");
    assert!(driver.copied.is_empty());
    let driver = drive().keys("nyd").shows("finding sent");
    let copied = &driver.copied[0];
    assert!(copied.starts_with("models/churn.joblib: "), "{copied}");
    assert!(copied.contains("AttributeError"), "{copied}");
    // The finding under the cursor of the detail alone.
    let driver = drive().sized(80, 28).keys("n<enter>Gyd");
    assert!(!driver.copied[0].contains('\n'), "{}", driver.copied[0]);
}

#[test]
fn a_rescan_keeps_the_cursor_on_its_file() {
    drive().keys("nr").selected("churn.joblib").shows("9 found");
}

#[test]
fn events_of_the_walk_before_are_dropped_after_a_rescan() {
    let mut driver = drive();
    crate::tui::heard::forget(&mut driver.app);
    driver.tell(Event::Found {
        first: 0,
        paths: vec!["models/stale.pkl".into()],
    });
    assert!(driver.app.rows.is_empty());
}

#[test]
fn ctrl_c_stops_a_trial_first_and_then_leaves() {
    let mut driver = drive();
    driver.app.trials.entry(0).or_default().running = Some(crate::trial::Engine::Native);
    let mut driver = driver.keys("<c-c>").goes_on().shows("stopping");
    driver.app.trials.clear();
    driver.keys("<c-c>").ended(&Ended::Left);
}

#[test]
fn help_comes_from_the_table_and_closes() {
    drive()
        .keys("?")
        .shows("one line down")
        .keys("<end>")
        .shows("ctrl-c")
        .keys("<esc>")
        .goes_on()
        .shows("shelf 1/9");
}

#[test]
fn picking_takes_a_ready_artifact_at_once_and_doubts_another() {
    let path = |path: &str| Ended::Picked(vec![path.into()]);
    pick(true)
        .listed(&["iris.joblib", "price.onnx", WIDE_NAME])
        .keys("j<enter>")
        .ended(&path("models/price.onnx"));
    pick(false)
        .keys("n<enter>")
        .goes_on()
        .shows("enter again")
        .keys("<enter>")
        .ended(&path("models/churn.joblib"));
    pick(false).keys("n<enter>jk<enter>").goes_on();
    pick(true)
        .keys("/prce<enter>")
        .ended(&path("models/price.onnx"));
    pick(true).keys("<esc>").ended(&Ended::Left);
    pick(true)
        .without_environment()
        .shows("without an environment")
        .keys("q")
        .ended(&Ended::NothingMatched);
    let mode = Mode::Pick {
        ready_only: false,
        multi: false,
    };
    Driver::new(Shelf::empty(), mode)
        .scanned()
        .ended(&Ended::NothingMatched);
}

#[test]
fn a_stop_is_refused_while_the_shell_waits_for_the_pick() {
    let driver = drive().keys("<c-z>");
    assert_eq!(driver.suspended, 1);
    let mut driver = pick(true);
    driver.app.can_suspend = false;
    let driver = driver.keys("<c-z>").shows("cannot continue");
    assert_eq!(driver.suspended, 0);
}

#[test]
fn empty_places_say_what_they_are_and_which_key_helps() {
    Driver::new(Shelf::empty(), Mode::Browse)
        .scanned()
        .shows("no saved models below models/")
        .shows("r looks again");
    drive()
        .keys("/zzzzqqq")
        .shows("nothing matches")
        .shows("esc clears the filter");
    drive()
        .without_environment()
        .shows("no env (e)")
        .keys("<enter>")
        .shows("e chooses an environment");
    Driver::new(Shelf::realistic(), Mode::Browse).shows("looking");
}

#[test]
fn a_small_screen_says_so() {
    drive()
        .sized(39, 12)
        .shows("too small")
        .keys("q")
        .ended(&Ended::Left);
    drive().sized(40, 12).hides("too small");
}

#[test]
fn a_pasted_traceback_leads_to_its_artifact() {
    let text = "Traceback (most recent call last):\r  File \"serve.py\", line 3, in <module>\r    \
        joblib.load('models/old/rank.pkl')\rModuleNotFoundError: No module named 'my_features'\r";
    let mut driver = drive();
    driver.send(Message::Paste(text.into()));
    driver
        .shows(" explain ")
        .shows("No module named 'my_features'")
        .shows("models/old/rank.pkl")
        .keys("<enter>")
        .hides(" explain ")
        .selected("old/rank.pkl");
}

#[test]
fn typed_lines_of_a_traceback_wait_for_its_end() {
    let driver = drive().keys("xTraceback (most recent call last):<enter>");
    let driver = driver
        .keys("  File \"a.py\", line 1, in f<enter>")
        .shows("> ");
    let driver = driver.keys("KeyError: 118<enter>").shows("unpickler");
    driver
        .keys("x")
        .shows("paste a traceback")
        .keys("<esc>")
        .hides("paste a traceback")
        .goes_on();
}
