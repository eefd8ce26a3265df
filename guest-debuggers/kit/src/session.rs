//! [`Session`]: the program under debug, as a debugger works with it.
//!
//! Invariant: a resume neither loses output nor holds it back for long (see `output`). Nothing here
//! keeps a copy of the program's state: every answer comes from the host.

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
use types::{BreakpointId, Frame, FrameId, InstanceId, ModuleId, Stop, Value, WatchpointId};
use watchpoints::{WatchChange, WatchSpec};

/// The program under debug. Dropping it lets the program go on without a debugger.
#[derive(Debug)]
pub struct Session {
    debuggee: Debuggee,
    /// How [`Session::stops`] resumes the program.
    how: Cell<How>,
}

impl Session {
    /// Wraps the contract's handle of a program. [`export!`](crate::export!) does this.
    pub fn new(debuggee: Debuggee) -> Session {
        Session { debuggee, how: Cell::new(How::Continue) }
    }

    /// The contract's handle of the program, for calling the functions in
    /// [`bindings`](crate::bindings).
    pub fn debuggee(&self) -> &Debuggee {
        &self.debuggee
    }

    /// Resumes the program and waits for its next stop.
    ///
    /// # Errors
    /// `exited` after the program's end; `running` while a run in the background has not been
    /// [finished](Session::finish); for [`How::RunTo`], `no-module` and `not-an-instruction`.
    pub fn resume(&self, how: How) -> Result<Stop, Error> {
        output::flush_old();
        let stop = self.debuggee.resume(how)?;
        if stop.is_exit() {
            output::flush();
        }
        Ok(stop)
    }

    /// Resumes the program in the background, so that the debugger can wait for something else as
    /// well: poll [`Running::subscribe`] together with other pollables of [`wasip2`]. Text that was
    /// printed before is shown first.
    ///
    /// # Errors
    /// As [`resume`](Session::resume).
    pub fn start(&self, how: How) -> Result<Running, Error> {
        output::flush();
        Ok(self.debuggee.start(how)?)
    }

    /// Waits for the stop that ends a run in the background.
    ///
    /// # Errors
    /// `exited` if another `finish` or `resume` has already taken the program's last stop.
    pub fn finish(&self, running: Running) -> Result<Stop, Error> {
        output::flush();
        Ok(Running::finish(running)?)
    }

    /// Calls a function inside the paused program and runs to the end of the call or to a stop
    /// inside it. The function is named by its index in its module. After the call's end the
    /// program is where it was before. Needs the right *modify*.
    ///
    /// # Errors
    /// `running`, `exited`; `no-instance`, `no-function`, `argument-count`, `wrong-type`,
    /// `too-deep`.
    pub fn call(&self, instance: InstanceId, function: u32, arguments: &[Value], how: How) -> Result<Stop, Error> {
        output::flush_old();
        Ok(calls::call(&self.debuggee, Callee { instance, function }, arguments, how)?)
    }

    /// Asks for a stop with the reason `interrupt`. While the program is paused, the request holds
    /// for the next resume. A program that waits in a call of the host stops in that call, and most
    /// of what can be asked there is answered with `in-host-call`.
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

    /// Resumes the program again and again: an iterator over all stops to the program's end, which
    /// is the last of them. The program is resumed with `how`, until [`set_how`](Session::set_how)
    /// says otherwise.
    pub fn stops(&self, how: How) -> Stops<'_> {
        self.how.set(how);
        Stops { session: self, ended: false }
    }

    /// Changes how [`stops`](Session::stops) resumes the program from now on. May be called inside
    /// the loop over them.
    pub fn set_how(&self, how: How) {
        self.how.set(how);
    }

    /// Reads the program's functions from the binaries of its modules.
    ///
    /// # Errors
    /// `running`; [`Error::Code`] for a binary that cannot be read.
    pub fn code(&self) -> Result<Code, Error> {
        let mut code = Code::default();
        code.refresh(self)?;
        Ok(code)
    }

    /// Reads a part of a module's binary.
    ///
    /// # Errors
    /// `running`, `no-module`; [`Error::Code`] if the binary ends before the part does.
    pub fn bytecode(&self, module: ModuleId, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        crate::code::read_exactly(&self.reader(module), offset, length)
    }

    /// Lists the sections of a module's binary, in their order.
    ///
    /// # Errors
    /// `running`, `no-module`; [`Error::Code`] for a binary that cannot be read.
    pub fn sections(&self, module: &Module) -> Result<Vec<Section>, Error> {
        crate::code::sections(module.size, &self.reader(module.id))
    }

    /// A function that reads from a module's binary at an offset. Like the contract's `bytecode`,
    /// it may return fewer bytes than it is asked for.
    pub(crate) fn reader(&self, module: ModuleId) -> impl Fn(u64, u64) -> Result<Vec<u8>, Error> + '_ {
        move |offset, length| Ok(inspection::bytecode(&self.debuggee, module, offset, length)?)
    }

    /// Sets breakpoints in one call of the host, and answers for each of them. Takes locations, for
    /// breakpoints that always stop the program, or whole specifications.
    ///
    /// # Errors
    /// Of the whole call: `running`, `exited`. Why a single breakpoint was refused is in its
    /// answer.
    pub fn add_breakpoints(
        &self,
        specs: impl IntoIterator<Item = impl Into<BreakpointSpec>>,
    ) -> Result<Vec<Result<BreakpointId, Error>>, Error> {
        let changes: Vec<Change> = specs.into_iter().map(|spec| Change::Add(spec.into())).collect();
        let answers = breakpoints::edit(&self.debuggee, &changes)?;
        Ok(answers.into_iter().map(|answer| answer.map_err(Error::from)).collect())
    }

    /// Sets a breakpoint at the first instruction of every function that matches, in one call of
    /// the host.
    ///
    /// # Errors
    /// Of the whole call: `running`, `exited`. Functions at which the host refused a breakpoint are
    /// in [`FunctionBreakpoints::refused`].
    pub fn break_at_functions(
        &self,
        code: &Code,
        mut matches: impl FnMut(&Function) -> bool,
    ) -> Result<FunctionBreakpoints, Error> {
        self.break_at(code.functions().filter(|function| matches(function)))
    }

    /// Sets a breakpoint at the first instruction of each of the functions, in one call of the
    /// host.
    ///
    /// # Errors
    /// As [`break_at_functions`](Session::break_at_functions).
    pub fn break_at<'f>(
        &self,
        functions: impl IntoIterator<Item = &'f Function>,
    ) -> Result<FunctionBreakpoints, Error> {
        self.act_at(functions, &Action::Stop)
    }

    /// Counts how often each of the functions is entered, without stopping the program. Sets a
    /// counting breakpoint at the first instruction of each, in one call of the host; the counts
    /// are [`Breakpoint::taken`] of [`breakpoints`](Session::breakpoints).
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

    /// All breakpoints with their counters, in the order of their ids; also after the program's
    /// end.
    ///
    /// # Errors
    /// `running`.
    pub fn breakpoints(&self) -> Result<Vec<Breakpoint>, Error> {
        Ok(breakpoints::all(&self.debuggee)?)
    }

    /// Sets how records are kept from now on: those of tracepoints, and those of every instruction
    /// under [`How::Record`].
    ///
    /// # Errors
    /// `running`, `exited`, `too-large`.
    pub fn set_recording(&self, recording: &Recording) -> Result<(), Error> {
        Ok(breakpoints::set_recording(&self.debuggee, recording)?)
    }

    /// Takes records out of the host's buffer: at most `limit` bytes of them, but at least one
    /// record if there is any. [`Records::iter`] reads them. Works after the program's end as well.
    ///
    /// # Errors
    /// `running`.
    pub fn drain(&self, limit: u32) -> Result<Records, Error> {
        Ok(breakpoints::drain(&self.debuggee, limit)?)
    }

    /// Sets what every stop from now on carries in [`Stop::captured`].
    ///
    /// # Errors
    /// `running`, `exited`, `too-large`.
    pub fn set_captures(&self, captures: Captures) -> Result<(), Error> {
        Ok(self.debuggee.set_captures(captures)?)
    }

    /// Sets a watchpoint.
    ///
    /// # Errors
    /// `running`, `exited`; `no-instance`, `no-memory`, `no-global`, `out-of-bounds`,
    /// `bad-watchpoint`, `too-large`.
    pub fn add_watchpoint(&self, spec: WatchSpec) -> Result<WatchpointId, Error> {
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
    pub fn remove_watchpoint(&self, id: WatchpointId) -> Result<(), Error> {
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

    /// How many frames there are, or `limit` if there are more. Walks no more than `limit` frames
    /// of a deep stack.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn depth_at_most(&self, limit: u32) -> Result<u32, Error> {
        let beyond = inspection::backtrace(&self.debuggee, limit, 1)?;
        if beyond.is_empty() { self.depth() } else { Ok(limit) }
    }

    /// At most `limit` frames, and at most 65,536, from the one with the index `first` outwards;
    /// index 0 is the innermost frame.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn backtrace(&self, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
        Ok(inspection::backtrace(&self.debuggee, first, limit)?)
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

    /// The arguments that a function was called with, at a stop at its first instruction. (Later,
    /// the function's own code may have changed its parameters.) Empty at the program's end. Asks
    /// the host unless the stop [carries](Session::set_captures) the locals.
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

    /// Gives the program up: it runs to its end without stops once the debugger has returned. From
    /// then on every function answers `exited`.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn detach(&self) -> Result<(), Error> {
        output::flush();
        Ok(self.debuggee.detach()?)
    }
}

/// The breakpoints that [`Session::break_at_functions`] and its relatives have set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionBreakpoints {
    /// Each breakpoint with the module and the index of its function.
    pub set: Vec<(BreakpointId, ModuleId, u32)>,
    /// The names of the functions at which the host refused a breakpoint, with its reasons.
    pub refused: Vec<(String, Error)>,
}

/// An iterator over the program's stops; see [`Session::stops`].
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
