//! [`World`]: the program as one debugger component holds it.
//!
//! Owned by the store that runs the debugger. Invariant: there is one session, and it is in exactly one place: here
//! while the debugger may use it, in a [`Run`] while the program runs in the background, or taken back by the host.
//!
//! ```text
//!            start                      drop of `running`
//!   Held ───────────> Background{held} ───────────────────> Background{not held}
//!    ^                    │ finish                              │ resume, start + finish
//!    └────────────────────┴─────────────────────────────────────┘
//! ```

use super::interfaces::types::{Error, Stop};
use super::run::Run;
use super::{Output, convert};
use crate::debuggee::{self, Interrupter, Modify, Session, State, View};
use std::mem;
use std::sync::Arc;
use wasmtime::component::ResourceTable;

/// How many pollables, streams, sockets and files a debugger may hold, in all.
const MAX_RESOURCES: usize = 100_000;

/// Where the session is.
enum Program {
    /// Here.
    Held(Box<dyn Session>),
    /// It runs in the background, from `start` until its stop is collected.
    Background {
        run: Arc<Run>,
        /// Whether the debugger still has the `running` that will collect it.
        held: bool,
    },
    /// Taken back by the host, after the debugger ended.
    Taken,
}

/// What the host keeps for one debugger component: its program, the handles it was given, and where its words go.
pub(crate) struct World {
    program: Program,
    /// The debugger has detached or dropped its debuggee: for it, the program has ended.
    let_go: bool,
    interrupter: Interrupter,
    n_resumes: u64,
    /// The stop that `resume` told last, for the memory of the next.
    pub(super) told: Option<Arc<Stop>>,
    /// Resources of WASI and our pollables.
    pub(crate) table: ResourceTable,
    /// Where the debugger's words go.
    pub(crate) output: Output,
}

impl World {
    /// A world around a program.
    pub(crate) fn new(session: Box<dyn Session>, output: Output) -> World {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        World {
            interrupter: session.interrupter(),
            program: Program::Held(session),
            let_go: false,
            n_resumes: 0,
            told: None,
            table,
            output,
        }
    }

    /// How often the program was resumed. It may wrap around; only a change means something.
    pub(crate) fn n_resumes(&self) -> u64 {
        self.n_resumes
    }

    /// Takes the program back from the debugger, wherever it is. None if that was done before.
    pub(crate) fn take_session(&mut self) -> Option<Box<dyn Session>> {
        self.let_go = true;
        match mem::replace(&mut self.program, Program::Taken) {
            Program::Held(session) => Some(session),
            Program::Background { run, .. } => run.take_session(),
            Program::Taken => None,
        }
    }

    /// The debugger gives the program up.
    pub(crate) fn let_go(&mut self) {
        self.let_go = true;
    }

    /// Counts a resume.
    pub(super) fn note_resume(&mut self) {
        self.n_resumes = self.n_resumes.wrapping_add(1);
    }

    /// What the program is doing, as the debugger sees it.
    pub(super) fn state(&self) -> State {
        match &self.program {
            _ if self.let_go => State::Exited,
            Program::Held(session) => session.state(),
            Program::Background { .. } => State::Running,
            Program::Taken => State::Exited,
        }
    }

    /// The session, unless it runs in the background; it may have exited.
    pub(super) fn here(&mut self) -> Result<&mut dyn Session, Error> {
        match &mut self.program {
            _ if self.let_go => Err(Error::Exited),
            Program::Held(session) => Ok(&mut **session),
            Program::Background { .. } => Err(Error::Running),
            Program::Taken => Err(Error::Exited),
        }
    }

    /// The run in the background.
    pub(super) fn background(&self) -> Option<&Arc<Run>> {
        match &self.program {
            Program::Background { run, .. } => Some(run),
            Program::Held(_) | Program::Taken => None,
        }
    }

    /// Whether a run in the background has lost its `running`, so that its stop is collected by the next resume.
    pub(super) fn is_adrift(&self) -> bool {
        !self.let_go && matches!(self.program, Program::Background { held: false, .. })
    }

    /// What works on the program whether it runs or not.
    ///
    /// # Errors
    /// `exited`.
    pub(super) fn interrupter(&self) -> Result<&Interrupter, Error> {
        match self.state() {
            State::Exited => Err(Error::Exited),
            State::Paused | State::Running => Ok(&self.interrupter),
        }
    }

    /// Whether the debugger has given the program up.
    pub(super) fn has_let_go(&self) -> bool {
        self.let_go
    }

    /// Moves the session, which has begun to run, into the background.
    pub(super) fn move_to_background(&mut self) {
        self.program = match mem::replace(&mut self.program, Program::Taken) {
            Program::Held(session) => Program::Background { run: Arc::new(Run::new(session)), held: true },
            other => other,
        };
    }

    /// Notes that the debugger got or dropped the `running` of the run in the background.
    pub(super) fn set_running_held(&mut self, now: bool) {
        if let Program::Background { held, .. } = &mut self.program {
            *held = now;
        }
    }

    /// Waits for the stop of the run in the background and takes the session back from it.
    pub(super) async fn collect(&mut self) -> Result<Stop, Error> {
        let run = match &self.program {
            Program::Background { run, .. } => Arc::clone(run),
            Program::Held(_) | Program::Taken => return Err(Error::Exited),
        };
        run.stopped().await;
        let (session, stop) = run.collect();
        if let Some(session) = session {
            self.program = Program::Held(session);
        }
        stop.as_ref().map(convert::stop).map_err(|error| convert::error(error.clone()))
    }

    /// Looks at the paused program.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub(super) async fn view<R, F>(&mut self, query: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn View) -> R + Send + 'static,
    {
        self.here()?.view(query).await.map_err(convert::error)
    }

    /// Changes the paused program.
    ///
    /// # Errors
    /// `running`, `exited`, and what the change answers.
    pub(super) async fn modify<R, F>(&mut self, change: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn Modify) -> Result<R, debuggee::Error> + Send + 'static,
    {
        self.here()?.modify(change).await.and_then(|answer| answer).map_err(convert::error)
    }
}
