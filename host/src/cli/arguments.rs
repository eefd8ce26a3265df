//! What the command line looks like.
//!
//! Invariant: everything that can be refused by looking at one argument alone is refused here, with the flag's name.

use super::grant::Grant;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use stillpoint::plugin::Right;
use stillpoint::program::{DirectoryGrant, EnvironmentVariable};

/// Runs a WebAssembly program under a debugger that is itself a WebAssembly component.
#[derive(Debug, Parser)]
#[command(name = "stillpoint", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  stillpoint run                                    a small demo, traced
  stillpoint run hello.wasm one two                 your program, traced, with its arguments
  stillpoint run --debugger count hello.wasm        how often each function was entered
  stillpoint run --debugger mine.wasm hello.wasm    under a debugger of your own
  stillpoint inspect mine.wasm                      the rights that a debugger asks for

Environment:
  STILLPOINT_CACHE_DIR   where compiled code is kept, instead of the user's cache directory
  STILLPOINT_LOG         what to log to standard error: error, warn, info, debug or trace";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program under a debugger
    #[command(after_help = RUN_EXAMPLES, override_usage = "stillpoint run [OPTIONS] [PROGRAM [ARGS]...]")]
    Run(Box<RunArguments>),
    /// List the debuggers that are built in
    Debuggers,
    /// Show what a file holds: a program's modules, imports and exports, or the rights that a debugger asks for
    Inspect(InspectArguments),
}

const RUN_EXAMPLES: &str = "\
Examples:
  stillpoint run
      The demo, under the debugger `trace`
  stillpoint run --debugger-arg --only --debugger-arg main hello.wasm
      Arguments for the debugger
  stillpoint run --debugger none --dir . --env HOME hello.wasm one two
      No debugger: at full speed
  stillpoint run --debugger none --invoke add math.wasm 1 0x2
      One function of a module
  stillpoint run --debugger none --invoke 'greet(\"you\", 3)' component.wasm
      One function of a component

The exit code is the program's own; 134 when it traps, 1 when it cannot be run, 2 when the command line is wrong.";

/// The arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The debugger: a built-in one by name (see `stillpoint debuggers`), the file of a debugger component, or `none`
    /// to run the program at full speed without one. A file whose name is that of a built-in one needs its
    /// directory: ./trace
    #[arg(long, value_name = "NAME|FILE", default_value = "trace")]
    pub(crate) debugger: OsString,

    /// An argument for the debugger; give the flag once for each
    #[arg(long = "debugger-arg", value_name = "ARG", allow_hyphen_values = true)]
    pub(crate) debugger_arguments: Vec<String>,

    /// Write what the debugger says to this file instead of standard error
    #[arg(long, value_name = "FILE")]
    pub(crate) debugger_output: Option<PathBuf>,

    /// Let the debugger use something of this machine: listen=ADDR, dir=HOST::GUEST or env=NAME; or give it a right
    /// over the program that it does not have by default: modify. Give the flag once for each. Without it a debugger
    /// has no files, no network and no environment
    #[arg(long, value_name = "GRANT")]
    pub(crate) allow: Vec<Grant>,

    /// Run the debugger only if it does without this right over the program: control, inspect, modify or messages.
    /// All but modify are given by default
    #[arg(long, value_name = "RIGHT")]
    pub(crate) deny: Vec<Right>,

    /// Let the program use a directory, under the same name or as GUEST; give the flag once for each
    #[arg(long = "dir", value_name = "HOST[::GUEST]")]
    pub(crate) directories: Vec<DirectoryGrant>,

    /// Set a variable in the program's environment, or pass on the one of this name; give the flag once for each
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    pub(crate) environment: Vec<EnvironmentVariable>,

    /// Call this exported function instead of the program's beginning and print its results, one a line. ARGS are its
    /// arguments; for a component they stand in the call itself, as in 'f(1, "x")'
    #[arg(long, value_name = "FUNC")]
    pub(crate) invoke: Option<String>,

    /// What the program sees as its own name, instead of its file's
    #[arg(long, value_name = "NAME")]
    pub(crate) argv0: Option<String>,

    /// Compile everything anew and keep no compiled code on disk
    #[arg(long)]
    pub(crate) no_cache: bool,

    /// The program (.wasm or .wat, a module or a component) and its arguments. Without one, a small demo runs
    #[arg(value_name = "PROGRAM [ARGS]", trailing_var_arg = true)]
    pub(crate) program: Vec<OsString>,
}

/// The arguments of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// A program or a debugger, in binary or text format
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
        assert_eq!(arguments.program, ["x.wasm", "--dir", "y", "--", "-h"]);
        assert_eq!(arguments.directories.len(), 1);
        assert_eq!(arguments.debugger, "trace");
        assert!(parse(&[]).unwrap().program.is_empty());
    }

    #[test]
    fn arguments_for_the_debugger_may_look_like_flags() {
        let arguments = parse(&["--debugger-arg", "--only", "--debugger-arg=-x", "x.wasm"]).unwrap();
        assert_eq!(arguments.debugger_arguments, ["--only", "-x"]);
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
        check_error(&["--bogus", "x.wasm"], expect!["error: unexpected argument '--bogus' found"]);
        check_error(&["--invoke"], expect!["error: a value is required for '--invoke <FUNC>' but none was supplied"]);
    }
}
