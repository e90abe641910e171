//! The command line: one file per subcommand. Parses, calls the layers below, maps to exit codes.

mod args;
mod beside;
mod browse;
mod check;
mod config;
mod doctor;
mod elsewhere;
mod envs;
mod explain;
mod init;
mod man;
mod pick;
mod predict;
mod rules;
mod show;
mod stamp;

pub use args::{Cli, Command};

/// Exit code: the work was done and the answer is good.
pub const GOOD: u8 = 0;
/// Exit code: the work was done and the answer is bad (worse than ready, nothing picked).
pub const BAD: u8 = 1;
/// Exit code: the work could not be done.
pub const TROUBLE: u8 = 2;
/// Exit code: the user left.
pub const LEFT: u8 = 130;

/// Runs a parsed command line and gives the exit code.
pub fn run(cli: Cli) -> anyhow::Result<u8> {
    match cli.command {
        None => browse::run(cli.browse),
        Some(Command::Pick(args)) => pick::run(&args),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Show(args)) => show::run(&args),
        Some(Command::Predict(args)) => predict::run(&args),
        Some(Command::Stamp(args)) => stamp::run(&args),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Envs(args)) => envs::run(&args),
        Some(Command::Rules(args)) => rules::run(&args),
        Some(Command::Init(args)) => init::run(&args),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::Man) => man::run(),
    }
}
