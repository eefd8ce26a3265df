//! [`Session`]: the program under debug, as a debugger works with it.
//!
//! Invariant: a resume neither loses output nor holds it back for long (see `output`). Nothing here
//! keeps a copy of the program's state: every answer comes from the host.

use std::cell::Cell;

use crate::code::{Code, Section};
use crate::contract::common::{InstanceId, ModuleId, Stop, Value};
use crate::contract::{background, background_calls, calls, execution, inspection, program};
use crate::error::Error;
use crate::output;
use background::Running;
use calls::Callee;
use execution::{How, StopCapture};
use program::{Debuggee, Launch, State};

/// How many bytes of a binary are asked for in one call.
const READ_SIZE: u32 = 1 << 20;

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
    /// `exited` after the program's end, `detached` after [`detach`](Session::detach); `running`
    /// while a run in the background has not been [finished](Session::finish); for [`How::RunTo`],
    /// `no-module` and `not-an-instruction`.
    pub fn resume(&self, how: How) -> Result<Stop, Error> {
        output::flush_old();
        let stop = execution::resume(&self.debuggee, how)?;
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
        Ok(background::start(&self.debuggee, how)?)
    }

    /// Waits for the stop that ends a run in the background.
    ///
    /// # Errors
    /// `exited` if another `finish` or `resume` has already taken the program's last stop;
    /// `detached`.
    pub fn finish(&self, running: Running) -> Result<Stop, Error> {
        output::flush();
        Ok(background::finish(running)?)
    }

    /// Calls a function inside the paused program and runs to the end of the call or to a stop
    /// inside it. The function is named by its index in its module. After the call's end the
    /// program is where it was before. Needs the right *modify*.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`; `no-instance`, `no-function`,
    /// `argument-count`, `wrong-type`, `no-reference`, `stale-reference`, `too-deep`; for
    /// [`How::RunTo`], `no-module` and `not-an-instruction`.
    pub fn call(&self, instance: InstanceId, function: u32, arguments: &[Value], how: How) -> Result<Stop, Error> {
        output::flush_old();
        Ok(calls::call(&self.debuggee, Callee { instance, function }, arguments, how)?)
    }

    /// As [`call`](Session::call), in the background: [`finish`](Session::finish) waits for the
    /// stop, and returns most of the errors.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`; for [`How::RunTo`], `no-module` and
    /// `not-an-instruction`.
    pub fn start_call(
        &self,
        instance: InstanceId,
        function: u32,
        arguments: &[Value],
        how: How,
    ) -> Result<Running, Error> {
        output::flush();
        Ok(background_calls::start_call(&self.debuggee, Callee { instance, function }, arguments, how)?)
    }

    /// Asks for a stop with the reason `interrupt`. While the program is paused, the request holds
    /// for the next resume. A program that waits in a call of the host stops in that call, and most
    /// of what can be asked there is answered with `in-host-call`.
    ///
    /// # Errors
    /// `exited`, `detached`.
    pub fn interrupt(&self) -> Result<(), Error> {
        Ok(execution::interrupt(&self.debuggee)?)
    }

    /// Ends the program at once.
    ///
    /// # Errors
    /// `exited`, `detached`.
    pub fn terminate(&self) -> Result<(), Error> {
        Ok(execution::terminate(&self.debuggee)?)
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

    /// What the program is doing.
    pub fn state(&self) -> State {
        program::current_state(&self.debuggee)
    }

    /// The stop that the program is at; after the end, the one with the reason `exited`.
    ///
    /// # Errors
    /// `running`, `detached`.
    pub fn last_stop(&self) -> Result<Stop, Error> {
        Ok(program::last_stop(&self.debuggee)?)
    }

    /// What the host was asked to run: the program's name and arguments.
    ///
    /// # Errors
    /// `detached`.
    pub fn launch_info(&self) -> Result<Launch, Error> {
        Ok(program::launch_info(&self.debuggee)?)
    }

    /// Lists the program's functions, of all its modules.
    ///
    /// # Errors
    /// `running`, `detached`.
    pub fn code(&self) -> Result<Code, Error> {
        let mut code = Code::default();
        code.refresh(self)?;
        Ok(code)
    }

    /// Reads a part of a module's binary; fewer bytes only where it ends.
    ///
    /// # Errors
    /// `running`, `detached`, `no-module`; `out-of-bounds` if it ends before `offset`.
    pub fn bytecode(&self, module: ModuleId, offset: u32, length: u32) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        loop {
            let read = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            let part = length.saturating_sub(read).min(READ_SIZE);
            let part = inspection::read_bytecode(&self.debuggee, module, offset.saturating_add(read), part)?;
            let is_end = part.is_empty();
            if bytes.is_empty() {
                bytes = part
            } else {
                bytes.extend_from_slice(&part)
            }
            if is_end || bytes.len() >= length as usize {
                return Ok(bytes);
            }
        }
    }

    /// Lists the sections of a module's binary, in their order.
    ///
    /// # Errors
    /// `running`, `detached`, `no-module`; [`Error::Code`] for a binary that cannot be read.
    pub fn sections(&self, module: ModuleId) -> Result<Vec<Section>, Error> {
        crate::code::sections(|offset, length| self.bytecode(module, offset, length))
    }

    /// Sets what every stop from now on carries in [`Stop::captured`]: all of this, and nothing
    /// else.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `too-large`.
    pub fn set_captures(&self, captures: &[StopCapture]) -> Result<(), Error> {
        Ok(execution::set_captures(&self.debuggee, captures)?)
    }

    /// Gives the program up: it runs to its end without stops once the debugger has returned. From
    /// then on every function answers `detached`.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`.
    pub fn detach(&self) -> Result<(), Error> {
        output::flush();
        Ok(execution::detach(&self.debuggee)?)
    }
}

/// The handle of the fake host's program is none that can be dropped.
#[cfg(not(target_family = "wasm"))]
impl Drop for Session {
    fn drop(&mut self) {
        crate::bindings::forget(&self.debuggee);
    }
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
