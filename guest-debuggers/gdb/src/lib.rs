//! Lets a client of the GDB remote protocol debug the program: LLDB 22 or newer, over TCP.
//!
//! ```text
//! TCP ── socket ── wire ──── lobby ───── server ──┬── stub ─── gdbstub ─── target   the base protocol
//!                  packets   who is      one      └── lldb                   │      what LLDB adds to it
//!                            a client    client         └──────── program ───┘      what both see of the program
//! ```
//!
//! `program` is the program in the protocol's terms: one thread, one address space of code and
//! memories, breakpoints by address. Invariant: nothing that a client sends changes the program's
//! result unless it asks for a change, and whichever way a client leaves, the program goes on or
//! ends as the options say.

mod lldb;
mod lobby;
mod options;
mod program;
mod server;
mod socket;
mod stub;
mod target;
mod wire;

use lobby::{Connection, Lobby, Visit};
use options::Options;
use program::Program;
use server::{SessionEnd, serve};
use socket::Listener;
use stillpoint_kit::{Debugger, Result, Session, println};

/// The text for `--help`.
const HELP: &str = "\
gdb: waits for a client of the GDB remote protocol, such as LLDB 22, and lets it debug the program; a connection that
does not speak the protocol is not one
  ADDR                   where to listen: IP:PORT, or PORT of 127.0.0.1; port 1234 without it, and port 0 lets the
                         system choose
  --once[=BOOL]          false: after a client has left, wait for another (a client that vanishes leaves the program
                         stopped for it, one that detaches lets it run on). true, the default: only one client
  --exceptions WHICH     the exceptions that stop the program: uncaught (the default), all or none. While it is
                         stopped, `process plugin packet monitor exceptions WHICH` in LLDB does the same
  --launched             the client has started this process: where it waits is not said, and if the client does not
                         come within ten seconds, the program is ended
  --name NAME            what to call the program's module if it has no name of its own and is the only one
  --help                 this text; the program runs on without being debugged";

struct Gdb;

stillpoint_kit::export!(Gdb, help: HELP);

impl Debugger for Gdb {
    fn run(session: &Session, arguments: &[String]) -> Result {
        let begin = || -> Result<_> {
            let Some(options) = Options::parse(arguments)? else { return Ok(None) };
            let listener = Listener::bind(options.address)?;
            Ok(Some((options, listener)))
        };
        let (options, listener) = match begin() {
            Ok(Some(begun)) => begun,
            Ok(None) => {
                println!("{HELP}");
                return Ok(());
            }
            // Somebody who wants to debug a program does not want it to run undebugged because a
            // port is taken.
            Err(error) => {
                session.terminate()?;
                return Err(format!("{error}; nothing of the program has run").into());
            }
        };
        let address = listener.address()?;
        let program = &mut Program::new(session, options.exceptions, options.name)?;
        let settings = if program.has_several_memories()? {
            // LLDB's cache takes equal addresses for the same bytes, but which memory an address
            // means depends on the frame.
            " -o 'settings set target.process.disable-memory-cache true'"
        } else {
            ""
        };
        if !options.is_launched {
            println!("gdb: waiting for LLDB at {address}; type in another terminal:");
            println!("  lldb{settings} -o 'process connect --plugin wasm connect://{address}'");
        }
        stillpoint_kit::flush();
        // Going to the first instruction instantiates the program, which may take long; by now a
        // client knows where to connect and need not wait for it.
        program.prepare_for_client()?;
        let mut lobby = Lobby::new(listener, options.is_launched);
        loop {
            let Some(connection) = wait_for_client(&mut lobby, program)? else { return Ok(()) };
            match serve(connection, program)? {
                SessionEnd::Exited | SessionEnd::Killed => return Ok(()),
                // It has ended while the client was on its way, so there is nothing to wait for.
                SessionEnd::Lost(_) | SessionEnd::Detached if program.exit().is_some() => return Ok(()),
                SessionEnd::Detached if options.once => return Ok(()),
                SessionEnd::Detached => program.run_unattended()?,
                SessionEnd::Lost(why) if options.once => return Err(why.into()),
                SessionEnd::Lost(why) => println!("gdb: {why}; waiting for another at {address}"),
            }
        }
    }
}

/// Waits for the next client, while the program is stopped or runs without one; none if the program
/// ends.
fn wait_for_client(lobby: &mut Lobby, program: &mut Program<'_>) -> Result<Option<Connection>> {
    stillpoint_kit::flush();
    loop {
        match lobby.wait(program.running())? {
            Visit::Client(connection) => return Ok(Some(connection)),
            Visit::Timeout => {
                program.session.terminate()?;
                return Err("LLDB has started this and has not come; nothing of the program has run".into());
            }
            Visit::Program => {
                program.finish()?;
                if program.stop().is_exit() {
                    return Ok(None);
                }
                // There is no client to report the stop to.
                program.run_unattended()?;
            }
        }
    }
}
