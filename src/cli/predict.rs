//! `predict`: a trial prediction, by our own arithmetic or in the environment's Python.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::args::{EngineName, Format, PredictArgs};
use super::{BAD, GOOD, LEFT, beside};
use crate::artifact::Artifact;
use crate::engine::{LiveWork, Work, chain};
use crate::environment::Environment;
use crate::manifest::Manifest;
use crate::report::{json, sides, table};
use crate::source;
use crate::text;
use crate::trial::native::Choice;
use crate::trial::{Engine, Outcome, Sample, TrialError, sample};

/// The largest input file.
const INPUT: u64 = 256 << 20;

pub(super) fn run(args: &PredictArgs) -> Result<u8> {
    let engine = match args.engine {
        EngineName::Native => Engine::Native,
        EngineName::Python => Engine::Python,
    };
    let loads = engine == Engine::Python || !args.beside.is_empty();
    if loads && !args.allow_execution {
        bail!(
            "the Python engine loads {}, which runs whatever the file holds; \
             look at `shelflife show {}` and add --allow-execution if you trust it",
            text::path(&args.path),
            text::path(&args.path),
        );
    }
    if let Err(error) = args.path.symlink_metadata() {
        bail!("{}: {error}", text::path(&args.path));
    }
    let mut work = LiveWork::new(vec![args.path.clone()], args.environment.env.clone());
    work.time_limit = Duration::from_secs(args.time_limit);
    work.import_from.clone_from(&args.path_entry);
    work.sandbox = !args.no_sandbox;
    work.choice = Choice {
        parts: args.part.clone(),
        alone: args.alone,
    };
    if loads && !work.choice.is_none() {
        bail!("--part and --alone choose for our own arithmetic; the Python engine knows no parts");
    }
    let (mut artifact, manifest) = work.read(&args.path);
    if let Err(why) = &artifact.facts {
        bail!("{}: {}", text::path(&args.path), why.reason);
    }
    // A trial reads the file again with every number; two graphs of it are one too many.
    if let Ok(facts) = &mut artifact.facts {
        facts.objects = None;
    }
    let steps = steps(args, &manifest)?;
    let sample = match &args.input {
        Some(input) => read_sample(input),
        None if steps.is_empty() => work.sample(&artifact, &manifest),
        None => work.sample_through(&artifact, &manifest, &steps),
    };
    let environment = match engine {
        Engine::Native => None,
        Engine::Python => work.open_environment(None)?,
    };
    let others = beside::open(&work, &args.beside)?;
    if engine == Engine::Python {
        announce(&work, &artifact, environment.as_ref())?;
    }
    let result = sample.and_then(|sample| {
        let runs = if loads { Engine::Python } else { engine };
        let cancel = stop_flag(runs).map_err(|error| TrialError::Unusable(error.to_string()))?;
        let rows = match steps.as_slice() {
            [] => sample,
            steps => work.pass_through(&manifest, steps, &sample, &cancel)?,
        };
        let mut prediction = work.run(&artifact, engine, &rows, environment.as_ref(), &cancel)?;
        if steps.is_empty()
            && let Some(words) = chain::left_out(&manifest)
        {
            let words = format!("{words}; --chain passes them through");
            prediction.warnings.push(words);
        }
        Ok((prediction, rows, cancel))
    });
    let (result, sides) = match result {
        Err(error) => (Err(error), Vec::new()),
        Ok((prediction, rows, cancel)) => {
            let sides = beside::ask(&work, &artifact, &rows, &prediction, &others, &cancel)?;
            (Ok(prediction), sides)
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let word = match engine {
        Engine::Native => "native",
        Engine::Python => "python",
    };
    match (args.format, &result) {
        (Format::Json, result) => {
            let mut value = json::predict(result, word);
            if let (false, Some(object)) = (sides.is_empty(), value.as_object_mut()) {
                object.insert("beside".into(), sides::values(&sides));
            }
            writeln!(out, "{value}")?;
        }
        (Format::Table, Ok(prediction)) => {
            write!(out, "{}", table::prediction(prediction))?;
            write!(out, "{}", sides::page(word, prediction, &sides))?;
        }
        (Format::Table, Err(error)) => {
            writeln!(
                io::stderr(),
                "shelflife: {}: {error}",
                text::path(&args.path)
            )?;
        }
    }
    out.flush()?;
    // Fewer than asked for were stopped.
    let agree = sides.len() == others.len() && sides.iter().all(sides::Side::agrees);
    Ok(match result.map(|prediction| prediction.outcome) {
        Ok(Outcome::Finished) if agree => GOOD,
        Ok(Outcome::Cancelled) => LEFT,
        _ => BAD,
    })
}

/// The files that the rows pass through first.
fn steps(args: &PredictArgs, manifest: &Manifest) -> Result<Vec<PathBuf>> {
    if !args.chain {
        return Ok(args.through.clone());
    }
    let found: Vec<PathBuf> = chain::proposed(manifest)
        .map(|step| step.path.clone())
        .collect();
    if found.is_empty() {
        bail!(
            "nothing beside {} is known to prepare its input; name the files in order with --through",
            text::path(&args.path)
        );
    }
    Ok(found)
}

/// Says what a Python trial may do before anything runs, on standard error, so that it stands
/// beside any format.
pub(super) fn announce(
    work: &LiveWork,
    artifact: &Artifact,
    environment: Option<&Environment>,
) -> Result<()> {
    if let Some(sandbox) = work.terms(artifact, environment) {
        writeln!(io::stderr(), "shelflife: {}", sandbox.sentence())?;
    }
    Ok(())
}

/// What ends a Python trial from outside: the first ctrl-c (or a request to end) stops it and
/// removes its scratch folder, the second ends this program at once.
pub(super) fn stop_flag(engine: Engine) -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    if engine == Engine::Python {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let left = i32::from(LEFT);
            signal_hook::flag::register_conditional_shutdown(signal, left, Arc::clone(&flag))?;
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
    }
    Ok(flag)
}

pub(super) fn read_sample(input: &Path) -> Result<Sample, TrialError> {
    let content = content(input).map_err(|error| TrialError::Sample(format!("{error:#}")))?;
    sample::parse(&content, input)
}

fn content(input: &Path) -> Result<Vec<u8>> {
    if input == Path::new("-") {
        let mut content = Vec::new();
        io::stdin().take(INPUT).read_to_end(&mut content)?;
        return Ok(content);
    }
    let read = source::small(input, INPUT).with_context(|| text::path(input))?;
    read.with_context(|| {
        format!(
            "{} is longer than {}",
            text::path(input),
            text::bytes(INPUT)
        )
    })
}
