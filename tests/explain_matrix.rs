//! Every real failure of the truth matrix given to `explain`: is the file that failed named first?
//!
//! Needs the matrix (`tests/matrix/run.py`) and its environments: `SHELFLIFE_MATRIX` and `SHELFLIFE_ENVS`
//! name their folders. `cargo test --test explain_matrix -- --ignored --nocapture` prints the count.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use shelflife::engine::{LiveWork, Work, guard};
use shelflife::explain::{Case, Standing, conclude, parse, weigh};

#[derive(Default)]
struct Count {
    failures: usize,
    exact: usize,
    explained: usize,
    first: usize,
    caused: usize,
}

#[test]
#[ignore = "needs the truth matrix and its environments"]
fn the_file_that_failed_is_named_first() {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let (Some(matrix), Some(environments)) = (folder("SHELFLIFE_MATRIX"), folder("SHELFLIFE_ENVS"))
    else {
        panic!("SHELFLIFE_MATRIX and SHELFLIFE_ENVS name no folders");
    };
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut pairs: Vec<PathBuf> = fs::read_dir(matrix.join("truth"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .filter(|path| path.to_string_lossy().contains(&only))
        .collect();
    pairs.sort();
    let mut total = Count::default();
    let mut missed: BTreeMap<String, usize> = BTreeMap::new();
    for pair in &pairs {
        measure(pair, &environments, &mut total, &mut missed);
    }
    let mut missed: Vec<_> = missed.into_iter().collect();
    missed.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (words, count) in missed.iter().take(40) {
        println!("{count:5}  {words}");
    }
    println!(
        "{} failures: the file gives exactly this {}, explains it {}, has the best standing of the shelf {}; the message alone has a known cause {}",
        total.failures, total.exact, total.explained, total.first, total.caused
    );
    assert!(total.failures > 0 && total.first * 100 >= total.failures * 90);
}

fn measure(
    pair: &Path,
    environments: &Path,
    total: &mut Count,
    missed: &mut BTreeMap<String, usize>,
) {
    let name = pair.file_stem().unwrap().to_string_lossy().into_owned();
    let (_, loaded) = name.split_once("--").unwrap();
    let records: Vec<Value> = fs::read_to_string(pair)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let prefix = environments.join(loaded);
    let work = LiveWork::new(Vec::new(), Some(prefix.clone()));
    let environment = work.open_environment(Some(&prefix)).unwrap();
    let read: Vec<_> = records
        .iter()
        .map(|record| {
            let path = PathBuf::from(record["path"].as_str().unwrap());
            let (artifact, manifest) = guard::read(&work, &path);
            let comparison = guard::compare(&work, &artifact, &manifest, environment.as_ref());
            (artifact, manifest, comparison)
        })
        .collect();
    for (record, (artifact, _, comparison)) in records.iter().zip(&read) {
        let Some(exception) = record["exception"].as_str() else {
            continue;
        };
        let message = record["message"].as_str().unwrap_or_default();
        let trace = parse(&format!(
            "Traceback (most recent call last):\n{exception}: {message}"
        ));
        let candidates = read.iter().map(|(artifact, manifest, comparison)| {
            let case = Case {
                artifact,
                manifest,
                comparison,
                environment: environment.as_ref(),
            };
            weigh(&trace, &case)
        });
        let explanation = conclude(trace.clone(), candidates.collect(), None, Vec::new());
        let own = explanation
            .candidates
            .iter()
            .find(|c| c.path == artifact.path);
        let standing = own.map_or(Standing::Unrelated, |own| own.standing);
        let best = explanation.candidates.iter().map(|c| c.standing).max();
        total.failures += 1;
        total.exact += usize::from(standing == Standing::Exact);
        total.explained += usize::from(standing.explains());
        let first = standing.explains() && best == Some(standing);
        total.first += usize::from(first);
        total.caused += usize::from(explanation.cause.is_some());
        if standing < Standing::Exact {
            let headline: String = trace.raised[0].headline().chars().take(90).collect();
            let foretold: String = comparison.summary.chars().take(60).collect();
            *missed
                .entry(format!("{standing:?} {headline} | {foretold}"))
                .or_default() += 1;
        }
    }
}
