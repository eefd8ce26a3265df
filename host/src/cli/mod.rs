//! The command line: reads the arguments, does what they ask, and turns the outcome into text and
//! an exit code.
//!
//! | exit code | meaning |
//! | --- | --- |
//! | the program's own | it returned (0) or asked for that code, and a process can have it |
//! | 134 | the program trapped |
//! | 1 | it failed in another way, asked for a code that a process cannot have, or could not be run |
//! | 2 | the command line is wrong |
//! | 125 | the debugger failed, with `--on-failure fail` |
//! | 130, 143 | ended by Ctrl-C or SIGTERM |
//!
//! Invariant: this room decides nothing about WebAssembly; every error it shows names a file or a
//! flag.

mod advice;
mod arguments;
mod debugger;
mod escaped;
mod grant;
mod input;
mod inspect;
mod logging;
mod output;
mod progress;
mod run;
mod signals;

use arguments::{Arguments, Command};
use clap::Parser;
use std::fmt;
use stillpoint::program::ProgramError;

/// The exit code when the program could not be run.
const FAILURE: i32 = 1;
/// The exit code for a wrong command line.
const USAGE: i32 = 2;
/// The exit code when the debugger failed and the user has asked for a code of its own for that.
const DEBUGGER_FAILED: i32 = 125;

/// An error in the command line itself, rather than in a file that it names.
#[derive(Debug)]
struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Makes a [`UsageError`].
fn usage(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}

/// Runs the command that the arguments ask for and returns the exit code.
pub(crate) fn main() -> i32 {
    let arguments = Arguments::parse();
    logging::start();
    let outcome = match (arguments.command, arguments.listen) {
        (Command::Gdb(arguments), Some(listen)) => {
            arguments.started_by_lldb(listen).map_err(usage).and_then(|arguments| run::run(arguments.into()))
        }
        (_, Some(_)) => Err(usage("--listen before the command is for `gdb`, which LLDB starts so")),
        (command, None) => execute(command),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            output::warn(&format!("error: {}", advice::describe(&error)));
            exit_code(&error)
        }
    }
}

fn execute(command: Command) -> anyhow::Result<i32> {
    match command {
        Command::Run(arguments) => run::run(*arguments),
        Command::Gdb(arguments) => run::run((*arguments).into()),
        Command::Debuggers(arguments) => debugger::list(arguments.debugger.as_deref()).map(|()| 0),
        Command::Inspect(arguments) => inspect::run(&arguments.file).map(|()| 0),
    }
}

fn exit_code(error: &anyhow::Error) -> i32 {
    let is_usage = error.is::<UsageError>() || error.downcast_ref::<ProgramError>().is_some_and(ProgramError::is_usage);
    if is_usage { USAGE } else { FAILURE }
}
