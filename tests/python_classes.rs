//! Names of an environment's sources to what they stand for, and classes to their lineage.

use std::fs;
use std::path::PathBuf;

use shelflife::environment::classes::{ClassRef, Resolved};
use shelflife::environment::{Environment, Origin};

fn environment(files: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
    let folder = tempfile::tempdir().unwrap();
    for (name, code) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, code).unwrap();
    }
    let search: Vec<PathBuf> = vec![folder.path().to_owned()];
    let prefix = folder.path().to_owned();
    let environment = Environment::new(prefix, None, None, Origin::Flag, search, Vec::new());
    (folder, environment)
}

fn class(environment: &Environment, module: &str, name: &str) -> ClassRef {
    match environment.resolve(module, name) {
        Resolved::Class(class) => class,
        other => panic!("{module}.{name} is {other:?}"),
    }
}

/// The names of a lineage, and whether it may have anything.
fn lineage(environment: &Environment, module: &str, name: &str) -> (Vec<String>, bool) {
    let lineage = environment.lineage(&class(environment, module, name));
    let names = lineage.classes.iter().map(|c| c.class().name.to_string());
    (names.collect(), lineage.opaque)
}

#[test]
fn names_lead_through_imports_stars_and_shims() {
    let (_folder, environment) = environment(&[
        (
            "lib/__init__.py",
            "from .inner import Tree as Plant\nfrom .parts import *\nVERSION = '1'\n",
        ),
        ("lib/inner/__init__.py", "from ._tree import Tree\n"),
        ("lib/inner/_tree.py", "class Tree:\n    pass\n"),
        ("lib/parts.py", "def helper(x):\n    return x\n"),
        (
            "lib/old.py",
            "try:\n    from .gone import Tree\nexcept ImportError:\n    from .inner import Tree\n",
        ),
        ("lib/linalg.py", ""),
        (
            "user.py",
            "from lib import linalg, VERSION\nimport lib.parts as p\nAlias = linalg\n",
        ),
    ]);
    for (module, name) in [("lib", "Plant"), ("lib.inner", "Tree"), ("lib.old", "Tree")] {
        assert_eq!(
            &*class(&environment, module, name).source.name,
            "lib.inner._tree"
        );
    }
    assert!(
        matches!(environment.resolve("lib", "helper"), Resolved::Function(source, _) if &*source.name == "lib.parts")
    );
    assert!(
        matches!(environment.resolve("user", "linalg"), Resolved::Module(name) if &*name == "lib.linalg")
    );
    assert!(
        matches!(environment.resolve("user", "Alias"), Resolved::Module(name) if &*name == "lib.linalg")
    );
    assert!(
        matches!(environment.resolve("user", "p"), Resolved::Module(name) if &*name == "lib.parts")
    );
    assert!(matches!(
        environment.resolve("user", "VERSION"),
        Resolved::Value(..)
    ));
    assert!(matches!(
        environment.resolve("user", "len"),
        Resolved::Unbound
    ));
    assert!(matches!(
        environment.resolve("nowhere", "x"),
        Resolved::Unknown
    ));
}

#[test]
fn imports_in_a_circle_end() {
    let (_folder, environment) = environment(&[
        ("a.py", "from b import x\nfrom b import *\n"),
        ("b.py", "from a import x\nfrom a import *\n"),
    ]);
    assert!(matches!(environment.resolve("a", "x"), Resolved::Unknown));
    assert!(matches!(environment.resolve("a", "y"), Resolved::Unknown));
}

#[test]
fn lineages_follow_c3() {
    let (_folder, environment) = environment(&[(
        "m.py",
        "from abc import ABCMeta\nimport six\nclass O: pass\nclass A(O): pass\nclass B(O): pass\n\
         class C(A, B, metaclass=ABCMeta): pass\nclass D(B): pass\nclass E(C, D): pass\n\
         class S(six.with_metaclass(ABCMeta, A, B)): pass\n",
    )]);
    let names = |name| lineage(&environment, "m", name);
    assert_eq!(
        names("C"),
        (vec!["C".into(), "A".into(), "B".into(), "O".into()], false)
    );
    let e = ["E", "C", "A", "D", "B", "O"].map(String::from).to_vec();
    assert_eq!(names("E"), (e, false));
    assert_eq!(names("S").0, ["S", "A", "B", "O"]);
}

#[test]
fn what_cannot_be_seen_makes_a_lineage_opaque() {
    let (_folder, environment) = environment(&[(
        "m.py",
        "from compiled import Base\ndef make(): pass\n@make\nclass Decorated: pass\n\
         class Derived(Base): pass\nclass Made(make()): pass\nclass Meta(metaclass=Other): pass\n\
         class Dict(dict): pass\nclass Plain(object): pass\nclass Wrong(ValueError): pass\n\
         class Loop:\n    for x in (1, 2):\n        vars()[x] = 1\nclass Calm:\n    for x in (1, 2):\n        y = x\n",
    )]);
    for name in ["Decorated", "Derived", "Made", "Meta", "Dict", "Loop"] {
        assert!(lineage(&environment, "m", name).1, "{name}");
    }
    for name in ["Plain", "Wrong", "Calm"] {
        assert!(!lineage(&environment, "m", name).1, "{name}");
    }
}

#[test]
fn imports_in_circles_end_however_many_ways_lead_back() {
    let circle = "try:\n    from .b import x\nexcept ImportError:\n    from .c import x\nfrom .b import *\nfrom .c import *\nfrom .d import *\n";
    let (_folder, environment) = environment(&[
        ("lib/__init__.py", circle),
        ("lib/b.py", &circle.replace(".b", "lib")),
        ("lib/c.py", &circle.replace(".c", "lib")),
        ("lib/d.py", "from . import *\nclass Here: pass\n"),
    ]);
    for name in ["x", "missing"] {
        assert!(matches!(
            environment.resolve("lib", name),
            Resolved::Unknown | Resolved::Unbound
        ));
    }
    // Past the circle there is an answer all the same.
    class(&environment, "lib", "Here");
    class(&environment, "lib.b", "Here");
}

#[test]
fn a_member_comes_from_the_first_class_that_has_it() {
    let (_folder, environment) = environment(&[(
        "m.py",
        "class A:\n    def f(self): pass\n    @property\n    def p(self): pass\n    @p.setter\n    def p(self, v): self.q = v\nclass B(A):\n    def f(self): pass\n",
    )]);
    let b = class(&environment, "m", "B");
    let lineage = environment.lineage(&b);
    assert_eq!(lineage.member("f", 0).map(|(at, ..)| at), Some(0));
    assert_eq!(lineage.member("f", 1).map(|(at, ..)| at), Some(1));
    assert!(lineage.member("g", 0).is_none());
    assert!(lineage.classes[1].class().assigns.contains("q"));
}

#[test]
fn sources_that_are_no_python_or_too_deep_give_nothing() {
    let deep = format!(
        "x = {}1{}\nclass A: pass\n",
        "(".repeat(5000),
        ")".repeat(5000)
    );
    let (_folder, environment) = environment(&[("bad.py", "((("), ("deep.py", &deep)]);
    assert!(matches!(
        environment.resolve("bad", "A"),
        Resolved::Unknown | Resolved::Unbound
    ));
    assert!(environment.code("deep").is_none());
}
