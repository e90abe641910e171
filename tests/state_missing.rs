//! `state-missing`: what the environment's code reads against what a pickled state has. Each case is
//! a small package written here and a pickle of one of its objects.

use std::fs;
use std::path::Path;

use shelflife::artifact;
use shelflife::compat::{self, Finding, Stage, Verdict};
use shelflife::environment::{Environment, Origin, PythonVersion};
use shelflife::manifest::Manifest;

/// A value in a pickle.
enum Py {
    None,
    Bool(bool),
    Int(u8),
    Str(&'static str),
    List(Vec<Py>),
    /// An instance: class and attributes.
    New(&'static str, Vec<(&'static str, Py)>),
}

/// Protocol 2, as Python writes it but for the memo.
fn write(value: &Py, out: &mut Vec<u8>) {
    match value {
        Py::None => out.push(b'N'),
        Py::Bool(value) => out.push(if *value { 0x88 } else { 0x89 }),
        Py::Int(value) => out.extend([b'K', *value]),
        Py::Str(text) => {
            out.push(b'X');
            out.extend((text.len() as u32).to_le_bytes());
            out.extend(text.as_bytes());
        }
        Py::List(items) => {
            out.extend(b"](");
            for item in items {
                write(item, out);
            }
            out.push(b'e');
        }
        Py::New(class, attributes) => {
            out.extend(format!("cpack\n{class}\n)\u{81}").chars().map(|c| c as u8));
            out.extend(b"}(");
            for (name, value) in attributes {
                write(&Py::Str(name), out);
                write(value, out);
            }
            out.extend(b"ub");
        }
    }
}

/// What is found for an object when `pack.py` (and other files) hold this code.
fn findings_with(files: &[(&str, &str)], object: &Py) -> (Verdict, Vec<Finding>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, code) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, code).unwrap();
    }
    let mut bytes = b"\x80\x02".to_vec();
    write(object, &mut bytes);
    bytes.push(b'.');
    let model = folder.path().join("model.pkl");
    fs::write(&model, bytes).unwrap();
    let environment = Environment::new(
        folder.path().to_owned(),
        None,
        Some(PythonVersion {
            major: 3,
            minor: 12,
            patch: None,
        }),
        Origin::Flag,
        vec![folder.path().to_owned()],
        Vec::new(),
    );
    let artifact = artifact::read(Path::new(&model), artifact::Keep::Everything);
    let manifest = Manifest::of(&artifact);
    let outcome = compat::compare(&artifact, &manifest, Some(&environment));
    let mut found = outcome.findings;
    found.retain(|finding| finding.rule == "state-missing");
    (outcome.verdict, found)
}

fn messages(code: &str, object: &Py) -> Vec<String> {
    let (_, found) = findings_with(&[("pack.py", code)], object);
    found.into_iter().map(|finding| finding.message).collect()
}

/// A model with `kind='plain'`, `fitted_=1`, and no `extra`.
fn model() -> Py {
    Py::New(
        "Model",
        vec![
            ("kind", Py::Str("plain")),
            ("limit", Py::None),
            ("flag", Py::Bool(false)),
            ("fitted_", Py::Int(1)),
        ],
    )
}

const LACKS: &str = "'Model' object has no attribute 'extra'";

/// The message when `predict` has this body; other methods may follow it.
fn body(lines: &str) -> Vec<String> {
    let code = format!("class Model:\n    def predict(self, X):\n{lines}\n");
    messages(&code, &model())
}

#[test]
fn a_read_on_the_way_is_told_with_its_line() {
    let code = "class Model:\n    def predict(self, X):\n        n = X.shape[0]\n        return X + self.extra\n";
    let (verdict, found) = findings_with(&[("pack.py", code)], &model());
    assert_eq!(verdict, Verdict::FailsPredict);
    let [finding] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(finding.message, LACKS);
    assert_eq!(finding.exception.as_deref(), Some("AttributeError"));
    assert_eq!(finding.subject, "pack.Model");
    assert_eq!(finding.stage, Stage::Predict);
    assert!(finding.certain);
    assert!(finding.evidence[0].offset.is_some());
    assert!(
        finding.evidence[1]
            .file
            .as_ref()
            .unwrap()
            .ends_with("pack.py")
    );
    assert_eq!(finding.evidence[1].line, Some(4));
}

#[test]
fn what_the_state_the_class_or_a_property_has_is_not_missing() {
    assert_eq!(body("        return self.fitted_"), [""; 0]);
    let code = "class Base:\n    extra = 3\nclass Model(Base):\n    def predict(self, X):\n        return self.extra\n";
    assert_eq!(messages(code, &model()), [""; 0]);
    let code = "class Model:\n    @property\n    def extra(self):\n        return self.deeper\n    def predict(self, X):\n        return self.extra\n";
    assert_eq!(
        messages(code, &model()),
        ["'Model' object has no attribute 'deeper'"]
    );
}

#[test]
fn guards_hold() {
    for guarded in [
        "        return self.extra if hasattr(self, 'extra') else 0",
        "        return getattr(self, 'extra', None)",
        "        try:\n            return self.extra\n        except AttributeError:\n            return 0",
        "        try:\n            return self.extra\n        except (KeyError, AttributeError) as error:\n            return 0",
        "        try:\n            return self.extra\n        except Exception:\n            return 0",
        "        import contextlib\n        with contextlib.suppress(AttributeError):\n            return self.extra",
        "        self.extra = 1\n        return self.extra",
        "        setattr(self, 'extra', 1)\n        return self.extra",
        "        self.__dict__['extra'] = 1\n        return self.extra",
        "        self.__dict__.update(X)\n        return self.extra",
        "        self.prepare()\n        return self.extra\n    def prepare(self):\n        self.extra = 1",
        "        if 'extra' in self.__dict__:\n            return self.extra",
        "        if 'extra' in vars(self):\n            return self.extra",
    ] {
        let found = body(guarded);
        assert_eq!(found, [""; 0], "{guarded}");
    }
}

#[test]
fn the_wrong_guard_does_not_hold() {
    for unguarded in [
        "        return self.extra if hasattr(self, 'fitted_') else 0",
        "        return getattr(self, 'extra')",
        "        try:\n            return self.extra\n        except KeyError:\n            return 0",
        "        try:\n            return self.extra\n        except AttributeError:\n            raise",
        "        try:\n            return self.extra\n        except AttributeError as error:\n            if 'other' in str(error):\n                raise ValueError from error\n            raise",
        "        self.extra = 1\n        del self.extra\n        return self.extra",
    ] {
        assert_eq!(body(unguarded), [LACKS], "{unguarded}");
    }
}

#[test]
fn tests_are_decided_by_the_state() {
    for (test, taken) in [
        ("self.kind == 'plain'", true),
        ("self.kind != 'plain'", false),
        ("self.kind in ('plain', 'other')", true),
        ("self.kind not in {'plain'}", false),
        ("self.limit is None", true),
        ("self.limit is not None", false),
        ("self.flag", false),
        ("not self.flag and self.kind == 'plain'", true),
        ("self.flag or self.kind.startswith('pl')", true),
        ("isinstance(self.kind, str)", true),
        ("isinstance(self.kind, (int, float))", false),
        ("callable(self.kind)", false),
        ("self.fitted_ > 0", true),
        ("len(self.kind) == 5", true),
        ("X.flag and self.kind == 'other'", false),
    ] {
        let found = body(&format!(
            "        if {test}:\n            return self.extra\n        return 0"
        ));
        assert_eq!(!found.is_empty(), taken, "{test}");
    }
}

#[test]
fn an_unknown_test_makes_a_read_possible_only() {
    for unknown in [
        "        if X.shape[0] > 3:\n            return self.extra\n        return 0",
        "        if X.shape[0] > 3:\n            return 0\n        return self.extra",
        "        return X.big and self.extra",
        "        return self.extra if X.big else 0",
        "        for row in X:\n            self.extra",
        "        while X.more():\n            self.extra",
        "        return [self.extra for row in X]",
        "        match X:\n            case 1:\n                self.extra",
    ] {
        assert_eq!(body(unknown), [""; 0], "{unknown}");
    }
    let both = "        if X.big:\n            a = self.extra\n        else:\n            a = -self.extra\n        return a";
    assert_eq!(body(both), [LACKS]);
    let error = "        if X.bad:\n            raise ValueError('bad')\n        return self.extra";
    assert_eq!(
        body(error),
        [LACKS],
        "a check of the input does not make what follows rare"
    );
}

#[test]
fn a_counted_loop_runs_for_what_the_class_itself_keeps() {
    let fit = "    def fit(self, X):\n        self.extra = 1\n";
    let walk = "        for i in range(X.n):\n            self.extra\n        return 0";
    assert_eq!(body(&format!("{walk}\n{fit}")), [LACKS]);
    assert_eq!(body(walk), [""; 0]);
}

#[test]
fn calls_are_followed() {
    let other = "    def transform(self, X):\n        return self._inner(X, in_fit=False)\n    def _inner(self, X, in_fit=True):\n        if not in_fit:\n            return self.extra\n";
    let code = format!("class Model:\n{other}");
    assert_eq!(
        messages(&code, &model()),
        [LACKS],
        "keyword arguments decide"
    );
    let code = "class Base:\n    def predict(self, X):\n        return self.extra\nclass Mixin:\n    def predict(self, X):\n        return super().predict(X)\nclass Model(Mixin, Base):\n    def predict(self, X):\n        return super().predict(X)\n";
    assert_eq!(
        messages(code, &model()),
        [LACKS],
        "super follows the lineage"
    );
    let code = "class Base:\n    def predict(self, X):\n        return self.extra\nclass Model(Base):\n    def predict(self, X):\n        return Base.predict(self, X)\n";
    assert_eq!(
        messages(code, &model()),
        [LACKS],
        "a method through its class"
    );
    let code = "from helpers import check as verify\nclass Model:\n    def predict(self, X):\n        verify(self, ['extra'])\n        return 0\n";
    let helpers =
        "def check(estimator, names):\n    for name in names:\n        getattr(estimator, name)\n";
    let (_, found) = findings_with(&[("pack.py", code), ("helpers.py", helpers)], &model());
    assert_eq!(found[0].message, LACKS);
    assert!(
        found[0].evidence[1]
            .file
            .as_ref()
            .unwrap()
            .ends_with("helpers.py")
    );
    let code = "class Model:\n    def predict(self, X):\n        def inner(flag):\n            return flag and self.extra\n        return inner(True)\n";
    assert_eq!(messages(code, &model()), [LACKS], "a closure sees self");
}

#[test]
fn recursion_and_depth_end() {
    assert_eq!(body("        return self.predict(X)"), [""; 0]);
    let deep = format!(
        "        return {}self.extra{}",
        "(1, ".repeat(150),
        ")".repeat(150)
    );
    body(&deep);
    let many = "        X = self._f(X)\n".repeat(3000);
    assert_eq!(
        body(&format!(
            "{many}        return self.extra\n    def _f(self, X):\n        return X"
        )),
        [LACKS]
    );
}

#[test]
fn what_cannot_be_read_may_have_anything() {
    let dynamic = "class Model:\n    def __getattr__(self, name):\n        return 1\n    def predict(self, X):\n        return self.extra\n";
    assert_eq!(messages(dynamic, &model()), [""; 0]);
    let compiled = "from compiled import Base\nclass Model(Base):\n    def predict(self, X):\n        return self.extra\n";
    assert_eq!(messages(compiled, &model()), [""; 0]);
    let builtin = "class Model(dict):\n    def predict(self, X):\n        return self.extra\n";
    assert_eq!(messages(builtin, &model()), [""; 0]);
    let decorated = "import attr\n@attr.s\nclass Model:\n    def predict(self, X):\n        return self.extra\n";
    assert_eq!(messages(decorated, &model()), [""; 0]);
}

#[test]
fn inner_objects_are_asked_as_the_outer_one_asks_them() {
    let inner = |class| Py::New(class, vec![("a", Py::Int(1))]);
    let model = Py::New(
        "Model",
        vec![
            ("used_", Py::List(vec![inner("Tree"), inner("Tree")])),
            ("unused", inner("Leaf")),
        ],
    );
    let code = "class Tree:\n    def predict(self, X):\n        return self.depth\nclass Leaf:\n    def predict(self, X):\n        return self.width\nclass Model:\n    def predict(self, X):\n        return [tree.predict(X) for tree in self.used_]\n";
    assert_eq!(
        messages(code, &model),
        ["'Tree' object has no attribute 'depth'"]
    );
    let code = code.replace("tree.predict(X)", "tree.a");
    assert_eq!(messages(&code, &model), [""; 0], "nobody asks the trees");
    let late = "def delayed(f):\n    return lambda *a: (f, a)\ndef one(f, X):\n    return f(X)\nclass Tree:\n    def predict(self, X):\n        return self.depth\nclass Model:\n    def predict(self, X):\n        return Pool()(delayed(one)(tree.predict, X) for tree in self.used_)\n";
    assert_eq!(
        messages(late, &model),
        ["'Tree' object has no attribute 'depth'"]
    );
}

#[test]
fn a_text_where_an_object_is_expected() {
    let model = Py::New(
        "Model",
        vec![("steps_", Py::List(vec![Py::Str("passthrough")]))],
    );
    let code = "class Model:\n    def transform(self, X):\n        for step in self.steps_:\n            X = step.transform(X)\n        return X\n";
    assert_eq!(
        messages(code, &model),
        ["'str' object has no attribute 'transform'"]
    );
    let skips = code.replace(
        "            X =",
        "            if step == 'passthrough':\n                continue\n            X =",
    );
    assert_eq!(messages(&skips, &model), [""; 0]);
}

#[test]
fn only_offered_methods_are_asked() {
    let code = "def available_if(check):\n    return lambda f: f\nclass Model:\n    def _may(self):\n        return self.flag\n    def predict(self, X):\n        return 0\n    @available_if(_may)\n    def predict_proba(self, X):\n        return self.extra\n";
    assert_eq!(messages(code, &model()), [""; 0]);
    let code = code.replace("return self.flag", "return not self.flag");
    assert_eq!(messages(&code, &model()), [LACKS]);
}

#[test]
fn methods_of_a_delegate_are_asked_when_it_has_them() {
    let inner = || Py::New("Inner", vec![("kind", Py::Str("plain"))]);
    let model = Py::New("Model", vec![("inner", inner()), ("inner_", inner())]);
    let code = "def if_delegate_has_method(delegate):\n    return lambda f: f\nclass Inner:\n    def predict(self, X):\n        return 0\nclass Model:\n    @if_delegate_has_method(delegate=('best_', 'inner'))\n    def predict(self, X):\n        return self.inner_.predict(X)\n    @if_delegate_has_method('inner')\n    def predict_proba(self, X):\n        return self.inner_.predict_proba(X)\n";
    assert_eq!(
        messages(code, &model),
        [""; 0],
        "it offers no predict_proba"
    );
    let offered = code.replace(
        "class Model:",
        "    def predict_proba(self, X):\n        return self.extra\nclass Model:",
    );
    assert_eq!(
        messages(&offered, &model),
        ["'Inner' object has no attribute 'extra'"]
    );
    let asked = code.replace("return 0", "return self.extra");
    assert_eq!(
        messages(&asked, &model),
        ["'Inner' object has no attribute 'extra'"],
        "the second of two delegates is the first that is there"
    );
}

#[test]
fn setstate_fills_or_fails() {
    let fills = "class Model:\n    def __setstate__(self, state):\n        state.setdefault('extra', 1)\n        self.__dict__.update(state)\n    def predict(self, X):\n        return self.extra\n";
    assert_eq!(messages(fills, &model()), [""; 0]);
    let sets = "class Model:\n    def __setstate__(self, state):\n        self.__dict__.update(state)\n        self.extra = None\n    def predict(self, X):\n        return self.extra\n";
    assert_eq!(messages(sets, &model()), [""; 0]);
    let fails = "class Model:\n    def __setstate__(self, state):\n        self.__dict__.update(state)\n        self.other = self.extra\n    def predict(self, X):\n        return self.kind\n";
    let (verdict, found) = findings_with(&[("pack.py", fails)], &model());
    assert_eq!(verdict, Verdict::FailsLoad);
    assert_eq!(found[0].message, LACKS);
}

#[test]
fn an_object_that_was_fitted_is_called_unfitted() {
    let code = "class NotFittedError(ValueError, AttributeError):\n    pass\ndef check(estimator, names):\n    if not all([hasattr(estimator, name) for name in names]):\n        raise NotFittedError('This %(name)s is new.' % {'name': type(estimator).__name__})\nclass Model:\n    def predict(self, X):\n        check(self, ['new_'])\n        return 0\n";
    let (_, found) = findings_with(&[("pack.py", code)], &model());
    assert_eq!(found[0].message, "This Model is new.");
    assert_eq!(found[0].exception.as_deref(), Some("NotFittedError"));
    let fresh = Py::New("Model", vec![("kind", Py::Str("plain"))]);
    assert_eq!(messages(code, &fresh), [""; 0], "it never was");
}

#[test]
fn members_of_a_bundle_are_asked() {
    let code = "class Model:\n    def transform(self, X):\n        return self.extra\n";
    assert_eq!(
        messages(code, &Py::List(vec![Py::Int(1), model()])),
        [LACKS]
    );
}

#[test]
fn an_exception_to_which_the_state_leads_is_told() {
    let raises = "        if self.kind == 'plain':\n            raise ValueError('plain is gone')\n        return 0";
    assert_eq!(body(raises), ["plain is gone"]);
    let (verdict, found) = findings_with(
        &[(
            "pack.py",
            &format!("class Model:\n    def predict(self, X):\n{raises}\n"),
        )],
        &model(),
    );
    assert_eq!(verdict, Verdict::FailsPredict);
    assert_eq!(found[0].exception.as_deref(), Some("ValueError"));
    assert_eq!(found[0].evidence[1].line, Some(4));
    assert_eq!(body(&raises.replace("self.kind", "X.kind")), [""; 0]);
    assert_eq!(
        body(
            "        if not hasattr(self, 'extra'):\n            raise ValueError('no')\n        return self.extra"
        ),
        ["no"]
    );
    assert_eq!(
        body("        return 0 if self.limit > 2 else 1"),
        ["'>' not supported between instances of 'NoneType' and 'int'"]
    );
    assert_eq!(
        body("        import no_such_library\n        return 0"),
        ["No module named 'no_such_library'"]
    );
    assert_eq!(
        body(
            "        try:\n            import no_such_library\n        except ImportError:\n            return 1\n        return 0"
        ),
        [""; 0]
    );
}

#[test]
fn scores_are_asked_only_of_what_neither_predicts_nor_transforms() {
    let scores = "    def score_samples(self, X):\n        return self.extra\n";
    let code = format!("class Model:\n    def predict(self, X):\n        return 0\n{scores}");
    assert_eq!(messages(&code, &model()), [""; 0]);
    assert_eq!(
        messages(&format!("class Model:\n{scores}"), &model()),
        [LACKS]
    );
}

#[test]
fn parameters_of_the_constructor_are_read() {
    let base = "class Base:\n    @classmethod\n    def _get_param_names(cls):\n        return signature(cls)\n    def get_params(self):\n        return {name: getattr(self, name) for name in self._get_param_names()}\n";
    let model_class = "class Model(Base):\n    def __init__(self, kind, limit=None, *, extra=1):\n        pass\n    def predict(self, X):\n        return self.get_params()\n";
    assert_eq!(messages(&format!("{base}{model_class}"), &model()), [LACKS]);
    let known = model_class.replace("extra=1", "flag=1");
    assert_eq!(messages(&format!("{base}{known}"), &model()), [""; 0]);
}

#[test]
fn the_first_method_that_is_there_is_found_by_reduce() {
    let code = "from functools import reduce\nclass Model:\n    def decide(self, X):\n        return self.extra\n    def predict(self, X):\n        found = [getattr(self, name, None) for name in ['vote', 'decide']]\n        found = reduce(lambda x, y: x or y, found)\n        return found(X)\n";
    assert_eq!(messages(code, &model()), [LACKS]);
}

#[test]
fn private_names_are_those_of_the_class() {
    let code = "class Model:\n    def predict(self, X):\n        return self.__extra\n";
    assert_eq!(
        messages(code, &model()),
        ["'Model' object has no attribute '_Model__extra'"]
    );
    let member = code.replace(
        "    def predict",
        "    @property\n    def __extra(self):\n        return 1\n    def predict",
    );
    assert_eq!(messages(&member, &model()), [""; 0]);
}

#[test]
fn shares_of_the_members_are_all_of_them() {
    let inner = || Py::New("Inner", vec![("kind", Py::Str("plain"))]);
    let model = Py::New("Model", vec![("parts_", Py::List(vec![inner(), inner()]))]);
    let code = "class Inner:\n    def predict(self, X):\n        return self.extra\ndef shared(parts, X):\n    for part in parts:\n        part.predict(X)\nclass Model:\n    def predict(self, X):\n        starts = X.starts\n        return list(shared(self.parts_[starts[i]:starts[i + 1]], X) for i in range(X.jobs))\n";
    assert_eq!(
        messages(code, &model),
        ["'Inner' object has no attribute 'extra'"]
    );
}

#[test]
fn a_method_that_is_offered_by_a_parameter_without_state_is_gone() {
    let code = "def available_if(check):\n    return lambda f: f\nclass Model:\n    def __init__(self, kind, extra):\n        pass\n    def _may(self):\n        return hasattr(self.extra, 'predict')\n    @available_if(_may)\n    def predict(self, X):\n        return 0\n";
    assert_eq!(
        messages(code, &model()),
        ["This 'Model' has no attribute 'predict'"]
    );
    let other = code.replace("kind, extra", "kind");
    assert_eq!(messages(&other, &model()), [""; 0], "no parameter");
}

#[test]
fn modules_that_moved_are_followed_through_their_getattr() {
    let code = "from place import Base\nclass Model(Base):\n    pass\n";
    let place = "import home\ndef __getattr__(name):\n    return getattr(home, name)\n";
    let home = "class Base:\n    def predict(self, X):\n        return self.extra\n";
    let files = [("pack.py", code), ("place.py", place), ("home.py", home)];
    let (_, found) = findings_with(&files, &model());
    assert_eq!(found[0].message, LACKS);
    let guarded = "try:\n    from home import Base as Chosen\nexcept ImportError:\n    Chosen = object\nclass Model(Chosen):\n    pass\n";
    let files = [("pack.py", guarded), ("home.py", home)];
    let (_, found) = findings_with(&files, &model());
    assert_eq!(found[0].message, LACKS);
}

#[test]
fn a_number_that_is_asked_for_its_members_is_told() {
    assert_eq!(
        body("        return X - self.fitted_[0]\n"),
        ["'int' object is not subscriptable"]
    );
    // What the code made of it itself, or a text, is something else.
    for fine in [
        "        self.fitted_ = X.sum()\n        return self.fitted_[0]\n",
        "        return self.kind[0]\n",
        "        if self.limit is not None:\n            return self.limit[0]\n        return X\n",
    ] {
        assert!(body(fine).is_empty(), "{fine}");
    }
}

#[test]
fn a_state_of_another_length_is_told_at_load() {
    let code = "class Model:\n    def __setstate__(self, state):\n        self.a, self.b = state\n";
    let asked = format!("{code}    def predict(self, X):\n        return X + self.a\n");
    // Asked or not, all objects are restored.
    for code in [code, &asked] {
        let (verdict, found) = findings_with(&[("pack.py", code)], &model());
        assert_eq!(verdict, Verdict::FailsLoad, "{code}");
        let finding = &found[0];
        assert_eq!(finding.exception.as_deref(), Some("ValueError"));
        assert_eq!(finding.message, "too many values to unpack (expected 2)");
        assert_eq!(finding.stage, Stage::Load);
        assert_eq!(finding.evidence[1].line, Some(3));
    }
    for fine in ["self.a, self.b, *rest = state", "a, b, c, d = state"] {
        let code = format!("class Model:\n    def __setstate__(self, state):\n        {fine}\n");
        let (_, found) = findings_with(&[("pack.py", &code)], &model());
        assert!(found.is_empty(), "{fine}: {found:?}");
    }
}

#[test]
fn a_text_where_an_estimator_is_looked_for_leaves_nothing_to_ask() {
    let head = "def available_if(check):\n    return lambda f: f\ndef _has(name):\n    return lambda self: hasattr(self.kind, name)\n";
    let code = format!(
        "{head}class Model:\n    @available_if(_has('predict'))\n    def predict(self, X):\n        return 0\n"
    );
    assert_eq!(
        messages(&code, &model()),
        ["This 'Model' has no attribute 'predict'"]
    );
    let got = code.replace("hasattr(self.kind, name)", "getattr(self.kind, name)");
    assert_eq!(
        messages(&got, &model()),
        ["This 'Model' has no attribute 'predict'"]
    );
    let other = format!("{code}    def transform(self, X):\n        return 0\n");
    assert_eq!(
        messages(&other, &model()),
        [""; 0],
        "it can be asked to transform"
    );
}

#[test]
fn parameters_are_not_handed_on_unless_that_is_turned_on() {
    let code = "from settings import _routing_enabled, process\nclass Inner:\n    def predict(self, X, check=True):\n        if check:\n            X = X - self.extra\n        return X\nclass Model:\n    def predict(self, X, **params):\n        if _routing_enabled():\n            given = process(self, **params)\n        else:\n            given = {}\n        return self.inner.predict(X, **given)\n";
    let settings = "import os\ndef _routing_enabled():\n    return os.environ.get('ROUTING')\n";
    let model = Py::New(
        "Model",
        vec![("inner", Py::New("Inner", vec![("n", Py::Int(1))]))],
    );
    let (_, found) = findings_with(&[("pack.py", code), ("settings.py", settings)], &model);
    assert_eq!(found[0].message, "'Inner' object has no attribute 'extra'");
}

#[test]
fn states_that_are_no_dict_are_left_to_the_code() {
    let code = "class Model:\n    def __setstate__(self, state):\n        try:\n            self.__dict__.update(state)\n            self.template\n        except ValueError:\n            self.first = state[0]\n";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pack.py"), code).unwrap();
    let model = folder.path().join("model.pkl");
    // The state is the tuple ({}, None).
    fs::write(&model, b"\x80\x02cpack\nModel\n)\x81}N\x86b.").unwrap();
    let python = PythonVersion {
        major: 3,
        minor: 12,
        patch: None,
    };
    let root = folder.path().to_owned();
    let search = vec![root.clone()];
    let environment = Environment::new(root, None, Some(python), Origin::Flag, search, Vec::new());
    let artifact = artifact::read(&model, artifact::Keep::Everything);
    let manifest = Manifest::of(&artifact);
    let outcome = compat::compare(&artifact, &manifest, Some(&environment));
    assert_eq!(outcome.verdict, Verdict::Ready, "{:?}", outcome.findings);
}
