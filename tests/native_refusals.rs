//! What the native engine does not evaluate, and what scikit-learn would raise: asserted word for
//! word, so that neither turns into a silent guess. Real files, changed in one place each.

use std::path::PathBuf;

use shelflife::artifact::{self, Keep, Objects};
use shelflife::pickle::{Data, Elements, Graph, Node, NodeId};
use shelflife::trial::{Cell, Outcome, Prediction, Sample, TrialError, native, sample};

fn objects(name: &str) -> Objects {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/native");
    let facts = artifact::read(&path.join(name), Keep::Everything).facts;
    facts.unwrap().objects.unwrap()
}

fn numbers(rows: &[&[f64]]) -> Sample {
    let row = |row: &&[f64]| row.iter().map(|x| Cell::Float(*x)).collect();
    Sample {
        rows: rows.iter().map(row).collect(),
        ..Sample::default()
    }
}

fn words(rows: &[[&str; 2]]) -> Sample {
    let cell = |word: &str| match word {
        "" => Cell::Missing,
        word => Cell::Text(word.into()),
    };
    let row = |row: &[&str; 2]| row.iter().map(|word| cell(word)).collect();
    Sample {
        rows: rows.iter().map(row).collect(),
        ..Sample::default()
    }
}

fn raised(prediction: Result<Prediction, TrialError>) -> (String, String) {
    match prediction.unwrap().outcome {
        Outcome::Raised {
            stage,
            exception,
            message,
            ..
        } => (stage, format!("{exception}: {message}")),
        other => panic!("{other:?}"),
    }
}

fn refused(objects: &Objects, sample: &Sample) -> String {
    match native::predict(objects, sample) {
        Err(error @ TrialError::Refused { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Puts `value` under `key` into the state of the object at `node`.
fn set(graph: &mut Graph, node: NodeId, key: &str, value: Node) {
    let value = graph.push(value, 0);
    let state = *graph.object(node).unwrap().state.last().unwrap();
    let key = graph.push(Node::Str(Data::Kept(key.as_bytes().into())), 0);
    let Node::Dict(pairs) = graph.node_mut(state) else {
        panic!("the state is no dict");
    };
    pairs.push((key, value));
}

fn text(text: &str) -> Node {
    Node::Str(Data::Kept(text.as_bytes().into()))
}

#[test]
fn what_scikit_learn_raises_is_raised_in_its_words() {
    const THREE: &[f64] = &[1.0, 2.0, 3.0];
    const NAN: &[f64] = &[f64::NAN, 2.0, 3.0];
    let cases = [
        (
            "1.9/ridge.pkl",
            numbers(&[&[1.0, 2.0]]),
            "ValueError: X has 2 features, but Ridge is expecting 3 features as input.",
        ),
        (
            "1.9/ridge.pkl",
            numbers(&[THREE, NAN]),
            "ValueError: Input X contains NaN.\nRidge does not accept missing values encoded as \
             NaN natively.",
        ),
        (
            "0.24/ridge.joblib",
            numbers(&[NAN]),
            "ValueError: Input contains NaN, infinity or a value too large for dtype('float64').",
        ),
        (
            "1.2/forest_regressor.pkl",
            numbers(&[NAN]),
            "ValueError: Input X contains NaN.\nRandomForestRegressor does not accept",
        ),
        (
            "1.9/tree_regressor.joblib",
            numbers(&[&[1e300, 2.0, 3.0]]),
            "ValueError: Input X contains infinity or a value too large for dtype('float32').",
        ),
        (
            "1.9/one_hot_drop_first.joblib",
            words(&[["red", "S"], ["pink", "S"], ["grey", "S"], ["pink", "L"]]),
            "ValueError: Found unknown categories ['pink', 'grey'] in column 0 during transform",
        ),
        (
            "1.9/ordinal_given_order.pkl",
            words(&[["red", ""]]),
            "ValueError: Found unknown categories [nan] in column 1 during transform",
        ),
    ];
    for (name, sample, wanted) in cases {
        let (_, message) = raised(native::predict(&objects(name), &sample));
        assert!(message.starts_with(wanted), "{name}: {message}");
    }
    let mut sample = numbers(&[THREE]);
    sample.rows[0][1] = Cell::Text("abc".into());
    let (stage, message) = raised(native::predict(&objects("1.9/min_max_scaler.pkl"), &sample));
    assert_eq!(stage, "transform");
    assert_eq!(
        message,
        "ValueError: could not convert string to float: 'abc'"
    );
}

#[test]
fn numbers_where_an_encoder_knows_text_are_an_error() {
    let error = native::predict(
        &objects("1.9/one_hot_ignore.joblib"),
        &numbers(&[&[1.0, 2.0]]),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "column 0 holds numbers, but OneHotEncoder knows text there (such as 'blue')"
    );
}

#[test]
fn unknown_classes_parameters_and_attributes_are_refused_by_name() {
    let sample = numbers(&[&[1.0, 2.0, 3.0]]);

    let mut changed = objects("1.9/logistic_binary.pkl");
    set(
        &mut changed.graph,
        changed.root,
        "_temperature",
        Node::Float(2.0),
    );
    assert_eq!(
        refused(&changed, &sample),
        "sklearn.linear_model._logistic.LogisticRegression is not evaluated natively: \
         it has an attribute nobody expects, `_temperature`"
    );

    let mut changed = objects("1.7/logistic_binary.pkl");
    set(
        &mut changed.graph,
        changed.root,
        "solver",
        text("annealing"),
    );
    assert_eq!(
        refused(&changed, &sample),
        "sklearn.linear_model._logistic.LogisticRegression is not evaluated natively: \
         the value of `solver` ('annealing') is not one it knows"
    );

    // A subclass in somebody's module may do anything.
    let mut changed = objects("1.9/logistic_binary.pkl");
    for index in 0..changed.graph.len() {
        let (id, _) = changed.graph.iter().nth(index).unwrap();
        if let Node::Global(global) = changed.graph.node_mut(id)
            && &*global.name == "LogisticRegression"
        {
            global.module = "team.models".into();
        }
    }
    assert_eq!(
        refused(&changed, &sample),
        "team.models.LogisticRegression is not evaluated natively: \
         there is no evaluator for this class yet"
    );
}

#[test]
fn a_bundle_is_evaluated_when_it_holds_one_estimator() {
    let sample = numbers(&[&[1.0, 2.0, 3.0]]);
    let mut bundle = objects("1.9/ridge.pkl");
    let model = bundle.root;
    let graph = &mut bundle.graph;
    let keys = ["model", "note", "scaler"].map(|key| graph.push(text(key), 0));
    let note = graph.push(Node::None, 0);
    bundle.root = graph.push(Node::Dict(vec![(keys[0], model), (keys[1], note)]), 0);
    let prediction = native::predict(&bundle, &sample).unwrap();
    assert_eq!(prediction.outcome, Outcome::Finished);
    assert_eq!(
        prediction.warnings,
        ["the file is a bundle; evaluated Ridge, its member 'model'"]
    );

    // The same object under two keys is one model.
    let pairs = vec![(keys[0], model), (keys[2], model)];
    bundle.root = bundle.graph.push(Node::Dict(pairs), 0);
    let again = native::predict(&bundle, &sample).unwrap();
    assert_eq!(again.outputs, prediction.outputs);
    bundle.root = bundle.graph.push(Node::List(vec![note]), 0);
    assert_eq!(
        refused(&bundle, &sample),
        "a list is not evaluated natively: it holds no estimator"
    );
}

#[test]
fn a_pipeline_inside_itself_is_refused() {
    let mut changed = objects("1.9/pipeline_nested.joblib");
    let root = changed.root;
    let steps = changed.graph.attribute(root, "steps").unwrap();
    let first = changed.graph.items(steps).unwrap()[0];
    let name = changed.graph.items(first).unwrap()[0];
    *changed.graph.node_mut(first) = Node::Tuple([name, root].as_slice().into());
    assert!(refused(&changed, &numbers(&[&[1.0, 2.0, 3.0]])).contains("nested too deep"));
}

/// Changes the bytes of the tree's node array.
fn with_nodes(objects: &mut Objects, change: impl FnOnce(&mut [u8])) {
    let tree = objects.graph.attribute(objects.root, "tree_").unwrap();
    let nodes = objects.graph.attribute(tree, "nodes").unwrap();
    let Node::Array(array) = objects.graph.node_mut(nodes) else {
        panic!("a joblib file keeps its arrays outside the opcodes");
    };
    let Elements::Raw(Data::Kept(bytes)) = &mut array.elements else {
        panic!("the nodes were not kept");
    };
    let mut changed = bytes.to_vec();
    change(&mut changed);
    *bytes = changed.into();
}

#[test]
fn crafted_tree_indices_are_refused() {
    // A node starts with left child, right child and feature, eight bytes each.
    let cases: [(usize, i64, &str); 4] = [
        (0, 0, "the tree's node indices cannot be used"),
        (8, 1_000_000, "the tree's node indices cannot be used"),
        (8, -7, "the tree's node indices cannot be used"),
        (16, 3, "the tree's node indices cannot be used"),
    ];
    for (place, index, wanted) in cases {
        let mut changed = objects("1.9/tree_regressor.joblib");
        with_nodes(&mut changed, |bytes| {
            bytes[place..place + 8].copy_from_slice(&index.to_le_bytes());
            // Both children lead back to the root: a cycle.
            if index == 0 {
                bytes[place + 8..place + 16].copy_from_slice(&index.to_le_bytes());
            }
        });
        let reason = refused(&changed, &numbers(&[&[1.0, 2.0, 3.0]]));
        assert!(reason.ends_with(wanted), "{place} {index}: {reason}");
    }
}

#[test]
fn arrays_that_were_not_read_are_refused() {
    let mut changed = objects("1.9/tree_regressor.joblib");
    let tree = changed.graph.attribute(changed.root, "tree_").unwrap();
    let values = changed.graph.attribute(tree, "values").unwrap();
    if let Node::Array(array) = changed.graph.node_mut(values) {
        array.elements = Elements::Raw(Data::Skipped { offset: 0, len: 8 });
    }
    let reason = refused(&changed, &numbers(&[&[1.0, 2.0, 3.0]]));
    assert!(
        reason.ends_with("the tree's values cannot be used"),
        "{reason}"
    );
}

#[test]
fn the_demo_shelf_says_which_of_its_models_are_refused_and_why() {
    let wanted = [
        (
            "credit/credit_limit.joblib",
            "sklearn.preprocessing._function_transformer.FunctionTransformer is not evaluated \
             natively: it calls `feature_tools.debt_ratio`",
        ),
        (
            "credit/credit_scoring.pkl",
            "sklearn.preprocessing._function_transformer.FunctionTransformer is not evaluated \
             natively: it calls `__main__.log_income`",
        ),
    ];
    let answered = [
        "archive/scoring_2019.pkl",
        "churn/churn_logreg.joblib",
        "churn/churn_pipeline.joblib",
        "churn/v2/model.pkl",
        "churn/v2/scaler.pkl",
        "credit/bundle.joblib",
        "iris/iris_forest_2022.pkl",
        "iris/iris_svc.sav",
        "iris/iris_tree.joblib",
        "price/house_price.joblib",
        "price/price_mlflow/model.pkl",
        "text/spam_filter.joblib.xz",
        "text/ticket_router.pkl",
    ];
    let trial = |name: &str| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let facts = artifact::read(&path.join(name), Keep::Everything).facts;
        let objects = facts.unwrap().objects.unwrap();
        native::predict(&objects, &sample::generate(&objects).unwrap())
    };
    for (name, reason) in wanted {
        let error = trial(name).unwrap_err().to_string();
        assert!(error.starts_with(reason), "{name}: {error}");
    }
    for name in answered {
        assert_eq!(trial(name).unwrap().outcome, Outcome::Finished, "{name}");
    }
}

#[test]
fn more_work_than_a_trial_may_take_is_refused() {
    let mut changed = objects("1.9/forest_regressor.joblib");
    let list = changed
        .graph
        .attribute(changed.root, "estimators_")
        .unwrap();
    let Node::List(trees) = changed.graph.node_mut(list) else {
        panic!("a forest keeps its trees in a list");
    };
    // One tree, named again and again: small in the file, endless to evaluate.
    *trees = vec![trees[0]; 8_000_000];
    let reason = refused(&changed, &numbers(&[&[1.0, 2.0, 3.0]]));
    assert!(
        reason.ends_with("it takes more work than a trial may"),
        "{reason}"
    );
}

#[test]
fn an_estimator_that_contains_itself_is_refused() {
    for name in ["1.9/voting_soft", "1.9/stacking", "1.9/bagging_of_logistic"] {
        let name = ["joblib", "pkl"]
            .map(|end| format!("{name}.{end}"))
            .into_iter()
            .find(|name| {
                let folder =
                    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/native");
                folder.join(name).exists()
            })
            .unwrap();
        let mut objects = objects(&name);
        let root = objects.root;
        let list = objects.graph.attribute(root, "estimators_").unwrap();
        let Node::List(items) = objects.graph.node_mut(list) else {
            panic!("{name}: `estimators_` is no list");
        };
        for item in items.iter_mut() {
            *item = root;
        }
        let reason = refused(&objects, &numbers(&[&[0.5, 100.0, 0.0]]));
        assert!(reason.contains("nested too deep"), "{name}: {reason}");
    }
}

#[test]
fn rows_of_different_lengths_go_only_to_what_takes_lists() {
    let lists = sample::parse(b"[[1, 2, 3], [3], []]", std::path::Path::new("-")).unwrap();
    let error = native::predict(&objects("1.9/ridge.pkl"), &lists).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 2 of --input standard input has 1 cells, not 3; the model takes a table, with rows of \
         one length"
    );
    let texts = sample::parse(b"[\"red\", \"blue\"]", std::path::Path::new("-")).unwrap();
    let named = ["joblib", "pkl"].map(|end| format!("1.9/lists_of_labels.{end}"));
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/native");
    let found = named.iter().find(|name| root.join(name).exists()).unwrap();
    let error = native::predict(&objects(found), &texts).unwrap_err();
    assert!(error.to_string().contains("holds plain texts"), "{error}");
}
