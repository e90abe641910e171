use super::book::Shared;
use super::*;

fn learn() -> &'static Atlas {
    of("scikit-learn").unwrap()
}

#[test]
fn every_part_of_every_distribution_can_be_read() {
    assert_eq!(all().count(), DISTRIBUTIONS.len());
    for atlas in all() {
        assert!(!atlas.versions().is_empty());
        assert!(atlas.modules().is_some(), "{}", atlas.distribution);
        assert!(atlas.code().is_some(), "{}", atlas.distribution);
    }
}

#[test]
fn the_assets_stay_small() {
    let size: usize = DISTRIBUTIONS.iter().map(|(_, _, data)| data.len()).sum();
    assert!(size <= 1_500_000, "{size}");
}

#[test]
fn modules_and_names_have_the_releases_that_had_them() {
    let atlas = learn();
    assert_eq!(atlas.versions()[0], "0.18");
    assert_eq!(atlas.release("1.2.2"), atlas.release("1.2.2.0"));
    let moved = atlas.with_module("sklearn.linear_model.logistic");
    assert_eq!(atlas.words(moved), "0.18 to 0.23.2");
    let imputer = atlas.with_name("sklearn.preprocessing.imputation", "Imputer");
    assert_eq!(atlas.words(imputer), "0.18 to 0.21.3");
    let place = atlas.release("1.9.1").unwrap();
    let kind = |module| atlas.module(place, module);
    assert_eq!(kind("sklearn.linear_model"), Some(ModuleKind::Package));
    assert_eq!(kind("sklearn.tree._tree"), Some(ModuleKind::Compiled));
    assert_eq!(kind("sklearn.linear_model.logistic"), None);
    // Names that a template or an included file makes.
    let made = atlas.with_name("sklearn._loss._loss", "CyHalfBinomialLoss");
    let restores = atlas.with_name("sklearn.neighbors._kd_tree", "newObj");
    assert!(made.has(place) && restores.has(place));
}

#[test]
fn classes_are_found_through_re_exports_and_know_their_bases() {
    let atlas = learn();
    let place = atlas.release("1.9.1").unwrap();
    let through = atlas.class(place, "sklearn.preprocessing", "StandardScaler");
    let own = atlas.class(place, "sklearn.preprocessing._data", "StandardScaler");
    assert!(own.is_some());
    assert_eq!(through, own);
    let lineage = atlas.lineage(place, own.unwrap());
    let names: Vec<&str> = lineage
        .iter()
        .map(|class| atlas.name_of(*class).1)
        .collect();
    assert!(names.contains(&"BaseEstimator"), "{names:?}");
    assert_eq!(names[0], "StandardScaler");
}

fn changed(class: (&str, &str), from: &str, to: &str) -> Difference {
    let atlas = learn();
    let reached = |version: &str| {
        let place = atlas.release(version).unwrap();
        let class = atlas.class(place, class.0, class.1).unwrap();
        atlas.reach(place, &[class]).unwrap()
    };
    reached(to).difference(&reached(from), atlas)
}

#[test]
fn what_a_class_runs_is_compared_between_releases() {
    let scaler = ("sklearn.preprocessing._data", "StandardScaler");
    let same = changed(scaler, "1.5.1", "1.5.2");
    assert!(same.changed.is_empty(), "{:?}", same.changed);
    assert!(same.of > 50);
    let other = changed(scaler, "1.5.2", "1.9.1");
    let transform = "sklearn.preprocessing._data.StandardScaler.transform".to_owned();
    assert!(other.changed.contains(&transform), "{:?}", other.changed);
    assert!(!other.checks_only);
}

#[test]
fn a_changed_record_of_compiled_code_is_told() {
    let boosting = (
        "sklearn.ensemble._hist_gradient_boosting.predictor",
        "TreePredictor",
    );
    let change = changed(boosting, "1.2.2", "1.3.2");
    assert!(
        change.records.iter().any(|r| r.ends_with("node_struct")),
        "{:?}",
        change.records
    );
}

#[test]
fn a_library_that_is_not_held_is_not_answered() {
    assert!(of("some-library").is_none());
    assert!(of_module("some_library.part").is_none());
    let atlas = learn();
    assert!(atlas.release("99.9").is_none());
    assert!(atlas.with_module("sklearn.no_such_module").is_empty());
    assert!(atlas.class(0, "sklearn", "NoSuchClass").is_none());
}

#[test]
fn damaged_data_is_refused_or_answers_nothing_and_never_panics() {
    let (name, import, data) = DISTRIBUTIONS[1];
    let mut seed = 7_usize;
    let mut refused = 0;
    for round in 0..120 {
        let mut bytes = data.to_vec();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = seed / 65_536 % bytes.len();
        match round % 3 {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << (round % 8),
            _ => bytes[at % 400] = 0xff,
        }
        let leaked: &'static [u8] = Box::leak(bytes.into_boxed_slice());
        let Some(atlas) = Atlas::read(name, import, leaked) else {
            refused += 1;
            continue;
        };
        refused += usize::from(atlas.modules().is_none() || atlas.code().is_none());
        let _ = atlas.with_name("imblearn.pipeline", "Pipeline");
        if let Some(class) = atlas.class(0, "imblearn.pipeline", "Pipeline") {
            let _ = atlas.reach(0, &[class]);
        }
    }
    assert!(refused > 60, "{refused}");
}

#[test]
fn damaged_parts_are_refused_or_read_and_never_panic() {
    let shared = Shared::default();
    let mut seed = 3_usize;
    for len in 0..200 {
        let bytes: Vec<u8> = (0..len)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 33) as u8
            })
            .collect();
        let _ = Shared::read(bytes.clone().into());
        let _ = Code::read(&bytes, &shared);
        let _ = Modules::read(bytes.into());
    }
}
