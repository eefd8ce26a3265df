//! Shows the whole state of a program when it first comes to a function, and then lets it go on.
//!
//! `options` parses the arguments, `dump` reads the state, and `text` prints it. Invariant: nothing
//! here changes the program.

mod dump;
mod options;
mod text;

use dump::Dump;
use options::Options;
use stillpoint_kit::{Debugger, How, Result, Session, StopReason, println};

/// The text for `--help`.
const HELP: &str = "\
state: everything that the program holds when it first comes to a function
  --at FUNCTION  the function; main, or else _start, if none is said
  --json         as JSON
  --help         this text; the program runs on without being looked at";

struct State;

stillpoint_kit::export!(State);

impl Debugger for State {
    fn run(session: &Session, arguments: &[String]) -> Result {
        let Some(options) = Options::parse(arguments)? else {
            println!("{HELP}");
            return Ok(());
        };
        let code = session.code()?;
        let functions = options.functions(&code)?;
        let breakpoints = session.break_at(functions.iter().copied())?;
        if let (true, Some((name, error))) = (breakpoints.set.is_empty(), breakpoints.refused.first()) {
            return Err(format!("{name}: {error}").into());
        }
        for stop in session.stops(How::Continue) {
            let stop = stop?;
            if let StopReason::Exited(exit) = &stop.reason {
                let names: Vec<&str> = functions.iter().map(|function| function.name.as_str()).collect();
                println!("the program did not come to {}; it ended: {exit}", names.join(" or "));
                return Ok(());
            }
            if stop.breakpoints().is_empty() {
                continue;
            }
            let dump = Dump::read(session, &code, &stop)?;
            if options.json {
                println!("{}", serde_json::to_string_pretty(&dump)?);
            } else {
                text::print(&dump);
            }
            session.detach()?;
            return Ok(());
        }
        Ok(())
    }
}
