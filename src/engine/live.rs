//! The real work behind the engine: the layers below, put together for one shelf.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::watch::Watch;
use super::{Trust, WalkItem, Work};
use crate::artifact::{self, Artifact, Keep};
use crate::compat::{self, Comparison};
use crate::environment::{self, Discovery, Environment, EnvironmentError};
use crate::manifest::{self, Manifest, Relation, Surroundings, declared::Finder};
use crate::source;
use crate::text;
use crate::trial::python::{self, Consent, LiveTrial};
use crate::trial::{self, Prediction, Sample, TrialError, native, sample};
use crate::trust;

/// The largest example file that is read for a sample.
const EXAMPLE: u64 = 4 << 20;

/// The layers below, for the shelf at some folders and files.
pub struct LiveWork {
    roots: Vec<PathBuf>,
    finders: Vec<(PathBuf, Finder)>,
    surroundings: Surroundings,
    environment: Option<PathBuf>,
    /// The Pythons of this host that are no virtual environments, by minor version; found once.
    interpreters: OnceLock<Vec<(u8, PathBuf)>>,
    /// How long a folder may take to answer before a walk gives it up; for ever when `None`.
    pub patience: Option<Duration>,
    watch: Arc<Watch>,
    /// How long a Python trial may take.
    pub time_limit: Duration,
    /// Folders that a Python trial may import from.
    pub import_from: Vec<PathBuf>,
    /// Whether the release that an artifact records is held against its state.
    pub doubts: bool,
}

impl LiveWork {
    /// For the shelf at `roots`, with the environment that the user named, if any.
    pub fn new(roots: Vec<PathBuf>, environment: Option<PathBuf>) -> LiveWork {
        let finders = roots
            .iter()
            .map(|root| (root.clone(), Finder::new(root)))
            .collect();
        LiveWork {
            roots,
            finders,
            surroundings: Surroundings::default(),
            environment,
            interpreters: OnceLock::new(),
            patience: None,
            watch: Arc::default(),
            time_limit: python::TIME_LIMIT,
            import_from: Vec::new(),
            doubts: true,
        }
    }

    /// The folders and files of the shelf.
    pub fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// The environment that the user named, else the one that the usual order finds.
    pub fn find_environment(&self) -> Result<Option<Environment>, EnvironmentError> {
        self.open_environment(None)
    }

    fn discovery(&self, flag: Option<&Path>) -> Discovery {
        Discovery {
            flag: flag
                .map(Path::to_owned)
                .or_else(|| self.environment.clone()),
            shelf: self.roots.first().cloned(),
            ..Discovery::from_process()
        }
    }

    fn interpreters(&self) -> &[(u8, PathBuf)] {
        self.interpreters.get_or_init(|| {
            let all = environment::list_all(&self.discovery(None)).into_iter();
            let whole = all.filter(|candidate| !candidate.is_virtual);
            let three = whole.filter_map(|candidate| {
                let python = candidate.python.filter(|python| python.major == 3)?;
                Some((python.minor, candidate.interpreter?))
            });
            three.collect()
        })
    }

    fn declare(&self, path: &Path, manifest: &mut Manifest) {
        let finder = self
            .finders
            .iter()
            .find(|(root, _)| path.starts_with(root))
            .or(self.finders.first());
        if let Some((_, finder)) = finder {
            let found = finder.declared(path);
            let wishes = found.iter().map(|entry| entry.requirement.clone());
            manifest.declared = wishes.collect();
        }
    }

    fn python(
        &self,
        artifact: &Artifact,
        sample: &Sample,
        environment: Option<&Environment>,
        cancel: &AtomicBool,
    ) -> Result<Prediction, TrialError> {
        let environment = environment.ok_or_else(|| {
            TrialError::Unusable("there is no environment to run in; name one with --env".into())
        })?;
        let interpreter = environment.interpreter.clone().ok_or_else(|| {
            TrialError::Unusable(format!(
                "{} has no interpreter to start",
                text::path(&environment.prefix)
            ))
        })?;
        let trial = LiveTrial {
            artifact: artifact.path.clone(),
            format: artifact.format,
            interpreter,
            sample,
            // The front ends ask before they send the request: the confirm box, --allow-execution.
            consent: Consent::given_by_user(),
            time_limit: self.time_limit,
            paths: self.import_from.clone(),
            sha256: source::sha256(&artifact.path).ok(),
        };
        python::predict(&trial, cancel)
    }
}

/// The artifact again with every number, when it has an object graph.
fn whole(artifact: &Artifact) -> Result<Artifact, TrialError> {
    let whole = artifact::read(&artifact.path, Keep::Everything);
    match &whole.facts {
        Err(why) => Err(TrialError::Unusable(why.reason.clone())),
        Ok(_) => Ok(whole),
    }
}

impl Work for LiveWork {
    fn walk(&self, found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>) {
        self.surroundings.forget();
        for (_, finder) in &self.finders {
            finder.forget();
        }
        super::walk::walk(&self.roots, self.patience, &self.watch, found);
    }

    fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }

    fn read(&self, path: &Path) -> (Artifact, Manifest) {
        self.read_telling(path, &mut |_| {})
    }

    fn read_telling(&self, path: &Path, so_far: &mut dyn FnMut(Manifest)) -> (Artifact, Manifest) {
        let mut told = |part: &Artifact| so_far(Manifest::of(part));
        let artifact = artifact::read_telling(path, Keep::Identity, &mut told);
        let mut manifest = Manifest::of(&artifact);
        self.declare(path, &mut manifest);
        self.surroundings.note(&artifact);
        manifest::relate(&artifact, &mut manifest, &self.surroundings);
        if self.doubts {
            manifest::note_contradictions(&artifact, &mut manifest);
        }
        (artifact, manifest)
    }

    fn compare(
        &self,
        artifact: &Artifact,
        manifest: &Manifest,
        environment: Option<&Environment>,
    ) -> Comparison {
        let mut comparison = compat::compare(artifact, manifest, environment);
        if let Some(fix) = &mut comparison.fix {
            fix.with_interpreters(self.interpreters());
        }
        comparison
    }

    fn trust(&self, artifact: &Artifact, manifest: &Manifest) -> Option<Trust> {
        trust::of(artifact, manifest)
    }

    fn digest(&self, path: &Path) -> Option<String> {
        source::sha256(path).ok()
    }

    fn open_environment(
        &self,
        path: Option<&Path>,
    ) -> Result<Option<Environment>, EnvironmentError> {
        let found = environment::discover(&self.discovery(path))?;
        Ok(found.candidate.map(|candidate| candidate.open()))
    }

    fn list_environments(&self) -> Vec<Environment> {
        let all = environment::list_all(&self.discovery(None));
        all.iter().map(environment::Candidate::open).collect()
    }

    fn sample(&self, artifact: &Artifact, manifest: &Manifest) -> Result<Sample, TrialError> {
        let whole = whole(artifact)?;
        let examples = manifest
            .siblings
            .iter()
            .filter(|s| s.relation == Relation::Example);
        for example in examples {
            let Ok(Some(content)) = source::small(&example.path, EXAMPLE) else {
                continue;
            };
            if let Ok(mut sample) = sample::parse(&content, &example.path) {
                sample.source = format!("{} beside the model", text::path(&example.path));
                return Ok(sample);
            }
        }
        sample::generate_for(&whole)
    }

    fn run(
        &self,
        artifact: &Artifact,
        engine: trial::Engine,
        sample: &Sample,
        environment: Option<&Environment>,
        cancel: &AtomicBool,
    ) -> Result<Prediction, TrialError> {
        match engine {
            trial::Engine::Native => native::predict_artifact(&whole(artifact)?, sample, cancel),
            trial::Engine::Python => self.python(artifact, sample, environment, cancel),
        }
    }
}
