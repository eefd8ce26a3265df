//! Shows what a program does while it does it: its calls, or its instructions.
//!
//! `options` parses the arguments; `calls` and `instructions` are the two ways to trace.
//! `recording` decides which instructions the host records, `text` prints them in the text format,
//! `host_calls` finds the calls out of the program, `callees` tells those that stay in it, `binary`
//! reads code, and `lines` counts the printed lines.
//! Invariant: everything printed before a call of a host function is shown before that call, so
//! that the program's own output appears at its place.

mod binary;
mod callees;
mod calls;
mod host_calls;
mod instructions;
mod lines;
mod options;
mod recording;
mod text;

use options::{Mode, Options};
use stillpoint_kit::{Debugger, Result, Session, println};

/// The text for `--help`.
const HELP: &str = "\
trace: what the program does, as it happens
  --calls         a line per call with its arguments, indented by depth, and per trap, exception and exit (default)
  --instructions  a line per instruction: its offset in the module, its text, the operand stack before it
  --only REGEX    only functions whose name matches
  --limit N       stop tracing after N lines; the program goes on
  --help          this text; the program runs on without a trace";

struct Trace;

stillpoint_kit::export!(Trace, help: HELP);

impl Debugger for Trace {
    fn run(session: &Session, arguments: &[String]) -> Result {
        let Some(options) = Options::parse(arguments)? else {
            println!("{HELP}");
            return Ok(());
        };
        match options.mode {
            Mode::Calls => calls::trace(session, &options),
            Mode::Instructions => instructions::trace(session, &options),
        }
    }
}
