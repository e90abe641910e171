//! Files for readers that take a path, in a folder of each thread's own.

use std::fs;
use std::path::{Path, PathBuf};

use shelflife::environment::{Environment, Origin};

/// A folder of this thread, in memory where the machine has such a place.
pub struct Scratch {
    folder: tempfile::TempDir,
    live: Environment,
}

/// What the folder's own environment has installed and defines.
const SOURCES: [(&str, &str); 4] = [
    (
        "sklearn/base.py",
        "class BaseEstimator:\n    def __setstate__(self, state):\n        self.__dict__.update(state)\n",
    ),
    (
        "sklearn/preprocessing/_data.py",
        "from ..base import BaseEstimator\nclass StandardScaler(BaseEstimator):\n    def transform(self, X):\n        return (X - self.mean_) / self.scale_ + self.clip\n",
    ),
    (
        "sklearn/tree/_classes.py",
        "from sklearn.base import BaseEstimator\nclass DecisionTreeClassifier(BaseEstimator):\n    def predict(self, X):\n        return self.tree_.predict(X, self.monotonic_cst)\n",
    ),
    (
        "pack.py",
        "class Model:\n    def predict(self, X):\n        return self.kind if self.limits else self.extra\n",
    ),
];

thread_local! {
    static SCRATCH: Scratch = Scratch::new();
}

impl Scratch {
    fn new() -> Scratch {
        let memory = Path::new("/dev/shm");
        let mut builder = tempfile::Builder::new();
        builder.prefix("shelflife-fuzzed-");
        let folder = builder.tempdir_in(memory).or_else(|_| builder.tempdir());
        let folder = folder.expect("a temporary folder can be made");
        let site = folder.path().join("live/lib/python3.12/site-packages");
        for (name, content) in SOURCES {
            let path = site.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&site)).expect("folders can be made");
            fs::write(path, content).expect("files can be written");
        }
        let programs = folder.path().join("live/bin");
        fs::create_dir_all(&programs).expect("folders can be made");
        fs::write(programs.join("python3.12"), "").expect("files can be written");
        for package in ["sklearn", "sklearn/preprocessing", "sklearn/tree"] {
            fs::write(site.join(package).join("__init__.py"), "").expect("files can be written");
        }
        for installed in [
            "scikit_learn-1.7.2",
            "numpy-2.3.1",
            "joblib-1.5.1",
            "xgboost-3.0.0",
        ] {
            fs::create_dir_all(site.join(format!("{installed}.dist-info")))
                .expect("folders can be made");
        }
        let live = Environment::open_with_home(&folder.path().join("live"), Origin::Flag, None)
            .expect("the folder is an environment");
        Scratch { folder, live }
    }

    /// The folder's own environment.
    pub fn environment(&self) -> &Environment {
        &self.live
    }

    /// A place that is empty again for the next input.
    pub fn below(&self, name: &str) -> PathBuf {
        self.folder.path().join("run").join(name)
    }

    /// Writes a file and gives its path.
    pub fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.below(name);
        fs::write(&path, content).expect("files can be written");
        path
    }

    /// Writes a file whose name the input gives, when it is one that stays below `folder`.
    pub fn put_below(&self, folder: &str, name: &[u8], content: &[u8]) {
        let Ok(name) = std::str::from_utf8(name) else {
            return;
        };
        let plain = |part: &str| {
            !matches!(part, "" | "." | "..") && part.len() < 100 && !part.contains('\0')
        };
        if name.split('/').count() > 4 || !name.split('/').all(plain) {
            return;
        }
        let path = self.below(folder).join(name);
        // A name may be a folder of an earlier record's, and the other way round.
        if let Some(parent) = path.parent()
            && fs::create_dir_all(parent).is_ok()
        {
            let _ = fs::write(path, content);
        }
    }
}

/// Runs with an empty place to put files.
pub fn in_scratch(run: impl FnOnce(&Scratch)) {
    SCRATCH.with(|scratch| {
        let place = scratch.below("");
        let _ = fs::remove_dir_all(&place);
        fs::create_dir(&place).expect("folders can be made");
        run(scratch);
    });
}
