//! The real work behind the engine: the layers below, put together for one shelf.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::shift;
use super::watch::Watch;
use super::{Trust, WalkItem, Work};
use crate::artifact::{self, Artifact, Keep};
use crate::compat::{self, Comparison};
use crate::environment::{self, Discovery, Environment, EnvironmentError};
use crate::manifest::declared::{self, Finder};
use crate::manifest::{self, Manifest, Relation, Surroundings};
use crate::shelf;
use crate::source;
use crate::text;
use crate::trial::figures::{self, Figure};
use crate::trial::python::{self, Consent, LiveTrial, Wanted};
use crate::trial::{self, Cell, Prediction, Sample, Sandbox, TrialError, golden, native, sample};
use crate::trust;

/// The largest artifact that is read again to compute how far its numbers move, in bytes.
const ASKED_AGAIN: u64 = 8 << 20;

/// The largest example file that is read for a sample.
const EXAMPLE: u64 = 4 << 20;

/// The largest file whose numbers are read for pictures alone.
const PICTURED: u64 = 256 << 20;

/// How many categories of an input are offered.
const CATEGORIES: usize = 200;

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
    /// Whether a Python trial is held back by what the system offers.
    pub sandbox: bool,
    /// Which part of a file with several members a native trial means.
    pub choice: native::Choice,
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
            sandbox: true,
            choice: native::Choice::default(),
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

    fn declare(&self, artifact: &Artifact, manifest: &mut Manifest) {
        let path = &artifact.path;
        let finder = self
            .finders
            .iter()
            .find(|(root, _)| path.starts_with(root))
            .or(self.finders.first());
        if let Some((_, finder)) = finder {
            let found = finder.declared(path, artifact.is_folder());
            let wishes = found.iter().map(|entry| entry.requirement.clone());
            manifest.declared = wishes.collect();
        }
    }

    /// A trial in the live environment, without the hash that was agreed to.
    fn live_trial<'a>(
        &self,
        artifact: &Artifact,
        sample: &'a Sample,
        environment: Option<&Environment>,
    ) -> Result<LiveTrial<'a>, TrialError> {
        let environment = environment.ok_or_else(|| {
            TrialError::Unusable("there is no environment to run in; name one with --env".into())
        })?;
        let interpreter = environment.interpreter.clone().ok_or_else(|| {
            TrialError::Unusable(format!(
                "{} has no interpreter to start",
                text::path(&environment.prefix)
            ))
        })?;
        Ok(LiveTrial {
            artifact: artifact.path.clone(),
            format: artifact.format,
            interpreter,
            sample,
            // The front ends ask before they send the request: the confirm box, --allow-execution.
            consent: Consent::given_by_user(),
            time_limit: self.time_limit,
            paths: self.import_from.clone(),
            reach: environment.places_outside(),
            sha256: None,
            layers: if self.sandbox {
                Wanted::All
            } else {
                Wanted::Nothing
            },
        })
    }
}

/// The trial with what a stamp beside the artifact recorded for the same rows.
fn recorded(artifact: &Artifact, sample: &Sample, mut found: Prediction) -> Prediction {
    let stamped = match manifest::stamp::beside(&artifact.path) {
        Some(stamped) if !artifact.is_folder() => stamped,
        _ => return found,
    };
    let recorded = golden::against(&stamped, sample, &found);
    if let Some(recorded) = recorded.as_ref().filter(|recorded| !recorded.agrees) {
        found.warnings.push(recorded.words.clone());
    }
    if let Err(why) = &stamped.content {
        let path = text::path(&stamped.path);
        found.warnings.push(format!("{path} is not used: {why}"));
    }
    found.recorded = recorded.map(Box::new);
    found
}

/// The artifact again with every number, when it has an object graph.
fn whole(artifact: &Artifact) -> Result<Artifact, TrialError> {
    let whole = artifact::read(&artifact.path, Keep::Everything);
    match &whole.facts {
        Err(why) => Err(TrialError::Unusable(why.reason.clone())),
        Ok(_) => Ok(whole),
    }
}

fn objects(whole: &Artifact) -> Result<&artifact::Objects, TrialError> {
    let objects = whole
        .facts
        .as_ref()
        .ok()
        .and_then(|facts| facts.objects.as_ref());
    objects.ok_or_else(|| TrialError::Refused {
        class: format!("{:?}", whole.format).to_lowercase(),
        reason: "models of this format are not evaluated natively yet".into(),
    })
}

/// The recorded example beside the model.
fn example(manifest: &Manifest) -> Option<Sample> {
    let siblings = manifest.siblings.iter();
    siblings
        .filter(|s| s.relation == Relation::Example)
        .filter(|s| !manifest::stamp::is_stamp_name(&s.path))
        .find_map(|example| {
            let content = source::small(&example.path, EXAMPLE).ok()??;
            let mut sample = sample::parse(&content, &example.path).ok()?;
            sample.table().ok()?;
            sample.source = format!("{} beside the model", text::path(&example.path));
            Some(sample)
        })
}

/// The example, else rows that are made from the model.
fn rows(objects: &artifact::Objects, manifest: &Manifest) -> Result<Sample, TrialError> {
    example(manifest).map_or_else(|| sample::generate(objects), Ok)
}

impl Work for LiveWork {
    fn walk(&self, found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>) {
        self.forget();
        super::walk::walk(&self.roots, self.patience, &self.watch, found);
    }

    fn forget(&self) {
        self.surroundings.forget();
        for (_, finder) in &self.finders {
            finder.forget();
        }
    }

    fn folders(&self) -> Vec<PathBuf> {
        shelf::folders(&self.roots)
    }

    fn declaring_folders(&self) -> Vec<PathBuf> {
        let finders = self.finders.iter();
        let mut all: Vec<PathBuf> = finders.flat_map(|(_, finder)| finder.folders()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn declaring_files(&self, folder: &Path) -> Vec<PathBuf> {
        let finders = self.finders.iter();
        let read = finders.flat_map(|(_, finder)| finder.files(folder));
        let mut all = declared::files(folder);
        all.extend(read);
        all.sort_unstable();
        all.dedup();
        all
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
        self.declare(&artifact, &mut manifest);
        manifest::stamp::note(&artifact, &mut manifest);
        self.surroundings.note(&artifact);
        let thorough = self.doubts || self.roots.iter().any(|root| root == path);
        manifest::relate(&artifact, &mut manifest, &self.surroundings, thorough);
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
        if artifact.size <= ASKED_AGAIN
            && let Some(reader) = shift::reader(&comparison)
        {
            let shift = whole(artifact).and_then(|whole| {
                let objects = objects(&whole)?;
                let sample = rows(objects, manifest)?;
                Ok(shift::shift(objects, reader, &sample))
            });
            comparison.shift = shift.ok().flatten();
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

    fn figures(&self, artifact: &Artifact, manifest: &Manifest) -> Vec<Figure> {
        if artifact.size > PICTURED {
            return Vec::new();
        }
        let whole = whole(artifact);
        let objects = whole.as_ref().ok().and_then(|whole| objects(whole).ok());
        objects.map_or_else(Vec::new, |objects| {
            figures::figures(objects, &manifest.feature_names)
        })
    }

    fn sample(&self, artifact: &Artifact, manifest: &Manifest) -> Result<Sample, TrialError> {
        // What was recorded with its answers comes first: it can be held against them.
        if let Some(sample) = manifest.stamp.as_ref().and_then(golden::sample) {
            return Ok(sample);
        }
        let whole = whole(artifact)?;
        // What has an example need not have objects that rows could be made from.
        match example(manifest) {
            Some(sample) => Ok(sample),
            None => sample::generate_for_part(&whole, &self.choice),
        }
    }

    fn sample_through(
        &self,
        artifact: &Artifact,
        manifest: &Manifest,
        steps: &[PathBuf],
    ) -> Result<Sample, TrialError> {
        LiveWork::sample_through(self, artifact, manifest, steps)
    }

    fn categories(
        &self,
        artifact: &Artifact,
        steps: &[PathBuf],
    ) -> Vec<(Option<String>, Vec<Cell>)> {
        let of = |path: &Path| {
            let whole = artifact::read(path, Keep::Everything);
            let objects = objects(&whole).ok();
            objects.map_or_else(Vec::new, |objects| {
                sample::categories_of(objects, CATEGORIES)
            })
        };
        match steps {
            [] if artifact.size > PICTURED => Vec::new(),
            [] => of(&artifact.path),
            // Columns without names are told by their place, which means nothing in several files.
            steps => {
                let all = steps.iter().flat_map(|path| of(path));
                all.filter(|(name, _)| steps.len() == 1 || name.is_some())
                    .collect()
            }
        }
    }

    fn pass_through(
        &self,
        manifest: &Manifest,
        steps: &[PathBuf],
        sample: &Sample,
        cancel: &AtomicBool,
    ) -> Result<Sample, TrialError> {
        LiveWork::pass_through(self, manifest, steps, sample, cancel)
    }

    fn run(
        &self,
        artifact: &Artifact,
        engine: trial::Engine,
        sample: &Sample,
        environment: Option<&Environment>,
        cancel: &AtomicBool,
    ) -> Result<Prediction, TrialError> {
        let found = match engine {
            trial::Engine::Native => {
                native::predict_part(&whole(artifact)?, &self.choice, sample, cancel)
            }
            trial::Engine::Python => {
                python::predict(&self.live_trial(artifact, sample, environment)?, cancel)
            }
        };
        found.map(|found| recorded(artifact, sample, found))
    }

    fn run_agreed(
        &self,
        sha256: &str,
        artifact: &Artifact,
        engine: trial::Engine,
        sample: &Sample,
        environment: Option<&Environment>,
        cancel: &AtomicBool,
    ) -> Result<Prediction, TrialError> {
        if engine == trial::Engine::Native {
            return self.run(artifact, engine, sample, environment, cancel);
        }
        let trial = LiveTrial {
            sha256: Some(sha256.to_owned()),
            ..self.live_trial(artifact, sample, environment)?
        };
        python::predict(&trial, cancel).map(|found| recorded(artifact, sample, found))
    }

    fn terms(&self, artifact: &Artifact, environment: Option<&Environment>) -> Option<Sandbox> {
        let none = Sample::default();
        let trial = self.live_trial(artifact, &none, environment).ok()?;
        Some(python::terms(&trial))
    }
}
