//! The command: parse arguments, run, map the outcome to an exit code.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use shelflife::cli::{self, Cli};
use shelflife::trial::python::launcher;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    if let Some(status) = launcher::take_over() {
        return status.into();
    }
    match cli::run(Cli::parse()) {
        Ok(code) => code.into(),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shelflife: {error:#}");
            cli::TROUBLE.into()
        }
    }
}

/// `shelflife check … | head` closes our standard output, which is no trouble.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
