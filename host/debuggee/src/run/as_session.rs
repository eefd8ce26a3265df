//! The debuggee as a [`Session`]: everything that does not depend on its store's type.
//!
//! Invariant: a method that the current state does not allow is refused before anything is
//! changed.

use super::debuggee::{Debuggee, Run};
use super::drive::{Outcome, drive, drive_to_stop, runtime};
use super::session::{Query, Session};
use super::shared::{Answer, Command, lock};
use super::signals::Interrupter;
use crate::engine::Waiting;
use crate::plain::{
    Breakpoint, BreakpointId, Call, Captured, Captures, Change, DrainLimit, Drained, Error, Function, How, Launch,
    MAX_CAPTURED_FRAMES, ModuleId, ModuleInfo, Recording, State, Stop, WatchChange, Watchpoint, WatchpointId,
};
use crate::stops::Ledger;
use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

impl<T: Send + 'static, R: Send + 'static> Session for Debuggee<T, R> {
    fn state(&self) -> State {
        Debuggee::state(self)
    }

    fn launch(&self) -> Launch {
        self.launch.clone()
    }

    fn last_stop(&self) -> &Stop {
        &self.last_stop
    }

    fn waits_in_host(&self) -> bool {
        self.waits_in_host
    }

    fn begin(&mut self, how: How) -> Result<(), Error> {
        self.require_paused()?;
        self.check_how(how)?;
        if std::mem::take(&mut self.waits_in_host) {
            // The call goes on first. The rest is done when the program comes out of it.
            let n_activations = self.shared.crossings.n_activations();
            self.shared.ledger().wanted.resume_in_host(how, n_activations);
            self.query_in_host = None;
        } else {
            self.command = Some(Command::Resume(how));
        }
        self.running = true;
        Ok(())
    }

    fn begin_call(&mut self, call: Call) -> Result<(), Error> {
        self.require_store()?;
        self.check_how(call.how)?;
        self.command = Some(Command::Call(Box::new(call)));
        self.running = true;
        Ok(())
    }

    fn poll_stop(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if !self.running {
            return Poll::Ready(Ok(()));
        }
        let outcome = match &mut self.run {
            Run::Owned(program) => std::task::ready!(drive_to_stop(program, &self.shared, &mut self.command, context)),
            Run::Background(task) => match std::task::ready!(Pin::new(task).poll(context)) {
                Ok((program, outcome)) => {
                    self.run = Run::Owned(program);
                    outcome
                }
                Err(_) => Outcome::Terminated,
            },
            Run::Ended(..) | Run::Lost(_) => return Poll::Ready(Err(Error::Exited)),
        };
        Poll::Ready(self.apply_outcome(outcome))
    }

    fn run_in_background(&mut self) -> Result<(), Error> {
        if Debuggee::state(self) != State::Running {
            return Err(Error::Exited);
        }
        let runtime = runtime()?;
        self.shared.signals.watch();
        match std::mem::replace(&mut self.run, Run::Lost("it was lost on its way to the background".to_owned())) {
            Run::Owned(mut program) => {
                let shared = Arc::clone(&self.shared);
                let mut command = self.command.take();
                self.run = Run::Background(runtime.spawn(async move {
                    let outcome = poll_fn(|context| drive_to_stop(&mut program, &shared, &mut command, context)).await;
                    (program, outcome)
                }));
            }
            run => self.run = run,
        }
        Ok(())
    }

    fn begin_query(&mut self, query: Query) -> Result<(), Error> {
        if self.waits_in_host {
            self.query_in_host = Some(query);
            return Ok(());
        }
        self.put_query(Box::new(move |paused, _| query(paused)))
    }

    fn poll_query(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.waits_in_host && !self.shared.signals.is_terminated() {
            // Not polled for this, because the call would go on.
            if let Some(query) = self.query_in_host.take() {
                let stop = self.last_stop.number;
                query(&mut Waiting { known: &mut self.shared.ledger().known, stop });
            }
            return Poll::Ready(Ok(()));
        }
        let Run::Owned(program) = &mut self.run else {
            return Poll::Ready(Err(Error::Exited));
        };
        // The paused handler takes the query in its next poll; nothing else of the program advances
        // until then.
        let driven = drive(program, &self.shared, &mut self.command, context);
        match self.shared.mailbox().answer.take() {
            Some(Answer::Done) => return Poll::Ready(Ok(())),
            Some(Answer::Panicked(panic)) => resume_unwind(panic),
            None => {}
        }
        match driven {
            Poll::Pending => Poll::Pending,
            // The body gave up its paused call and went on without it.
            Poll::Ready(outcome) => Poll::Ready(Err(match self.apply_outcome(outcome) {
                Ok(()) if Debuggee::state(self) == State::Exited => Error::Exited,
                // It is paused again, elsewhere.
                Ok(()) => Error::StaleFrame,
                Err(error) => error,
            })),
        }
    }

    fn detach(&mut self) {
        self.shared.signals.detach();
    }

    fn release(&mut self) -> Result<(), Error> {
        self.require_paused()?;
        self.shared.ledger().wanted.release();
        self.shared.signals.take_interrupt();
        self.last_stop.captured = Captured::default();
        Ok(())
    }

    fn interrupter(&self) -> Interrupter {
        Debuggee::interrupter(self)
    }

    fn terminate(&mut self) -> Result<(), Error> {
        match &self.run {
            Run::Ended(..) | Run::Lost(_) => return Err(Error::Exited),
            Run::Background(_) => self.shared.signals.terminate(),
            Run::Owned(_) => {
                self.shared.signals.detach();
                self.apply_outcome(Outcome::Terminated)?;
            }
        }
        Ok(())
    }

    fn edit_breakpoints(&mut self, changes: &[Change]) -> Result<Vec<Result<BreakpointId, Error>>, Error> {
        self.require_paused()?;
        self.verify_step_points(changes)?;
        let Ledger { known, wanted } = &mut *self.shared.ledger();
        let answers = changes.iter().map(|change| wanted.breakpoints.change(&mut known.modules, change));
        Ok(answers.collect())
    }

    fn list_breakpoints(&self, first: BreakpointId, limit: usize) -> Result<Vec<Breakpoint>, Error> {
        if Debuggee::state(self) == State::Running {
            return Err(Error::Running);
        }
        Ok(self.shared.ledger().wanted.breakpoints.list(first, limit))
    }

    fn edit_watchpoints(&mut self, changes: &[WatchChange]) -> Result<Vec<Result<WatchpointId, Error>>, Error> {
        self.require_paused()?;
        if self.waits_in_host {
            return Ok(self.shared.ledger().wanted.watch.edit_in_host(changes));
        }
        let changes = changes.to_vec();
        let answer = Arc::new(Mutex::new(None));
        let sink = Arc::clone(&answer);
        self.put_query(Box::new(move |paused, wanted| {
            let answers = wanted.watch.edit(&mut paused.frozen, &changes);
            *lock(&sink) = Some(answers);
        }))?;
        match self.poll_query(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => done?,
            Poll::Pending => self.shared.mailbox().command = None,
        }
        let answers = lock(&answer).take();
        answers.ok_or_else(|| Error::Engine("the program's body does not poll its paused call".to_owned()))
    }

    fn watchpoints(&self) -> Result<Vec<Watchpoint>, Error> {
        if Debuggee::state(self) == State::Running {
            return Err(Error::Running);
        }
        Ok(self.shared.ledger().wanted.watch.all())
    }

    fn set_captures(&mut self, captures: Captures) -> Result<(), Error> {
        self.require_paused()?;
        if captures.n_frames > MAX_CAPTURED_FRAMES {
            return Err(Error::TooLarge { limit: u64::from(MAX_CAPTURED_FRAMES) });
        }
        self.shared.ledger().wanted.captures = captures;
        Ok(())
    }

    fn set_recording(&mut self, recording: Recording) -> Result<(), Error> {
        self.require_paused()?;
        recording.check()?;
        self.shared.ledger().wanted.recorder.recording = recording;
        Ok(())
    }

    fn drain_records(&mut self, limit: DrainLimit) -> Drained {
        self.shared.ledger().wanted.recorder.drain(limit)
    }

    fn modules(&self) -> Vec<ModuleInfo> {
        self.shared.ledger().known.module_infos()
    }

    fn functions(&self, module: ModuleId, first: u32, limit: u32) -> Result<Vec<Function>, Error> {
        self.shared.ledger().known.modules.functions(module, first, limit)
    }

    fn bytecode(&self, module: ModuleId, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        self.shared.ledger().known.modules.bytecode(module, offset, length)
    }
}
