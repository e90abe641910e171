//! Python's words.

use super::super::messages::{Unpickler, no_attribute, no_module, shown_module};
use super::*;

#[test]
fn missing_modules_are_worded_as_python_does() {
    let tree = Tree::new();
    let environment = tree.venv("").site("pkg/__init__.py", "").open("venv");
    for (first, words) in [
        ("nope", "No module named 'nope'"),
        ("pkg.mod", "No module named 'pkg.mod'"),
        (
            "here.q",
            "No module named 'here.q'; 'here' is not a package",
        ),
        ("sys.q", "No module named 'sys.q'; 'sys' is not a package"),
    ] {
        assert_eq!(missing(&environment, first), first);
        assert_eq!(no_module(&environment, first), words);
    }
}

#[test]
fn missing_names_are_worded_as_each_unpickler_does() {
    let tree = Tree::new();
    let environment = tree
        .venv("")
        .site("mymod.py", "class A:\n  class B: pass\n")
        .open("venv");
    let site = tree.at("venv/lib/python3.11/site-packages");
    let on = format!("on <module 'mymod' from '{}/mymod.py'>", site.display());
    let words = |name, protocol, who| no_attribute(&environment, "mymod", name, protocol, who);
    let plain = format!("Can't get attribute 'X' {on}");
    assert_eq!(words("X", 4, Unpickler::C), plain);
    assert_eq!(words("X", 4, Unpickler::Python), plain);
    assert_eq!(words("X", 2, Unpickler::C), plain);
    assert_eq!(
        words("X", 2, Unpickler::Python),
        "module 'mymod' has no attribute 'X'"
    );
    assert_eq!(
        words("A.C", 4, Unpickler::C),
        format!("Can't get attribute 'A.C' {on}")
    );
    assert_eq!(
        words("A.C", 4, Unpickler::Python),
        "Can't get attribute 'A.C' on <class 'mymod.A'>"
    );
    assert_eq!(
        words("f.<locals>.g", 4, Unpickler::C),
        format!("Can't pickle local attribute 'f.<locals>.g' {on}")
    );
    assert_eq!(
        shown_module(&environment, "sys"),
        "<module 'sys' (built-in)>"
    );
}
