//! Frames: [`LiveFrame`], which can be asked for what is in it, and [`Backtrace`], which walks them.
//!
//! Invariant: the host is asked for no more frames than somebody looks at, give or take a page.

use std::ops::Deref;

use crate::code::{Code, Function};
use crate::contract::common::{Frame, FrameId, Location, Stop, Value};
use crate::contract::inspection::{self, FramePage};
use crate::error::Error;
use crate::pages::Lazy;
use crate::session::Session;
use crate::value::Values;

/// A frame of the paused program, and the session to ask about it. Its data is that of [`Frame`]:
/// `frame.instance`, `frame.location` and so on. It is of use until the program is resumed; from
/// then on the host answers `stale-frame`.
#[derive(Clone, Copy, Debug)]
pub struct LiveFrame<'s> {
    session: &'s Session,
    frame: Frame,
}

impl Deref for LiveFrame<'_> {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        &self.frame
    }
}

impl LiveFrame<'_> {
    /// The instruction that is about to run, or for a frame that is not the innermost, the one after
    /// its call.
    pub fn location(&self) -> Location {
        self.frame.location
    }

    /// A location inside the instruction that the frame is at: for a frame that is not the
    /// innermost, inside its call. Line tables are to be asked for this one.
    pub fn line_location(&self) -> Location {
        let Location { module, pc } = self.frame.location;
        Location { module, pc: if self.frame.id.index > 0 { pc.saturating_sub(1) } else { pc } }
    }

    /// The function that the frame runs; none if `code` does not have its module yet.
    pub fn function<'c>(&self, code: &'c Code) -> Option<&'c Function> {
        code.module(self.frame.location.module)?.function(self.frame.function)
    }

    /// The locals, parameters first.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `stale-frame`.
    pub fn locals(&self) -> Result<Vec<Value>, Error> {
        self.session.locals(self.frame.id)
    }

    /// The operand stack, bottom first.
    ///
    /// # Errors
    /// As [`locals`](LiveFrame::locals).
    pub fn operands(&self) -> Result<Vec<Value>, Error> {
        self.session.operands(self.frame.id)
    }
}

/// The frames of the paused program, innermost first. They are asked for page by page, so that an
/// iteration that ends early costs little, however deep the stack is. An error ends the iteration.
#[derive(Debug)]
pub struct Backtrace<'s> {
    session: &'s Session,
    frames: Lazy<FramePage>,
}

impl<'s> Iterator for Backtrace<'s> {
    type Item = Result<LiveFrame<'s>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let session = self.session;
        let frame = self.frames.next(|first, limit| inspection::list_frames(session.debuggee(), first, limit))?;
        Some(frame.map(|frame| session.frame(&frame)))
    }
}

impl Session {
    /// A frame that can be asked for what is in it.
    pub fn frame(&self, frame: &Frame) -> LiveFrame<'_> {
        LiveFrame { session: self, frame: *frame }
    }

    /// The frames, innermost first. There are none at the entry stop.
    ///
    /// Errors of the iteration: `running`, `exited`, `detached`.
    pub fn backtrace(&self) -> Backtrace<'_> {
        Backtrace { session: self, frames: Lazy::new(Vec::new(), 0) }
    }

    /// How many frames there are. It walks the whole stack.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`.
    pub fn depth(&self) -> Result<u32, Error> {
        Ok(inspection::depth(self.debuggee())?)
    }

    /// How many frames there are, or `limit` if there are more. Walks no more than `limit` frames
    /// of a deep stack.
    ///
    /// # Errors
    /// As [`depth`](Session::depth).
    pub fn depth_at_most(&self, limit: u32) -> Result<u32, Error> {
        let beyond = inspection::list_frames(self.debuggee(), limit, 1)?;
        if beyond.items.is_empty() { self.depth() } else { Ok(limit) }
    }

    /// The locals of a frame, parameters first. [`LiveFrame::locals`] is the same.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `stale-frame`, `no-frame`.
    pub fn locals(&self, frame: FrameId) -> Result<Vec<Value>, Error> {
        Ok(inspection::read_locals(self.debuggee(), frame)?)
    }

    /// The operand stack of a frame, bottom first. [`LiveFrame::operands`] is the same.
    ///
    /// # Errors
    /// As [`locals`](Session::locals).
    pub fn operands(&self, frame: FrameId) -> Result<Vec<Value>, Error> {
        Ok(inspection::read_operands(self.debuggee(), frame)?)
    }

    /// The arguments that a function was called with, at a stop at its first instruction. (Later,
    /// the function's own code may have changed its parameters.) Empty where the stop has no frame.
    /// Asks the host unless the stop [carries](Session::set_captures) the locals.
    ///
    /// # Errors
    /// As [`locals`](Session::locals).
    pub fn arguments(&self, stop: &Stop, function: &Function) -> Result<Values, Error> {
        if function.signature.parameters.is_empty() {
            return Ok(Values::default());
        }
        let mut locals = stop.locals(self)?;
        locals.truncate(function.signature.parameters.len());
        Ok(Values(locals))
    }
}

impl Stop {
    /// The frames, innermost first: those that the stop [carries](Session::set_captures), and then
    /// those that the host is asked for. `session` is the one that the stop came from, still at
    /// this stop.
    pub fn frames<'s>(&self, session: &'s Session) -> Backtrace<'s> {
        let captured = self.captured.as_ref().and_then(|captured| captured.frames.clone());
        let known = captured.unwrap_or_else(|| self.frame.into_iter().collect());
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        Backtrace { session, frames: Lazy::new(known, next) }
    }

    /// The locals of the innermost frame, parameters first; empty without a frame. Asks the host
    /// unless the stop [carries](Session::set_captures) them.
    ///
    /// # Errors
    /// As [`Session::locals`].
    pub fn locals(&self, session: &Session) -> Result<Vec<Value>, Error> {
        match (self.captured.as_ref().and_then(|captured| captured.locals.as_ref()), self.frame) {
            (Some(locals), _) => Ok(locals.clone()),
            (None, Some(frame)) => session.locals(frame.id),
            (None, None) => Ok(Vec::new()),
        }
    }

    /// The operand stack of the innermost frame, bottom first; empty without a frame. Asks the host
    /// unless the stop [carries](Session::set_captures) it.
    ///
    /// # Errors
    /// As [`Session::operands`].
    pub fn operands(&self, session: &Session) -> Result<Vec<Value>, Error> {
        match (self.captured.as_ref().and_then(|captured| captured.operands.as_ref()), self.frame) {
            (Some(operands), _) => Ok(operands.clone()),
            (None, Some(frame)) => session.operands(frame.id),
            (None, None) => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fake::{FakeHost, FakeModule};
    use crate::{HostError, How, StopCapture, Value, ValueType};

    fn host(depth: i32) -> FakeHost {
        let program = FakeModule::new("demo").function("main", [], []).function("fact", [ValueType::I32], []);
        let host = FakeHost::new(program).calls("main", []);
        (0..depth).fold(host, |host, n| host.calls("fact", [Value::I32(n), Value::I64(9)]))
    }

    #[test]
    fn frames_can_be_asked() {
        let outcome = host(200).debug(|session| {
            let code = session.code()?;
            let last = code.functions().last().expect("there are two").clone();
            while session.depth().is_ok_and(|depth| depth < 201) {
                session.resume(How::StepInstruction)?;
            }
            let frames = session.backtrace().collect::<Result<Vec<_>, _>>()?;
            assert_eq!(frames.len(), 201);
            assert_eq!(frames[0].location(), last.location());
            assert_eq!(frames[0].line_location(), last.location());
            assert_eq!(frames[1].line_location().pc + 1, frames[1].location().pc);
            assert_eq!(frames[100].locals()?, [Value::I32(99), Value::I64(9)]);
            assert_eq!(frames[100].function(&code), Some(&last));
            assert_eq!(frames[200].function(&code).map(|function| function.index), Some(0));
            assert_eq!((session.depth_at_most(50)?, session.depth_at_most(1000)?), (50, 201));
            let old = *frames[100];
            session.resume(How::StepInstruction)?;
            assert_eq!(session.locals(old.id), Err(HostError::Exited.into()));
            Ok(())
        });
        assert_eq!(outcome.result, Ok(()));
    }

    #[test]
    fn what_a_stop_carries_is_not_asked_for() {
        let outcome = host(3).debug(|session| {
            session.set_captures(&[StopCapture::Locals, StopCapture::Frames(2)])?;
            let code = session.code()?;
            let fact = code.functions().last().expect("there are two");
            session.add_breakpoint(fact)?;
            let stop = session.stops(How::Continue).nth(2).expect("it is entered thrice")?;
            assert_eq!(session.arguments(&stop, fact)?.to_string(), "2");
            let indices = |stop: &crate::Stop| -> Result<Vec<u32>, crate::Error> {
                stop.frames(session).map(|frame| Ok(frame?.id.index)).collect()
            };
            assert_eq!(indices(&stop)?, [0, 1, 2, 3]);
            // At the end there is nothing that could be asked; what the stop carries is still there.
            session.resume(How::Continue)?;
            assert_eq!(stop.locals(session)?, [Value::I32(2), Value::I64(9)]);
            assert_eq!(stop.frames(session).take(2).filter_map(Result::ok).count(), 2);
            assert!(stop.operands(session).is_err());
            Ok(())
        });
        assert_eq!(outcome.result, Ok(()));
    }
}
