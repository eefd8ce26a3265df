//! The command line's arguments.
//!
//! Invariant: an argument that is wrong by itself is refused here, with the flag's name.

mod gdb;
mod run;

pub(crate) use gdb::GdbArguments;
pub(crate) use run::{CommonArguments, FailurePolicy, RunArguments, StackSize};

use crate::cli::grant::parse_address;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs a WebAssembly program under a debugger that is itself a WebAssembly component.
#[derive(Debug, Parser)]
#[command(name = "stillpoint", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The address for `gdb`, before the command: for LLDB's `run`, which puts the port that it has
    /// chosen before everything else. Where LLDB is waited for is then not said, and if it does not
    /// come within ten seconds, nothing of the program runs
    #[arg(long, value_name = "ADDR", value_parser = parse_address)]
    pub(crate) listen: Option<SocketAddr>,

    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  stillpoint run                                    a small demo, traced
  stillpoint run hello.wasm one two                 your program, traced, with its arguments
  stillpoint run --debugger count hello.wasm        how often each function was entered
  stillpoint run --debugger mine.wasm hello.wasm    under a debugger of your own
  stillpoint gdb hello.wasm                         under LLDB, which connects to it
  stillpoint inspect mine.wasm                      the rights that a debugger asks for

Environment:
  STILLPOINT_CACHE_DIR   where compiled code is kept, instead of the user's cache directory
  STILLPOINT_LOG         what to log to standard error: error, warn, info, debug or trace";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program under a debugger
    #[command(after_help = run::EXAMPLES, override_usage = "stillpoint run [OPTIONS] [PROGRAM [ARGS]...]")]
    Run(Box<RunArguments>),
    /// Wait for LLDB, and run a program under it
    #[command(after_help = gdb::EXAMPLES, override_usage = "stillpoint gdb [OPTIONS] [PROGRAM [ARGS]...]")]
    Gdb(Box<GdbArguments>),
    /// List the debuggers that are built in, or show what one says of itself, with its options
    Debuggers(DebuggersArguments),
    /// Show what a file holds: a program's modules, imports and exports, or the rights that a
    /// debugger asks for
    Inspect(InspectArguments),
}

/// The arguments of `debuggers`.
#[derive(Debug, Args)]
pub(crate) struct DebuggersArguments {
    /// A debugger that is built in, or the file of one
    #[arg(value_name = "DEBUGGER")]
    pub(crate) debugger: Option<OsString>,
}

/// The arguments of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// A program or a debugger, in binary or text format; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use expect_test::{Expect, expect};

    fn parse(line: &[&str]) -> Result<RunArguments, clap::Error> {
        let line = ["stillpoint", "run"].iter().chain(line);
        Arguments::try_parse_from(line).map(|arguments| match arguments.command {
            Command::Run(arguments) => *arguments,
            other => panic!("{other:?}"),
        })
    }

    fn check_error(line: &[&str], expected: Expect) {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        expected.assert_eq(error.to_string().lines().next().unwrap_or_default());
    }

    #[test]
    fn definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn everything_after_the_program_is_the_programs() {
        let arguments = parse(&["--dir", ".", "x.wasm", "--dir", "y", "--", "-h"]).unwrap();
        assert_eq!(arguments.common.program, ["x.wasm", "--dir", "y", "--", "-h"]);
        assert_eq!(arguments.common.directories.len(), 1);
        assert_eq!(arguments.debugger, "trace");
        assert!(parse(&[]).unwrap().common.program.is_empty());
    }

    #[test]
    fn arguments_for_the_debugger_may_look_like_flags() {
        let arguments = parse(&["--debugger-arg", "--only", "--debugger-arg=-x", "x.wasm"]).unwrap();
        assert_eq!(arguments.debugger_arguments, ["--only", "-x"]);
    }

    #[test]
    fn the_failure_policy_is_said_or_left_to_the_default() {
        assert_eq!(parse(&[]).unwrap().common.on_failure, None);
        assert_eq!(parse(&["--on-failure", "kill"]).unwrap().common.on_failure, Some(FailurePolicy::Kill));
    }

    #[test]
    fn sizes_of_the_stack() {
        for (text, size) in [("524288", 512 << 10), ("512K", 512 << 10), ("512k", 512 << 10), ("1M", 1 << 20)] {
            assert_eq!(parse(&["--stack", text]).unwrap().common.stack, Some(StackSize(size)));
        }
    }

    #[test]
    fn errors_name_the_flag() {
        check_error(
            &["--dir", "::"],
            expect![
                "error: invalid value '::' for '--dir <HOST[::GUEST]>': the form is HOST or HOST::GUEST, neither of them empty"
            ],
        );
        check_error(
            &["--env", "=x"],
            expect![
                "error: invalid value '=x' for '--env <NAME[=VALUE]>': the form is NAME or NAME=VALUE, and the name is empty"
            ],
        );
        check_error(
            &["--allow", "fly=x"],
            expect![
                "error: invalid value 'fly=x' for '--allow <GRANT>': `fly` is nothing that can be granted; the forms are listen=ADDR, dir=HOST::GUEST, env=NAME and a right: control, inspect, modify or messages"
            ],
        );
        check_error(&["--on-failure", "pause"], expect!["error: invalid value 'pause' for '--on-failure <POLICY>'"]);
        for size in ["1", "1G", "x", "-1M", "2048M", "99999999999999999999", ""] {
            let error = parse(&["--stack", size]).unwrap_err().to_string();
            assert!(error.contains("--stack <SIZE>") || error.contains("'-1'"), "{error}");
        }
        check_error(&["--bogus", "x.wasm"], expect!["error: unexpected argument '--bogus' found"]);
        check_error(&["--invoke"], expect!["error: a value is required for '--invoke <FUNC>' but none was supplied"]);
    }
}
