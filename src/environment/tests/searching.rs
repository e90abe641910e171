//! Modules and names.

use super::*;

#[test]
fn modules_are_found_as_import_finds_them() {
    let tree = Tree::new();
    tree.venv("")
        .site("pkg/__init__.py", "")
        .site("pkg/mod.py", "")
        .site("pkg/native.cpython-311-x86_64-linux-gnu.so", "")
        .site("pkg/other.cpython-310-x86_64-linux-gnu.so", "")
        .site("pkg/stable.abi3.so", "")
        .site("pkg/plain.so", "")
        .site("pkg/frozen.pyc", "")
        .site("pkg/stub.pyi", "")
        .site("space/part/inner.py", "")
        .file("src/space/second/more.py", "");
    tree.site("a.pth", &tree.at("src").display().to_string());
    let environment = tree.open("venv");
    let kinds = [
        ("pkg", ModuleKind::Package),
        ("pkg.mod", ModuleKind::Source),
        ("pkg.native", ModuleKind::Compiled),
        ("pkg.stable", ModuleKind::Compiled),
        ("pkg.plain", ModuleKind::Compiled),
        ("pkg.frozen", ModuleKind::Source),
        ("space", ModuleKind::Namespace),
        ("space.part.inner", ModuleKind::Source),
        ("space.second.more", ModuleKind::Source),
        ("os.path", ModuleKind::Source),
        ("_json", ModuleKind::Compiled),
        ("sys", ModuleKind::Builtin),
    ];
    for (module, expected) in kinds {
        assert_eq!(kind(&environment, module), Some(expected), "{module}");
    }
    for (module, first) in [
        ("nope.a.b", "nope"),
        ("pkg.nope.b", "pkg.nope"),
        ("pkg.mod.deeper", "pkg.mod.deeper"),
        ("pkg.other", "pkg.other"),
        ("pkg.stub", "pkg.stub"),
        ("", ""),
        ("pkg..mod", "pkg."),
        ("_loss", "_loss"),
    ] {
        assert_eq!(missing(&environment, module), first, "{module}");
    }
    for module in ["__main__", &"a.".repeat(5000)] {
        assert!(matches!(
            environment.module(module),
            ModuleLookup::Unknown { .. }
        ));
    }
}

/// A `.py` file `m` beside some others, and what the names in it come to.
fn name(environment: &Environment, module: &str, name: &str) -> &'static str {
    match environment.name(module, name) {
        NameLookup::Defined { .. } => "defined",
        NameLookup::Missing { .. } => "missing",
        NameLookup::ModuleMissing { .. } => "no module",
        NameLookup::Unknown { .. } => "unknown",
    }
}

fn check(environment: &Environment, module: &str, cases: &[(&str, &str)]) {
    for (qualname, expected) in cases {
        assert_eq!(
            name(environment, module, qualname),
            *expected,
            "{module}.{qualname}"
        );
    }
}

#[test]
fn every_kind_of_binding_counts() {
    let tree = Tree::new();
    tree.venv("").site(
        "m.py",
        "\
import json, os.path
import json as j
from json import loads as load, absent
a = b = 1
(c, [d, *e]) = f()
g: int = 3
h: int
for i in []: k = 1
with open('x') as l: pass
while (n := 0): pass
if a:
    def o(): p = 1
elif b:
    class q: pass
else:
    r = 1
try:
    import absent_module
    from absent_module import s
except ImportError:
    s = None
try:
    from absent_module import t
except ImportError:
    pass
import json as gone
del gone
def u():
    global v
    v = 1
match a:
    case w: pass
type x = int
for y in ['made', 'too']:
    globals()[y] = 1
",
    );
    let environment = tree.open("venv");
    check(
        &environment,
        "m",
        &[
            ("json", "defined"),
            ("os", "defined"),
            ("j", "defined"),
            ("load", "defined"),
            ("absent", "defined"),
            ("a", "defined"),
            ("b", "defined"),
            ("c", "defined"),
            ("d", "defined"),
            ("e", "defined"),
            ("g", "defined"),
            ("h", "missing"),
            ("i", "defined"),
            ("k", "defined"),
            ("l", "defined"),
            ("n", "defined"),
            ("o", "defined"),
            ("p", "missing"),
            ("q", "defined"),
            ("r", "defined"),
            ("s", "defined"),
            ("t", "missing"),
            ("absent_module", "missing"),
            ("gone", "missing"),
            ("v", "defined"),
            ("w", "defined"),
            ("x", "defined"),
            ("made", "defined"),
            ("too", "defined"),
            ("__name__", "defined"),
            ("loads", "missing"),
        ],
    );
    assert_eq!(name(&environment, "m.n", "x"), "no module");
    assert!(matches!(
        environment.name("m", "o"),
        NameLookup::Defined { line: Some(12), .. }
    ));
}

#[test]
fn re_exports_stars_and_parts_are_followed() {
    let tree = Tree::new();
    tree.venv("")
        .site(
            "p/__init__.py",
            "from .a import *\nfrom . import c\nfrom .b import B as Bee\n",
        )
        .site(
            "p/a.py",
            "__all__ = ['one'] + ['_two']\none = 1\n_two = 2\nthree = 3\n",
        )
        .site("p/b.py", "from .c import *\nclass B: pass\n")
        .site("p/c.py", "from p.b import *\nfour = 4\n_five = 5\n")
        .site(
            "p/d/__init__.py",
            "from ..a import one\nfrom ...x import y\n",
        );
    let environment = tree.open("venv");
    check(
        &environment,
        "p",
        &[
            ("one", "defined"),
            ("_two", "defined"),
            ("three", "missing"),
            ("Bee", "defined"),
            ("B", "missing"),
            ("b", "defined"),
            ("d", "defined"),
            ("d.one", "defined"),
            ("c.four", "defined"),
        ],
    );
    check(
        &environment,
        "p.b",
        &[("four", "defined"), ("_five", "missing")],
    );
    let NameLookup::Defined { file, line } = environment.name("p", "Bee") else {
        panic!("Bee is defined");
    };
    assert!(file.unwrap().ends_with("p/b.py"));
    assert_eq!(line, Some(2));
}

#[test]
fn what_only_running_shows_is_unknown() {
    let tree = Tree::new();
    tree.venv("")
        .site("dyn.py", "globals().update(make())\n")
        .site("lazy.py", "def __getattr__(name):\n    return load(name)\n")
        .site("swap.py", "import sys\nsys.modules[__name__] = object()\n")
        .site(
            "old.py",
            "from here import y\n__all__ = ['y', 'z']\ndef __getattr__(name):\n    return deprecated(all=__all__, attribute=name)\n",
        )
        .site(
            "stub.py",
            "def __getattr__(attr_name):\n    import here\n    found = getattr(here, attr_name, None)\n    if found is None:\n        raise AttributeError(f'no {attr_name}')\n    return found\n",
        )
        .site(
            "importer.py",
            "import sys\nsys.modules['importer.made'] = sys\nsys.modules[__name__ + '.also'] = sys\nsys.modules[__name__ + '.also.deep'] = sys\n",
        )
        .site("fast.abi3.so", "\0PyInit_fast\0made_part\0")
        .site(
            "mirror.py",
            "import here\nnames = globals()\nfor item in here.__dir__():\n    names[item] = getattr(here, item)\n",
        )
        .site("meta.py", "import sys\nsys.meta_path.append(1)\n")
        .site("notpython.py", "def (((\n");
    let environment = tree.open("venv");
    check(&environment, "dyn", &[("a", "unknown")]);
    check(&environment, "lazy", &[("a", "unknown")]);
    check(&environment, "swap", &[("a", "unknown")]);
    check(
        &environment,
        "old",
        &[("z", "defined"), ("new_object", "missing")],
    );
    check(
        &environment,
        "mirror",
        &[("y", "defined"), ("q", "missing")],
    );
    check(&environment, "stub", &[("y", "defined"), ("q", "missing")]);
    assert!(is_found(&environment, "importer.made"));
    assert!(is_found(&environment, "importer.also"));
    assert!(is_found(&environment, "importer.also.deep"));
    assert_eq!(missing(&environment, "importer.other"), "importer.other");
    assert_eq!(
        missing(&environment, "importer.also.other"),
        "importer.also.other"
    );
    // What a compiled module makes cannot be told when it cannot be read.
    assert!(matches!(
        environment.module("fast.made_part"),
        ModuleLookup::Unknown { .. }
    ));
    assert!(matches!(
        environment.module("meta.x"),
        ModuleLookup::Unknown { .. }
    ));
    check(&environment, "__main__", &[("f", "unknown")]);
}

#[test]
fn members_of_classes_are_looked_up_through_bases() {
    let tree = Tree::new();
    tree.venv("")
        .site("base.py", "class Base:\n    def up(self): pass\n")
        .site(
            "c.py",
            "from base import Base as B\nclass C(B):\n    x = 1\n    class In:\n        def f(self): pass\nclass D(unknown()): pass\nclass E(E): pass\nval = C()\n",
        );
    let environment = tree.open("venv");
    check(
        &environment,
        "c",
        &[
            ("C.x", "defined"),
            ("C.up", "defined"),
            ("C.In.f", "defined"),
            ("C.In.g", "missing"),
            ("C.down", "missing"),
            ("D.x", "unknown"),
            ("E.x", "unknown"),
            ("val.x", "unknown"),
            ("Z.x", "missing"),
        ],
    );
}

#[test]
fn sources_that_would_overflow_the_stack_are_refused() {
    let tree = Tree::new();
    tree.venv("")
        .site("chain.py", &format!("x = a{}\n", ".a".repeat(1_000_000)))
        .site(
            "deep.py",
            &format!("x = {}1{}\n", "(".repeat(100_000), ")".repeat(100_000)),
        )
        .site("calls.py", &format!("x = f{}\n", "()".repeat(500_000)))
        .site("nots.py", &format!("x = {}1\n", "not ".repeat(500_000)))
        .site(
            "format.py",
            &format!("x = f'{{a{}}}'\n", ".a".repeat(500_000)),
        )
        // Brackets do not begin the count anew: what they hold is part of what stands around them.
        .site(
            "levels.py",
            &format!(
                "x = {}1{}\n",
                "(".repeat(200),
                format!("{})", ".a".repeat(8_000)).repeat(200)
            ),
        )
        .site(
            "divided.py",
            &format!("x = f'{{a{}}}'\n", "/a".repeat(1_900_000)),
        )
        .site(
            "denied.py",
            &format!("x = f'{{{}a}}'\n", "not ".repeat(900_000)),
        )
        // Quotes that a look at the bytes pairs in another way than Python does.
        .site(
            "inner.py",
            &format!("x = f\"{{\"\"\"\n\"\"\"{}}}\"\n", ".a".repeat(1_900_000)),
        )
        .site(
            "escaped.py",
            &format!("\\\"x\"\"\"\nx = a{}\n", ".a".repeat(1_900_000)),
        )
        .site(
            "open.py",
            &format!("x = f'''{{'''\nx = a{}\n", ".a".repeat(1_900_000)),
        )
        .site(
            "long.py",
            &format!("x = [{}]\ny = 1\n", "1.5, ".repeat(100_000)),
        )
        .site(
            "near.py",
            &format!(
                "x = {}1\ny = a{}\n",
                "not ".repeat(11_000),
                ".a".repeat(5_900)
            ),
        );
    let environment = tree.open("venv");
    for module in [
        "chain", "deep", "calls", "nots", "format", "levels", "divided", "denied", "inner",
        "escaped", "open",
    ] {
        check(&environment, module, &[("x", "unknown")]);
    }
    check(&environment, "long", &[("y", "defined")]);
    check(&environment, "near", &[("y", "defined")]);
}
