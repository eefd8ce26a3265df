//! The real LLDB against `stillpoint gdb`, command by command as its users see it, and clients that
//! are not LLDB.
//!
//! Each test starts a program of its own, and ends with that program's output and exit code, which
//! no client may change unless it writes to the program's memory.

mod breakpoints;
mod dap;
mod data;
mod disconnects;
mod embedded;
mod ends;
mod faults;
mod hostile;
mod memories;
mod modules;
mod places;
mod probes;
mod random;
mod sources;
mod stepping;
mod versions;
mod watchpoints;

use stillpoint_tests::lldb::{LldbConsole, Script, Server, serve, serve_with_stdin};
use stillpoint_tests::{folder, unoptimized_c_program};

/// The output of `stations`.
const STATIONS: &str = "aboard 0, most 10, total 15, ways 120\n";

/// `stations`, waiting for a client; none if there is no C compiler.
#[track_caller]
fn stations() -> Option<Server> {
    Some(serve([unoptimized_c_program("stations")?]))
}

/// `wait` and a client of it, when the program waits for its input; none without compiler or LLDB.
#[track_caller]
fn waiting() -> Option<(Server, LldbConsole)> {
    let server = serve_with_stdin([unoptimized_c_program("wait")?]);
    let mut lldb = LldbConsole::connect(&server)?;
    lldb.resume();
    server.running().wait_for_stdout("waiting\n");
    Some((server, lldb))
}

/// A function of a file of `tests/programs/wat`, waiting for a client, with options before it and
/// arguments after it.
#[track_caller]
fn invoke(options: &[&str], function: &str, file: &str, arguments: &[&str]) -> Server {
    let path = wat(file);
    let line = options.iter().copied().chain(["--invoke", function, &path]).chain(arguments.iter().copied());
    serve(line)
}

fn wat(file: &str) -> String {
    folder().join("programs/wat").join(file).display().to_string()
}

/// Lets LLDB run a script on `stations`, which has to end as it does without a debugger.
#[track_caller]
fn on_stations(script: Script) {
    let Some(server) = stations() else { return };
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), STATIONS);
    }
}

/// A program that prints two lines, waiting for a client.
#[track_caller]
fn lines() -> Server {
    serve([wat("lines.wat")])
}

/// Waits for the program's end, which has to be the same as without a client.
#[track_caller]
fn expect_lines(server: Server, what: &str) {
    let finished = server.expect_code(0);
    assert_eq!(finished.text(), "one\ntwo\n", "{what}:\n{}", finished.stderr);
}
