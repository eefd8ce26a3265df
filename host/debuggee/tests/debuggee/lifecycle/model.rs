//! Random commands against a small model of the states: every answer is what the model says, and
//! nothing panics or hangs.
//!
//! The model's program is straight-line code, so that where it stops next can be counted.

use crate::support::harness::{Data, Turns, bounded, call_main, cut, debuggee, define_wait};
use crate::support::places::Places;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;
use stillpoint_debuggee::{
    BreakpointId, BreakpointSpec, Change, Debuggee, Error, Exit, How, Location, Session, State, Stop, StopReason,
};
use tokio::runtime::Builder;

/// Ten places to stop at; the fourth and the eighth instruction wait in the host.
const PROGRAM: &str = r#"
    (module
      (import "host" "wait" (func $wait))
      (func $main (export "main") (nop) (nop) (nop) (call $wait) (nop) (nop) (nop) (call $wait) (nop)))
"#;

/// How many instructions `main` has, its `end` included.
const N_PLACES: usize = 10;

/// The instructions that wait in the host.
const WAITS: [usize; 2] = [3, 7];

/// An instruction of `main`.
fn at(places: &Places, n: usize) -> Location {
    places.location(&format!("main#{n}"))
}

#[derive(Debug, Clone)]
enum Command {
    Resume {
        step: bool,
    },
    /// A resume that is dropped after some polls.
    ResumeCut {
        step: bool,
        polls: u32,
    },
    Start {
        step: bool,
    },
    MoveToBackground,
    Query,
    /// A breakpoint at a place, or at an offset that is none.
    Add {
        place: usize,
        one_shot: bool,
    },
    AddNowhere,
    Remove {
        id: u32,
    },
    Interrupt,
    Terminate,
    TerminateFromOutside,
    Finish,
    FinishCut {
        polls: u32,
    },
    TakeStore,
    /// Lets other tasks run.
    Yield,
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let command = prop_oneof![
        12 => any::<bool>().prop_map(|step| Command::Resume { step }),
        6 => (any::<bool>(), 1..4_u32).prop_map(|(step, polls)| Command::ResumeCut { step, polls }),
        4 => any::<bool>().prop_map(|step| Command::Start { step }),
        2 => Just(Command::MoveToBackground),
        4 => Just(Command::Query),
        6 => (0..N_PLACES, any::<bool>()).prop_map(|(place, one_shot)| Command::Add { place, one_shot }),
        1 => Just(Command::AddNowhere),
        3 => (0..8_u32).prop_map(|id| Command::Remove { id }),
        2 => Just(Command::Interrupt),
        1 => Just(Command::Terminate),
        1 => Just(Command::TerminateFromOutside),
        1 => Just(Command::Finish),
        1 => (1..4_u32).prop_map(|polls| Command::FinishCut { polls }),
        2 => Just(Command::TakeStore),
        2 => Just(Command::Yield),
    ];
    proptest::collection::vec(command, 1..40)
}

/// Where the program is.
#[derive(Debug, Clone, PartialEq)]
enum Mode {
    Paused,
    /// On its way to one of these: what it is, and the place that it is at then. More than one
    /// where it depends on how far it has come.
    Running(Vec<Next>),
    Exited(Exit),
}

/// What a stretch of running ends with.
#[derive(Debug, Clone, PartialEq)]
enum Next {
    Stop(Reason, usize),
    Exit(Exit),
}

#[derive(Debug, Clone, PartialEq)]
enum Reason {
    Step,
    Interrupt,
    Breakpoint(Vec<u32>),
}

struct Model {
    mode: Mode,
    /// Index of the place that the program stands at; none at the entry.
    at: Option<usize>,
    breakpoints: BTreeMap<u32, (usize, bool)>,
    last_id: u32,
    detached: bool,
    /// Asked for and not used up.
    interrupt: bool,
    /// By the interrupter, and not seen yet.
    terminated: bool,
    number: u64,
    /// Stopped in a call of the host.
    in_host: bool,
    taken: bool,
}

impl Model {
    /// What a resume leads to.
    fn next(&self, step: bool) -> Vec<Next> {
        if self.terminated {
            return vec![Next::Exit(Exit::Killed)];
        }
        let first = self.at.map_or(0, |at| at + 1);
        if self.detached || first >= N_PLACES {
            return vec![Next::Exit(Exit::Returned(vec![]))];
        }
        let here = |place: usize| -> Vec<u32> {
            self.breakpoints.iter().filter(|(_, (at, _))| *at == place).map(|(id, _)| *id).collect()
        };
        // The only epoch check is at the function's entry; the interrupt then takes effect at its
        // first instruction.
        if self.at.is_none() && self.interrupt && here(0).is_empty() {
            return vec![Next::Stop(Reason::Interrupt, 0)];
        }
        let mut allowed = Vec::new();
        if self.interrupt && self.at.is_some_and(|at| WAITS.contains(&at)) {
            // Before the call, or in it for some more turns.
            allowed.push(Next::Stop(Reason::Interrupt, first - 1));
        }
        for place in first..N_PLACES {
            match here(place) {
                ids if !ids.is_empty() => allowed.push(Next::Stop(Reason::Breakpoint(ids), place)),
                _ if step => allowed.push(Next::Stop(Reason::Step, place)),
                _ if self.interrupt && WAITS.contains(&place) => {
                    allowed.push(Next::Stop(Reason::Interrupt, place));
                    continue;
                }
                _ => continue,
            }
            return allowed;
        }
        allowed.push(Next::Exit(Exit::Returned(vec![])));
        allowed
    }

    fn begin(&mut self, step: bool) -> Result<(), Error> {
        self.require_paused()?;
        self.mode = Mode::Running(self.next(step));
        Ok(())
    }

    fn require_paused(&self) -> Result<(), Error> {
        match self.mode {
            Mode::Paused => Ok(()),
            Mode::Running(_) => Err(Error::Running),
            Mode::Exited(_) => Err(Error::Exited),
        }
    }

    fn state(&self) -> State {
        match self.mode {
            Mode::Paused => State::Paused,
            Mode::Running(_) => State::Running,
            Mode::Exited(_) => State::Exited,
        }
    }

    /// Takes in a stop, which has to be one of those that the model allows.
    fn stopped(&mut self, stop: &Stop, places: &Places) {
        let Mode::Running(allowed) = &self.mode else { panic!("a stop of a program that does not run: {stop:?}") };
        let place = stop
            .location()
            .map(|location| (0..N_PLACES).find(|n| at(places, *n) == location).expect("one of the places"));
        let next = match (&stop.reason, place) {
            (StopReason::Step, Some(place)) => Next::Stop(Reason::Step, place),
            (StopReason::Interrupt, Some(place)) => Next::Stop(Reason::Interrupt, place),
            (StopReason::Breakpoint(ids), Some(place)) => {
                Next::Stop(Reason::Breakpoint(ids.iter().map(|id| id.0).collect()), place)
            }
            (StopReason::Exited(exit), None) => Next::Exit(exit.clone()),
            _ => panic!("no stop of this program: {stop:?}"),
        };
        assert!(allowed.contains(&next), "{next:?} instead of one of {allowed:?}");
        // A stop that nobody saw, because the program was terminated, has a number too.
        let is_next = stop.number == self.number + 1;
        assert!(is_next || (next == Next::Exit(Exit::Killed) && stop.number == self.number + 2), "{stop:?}");
        self.number = stop.number;
        match next {
            Next::Exit(exit) => self.mode = Mode::Exited(exit),
            Next::Stop(reason, place) => {
                self.mode = Mode::Paused;
                self.at = Some(place);
                self.in_host = reason == Reason::Interrupt && WAITS.contains(&place);
                self.interrupt = false;
                if let Reason::Breakpoint(ids) = reason {
                    self.breakpoints.retain(|id, (_, one_shot)| !(ids.contains(id) && *one_shot));
                }
            }
        }
    }

    /// Somebody wants something while it runs: it may be too late for it.
    fn also_allow(&mut self, other: Next) {
        if let Mode::Running(allowed) = &mut self.mode {
            allowed.push(other);
        }
    }
}

/// Does one command to both.
async fn act(command: &Command, debuggee: &mut Debuggee<Data>, model: &mut Model, places: &Places) {
    let how = |step: bool| if step { How::StepInstruction } else { How::Continue };
    match command {
        Command::Resume { step } => {
            if model.state() != State::Running && model.begin(*step).is_err() {
                assert_eq!(debuggee.resume(how(*step)).await, Err(Error::Exited));
                return;
            }
            let stop = debuggee.resume(how(*step)).await.unwrap();
            model.stopped(&stop, places);
        }
        Command::ResumeCut { step, polls } => {
            if model.state() != State::Running && model.begin(*step).is_err() {
                assert_eq!(cut(debuggee.resume(how(*step)), *polls).await, Some(Err(Error::Exited)));
                return;
            }
            if let Some(stop) = cut(debuggee.resume(how(*step)), *polls).await {
                model.stopped(&stop.unwrap(), places);
            }
        }
        Command::Start { step } => assert_eq!(debuggee.start(how(*step)), model.begin(*step)),
        Command::MoveToBackground => {
            let expected = if model.state() == State::Running { Ok(()) } else { Err(Error::Exited) };
            assert_eq!(debuggee.run_in_background(), expected);
        }
        Command::Query => {
            let mut expected = model.require_paused();
            if expected.is_ok() && model.terminated {
                // It is this that sees it.
                expected = Err(Error::Exited);
                model.mode = Mode::Exited(Exit::Killed);
                model.number += 1;
            } else if expected.is_ok() && model.in_host {
                expected = Err(Error::InHostCall);
            }
            assert_eq!(debuggee.query(|_| ()).await, expected);
        }
        Command::Add { place, one_shot } => {
            let location = at(places, *place);
            let spec = BreakpointSpec { one_shot: *one_shot, ..BreakpointSpec::at(location) };
            let expected = model.require_paused().map(|()| {
                model.last_id += 1;
                model.breakpoints.insert(model.last_id, (*place, *one_shot));
                vec![Ok(BreakpointId(model.last_id))]
            });
            assert_eq!(debuggee.edit_breakpoints(&[Change::Add(spec)]), expected);
        }
        Command::AddNowhere => {
            let (before, after) = (at(places, 3), at(places, 4));
            let spec = BreakpointSpec::at(Location { pc: before.pc + 1, ..before });
            let refused = Error::NotAnInstruction { pc: before.pc + 1, before: Some(before.pc), after: Some(after.pc) };
            let expected = model.require_paused().map(|()| vec![Err(refused)]);
            assert_eq!(debuggee.edit_breakpoints(&[Change::Add(spec)]), expected);
        }
        Command::Remove { id } => {
            let expected = model.require_paused().map(|()| match model.breakpoints.remove(id) {
                Some(_) => vec![Ok(BreakpointId(*id))],
                None => vec![Err(Error::NoBreakpoint(BreakpointId(*id)))],
            });
            assert_eq!(debuggee.edit_breakpoints(&[Change::Remove(BreakpointId(*id))]), expected);
        }
        Command::Interrupt => {
            debuggee.interrupter().interrupt();
            if !matches!(model.mode, Mode::Exited(_)) {
                model.interrupt = true;
            }
            // On its way to the function's entry, or past it: then the request waits for a call that
            // waits, which may not come.
            if model.at.is_none() && !model.detached {
                model.also_allow(Next::Stop(Reason::Interrupt, 0));
            }
            if !model.detached {
                let at = model.at;
                for place in WAITS.into_iter().filter(|place| at.is_none_or(|at| at <= *place)) {
                    model.also_allow(Next::Stop(Reason::Interrupt, place));
                }
            }
        }
        Command::Terminate => {
            let was = model.mode.clone();
            let expected = if let Mode::Exited(_) = was { Err(Error::Exited) } else { Ok(()) };
            assert_eq!(debuggee.terminate(), expected);
            if debuggee.state() == State::Exited && expected.is_ok() {
                model.mode = Mode::Exited(Exit::Killed);
                model.number = debuggee.last_stop().number;
            } else if expected.is_ok() {
                model.terminate();
            }
        }
        Command::TerminateFromOutside => {
            debuggee.interrupter().terminate();
            model.terminate();
        }
        Command::Finish => {
            if let Mode::Exited(exit) = &model.mode {
                assert_eq!(debuggee.finish().await, Ok(exit.clone()));
                return;
            }
            model.detach();
            let exit = debuggee.finish().await.unwrap();
            let stop = debuggee.last_stop().clone();
            assert_eq!(stop.reason, StopReason::Exited(exit));
            // Stops that had been on their way are passed over.
            model.number = stop.number - 1;
            model.stopped(&stop, places);
        }
        Command::FinishCut { polls } => {
            if let Mode::Exited(_) = &model.mode {
                return;
            }
            model.detach();
            if cut(debuggee.finish(), *polls).await.is_some() {
                let stop = debuggee.last_stop().clone();
                model.number = stop.number - 1;
                model.stopped(&stop, places);
            } else {
                model.number = debuggee.last_stop().number;
            }
        }
        Command::TakeStore => match debuggee.take_store().map(drop) {
            Ok(()) => {
                assert_eq!(model.mode, Mode::Exited(Exit::Returned(vec![])));
                assert!(!std::mem::replace(&mut model.taken, true));
            }
            Err(Error::NotExited) => assert_ne!(model.state(), State::Exited),
            Err(Error::StoreLost(_)) => assert!(model.taken || model.mode == Mode::Exited(Exit::Killed)),
            Err(other) => panic!("{other}"),
        },
        Command::Yield => tokio::task::yield_now().await,
    }
}

impl Model {
    fn new() -> Model {
        Model {
            mode: Mode::Paused,
            at: None,
            breakpoints: BTreeMap::new(),
            last_id: 0,
            detached: false,
            interrupt: false,
            terminated: false,
            number: 0,
            in_host: false,
            taken: false,
        }
    }

    fn terminate(&mut self) {
        if let Mode::Exited(_) = self.mode {
            return;
        }
        self.terminated = true;
        // A program that was on its way to its end may have got there before.
        if let Mode::Running(allowed) = &mut self.mode {
            allowed.retain(|next| matches!(next, Next::Exit(_)));
            allowed.push(Next::Exit(Exit::Killed));
        }
    }

    /// No more stops: the end that it is on its way to, whether it had one before it or not.
    fn detach(&mut self) {
        self.detached = true;
        let killed = self.terminated;
        let end = Next::Exit(if killed { Exit::Killed } else { Exit::Returned(vec![]) });
        match &mut self.mode {
            Mode::Running(allowed) => {
                allowed.push(end);
            }
            mode => *mode = Mode::Running(vec![end]),
        }
    }
}

async fn follow(commands: Vec<Command>) {
    let places = Places::of(PROGRAM);
    let define = |linker: &mut wasmtime::Linker<Data>| define_wait(linker, "wait", || Turns(2));
    let (mut debuggee, dropped) = debuggee(PROGRAM, define, call_main);
    let mut model = Model::new();
    for command in &commands {
        act(command, &mut debuggee, &mut model, &places).await;
        assert_eq!(debuggee.state(), model.state(), "after {command:?}");
        assert_eq!(debuggee.is_complete(), model.state() == State::Exited);
        assert_eq!(debuggee.last_stop().number, model.number, "after {command:?}");
    }
    drop(debuggee);
    dropped.wait().await;
}

fn property(n_threads: usize) {
    bounded(move || {
        let runtime = match n_threads {
            1 => Builder::new_current_thread().build().unwrap(),
            n => Builder::new_multi_thread().worker_threads(n).build().unwrap(),
        };
        let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
        let result = runner.run(&commands(), |commands| {
            runtime.block_on(runtime.spawn(follow(commands))).map_err(|error| TestCaseError::fail(error.to_string()))
        });
        if let Err(error) = result {
            panic!("{error}");
        }
    });
}

#[test]
fn answers_are_the_model_s_on_one_thread() {
    property(1);
}

#[test]
fn answers_are_the_model_s_on_several_threads() {
    property(2);
}
