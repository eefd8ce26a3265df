//! [`World`]: the program as one debugger component holds it.
//!
//! Owned by the store that runs the debugger.
//!
//! Invariant: there is one session, and it has one owner: the world while the debugger may use it,
//! a [`BackgroundRun`] while the program runs in the background, or the host that has taken it
//! back.
//!
//! ```text
//!            start                      drop of `running`
//!   World ──────────> Background{held} ───────────────────> Background{not held}
//!    ^                    │ finish                              │ resume, start + finish
//!    └────────────────────┴─────────────────────────────────────┘
//! ```

use super::background_run::BackgroundRun;
use super::interfaces::common::{Error, Stop};
use super::interfaces::program;
use super::{Output, convert};
use crate::debuggee::{self, Interrupter, Launch, Modify, Session, State, View};
use std::mem;
use std::sync::Arc;
use wasmtime::component::ResourceTable;

/// The most pollables, streams, sockets and files that a debugger may hold, all together.
const MAX_RESOURCES: usize = 100_000;

/// The owner of the session.
enum Owner {
    /// The world itself.
    World(Box<dyn Session>),
    /// A run in the background, from `start` until its stop is collected.
    Background {
        run: Arc<BackgroundRun>,
        /// Whether the debugger still holds the `running` that can collect the stop.
        held: bool,
    },
    /// The host, which has taken the session back after the debugger ended.
    Host,
}

/// The host's data for one debugger component: its program, its handles, and its output.
pub(crate) struct World {
    session: Owner,
    /// Whether the debugger has detached or dropped its debuggee. Every function then answers
    /// `detached`.
    detached: bool,
    /// Interrupts the run in the background. Taken when the program is first started there, because
    /// a program that may be interrupted is slower in its calls of the host.
    interrupter: Option<Interrupter>,
    n_resumes: u64,
    /// What the host was asked to run.
    pub(super) launch: Launch,
    /// The stop that `resume` returned last. The next `resume` writes over it instead of allocating
    /// one.
    pub(super) reused_stop: Option<Arc<Stop>>,
    /// The debugger's resources of WASI and its pollables.
    pub(crate) table: ResourceTable,
    /// Where the debugger's output goes.
    pub(crate) output: Output,
}

impl World {
    /// Makes a world that owns a session.
    pub(crate) fn new(session: Box<dyn Session>, output: Output) -> World {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        World {
            interrupter: None,
            launch: session.launch(),
            session: Owner::World(session),
            detached: false,
            n_resumes: 0,
            reused_stop: None,
            table,
            output,
        }
    }

    /// The number of times that the program was resumed. It may wrap around; only a change has a
    /// meaning.
    pub(crate) fn n_resumes(&self) -> u64 {
        self.n_resumes
    }

    /// Takes the session back from the debugger, whoever owns it. None if that was done before.
    pub(crate) fn take_session(&mut self) -> Option<Box<dyn Session>> {
        self.detached = true;
        match mem::replace(&mut self.session, Owner::Host) {
            Owner::World(session) => Some(session),
            Owner::Background { run, .. } => run.take_session(),
            Owner::Host => None,
        }
    }

    /// Notes that the debugger gives the program up.
    pub(crate) fn set_detached(&mut self) {
        self.detached = true;
    }

    /// Whether the debugger has given the program up.
    pub(super) fn is_detached(&self) -> bool {
        self.detached
    }

    /// Counts a resume.
    pub(super) fn note_resume(&mut self) {
        self.n_resumes = self.n_resumes.wrapping_add(1);
    }

    /// What the program is doing, as the debugger sees it.
    pub(super) fn state(&self) -> program::State {
        match &self.session {
            _ if self.detached => program::State::Detached,
            Owner::World(session) => match session.state() {
                State::Paused => program::State::Paused,
                State::Running => program::State::Running,
                State::Exited => program::State::Exited,
            },
            Owner::Background { .. } => program::State::Running,
            Owner::Host => program::State::Detached,
        }
    }

    /// The session, unless it is in the background. Its program may have exited.
    ///
    /// # Errors
    /// `running`, `detached`.
    pub(super) fn session(&mut self) -> Result<&mut dyn Session, Error> {
        match &mut self.session {
            _ if self.detached => Err(Error::Detached),
            Owner::World(session) => Ok(&mut **session),
            Owner::Background { .. } => Err(Error::Running),
            Owner::Host => Err(Error::Detached),
        }
    }

    /// The run in the background, if there is one.
    pub(super) fn background(&self) -> Option<&Arc<BackgroundRun>> {
        match &self.session {
            Owner::Background { run, .. } => Some(run),
            Owner::World(_) | Owner::Host => None,
        }
    }

    /// Whether the debugger has dropped the `running` of the run in the background. The next resume
    /// then collects the stop.
    pub(super) fn is_orphaned(&self) -> bool {
        !self.detached && matches!(self.session, Owner::Background { held: false, .. })
    }

    /// The handle that interrupts the program, whether it runs or not.
    ///
    /// # Errors
    /// `exited`, `detached`.
    pub(super) fn interrupter(&mut self) -> Result<&Interrupter, Error> {
        match self.state() {
            program::State::Exited => return Err(Error::Exited),
            program::State::Detached => return Err(Error::Detached),
            program::State::Paused | program::State::Running => {}
        }
        if let (None, Owner::World(session)) = (&self.interrupter, &self.session) {
            self.interrupter = Some(session.interrupter());
        }
        self.interrupter.as_ref().ok_or(Error::Exited)
    }

    /// Moves the session, whose program has begun to run, into the background.
    pub(super) fn move_to_background(&mut self) {
        self.session = match mem::replace(&mut self.session, Owner::Host) {
            Owner::World(session) => {
                self.interrupter.get_or_insert_with(|| session.interrupter());
                Owner::Background { run: Arc::new(BackgroundRun::new(session)), held: true }
            }
            other => other,
        };
    }

    /// Notes whether the debugger holds the `running` of the run in the background.
    pub(super) fn set_running_held(&mut self, now: bool) {
        if let Owner::Background { held, .. } = &mut self.session {
            *held = now;
        }
    }

    /// Waits for the stop of the run in the background and takes the session back from it.
    ///
    /// # Errors
    /// `exited` if there is no such run, and the errors of the run itself.
    pub(super) async fn collect(&mut self) -> Result<Stop, Error> {
        let Some(run) = self.background().map(Arc::clone) else { return Err(Error::Exited) };
        run.stopped().await;
        let Some((session, result)) = run.collect() else { return Err(Error::Exited) };
        let stop = result.map(|()| convert::stop(session.last_stop())).map_err(convert::error);
        self.session = Owner::World(session);
        stop
    }

    /// Reads from the paused program.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, and those of the query.
    pub(super) async fn view<R, F>(&mut self, query: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn View) -> Result<R, debuggee::Error> + Send + 'static,
    {
        self.session()?.view(query).await.and_then(|answer| answer).map_err(convert::error)
    }

    /// Changes the paused program.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, and those of the change.
    pub(super) async fn modify<R, F>(&mut self, change: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut dyn Modify) -> Result<R, debuggee::Error> + Send + 'static,
    {
        self.session()?.modify(change).await.and_then(|answer| answer).map_err(convert::error)
    }
}
