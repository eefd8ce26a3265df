//! The arguments of `stillpoint run`, and those that it has in common with other commands.
//!
//! Invariant: the arguments in [`CommonArguments`] mean the same in each command.

use crate::cli::grant::Grant;
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use stillpoint::plugin::{OnFailure, Right};
use stillpoint::program::{DirectoryGrant, EnvironmentVariable};

pub(super) const EXAMPLES: &str = "\
Examples:
  stillpoint run
      The demo, under the debugger `trace`
  stillpoint run --debugger-arg --only --debugger-arg main hello.wasm
      Arguments for the debugger
  stillpoint run --debugger none --dir . --env HOME hello.wasm one two
      No debugger: at full speed
  stillpoint run --debugger none --invoke add math.wasm 1 0x2
      One function of a module
  unzip -p hello.zip hello.wasm | stillpoint run - one two
      The program comes from standard input
  stillpoint run --debugger none --invoke 'greet(\"you\", 3)' component.wasm
      One function of a component

The exit code is the program's own, if a process can have it (0 to 255, and -1 as 255); 134 when it
traps, 1 when it cannot be run or was ended, 2 when the command line is wrong, 125 when the debugger
failed with `--on-failure fail`, 130 and 143 after Ctrl-C and SIGTERM.";

/// The arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The debugger: a built-in one by name (see `stillpoint debuggers`), the file of a debugger
    /// component, or `none` to run the program at full speed without one. A file whose name is that
    /// of a built-in one needs its directory: ./trace
    #[arg(long, value_name = "NAME|FILE", default_value = "trace")]
    pub(crate) debugger: OsString,

    /// An argument for the debugger; give the flag once for each
    #[arg(long = "debugger-arg", value_name = "ARG", allow_hyphen_values = true)]
    pub(crate) debugger_arguments: Vec<String>,

    /// Let the debugger use something of this machine: listen=ADDR, dir=HOST::GUEST or env=NAME; or
    /// give it a right over the program that it does not have by default: modify. Give the flag
    /// once for each. Without it a debugger has no files, no network and no environment
    #[arg(long, value_name = "GRANT")]
    pub(crate) allow: Vec<Grant>,

    /// Run the debugger only if it does without this right over the program: control, inspect,
    /// modify or messages. All but modify are given by default
    #[arg(long, value_name = "RIGHT")]
    pub(crate) deny: Vec<Right>,

    /// The arguments that every command has that runs a program.
    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

/// The arguments of every command that runs a program: what the program gets, and what applies to
/// every debugger.
#[derive(Debug, Args)]
pub(crate) struct CommonArguments {
    /// Write what the debugger says to this file instead of standard error
    #[arg(long, value_name = "FILE")]
    pub(crate) debugger_output: Option<PathBuf>,

    /// What becomes of the program when its debugger fails, or when `gdb` loses its client; by
    /// default it goes on
    #[arg(long, value_name = "POLICY")]
    pub(crate) on_failure: Option<FailurePolicy>,

    /// Let the program use a directory, under the same name or as GUEST; give the flag once for
    /// each
    #[arg(long = "dir", value_name = "HOST[::GUEST]")]
    pub(crate) directories: Vec<DirectoryGrant>,

    /// Set a variable in the program's environment, or pass on the one of this name; give the flag
    /// once for each
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    pub(crate) environment: Vec<EnvironmentVariable>,

    /// Call this exported function instead of the program's beginning and print its results, one a
    /// line. ARGS are its arguments; for a component they stand in the call itself, as in 'f(1,
    /// "x")'
    #[arg(long, value_name = "FUNC")]
    pub(crate) invoke: Option<String>,

    /// What the program sees as its own name, instead of its file's
    #[arg(long, value_name = "NAME")]
    pub(crate) argv0: Option<String>,

    /// The size of the stack of the program's code, in bytes or with a K or an M. By default it is 512K
    /// without a debugger. Code that is debugged needs more, two to four times as much in most
    /// functions, so under a debugger it is 8M: what does not overflow without a debugger does not
    /// under one. To see an overflow of the other kind, try 1M
    #[arg(long, value_name = "SIZE")]
    pub(crate) stack: Option<StackSize>,

    /// Compile everything anew and keep no compiled code on disk
    #[arg(long)]
    pub(crate) no_cache: bool,

    /// The program (.wasm or .wat, a module or a component) and its arguments. With - it is read from
    /// standard input, which is at its end then when the program itself reads it. Without a program,
    /// a small demo runs
    #[arg(value_name = "PROGRAM [ARGS]", trailing_var_arg = true)]
    pub(crate) program: Vec<OsString>,
}

/// The values of `--on-failure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailurePolicy {
    /// It goes on without the debugger
    Detach,
    /// It goes on without the debugger, and the exit code is 125 whatever its own is
    Fail,
    /// It is ended at once
    Kill,
}

impl From<FailurePolicy> for OnFailure {
    fn from(policy: FailurePolicy) -> Self {
        match policy {
            FailurePolicy::Detach | FailurePolicy::Fail => Self::Detach,
            FailurePolicy::Kill => Self::Kill,
        }
    }
}

/// The value of `--stack`, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StackSize(pub(crate) usize);

impl FromStr for StackSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const SMALLEST: usize = 16 << 10;
        const LARGEST: usize = 1 << 30;
        let (digits, unit) = match text.strip_suffix(['K', 'k']) {
            Some(digits) => (digits, 1 << 10),
            None => text.strip_suffix(['M', 'm']).map_or((text, 1), |digits| (digits, 1 << 20)),
        };
        let size = digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
        let size = size.filter(|size| (SMALLEST..=LARGEST).contains(size));
        size.map(Self).ok_or_else(|| "the form is a number of bytes, or one with K or M, from 16K to 1024M".to_owned())
    }
}
