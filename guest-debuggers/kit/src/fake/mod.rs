//! A host for unit tests: it has a program that does what a test says, so that `cargo test` can run
//! a debugger without an engine. It is not in components.
//!
//! ```
//! use stillpoint_kit::fake::{FakeHost, FakeModule};
//! use stillpoint_kit::{Debugger, How, Result, Session, Value, ValueType, println};
//!
//! struct Depth;
//!
//! impl Debugger for Depth {
//!     fn run(session: &Session, _arguments: &[String]) -> Result {
//!         let code = session.code()?;
//!         session.break_at_functions(&code, |function| function.name == "fact")?.all()?;
//!         for stop in session.stops(How::Continue) {
//!             println!("{}: {} frames", stop?.reason, session.depth().unwrap_or(0));
//!         }
//!         Ok(())
//!     }
//! }
//!
//! let program = FakeModule::new("demo").function("main", [], []).function("fact", [ValueType::I32], [ValueType::I32]);
//! let outcome = FakeHost::new(program)
//!     .calls("main", [])
//!     .calls("fact", [Value::I32(2)])
//!     .calls("fact", [Value::I32(1)])
//!     .run::<Depth>(&[]);
//! assert_eq!(outcome.result, Ok(()));
//! assert_eq!(outcome.printed, "breakpoint: 2 frames\nbreakpoint: 3 frames\nexit: returned: 0 frames\n");
//! ```
//!
//! `script` is what a test says, `program` does it, and `contract` has the contract's functions.
//! Invariant: what the script does not say is never made up: a function that would need it answers
//! `other("the fake host has no answer for NAME")`.

pub(crate) mod contract;
mod program;
mod script;

use std::cell::RefCell;

use crate::bindings::{fake_debuggee, stillpoint::debugger::common::Error as HostError};
use crate::{Breakpoint, Debugger, How, Result, Session, output};
use program::FakeProgram;
pub use script::{FakeHost, FakeModule};

thread_local! {
    static PROGRAM: RefCell<Option<FakeProgram>> = const { RefCell::new(None) };
}

/// What a debugger has done with the program of a fake host.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the debugger ended with, as a host would be told.
    pub result: std::result::Result<(), HostError>,
    /// All text that it has printed.
    pub printed: String,
    /// How it has resumed the program, in order.
    pub resumes: Vec<How>,
    /// The breakpoints that it has set, with their counters; also those that were removed.
    pub breakpoints: Vec<Breakpoint>,
    /// Whether it has given the program up with `detach`.
    pub is_detached: bool,
    /// Whether it has ended the program.
    pub is_terminated: bool,
}

impl FakeHost {
    /// Runs a debugger with these arguments.
    pub fn run<D: Debugger>(self, arguments: &[&str]) -> Outcome {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self.debug(|session| D::run(session, &arguments))
    }

    /// Runs a part of a debugger. The program is at its entry, as it is for a debugger.
    ///
    /// # Panics
    /// Inside another `run` or `debug`.
    pub fn debug(self, part: impl FnOnce(&Session) -> Result) -> Outcome {
        PROGRAM.with_borrow_mut(|program| {
            assert!(program.is_none(), "a fake host cannot run inside another");
            *program = Some(self.into_program());
        });
        let removal = Removal;
        let session = Session::new(fake_debuggee());
        let result = part(&session);
        output::flush();
        let program = PROGRAM.with_borrow_mut(Option::take).unwrap_or_default();
        drop(removal);
        program.into_outcome(result.map_err(|error| crate::error::into_host_error(&*error)))
    }
}

/// Takes the program away, also when the debugger panics.
struct Removal;

impl Drop for Removal {
    fn drop(&mut self) {
        PROGRAM.with_borrow_mut(|program| *program = None);
    }
}

/// Asks the program of the fake host that runs on this thread.
fn ask<T>(
    name: &str,
    answer: impl FnOnce(&mut FakeProgram) -> std::result::Result<T, HostError>,
) -> std::result::Result<T, HostError> {
    PROGRAM.with_borrow_mut(|program| match program {
        Some(program) => answer(program),
        None => Err(no_answer(name)),
    })
}

/// The answer to what no script says.
fn no_answer(name: &str) -> HostError {
    HostError::Other(format!("the fake host has no answer for {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BreakpointSpec, Exit, RecordCapture, State, StopReason, println};

    fn host() -> FakeHost {
        let host =
            FakeHost::new(FakeModule::new("demo").function("main", [], []).function("f", [], []).memory(*b"abc"));
        (0..6).fold(host.calls("main", []), |host, _| host.calls("f", []).returns())
    }

    /// The entries of `f` at which a breakpoint stops, and its counters in the end.
    fn stops_of(with: impl Fn(BreakpointSpec) -> BreakpointSpec) -> (usize, Vec<(u64, u64)>) {
        let mut stops = 0;
        let outcome = host().condition("yes", true).condition("no", false).debug(|session| {
            let code = session.code()?;
            session.add_breakpoints(code.functions().skip(1).map(|f| with(f.into())))?;
            stops = session.stops(How::Continue).filter(|stop| stop.as_ref().is_ok_and(|stop| !stop.is_exit())).count();
            Ok(())
        });
        assert_eq!(outcome.result, Ok(()));
        (stops, outcome.breakpoints.iter().map(|breakpoint| (breakpoint.hits, breakpoint.taken)).collect())
    }

    #[test]
    fn breakpoints_are_taken_as_their_options_say() {
        assert_eq!(stops_of(|spec| spec), (6, vec![(6, 6)]));
        assert_eq!(stops_of(|spec| spec.when("yes").ignore(1).every(2)), (2, vec![(6, 2)]));
        assert_eq!(stops_of(|spec| spec.when("no").ignore(1)), (0, vec![(6, 0)]));
        assert_eq!(stops_of(|spec| spec.when("unknown")), (6, vec![(6, 0)]));
        assert_eq!(stops_of(BreakpointSpec::counting), (0, vec![(6, 6)]));
        assert_eq!(stops_of(BreakpointSpec::one_shot), (1, vec![(1, 1)]));
    }

    #[test]
    fn nothing_is_made_up() {
        let outcome = host().debug(|session| {
            let f = BreakpointSpec::at(session.code()?.functions().next().expect("there are two").location());
            let refused =
                session.add_breakpoint(f.capturing([RecordCapture::Locals])).expect_err("it is no tracepoint");
            assert_eq!(refused.to_string(), "the fake host has no answer for breakpoint-option.capture");
            assert_eq!(
                session.resume(How::StepOver).expect_err("it has no steps").host(),
                Some(&no_answer("execution.resume with How::StepOver"))
            );
            Ok(session.launch_info().map(|_| ())?)
        });
        assert_eq!(outcome.result, Err(no_answer("program.launch-info")));
        assert!(outcome.resumes.is_empty());
    }

    #[test]
    fn a_program_has_a_memory_and_an_end() {
        let outcome = host().stops(StopReason::Interrupt).exits(Exit::Code(3)).debug(|session| {
            session.write_memory(1, 0, 1, b"x")?;
            println!("{:?}", session.read_memory(1, 0, 0, 100)?);
            for stop in session.stops(How::Continue) {
                println!("{}", stop?.reason);
            }
            assert_eq!(session.state(), State::Exited);
            assert_eq!(session.read_memory(1, 0, 0, 1), Err(HostError::Exited.into()));
            Ok(())
        });
        assert_eq!(outcome.result, Ok(()));
        assert_eq!(outcome.printed, "[97, 120, 99]\ninterrupt\nexit: code 3\n");
    }

    #[test]
    fn leaving_is_seen() {
        let outcome = host().debug(|session| {
            session.detach()?;
            Ok(session.resume(How::Continue).map(|_| ())?)
        });
        assert_eq!(outcome.result, Err(HostError::Detached));
        assert!(outcome.is_detached && !outcome.is_terminated);
        let outcome = host().debug(|session| Ok(session.terminate()?));
        assert!(outcome.result.is_ok() && outcome.is_terminated);
    }
}
