//! The grammar of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use super::config::Theme;

/// See whether a saved machine-learning model is still good, before you load it.
///
/// Without a subcommand, opens the terminal program on the given folders or files.
/// Reading never executes a file; only a Python trial does, and only with your consent.
#[derive(Debug, Parser)]
#[command(
    name = "shelflife",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "A folder called like a subcommand is given as ./check"
)]
pub struct Cli {
    /// The subcommand.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Arguments of the terminal program.
    #[command(flatten)]
    pub browse: BrowseArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Pick one artifact by keyboard and print its path
    Pick(PickArgs),
    /// Say what happens when artifacts are loaded in an environment
    Check(CheckArgs),
    /// Show what artifacts need, without any environment
    Show(ShowArgs),
    /// Run a trial prediction
    Predict(PredictArgs),
    /// Write what an artifact needs, an example and its answers to a file beside it
    Stamp(StampArgs),
    /// Say which artifact is behind a traceback, why, and what to do
    Explain(ExplainArgs),
    /// List the Python environments of this host
    Envs(EnvsArgs),
    /// Print what the rules check, why it matters, an example, and what fixes it
    Rules(RulesArgs),
    /// Print a key binding for a shell: alt-m picks a model and inserts its path
    Init(InitArgs),
    /// Tell what the program finds where it runs: terminal, clipboard, interpreters, limits
    Doctor(DoctorArgs),
    /// Print the manual page, with the key table
    Man,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub environment: EnvironmentArg,
    #[command(flatten)]
    pub look: LookArgs,
}

/// Arguments of the terminal program.
#[derive(Debug, Args)]
pub struct BrowseArgs {
    /// Folders or files to look at
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub environment: EnvironmentArg,
    #[command(flatten)]
    pub look: LookArgs,
}

/// How the terminal program looks.
#[derive(Debug, Default, Args)]
pub struct LookArgs {
    /// Configuration of the terminal program, in TOML: theme, ascii, mouse, group (folders), sort
    /// (name, verdict, size, age, release) and a table [keys] of action = "key" or a list of keys
    /// [default: shelflife/config.toml in the user's configuration folder; doctor names it]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Colours
    #[arg(long, value_enum)]
    pub theme: Option<Theme>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Take the mouse: the wheel scrolls, a click chooses
    #[arg(long)]
    pub mouse: bool,
}

/// Which environment to compare with.
#[derive(Debug, Args)]
pub struct EnvironmentArg {
    /// Python environment: a virtual environment's folder, a prefix, or an interpreter
    /// [default: the active one, the nearest .venv, python3 on PATH]
    #[arg(long, value_name = "PATH", verbatim_doc_comment)]
    pub env: Option<PathBuf>,
}

/// Arguments of `pick`.
#[expect(clippy::struct_excessive_bools, reason = "flags are what they are")]
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 picked, 1 nothing matched, 2 trouble, 130 left")]
pub struct PickArgs {
    /// Folders or files to pick from
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Offer only artifacts that are ready in the environment
    #[arg(long)]
    pub ready: bool,
    /// Start with this filter
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub query: String,
    /// Pick without asking when exactly one matches, and end when none does
    #[arg(long)]
    pub select_1: bool,
    /// Print all that match this filter, the best first, without a screen
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["query", "select_1", "multi"])]
    pub filter: Option<String>,
    /// Let several be marked (space) and print them all
    #[arg(long)]
    pub multi: bool,
    /// End each printed path with a NUL byte, for names with line breaks
    #[arg(long)]
    pub print0: bool,
    #[command(flatten)]
    pub environment: EnvironmentArg,
    /// With `--filter` and `--select-1`: seconds after which a folder or file that does not answer
    /// is left out
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub patience: u64,
    #[command(flatten)]
    pub look: LookArgs,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// The shells that `init` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// For ~/.bashrc: eval "$(shelflife init bash)"
    Bash,
    /// For ~/.zshrc: eval "$(shelflife init zsh)"
    Zsh,
    /// For config.fish: shelflife init fish | source
    Fish,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Folders or files to check
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Python environment, more than one for a grid: a virtual environment's folder, a prefix, or
    /// an interpreter [default: the active one, the nearest .venv, python3 on PATH]
    #[arg(long, value_name = "PATH")]
    pub env: Vec<PathBuf>,
    /// Every environment that is found on this host, as `envs` lists them: a grid of verdicts, and
    /// how many artifacts each environment opens
    #[arg(long, conflicts_with = "env")]
    pub all_envs: bool,
    /// A release that the environment is supposed to have, such as scikit-learn==1.9.1: tells what
    /// breaks with it, without installing it; everything else is as in the environment. May be
    /// given for several distributions
    #[arg(long, value_name = "RELEASE")]
    pub against: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = CheckFormat::Table)]
    pub format: CheckFormat,
    /// With `--format json`: one more object at the end, with counts for each environment and the
    /// conflicts between artifacts (the table always has them)
    #[arg(long)]
    pub summary: bool,
    /// The mildest verdict that makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Unknown)]
    pub fail_on: FailOn,
    /// Seconds after which a folder or file that does not answer is left out, named, and the exit
    /// code is 2
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub patience: u64,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Folders or files to show
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Seconds after which a folder or file that does not answer is left out, named, and the exit
    /// code is 2
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub patience: u64,
}

/// Arguments of `predict`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct PredictArgs {
    /// The artifact
    pub path: PathBuf,
    /// Rows of input: CSV with a header, JSON, or NPY; `-` reads standard input
    /// [default: an example beside the model, else rows made from what the model knows]
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub input: Option<PathBuf>,
    /// Pass the rows through the files beside the model that prepare its input, as `show` lists them
    #[arg(long, conflicts_with = "through")]
    pub chain: bool,
    /// Pass the rows through this saved transformer first; several in the order given
    #[arg(long, value_name = "FILE")]
    pub through: Vec<PathBuf>,
    /// Of a file that holds several members (a dict, a list), the model to run, by its keys:
    /// `models/churn`, `folds/0`. The members that prepare its rows come first. Given again and
    /// again, exactly these in this order
    #[arg(long, value_name = "KEYS")]
    pub part: Vec<String>,
    /// The rows are prepared already: they go to the model of the file, or to --part, as they are
    #[arg(long)]
    pub alone: bool,
    /// Our own arithmetic on the parsed file, or the environment's Python
    #[arg(long, value_enum, default_value_t = EngineName::Native)]
    pub engine: EngineName,
    #[command(flatten)]
    pub environment: EnvironmentArg,
    /// Give the same rows to the Python of this environment, too, and hold its answers against the
    /// others; several, one after the other. Needs --allow-execution
    #[arg(long, value_name = "PATH")]
    pub beside: Vec<PathBuf>,
    /// Allow the Python engine to load the file, which runs whatever the file holds
    #[arg(long)]
    pub allow_execution: bool,
    /// Run a Python trial without the sandbox, with your own rights on files and network: for models
    /// that start programs or read files of their own
    #[arg(long)]
    pub no_sandbox: bool,
    /// Seconds after which a Python trial is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub time_limit: u64,
    /// A folder that the Python trial may import from, such as the project of a local module
    #[arg(long, value_name = "FOLDER")]
    pub path_entry: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// Arguments of `stamp`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = STAMP_HELP)]
pub struct StampArgs {
    /// The artifact; it is never touched
    #[arg(required_unless_present = "schema")]
    pub path: Option<PathBuf>,
    /// Rows of input: CSV with a header, JSON, or NPY; `-` reads standard input
    /// [default: an example beside the model, else rows made from what the model knows]
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub input: Option<PathBuf>,
    /// Who answers to the example, which then has to work [default: native where it can, else
    /// nobody]
    #[arg(long, value_enum)]
    pub engine: Option<EngineName>,
    #[command(flatten)]
    pub environment: EnvironmentArg,
    /// Allow the Python engine to load the file, which runs whatever the file holds
    #[arg(long)]
    pub allow_execution: bool,
    /// Run a Python trial without the sandbox, with your own rights on files and network
    #[arg(long)]
    pub no_sandbox: bool,
    /// Seconds after which a Python trial is stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub time_limit: u64,
    /// A folder that the Python trial may import from, such as the project of a local module
    #[arg(long, value_name = "FOLDER")]
    pub path_entry: Vec<PathBuf>,
    /// Replace a stamp that something else, or a newer shelflife, wrote
    #[arg(long)]
    pub force: bool,
    /// Print the JSON Schema of the file and write nothing
    #[arg(long, exclusive = true)]
    pub schema: bool,
}

/// What the file holds, for `--help`.
const STAMP_HELP: &str = "Writes PATH.manifest.json: SHA-256, size and format of the file; Python and the \
    distributions that it needs, from an environment in which it is ready; its inputs; an example of at \
    most 20 rows; the answers to it; and how that was made. `check`, `show` and `predict` read it as the \
    nearest declaration; `predict` holds its answers against the recorded ones. For other bytes the stamp \
    is stale, which is said, and nothing of it is believed. `stamp --schema` prints its JSON Schema. \
    Exit codes: 0 with answers, 1 without, 2 nothing written.";

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 explained, 1 not explained, 2 trouble. \
    `python serve.py 2>&1 | shelflife explain models/`")]
pub struct ExplainArgs {
    /// Folders or files that may be behind it; without any, what the message alone says
    pub paths: Vec<PathBuf>,
    /// The traceback, or a file of a log with it, or a bare message; `-` is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub input: PathBuf,
    /// Python environment: a virtual environment's folder, a prefix, or an interpreter
    /// [default: the one that the traceback comes from when it is on this host, else as in check]
    #[arg(long, value_name = "PATH", verbatim_doc_comment)]
    pub env: Option<PathBuf>,
    /// Seconds after which a folder or file that does not answer is left out, named, and the exit
    /// code is 2
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub patience: u64,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// Arguments of `envs`.
#[derive(Debug, Args)]
pub struct EnvsArgs {
    /// A shelf, to look for environments near it
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Count how many artifacts of the shelf each environment opens (reads every one of them)
    #[arg(long)]
    pub opens: bool,
    #[command(flatten)]
    pub environment: EnvironmentArg,
    /// Seconds after which a folder or file that does not answer is left out, named, and the exit
    /// code is 2
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub patience: u64,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Ids of rules, as findings name them; all in a line each without any
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// How `check` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Text for people
    Table,
    /// One JSON object a line
    Json,
    /// SARIF 2.1.0, for code scanning: one result a finding
    Sarif,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Table,
    /// One JSON object a line
    Json,
}

/// The mildest verdict that counts as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Anything that is not ready
    Unknown,
    /// Values may differ, or worse
    Differs,
    /// Fails at predict, or worse
    FailsPredict,
    /// Fails to load, or is unreadable
    FailsLoad,
    /// Is unreadable
    Unreadable,
    /// Nothing
    Never,
}

/// Which engine runs a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// Our own arithmetic; no Python, nothing executed
    Native,
    /// The environment's Python; needs --allow-execution
    Python,
}
