//! `forerun`, the native command line over the same crates that run in the browser.

mod arguments;
mod bench;
mod ceiling;
mod conformance;
mod files;
mod model;
mod pack;
mod replay;

use arguments::Command;
use std::process::ExitCode;

/// Parallel runs hand memory from thread to thread, which the system's allocator is slow at: its
/// further arenas go back to the system after each run and are faulted in again in the next.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Ends with 0 if all is well, 1 if a result is not as it should be, 2 if the command makes no sense.
fn main() -> ExitCode {
    match Command::from_environment() {
        Ok(Command::Replay(options)) => finish(replay::run(&options)),
        Ok(Command::Conformance(options)) => finish(conformance::run(&options)),
        Ok(Command::Bench(options)) => finish(bench::run(&options)),
        Ok(Command::Help) => {
            print!("{}", arguments::USAGE);
            ExitCode::SUCCESS
        }
        Ok(Command::Version) => {
            println!("forerun {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprint!("forerun: {problem}\n\n{}", arguments::USAGE);
            ExitCode::from(2)
        }
    }
}

/// `Ok` says whether all results were right, `Err` why nothing could be run.
fn finish(ran: Result<bool, String>) -> ExitCode {
    match ran {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("forerun: {problem}");
            ExitCode::from(2)
        }
    }
}
