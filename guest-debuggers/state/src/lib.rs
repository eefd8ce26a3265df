//! Shows the whole state of a program when it first comes to a function, and then lets it go on.
//!
//! `options` parses the arguments, `targets` finds the functions, `dump` reads the state, and `text`
//! prints it. Invariant: nothing here changes the program.

mod dump;
mod options;
mod targets;
mod text;

use dump::Dump;
use options::Options;
use stillpoint_kit::{Debugger, How, Result, Session, Stop, StopReason, print, println};
use targets::Targets;

/// The text for `--help`.
const HELP: &str = "\
state: everything that the program holds when it first comes to a function
  --at FUNCTION  the function; if none is said, main or else the one with which the program begins
  --json         as JSON
  --help         this text; the program runs on without being looked at";

struct State;

stillpoint_kit::export!(State, help: HELP);

impl Debugger for State {
    fn run(session: &Session, arguments: &[String]) -> Result {
        let Some(options) = Options::parse(arguments)? else {
            println!("{HELP}");
            return Ok(());
        };
        let code = session.code()?;
        let Targets { wanted, beginning } = match &options.at {
            Some(name) => Targets::named(&code, name)?,
            None => Targets::beginning(&code, session.entry_point()?.as_ref()),
        };
        if wanted.is_empty() {
            if code.functions().next().is_none() {
                println!("the program has no functions of its own; there is nothing to look at");
                return Ok(());
            }
            return Err("the function with which the program begins is not one of its own; say one with --at".into());
        }
        let breakpoints = session.break_at(wanted.iter().copied().chain(beginning))?;
        if let (true, Some((name, error))) = (breakpoints.set.is_empty(), breakpoints.refused.first()) {
            return Err(format!("{name}: {error}").into());
        }
        // The state at the beginning, for a program that comes to none of the wanted functions.
        let mut before = None;
        for stop in session.stops(How::Continue) {
            let stop = stop?;
            if let StopReason::Exited(exit) = &stop.reason {
                let names: Vec<String> = wanted.iter().map(|function| code.label(function).to_string()).collect();
                print!("the program did not come to {}; it ended: {exit}\n", names.join(" or "));
                if let Some(dump) = before {
                    println!("this is where it began:");
                    options.print(&dump)?;
                }
                return Ok(());
            }
            let Some(function) = code.function_at(stop.location()).filter(|_| !stop.breakpoints().is_empty()) else {
                continue;
            };
            if Some(function) == beginning && !is_in_its_instance(session, &stop)? {
                continue;
            }
            if wanted.contains(&function) {
                options.print(&Dump::read(session, &code, &stop)?)?;
                session.detach()?;
                return Ok(());
            }
            if before.is_none() {
                before = Some(Dump::read(session, &code, &stop)?);
            }
        }
        Ok(())
    }
}

/// Whether a program that has come to the function with which it begins has come there in the right
/// instance: a component may have several of one module.
fn is_in_its_instance(session: &Session, stop: &Stop) -> Result<bool> {
    let Some(instance) = session.entry_point()?.and_then(|entry| entry.instance) else { return Ok(true) };
    Ok(stop.frame.is_none_or(|frame| frame.instance == instance))
}

impl Options {
    fn print(&self, dump: &Dump) -> Result {
        if self.json {
            println!("{}", serde_json::to_string_pretty(dump)?);
        } else {
            text::print(dump);
        }
        Ok(())
    }
}
