//! The arguments of `stillpoint gdb`, and the `stillpoint run` that they are short for.
//!
//! Invariant: the command does the same as that `run`, and grants nothing but the one address that
//! was asked for.

use super::{CommonArguments, RunArguments};
use crate::cli::grant::{Grant, parse_address};
use crate::cli::input;
use clap::Args;
use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// Where LLDB is waited for unless the user says otherwise.
const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1234);

pub(super) const EXAMPLES: &str = "\
Examples:
  stillpoint gdb hello.wasm one two
      Waits for LLDB 22 or newer before anything of the program runs. Type in another terminal:
        lldb -o 'process connect --plugin wasm connect://127.0.0.1:1234'
  stillpoint gdb --listen 0 hello.wasm
      On a port that the system chooses; the line to type is printed
  stillpoint gdb --once=false hello.wasm
      One client after the other, until the program ends
  stillpoint gdb --on-failure kill --invoke add math.wasm 1 0x2
      One function of a module; the program is ended if the client vanishes
  stillpoint --listen=PORT gdb hello.wasm one two
      As LLDB's `run` starts it, with these settings (LLDB then reads the file itself):
        settings set platform.plugin.wasm.runtime-path stillpoint
        settings set platform.plugin.wasm.runtime-args gdb
        settings set -- platform.plugin.wasm.port-arg --listen=

It is short for `stillpoint run --debugger gdb --debugger-arg ADDR`. The exit code is the program's
own, if a process can have it (0 to 255, and -1 as 255); 134 when it traps, 1 when it cannot be run,
2 when the command line is wrong.";

/// The arguments of `gdb`.
#[derive(Debug, Args)]
pub(crate) struct GdbArguments {
    /// Where to wait for LLDB: IP:PORT, or PORT of 127.0.0.1; with port 0 the system chooses one.
    /// Whoever reaches the port can read and change the program, so an address that is not only
    /// this machine's brings a warning
    ///
    /// [default: 127.0.0.1:1234]
    #[arg(long, value_name = "ADDR", value_parser = parse_address)]
    pub(crate) listen: Option<SocketAddr>,

    /// Whether LLDB has started this process
    #[arg(skip)]
    is_launched: bool,

    /// End with the first client: when it detaches, the program runs to its end. With --once=false
    /// the debugger then waits for another
    ///
    /// [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) once: Option<bool>,

    /// The exceptions at which the program stops: those that nothing catches, all of them, or none
    ///
    /// [default: uncaught]
    #[arg(long, value_name = "WHICH", value_parser = ["uncaught", "all", "none"])]
    pub(crate) exceptions: Option<String>,

    /// The arguments that every command has that runs a program.
    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

impl GdbArguments {
    /// The arguments of a process that LLDB has started, with the address that it has put before
    /// them; an error if there is another among them.
    pub(crate) fn started_by_lldb(mut self, listen: SocketAddr) -> Result<Self, String> {
        match self.listen.replace(listen) {
            Some(other) => Err(format!("--listen is given twice: {listen} before the command and {other} after it")),
            None => Ok(Self { is_launched: true, ..self }),
        }
    }
}

impl From<GdbArguments> for RunArguments {
    fn from(arguments: GdbArguments) -> Self {
        let GdbArguments { listen, is_launched, once, exceptions, common } = arguments;
        let listen = listen.unwrap_or(DEFAULT_ADDRESS);
        let mut debugger_arguments = vec![listen.to_string()];
        debugger_arguments.extend(is_launched.then(|| "--launched".to_owned()));
        debugger_arguments.extend(once.map(|once| format!("--once={once}")));
        debugger_arguments.extend(exceptions.map(|which| format!("--exceptions={which}")));
        let name = common.program.first().map(Path::new).and_then(|program| match input::is_standard_input(program) {
            true => Some("stdin".into()),
            false => program.file_name().map(OsStr::to_string_lossy),
        });
        debugger_arguments.extend(name.map(|name| format!("--name={name}")));
        // The debugger's own grants already include the loopback addresses.
        let allow = if listen.ip().is_loopback() { Vec::new() } else { vec![Grant::Listen(listen)] };
        RunArguments { debugger: "gdb".into(), debugger_arguments, allow, deny: Vec::new(), common }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::{Arguments, Command};
    use clap::Parser as _;
    use expect_test::{Expect, expect};

    fn parse(line: &[&str]) -> Result<RunArguments, clap::Error> {
        let line = ["stillpoint", "gdb"].iter().chain(line);
        Arguments::try_parse_from(line).map(|arguments| match arguments.command {
            Command::Gdb(arguments) => (*arguments).into(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn lldb_puts_the_port_before_the_command() {
        let line = |line: &[&str]| {
            let arguments = Arguments::try_parse_from(["stillpoint"].iter().chain(line)).unwrap();
            match arguments.command {
                Command::Gdb(gdb) => gdb.started_by_lldb(arguments.listen.unwrap()).map(RunArguments::from),
                other => panic!("{other:?}"),
            }
        };
        let run = line(&["--listen=4000", "gdb", "--dir", ".", "a/x.wasm", "--listen", "y"]).unwrap();
        assert_eq!(run.debugger_arguments, ["127.0.0.1:4000", "--launched", "--name=x.wasm"]);
        assert_eq!(run.common.program, ["a/x.wasm", "--listen", "y"]);
        let error = line(&["--listen=4000", "gdb", "--listen", "5", "x.wasm"]).unwrap_err();
        assert_eq!(error, "--listen is given twice: 127.0.0.1:4000 before the command and 127.0.0.1:5 after it");
    }

    /// Compares the debugger's arguments and its grants.
    fn check(line: &[&str], expected: Expect) {
        let run = parse(line).unwrap();
        assert_eq!(run.debugger, "gdb");
        assert!(run.deny.is_empty());
        expected.assert_eq(&format!("{} {:?}", run.debugger_arguments.join(" "), run.allow));
    }

    #[test]
    fn it_is_short_for_run() {
        check(&[], expect!["127.0.0.1:1234 []"]);
        check(&["--listen", "4000"], expect!["127.0.0.1:4000 []"]);
        check(&["--listen", "localhost:0"], expect!["127.0.0.1:0 []"]);
        check(&["--listen", "[::1]:9"], expect!["[::1]:9 []"]);
        check(&["--once"], expect!["127.0.0.1:1234 --once=true []"]);
        check(&["--once=false", "a/x.wasm", "y"], expect!["127.0.0.1:1234 --once=false --name=x.wasm []"]);
        check(&["-", "y"], expect!["127.0.0.1:1234 --name=stdin []"]);
        check(&["--exceptions", "all"], expect!["127.0.0.1:1234 --exceptions=all []"]);
    }

    #[test]
    fn the_address_that_was_asked_for_is_granted_and_no_other() {
        check(&["--listen", "0.0.0.0:1234"], expect!["0.0.0.0:1234 [Listen(0.0.0.0:1234)]"]);
        check(&["--listen", "[::]:0"], expect!["[::]:0 [Listen([::]:0)]"]);
        check(&["--listen", "10.0.0.1:80"], expect!["10.0.0.1:80 [Listen(10.0.0.1:80)]"]);
    }

    #[test]
    fn the_program_is_given_what_run_would_give_it() {
        let run = parse(&["--dir", ".", "--on-failure=kill", "--once", "x.wasm", "--listen", "y"]).unwrap();
        assert_eq!(run.common.program, ["x.wasm", "--listen", "y"]);
        assert_eq!(run.common.directories.len(), 1);
        assert!(run.common.on_failure.is_some());
        assert!(parse(&[]).unwrap().common.program.is_empty());
    }

    fn check_error(line: &[&str], expected: Expect) {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        expected.assert_eq(error.to_string().lines().next().unwrap_or_default());
    }

    #[test]
    fn errors_name_the_flag_and_the_form() {
        check_error(
            &["--listen", "example.org:80"],
            expect![
                "error: invalid value 'example.org:80' for '--listen <ADDR>': `example.org:80` is no address; write IP:PORT, [IPv6]:PORT, or PORT for 127.0.0.1"
            ],
        );
        check_error(
            &["--listen", "70000"],
            expect![
                "error: invalid value '70000' for '--listen <ADDR>': `70000` is no address; write IP:PORT, [IPv6]:PORT, or PORT for 127.0.0.1"
            ],
        );
        check_error(
            &["--listen", "127.0.0.1"],
            expect![
                "error: invalid value '127.0.0.1' for '--listen <ADDR>': `127.0.0.1` is no address; write IP:PORT, [IPv6]:PORT, or PORT for 127.0.0.1"
            ],
        );
        check_error(
            &["--listen", ""],
            expect![
                "error: invalid value '' for '--listen <ADDR>': `` is no address; write IP:PORT, [IPv6]:PORT, or PORT for 127.0.0.1"
            ],
        );
        check_error(&["--listen"], expect!["error: a value is required for '--listen <ADDR>' but none was supplied"]);
        check_error(&["--once=maybe"], expect!["error: invalid value 'maybe' for '--once[=<BOOL>]'"]);
        check_error(&["--exceptions", "some"], expect!["error: invalid value 'some' for '--exceptions <WHICH>'"]);
        // Flags that choose a debugger belong to `run`.
        check_error(&["--debugger", "trace"], expect!["error: unexpected argument '--debugger' found"]);
    }
}
