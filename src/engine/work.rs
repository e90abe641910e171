//! The work that the engine's threads do, as a trait: the engine decides *when*, the layers below
//! decide *what*. Tests put a shelf in memory behind it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::watch::Watch;
use crate::artifact::Artifact;
use crate::compat::Comparison;
use crate::environment::{Environment, EnvironmentError};
use crate::manifest::Manifest;
use crate::trial::figures::Figure;
use crate::trial::{self, Cell, Prediction, Sample, Sandbox, TrialError};

pub use crate::shelf::WalkItem;
pub use crate::trust::Trust;

/// The layers below, as the engine calls them. Every method may block and may be called from
/// several threads at once; none may keep a lock while it reads a file.
pub trait Work: Send + Sync + 'static {
    /// Walks the shelf and reports what it meets, in display order as far as possible. Stops when
    /// `found` breaks.
    fn walk(&self, found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>);

    /// Reads one candidate. A file that cannot be read is an artifact without facts.
    fn read(&self, path: &Path) -> (Artifact, Manifest);

    /// Like [`Work::read`], for a file that may be large: `so_far` gets what is known while the
    /// reading goes on, at growing intervals.
    fn read_telling(&self, path: &Path, so_far: &mut dyn FnMut(Manifest)) -> (Artifact, Manifest) {
        let _ = so_far;
        self.read(path)
    }

    /// Where calls that wait for disks are written down.
    fn watch(&self) -> Arc<Watch> {
        Arc::default()
    }

    /// What was remembered of the surroundings of files may be old.
    fn forget(&self) {}

    /// The folders that were looked into for files that declare wishes.
    fn declaring_folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// The files of one of them that declare wishes now, or did when they were read.
    fn declaring_files(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    /// The folders of the shelf, to watch them.
    fn folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Compares a manifest with an environment, or with none.
    fn compare(
        &self,
        artifact: &Artifact,
        manifest: &Manifest,
        environment: Option<&Environment>,
    ) -> Comparison;

    /// What loading would run; `None` when nobody has looked.
    fn trust(&self, artifact: &Artifact, manifest: &Manifest) -> Option<Trust> {
        let _ = (artifact, manifest);
        None
    }

    /// SHA-256 of a file in hexadecimal; `None` when it cannot be read or nobody computes it.
    fn digest(&self, path: &Path) -> Option<String> {
        let _ = path;
        None
    }

    /// Opens the environment at `path`, or finds one when there is no path. `Ok(None)`: none found.
    fn open_environment(
        &self,
        path: Option<&Path>,
    ) -> Result<Option<Environment>, EnvironmentError>;

    /// The environments of this host, the preferred first.
    fn list_environments(&self) -> Vec<Environment>;

    /// Prepares rows of input for a trial.
    fn sample(&self, artifact: &Artifact, manifest: &Manifest) -> Result<Sample, TrialError>;

    /// Prepares rows for the first of the files that prepare the input of an artifact.
    fn sample_through(
        &self,
        artifact: &Artifact,
        manifest: &Manifest,
        _steps: &[PathBuf],
    ) -> Result<Sample, TrialError> {
        self.sample(artifact, manifest)
    }

    /// Rows as they are after they have passed through these files, in order; says so in the
    /// source of the rows.
    fn pass_through(
        &self,
        _manifest: &Manifest,
        _steps: &[PathBuf],
        _sample: &Sample,
        _cancel: &AtomicBool,
    ) -> Result<Sample, TrialError> {
        Err(TrialError::Unusable(
            "rows cannot pass through other files here".into(),
        ))
    }

    /// The categories that encoders know of each input, with its name where that is recorded; of
    /// `steps`, when the rows pass through them first.
    fn categories(
        &self,
        _artifact: &Artifact,
        _steps: &[PathBuf],
    ) -> Vec<(Option<String>, Vec<Cell>)> {
        Vec::new()
    }

    /// Numbers of a fitted model that are worth a picture.
    fn figures(&self, artifact: &Artifact, manifest: &Manifest) -> Vec<Figure> {
        let _ = (artifact, manifest);
        Vec::new()
    }

    /// Runs a trial. Looks at `cancel` often and ends as cancelled when it is set.
    fn run(
        &self,
        artifact: &Artifact,
        engine: trial::Engine,
        sample: &Sample,
        environment: Option<&Environment>,
        cancel: &AtomicBool,
    ) -> Result<Prediction, TrialError>;

    /// The same, of exactly the bytes that the user agreed to: their SHA-256 in hexadecimal.
    fn run_agreed(
        &self,
        _sha256: &str,
        artifact: &Artifact,
        engine: trial::Engine,
        sample: &Sample,
        environment: Option<&Environment>,
        cancel: &AtomicBool,
    ) -> Result<Prediction, TrialError> {
        self.run(artifact, engine, sample, environment, cancel)
    }

    /// What a Python trial of the artifact may do and what holds it back, for the question before
    /// it; `None` when there is none to run.
    fn terms(&self, _artifact: &Artifact, _environment: Option<&Environment>) -> Option<Sandbox> {
        None
    }
}
