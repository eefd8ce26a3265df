//! The program under debug, as a debugger works with it.
//!
//! Invariant: no output is lost or long held back over a resume (see `output`), and nothing here keeps a copy of
//! the program's state: every answer comes from the host.

use std::cell::Cell;

use crate::bindings::stillpoint::debugger::{breakpoints, calls, execution, inspection, types, watchpoints};
use crate::code::{Code, Function, Section};
use crate::error::Error;
use crate::output;
use crate::value::Values;
use breakpoints::{Action, Breakpoint, BreakpointSpec, Change, Recording, Records};
use calls::Callee;
use execution::{Captures, Debuggee, How, Running};
use inspection::Module;
use types::{BreakpointId, FrameId, InstanceId, ModuleId, Stop, Value, WatchpointId};
use watchpoints::{WatchChange, WatchSpec};

/// The program under debug. Dropping it lets the program go on without a debugger.
#[derive(Debug)]
pub struct Session {
    debuggee: Debuggee,
    /// How [`Session::stops`] resumes the program.
    how: Cell<How>,
}

impl Session {
    /// Takes charge of a program. [`export!`](crate::export!) does this.
    pub fn new(debuggee: Debuggee) -> Session {
        Session { debuggee, how: Cell::new(How::Continue) }
    }

    /// The handle for the contract's own functions.
    pub fn debuggee(&self) -> &Debuggee {
        &self.debuggee
    }

    /// Runs the program on to its next stop.
    ///
    /// # Errors
    /// `exited` after the program's end, `running` while it runs in the background.
    pub fn resume(&self, how: How) -> Result<Stop, Error> {
        output::flush_old();
        let stop = self.debuggee.resume(how)?;
        if stop.is_exit() {
            output::flush();
        }
        Ok(stop)
    }

    /// Runs the program on in the background, so that the debugger can wait for something else as well: poll what
    /// [`Running::subscribe`] gives together with other pollables of [`wasip2`]. Everything said so far is shown first.
    ///
    /// # Errors
    /// As [`resume`](Session::resume).
    pub fn start(&self, how: How) -> Result<Running, Error> {
        output::flush();
        Ok(self.debuggee.start(how)?)
    }

    /// Waits for the stop of a program that runs in the background.
    ///
    /// # Errors
    /// `exited` when the stop that ended the program has been taken already.
    pub fn finish(&self, running: Running) -> Result<Stop, Error> {
        output::flush();
        Ok(Running::finish(running)?)
    }

    /// Calls a function inside the paused program, by its index in its module, and runs to the call's end or to a stop in it. After
    /// the end the program is where it was. It takes the right `modify`.
    ///
    /// # Errors
    /// `running`, `exited`; `no-instance`, `no-function`, `argument-count`, `wrong-type`, `too-deep`.
    pub fn call(&self, instance: InstanceId, function: u32, arguments: &[Value], how: How) -> Result<Stop, Error> {
        output::flush_old();
        Ok(calls::call(&self.debuggee, Callee { instance, function }, arguments, how)?)
    }

    /// Asks for a stop with the reason `interrupt`.
    ///
    /// # Errors
    /// `exited`.
    pub fn interrupt(&self) -> Result<(), Error> {
        Ok(self.debuggee.interrupt()?)
    }

    /// Ends the program at once.
    ///
    /// # Errors
    /// `exited`.
    pub fn terminate(&self) -> Result<(), Error> {
        Ok(self.debuggee.terminate()?)
    }

    /// All stops from here to the program's end, which is the last of them. The program is resumed with `how`, or in the way
    /// that was last asked for with [`go_on`](Session::go_on).
    pub fn stops(&self, how: How) -> Stops<'_> {
        self.how.set(how);
        Stops { session: self, ended: false }
    }

    /// From now on, [`stops`](Session::stops) resumes the program in this way. Allowed inside the loop.
    pub fn go_on(&self, how: How) {
        self.how.set(how);
    }

    /// The program's functions, from the binaries of its modules.
    ///
    /// # Errors
    /// `running`; or a binary that cannot be read.
    pub fn code(&self) -> Result<Code, Error> {
        let mut code = Code::default();
        code.refresh(self)?;
        Ok(code)
    }

    /// A part of a module's binary.
    ///
    /// # Errors
    /// `running`, `no-module`; or the binary ends before.
    pub fn bytecode(&self, module: ModuleId, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        crate::code::read_exactly(&self.reader(module), offset, length)
    }

    /// The sections of a module's binary, in their order.
    ///
    /// # Errors
    /// `running`, `no-module`; or a binary that cannot be read.
    pub fn sections(&self, module: &Module) -> Result<Vec<Section>, Error> {
        crate::code::sections(module.size, &self.reader(module.id))
    }

    /// Reads from a module's binary at an offset, as the contract does: maybe less than is asked for.
    pub(crate) fn reader(&self, module: ModuleId) -> impl Fn(u64, u64) -> Result<Vec<u8>, Error> + '_ {
        move |offset, length| Ok(inspection::bytecode(&self.debuggee, module, offset, length)?)
    }

    /// Sets breakpoints in one go, and answers for each of them. Takes locations, at which the program then stops whenever it
    /// comes by, or whole specifications.
    ///
    /// # Errors
    /// Of the whole call: `running`, `exited`.
    pub fn add_breakpoints(
        &self,
        specs: impl IntoIterator<Item = impl Into<BreakpointSpec>>,
    ) -> Result<Vec<Result<BreakpointId, Error>>, Error> {
        let changes: Vec<Change> = specs.into_iter().map(|spec| Change::Add(spec.into())).collect();
        let answers = breakpoints::edit(&self.debuggee, &changes)?;
        Ok(answers.into_iter().map(|answer| answer.map_err(Error::from)).collect())
    }

    /// Sets a breakpoint at the first instruction of every function that matches, in one go.
    ///
    /// # Errors
    /// Of the whole call: `running`, `exited`. Functions that the host refused are in the answer.
    pub fn break_at_functions(
        &self,
        code: &Code,
        mut matches: impl FnMut(&Function) -> bool,
    ) -> Result<FunctionBreakpoints, Error> {
        self.break_at(code.functions().filter(|function| matches(function)))
    }

    /// Sets a breakpoint at the first instruction of each of the functions, in one go.
    ///
    /// # Errors
    /// As [`break_at_functions`](Session::break_at_functions).
    pub fn break_at<'f>(
        &self,
        functions: impl IntoIterator<Item = &'f Function>,
    ) -> Result<FunctionBreakpoints, Error> {
        self.act_at(functions, &Action::Stop)
    }

    /// Counts how often each of the functions is entered: sets a breakpoint at the first instruction of each, in one go, that
    /// does not stop the program. The counts are [`Breakpoint::taken`] of [`breakpoints`](Session::breakpoints).
    ///
    /// # Errors
    /// As [`break_at_functions`](Session::break_at_functions).
    pub fn count_at<'f>(
        &self,
        functions: impl IntoIterator<Item = &'f Function>,
    ) -> Result<FunctionBreakpoints, Error> {
        self.act_at(functions, &Action::Count)
    }

    fn act_at<'f>(
        &self,
        functions: impl IntoIterator<Item = &'f Function>,
        action: &Action,
    ) -> Result<FunctionBreakpoints, Error> {
        let functions: Vec<&Function> = functions.into_iter().collect();
        let specs = functions
            .iter()
            .map(|function| BreakpointSpec { action: action.clone(), ..BreakpointSpec::at(function.location()) });
        let answers = self.add_breakpoints(specs)?;
        let mut result = FunctionBreakpoints::default();
        for (function, answer) in functions.into_iter().zip(answers) {
            match answer {
                Ok(id) => result.set.push((id, function.module, function.index)),
                Err(error) => result.refused.push((function.name.clone(), error)),
            }
        }
        Ok(result)
    }

    /// All breakpoints with their counters, in order of their numbers; after the program's end as well.
    ///
    /// # Errors
    /// `running`.
    pub fn breakpoints(&self) -> Result<Vec<Breakpoint>, Error> {
        Ok(breakpoints::all(&self.debuggee)?)
    }

    /// Says how records are kept from now on: those of tracepoints, and of every instruction under [`How::Record`].
    ///
    /// # Errors
    /// `running`, `exited`, `too-large`.
    pub fn set_recording(&self, recording: &Recording) -> Result<(), Error> {
        Ok(breakpoints::set_recording(&self.debuggee, recording)?)
    }

    /// Takes out records, at most `limit` bytes of them but at least one if there is any; after the program's end as well.
    /// [`Records::iter`] reads them.
    ///
    /// # Errors
    /// `running`.
    pub fn drain(&self, limit: u32) -> Result<Records, Error> {
        Ok(breakpoints::drain(&self.debuggee, limit)?)
    }

    /// Says what every stop from now on carries in [`Stop::captured`].
    ///
    /// # Errors
    /// `running`, `exited`, `too-large`.
    pub fn set_captures(&self, captures: Captures) -> Result<(), Error> {
        Ok(self.debuggee.set_captures(captures)?)
    }

    /// Sets a watchpoint.
    ///
    /// # Errors
    /// `running`, `exited`, and whatever is wrong with what is to be watched.
    pub fn watch(&self, spec: WatchSpec) -> Result<WatchpointId, Error> {
        let mut answers = watchpoints::edit(&self.debuggee, &[WatchChange::Add(spec)])?;
        match answers.pop() {
            Some(answer) => Ok(answer?),
            None => Err(Error::Host(types::Error::HostFailure("a change without an answer".to_owned()))),
        }
    }

    /// Removes a watchpoint.
    ///
    /// # Errors
    /// `running`, `exited`, `no-watchpoint`.
    pub fn unwatch(&self, id: WatchpointId) -> Result<(), Error> {
        for answer in watchpoints::edit(&self.debuggee, &[WatchChange::Remove(id)])? {
            answer?;
        }
        Ok(())
    }

    /// How many frames there are.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn depth(&self) -> Result<u32, Error> {
        Ok(inspection::depth(&self.debuggee)?)
    }

    /// How many frames there are, or `limit` if there are more: a walk of no more frames than that.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn depth_at_most(&self, limit: u32) -> Result<u32, Error> {
        let beyond = inspection::backtrace(&self.debuggee, limit, 1)?;
        if beyond.is_empty() { self.depth() } else { Ok(limit) }
    }

    /// The locals of a frame, parameters first. [`Stop::frame`] is the innermost frame.
    ///
    /// # Errors
    /// `running`, `exited`, `stale-frame`, `no-frame`.
    pub fn locals(&self, frame: FrameId) -> Result<Vec<Value>, Error> {
        Ok(inspection::locals(&self.debuggee, frame)?)
    }

    /// The operand stack of a frame, bottom first.
    ///
    /// # Errors
    /// `running`, `exited`, `stale-frame`, `no-frame`.
    pub fn operands(&self, frame: FrameId) -> Result<Vec<Value>, Error> {
        Ok(inspection::operands(&self.debuggee, frame)?)
    }

    /// What the function was called with, at a stop at its first instruction: later, its code may have changed its parameters.
    /// Empty at the program's end. Asks the host unless the stop [carries](Session::set_captures) the locals.
    ///
    /// # Errors
    /// `running`, `stale-frame`.
    pub fn arguments(&self, stop: &Stop, function: &Function) -> Result<Values, Error> {
        if function.signature.params.is_empty() || stop.location.is_none() {
            return Ok(Values::default());
        }
        let mut locals = match stop.captured.as_ref().and_then(|captured| captured.locals.clone()) {
            Some(locals) => locals,
            None => self.locals(stop.frame())?,
        };
        locals.truncate(function.signature.params.len());
        Ok(Values(locals))
    }

    /// Lets the program run to its end without stops, once the debugger has returned.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn detach(&self) -> Result<(), Error> {
        output::flush();
        Ok(self.debuggee.detach()?)
    }
}

/// Breakpoints at functions, as [`Session::break_at_functions`] has set them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionBreakpoints {
    /// Each breakpoint with the module and the index of the function that it is at.
    pub set: Vec<(BreakpointId, ModuleId, u32)>,
    /// Names of the functions that cannot have one, and why.
    pub refused: Vec<(String, Error)>,
}

/// Stops until the program's end; see [`Session::stops`].
#[derive(Debug)]
pub struct Stops<'s> {
    session: &'s Session,
    ended: bool,
}

impl Iterator for Stops<'_> {
    type Item = Result<Stop, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let stop = self.session.resume(self.session.how.get());
        self.ended = stop.as_ref().map_or(true, Stop::is_exit);
        Some(stop)
    }
}
