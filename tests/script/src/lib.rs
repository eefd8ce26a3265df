//! A debugger that makes the calls which its arguments name, in their order, and prints each with
//! its answer.
//!
//! Each argument is one call, `name(argument, …)` or a name alone, and becomes one line,
//! `call -> answer`. The names are those of the contract, and so are the words of the answers:
//!
//! ```text
//! step -> 1 step
//! list-globals(1, 0, 2) -> list of 2, next 2
//! show list-tags(1, 0, max) -> [{ id: 4294967297, index: 0, parameters: [i32] }]
//! set-global(1, 7, i32(5)) -> no-global(7)
//! breakpoints.add([at(here, one-shot), at(0, 33, ignore(2))]) -> list of 2
//! resume(step-over) -> 2 breakpoint([1])
//! ```
//!
//! A list is shown by its length, and a stop by its number and reason, or whole if `show` stands
//! before the call. `here` stands for the location of the last stop. The call is printed before it
//! is made: when it ends the debugger, its line has no answer.
//!
//! [`notation`] reads arguments and writes answers, [`types`] has the types of arguments.
//! [`contract`] and [`reading`] have the functions of the contract, [`waiting`] those of pollables,
//! and [`itself`] what a debugger does without its program.
//!
//! Invariant: it does nothing that its arguments do not say. Handles that it still has when it
//! returns are left to the host.

mod contract;
mod itself;
mod notation;
mod reading;
mod types;
mod waiting;

use notation::{Answer, Result, call, mistake};
use std::collections::BTreeMap;
use stillpoint_kit::bindings::Guest;
use stillpoint_kit::bindings::stillpoint::debugger::messages;
use stillpoint_kit::wasip2::io::poll::Pollable;
use stillpoint_kit::{Debuggee, HostError, Location, Running, Stop};

struct Component;

stillpoint_kit::bindings::export_world!(Component with_types_in stillpoint_kit::bindings);

impl Guest for Component {
    fn run(debuggee: Debuggee, calls: Vec<String>) -> Result<()> {
        let here = Location { module: 0, pc: 0 };
        let mut script = Script { debuggee, running: None, pollables: BTreeMap::new(), here };
        let result = calls.iter().try_for_each(|call| script.line(call));
        std::mem::forget(script);
        result
    }
}

/// What the calls so far have left.
struct Script {
    debuggee: Debuggee,
    /// From `start` to `finish`.
    running: Option<Running>,
    /// Under the names that the script has given them.
    pollables: BTreeMap<String, Pollable>,
    /// Where the last stop was.
    here: Location,
}

impl Script {
    /// Makes a call, and prints its line.
    fn line(&mut self, line: &str) -> Result<()> {
        messages::print(&format!("{line} -> "));
        let text = line.replace("here", &format!("{}, {}", self.here.module, self.here.pc));
        let shown = text.strip_prefix("show ");
        let (name, mut arguments) = call(shown.unwrap_or(&text));
        let Answer { short, whole } = contract::ask(self, name, &mut arguments)?;
        arguments.end()?;
        messages::print(&format!("{}\n", if shown.is_some() { whole } else { short }));
        Ok(())
    }

    /// A stop is answered with its number and its reason; the whole of it has its frame and what it
    /// carries.
    fn stopped(&mut self, stop: std::result::Result<Stop, HostError>) -> Answer {
        match stop {
            Ok(stop) => {
                self.here = stop.location().unwrap_or(self.here);
                let short = format!("{} {}", stop.number, notation::words(&stop.reason));
                Answer { short, whole: notation::words(&stop) }
            }
            Err(error) => notation::plain(Err::<(), _>(error)),
        }
    }

    /// The program that runs in the background.
    fn running(&self) -> Result<&Running> {
        self.running.as_ref().ok_or_else(|| mistake("nothing was started"))
    }
}
