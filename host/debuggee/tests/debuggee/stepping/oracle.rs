//! An oracle for steps: it only ever single-steps, and decides itself where a step over, out or to
//! a place ends.
//!
//! It keeps a stack of frames of its own, each with a number, and so knows without any prediction
//! which frame an instruction is in: an instruction that begins a function begins a frame (no
//! branch leads there), any other belongs to the frame that was at its depth before. A frame that a
//! tail call put in the place of another belongs to the same *chain*.

use crate::stepping::table::{REAL_PRICES, modes};
use crate::support::random::Random;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stillpoint_debuggee::{
    BreakpointId, BreakpointSpec, Change, Debuggee, FrameId, How, Location, ModuleId, Session, StepCosts, Stop,
    StopReason, Value, View,
};
use wasmparser::{Operator, Parser, Payload};

/// Makes the same program again and again; the number goes up whenever the program calls a host
/// function.
pub(crate) type Make<'a, T> = &'a dyn Fn() -> (Debuggee<T>, Arc<AtomicU64>);

/// How far a walk goes.
#[derive(Clone, Copy)]
pub(crate) struct Length {
    /// How many resumes at most.
    pub n_resumes: usize,
    /// How many instructions one resume runs through at most; then the walk runs to a place
    /// instead.
    pub n_instructions: usize,
    /// Where the walk begins; at the program's entry if nowhere.
    pub first: Option<Location>,
}

/// What a stop shows.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    reason: String,
    location: Option<Location>,
    depth: u32,
    locals: Vec<Value>,
}

/// One thing that is done at a stop, and the stop that follows.
#[derive(Debug, Clone)]
struct Move {
    set: Vec<Location>,
    removed: Vec<Location>,
    how: How,
    shown: Shown,
}

/// What the oracle knows of the code.
#[derive(Default)]
struct Code {
    firsts: HashSet<Location>,
    tail_calls: HashSet<Location>,
    instructions: Vec<Location>,
}

impl Code {
    fn read(&mut self, module: ModuleId, binary: &[u8]) {
        for payload in Parser::new(0).parse_all(binary) {
            let Payload::CodeSectionEntry(body) = payload.unwrap() else { continue };
            let mut operators = body.get_operators_reader().unwrap();
            let pc = |operators: &wasmparser::OperatorsReader<'_>| operators.original_position() as u32;
            self.firsts.insert(Location { module, pc: pc(&operators) });
            while !operators.eof() {
                let location = Location { module, pc: pc(&operators) };
                if let Operator::ReturnCall { .. }
                | Operator::ReturnCallIndirect { .. }
                | Operator::ReturnCallRef { .. } = operators.read().unwrap()
                {
                    self.tail_calls.insert(location);
                }
                self.instructions.push(location);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct FrameNumber {
    own: u64,
    chain: u64,
}

struct Oracle<T: Send + 'static> {
    debuggee: Debuggee<T>,
    host_calls: Arc<AtomicU64>,
    code: Code,
    breakpoints: BTreeSet<Location>,
    frames: Vec<FrameNumber>,
    last_number: u64,
    /// The instruction of the last stop, its depth, and how many host calls there had been.
    before: Option<(Location, usize, u64)>,
    stop: Stop,
}

impl<T: Send + 'static> Oracle<T> {
    async fn new((debuggee, host_calls): (Debuggee<T>, Arc<AtomicU64>)) -> Oracle<T> {
        let mut code = Code::default();
        for info in Session::modules(&debuggee) {
            code.read(info.id, &debuggee.bytecode(info.id, 0, usize::MAX).unwrap());
        }
        // No prediction, and single-step mode for good.
        let [zero, forever] = [0, 1 << 40].map(Duration::from_nanos);
        debuggee.assume_step_costs(StepCosts { switch: zero, session: forever, event: forever });
        let stop = debuggee.last_stop().clone();
        let breakpoints = BTreeSet::new();
        let frames = Vec::new();
        Oracle { debuggee, host_calls, code, breakpoints, frames, last_number: 0, before: None, stop }
    }

    /// Runs one instruction and brings the stack of frames up to date.
    async fn single_step(&mut self) {
        self.stop = self.debuggee.resume(How::StepInstruction).await.unwrap();
        let depth = match self.stop.reason {
            StopReason::Exited(_) => 0,
            _ => self.debuggee.query(|paused| paused.depth()).await.unwrap().unwrap() as usize,
        };
        let host_calls = self.host_calls.load(Ordering::SeqCst);
        let before = self.before.take();
        match self.stop.location().filter(|_| self.stop.reason == StopReason::Step) {
            Some(location) => {
                if self.code.firsts.contains(&location) {
                    self.last_number += 1;
                    let is_tail_call = before.is_some_and(|(before, before_depth, calls)| {
                        self.code.tail_calls.contains(&before) && before_depth == depth && calls == host_calls
                    });
                    let replaced = self.frames.get(depth - 1).filter(|_| is_tail_call).copied();
                    let chain = replaced.map_or(self.last_number, |replaced| replaced.chain);
                    self.frames.truncate(depth - 1);
                    assert_eq!(self.frames.len(), depth - 1, "a frame was begun without a stop at {location:?}");
                    self.frames.push(FrameNumber { own: self.last_number, chain });
                } else {
                    self.frames.truncate(depth);
                    assert_eq!(self.frames.len(), depth, "a frame was begun without a stop at {location:?}");
                }
                self.before = Some((location, depth, host_calls));
            }
            None => self.frames.truncate(depth),
        }
    }

    fn is_left(&self, frame: FrameNumber) -> bool {
        !self.frames.iter().any(|other| other.chain == frame.chain)
    }

    /// Resumes as the real one should; gives how far it went if that was further than allowed.
    async fn resume(&mut self, how: How, n_instructions: usize) -> How {
        let is_at_instruction = matches!(self.stop.reason, StopReason::Step | StopReason::Breakpoint(_));
        let is_caught = matches!(self.stop.reason, StopReason::Exception { caught: true, .. });
        let from = self.frames.last().copied();
        let mut passed = HashSet::new();
        for n in 0.. {
            self.single_step().await;
            let Some(location) = self.stop.location().filter(|_| self.stop.reason == StopReason::Step) else { break };
            if self.breakpoints.contains(&location) {
                self.stop.reason = StopReason::Breakpoint(Vec::new());
                break;
            }
            let is_there = match (how, from) {
                (How::Continue, _) => false,
                (How::RunTo(place), _) => place == location,
                (How::StepOver, Some(from)) if is_at_instruction => {
                    self.frames.last().is_some_and(|frame| frame.own == from.own) || self.is_left(from)
                }
                (How::StepOut, Some(from)) if is_at_instruction || is_caught => self.is_left(from),
                _ => true,
            };
            if is_there {
                break;
            }
            if n >= n_instructions && !passed.contains(&location) {
                return How::RunTo(location);
            }
            passed.insert(location);
        }
        how
    }
}

async fn show<T: Send + 'static>(debuggee: &mut Debuggee<T>, stop: &Stop) -> Shown {
    let reason = match &stop.reason {
        StopReason::Breakpoint(_) => "breakpoint".to_owned(),
        other => format!("{other:?}"),
    };
    if let StopReason::Exited(_) = stop.reason {
        return Shown { reason, location: None, depth: 0, locals: Vec::new() };
    }
    let frame = FrameId { stop: debuggee.last_stop().number, index: 0 };
    let seen = debuggee.query(move |paused| {
        let depth = paused.depth().unwrap();
        // An instantiation that traps has no frame to show.
        (depth, if depth == 0 { Vec::new() } else { paused.locals(frame).unwrap() })
    });
    let (depth, locals) = seen.await.unwrap();
    Shown { reason, location: stop.location(), depth, locals }
}

/// Walks at random, as the oracle goes.
async fn walk<T: Send + 'static>(make: Make<'_, T>, seed: u64, length: Length) -> Vec<Move> {
    let mut random = Random(seed);
    let mut oracle = Oracle::new(make()).await;
    let mut visited: Vec<Location> = Vec::new();
    let mut moves = Vec::new();
    if let Some(first) = length.first {
        // The oracle need not step all the way to where the walk begins.
        let changes = [Change::Add(BreakpointSpec { one_shot: true, ..BreakpointSpec::at(first) })];
        oracle.debuggee.edit_breakpoints(&changes).unwrap().remove(0).unwrap();
        oracle.stop = oracle.debuggee.resume(How::Continue).await.unwrap();
        let depth = oracle.debuggee.query(|paused| paused.depth()).await.unwrap().unwrap();
        oracle.frames = (0..u64::from(depth)).map(|own| FrameNumber { own, chain: own }).collect();
        oracle.last_number = u64::from(depth);
        let shown = show(&mut oracle.debuggee, &oracle.stop).await;
        moves.push(Move { set: vec![], removed: vec![], how: How::RunTo(first), shown });
    }
    while moves.len() < length.n_resumes {
        let mut set = Vec::new();
        let mut removed = Vec::new();
        if random.one_in(8) && !oracle.code.instructions.is_empty() {
            let anywhere = random.one_in(4) || visited.is_empty();
            let among = if anywhere { &oracle.code.instructions } else { &visited };
            let location = among[random.below(among.len())];
            let can_stop =
                oracle.debuggee.edit_breakpoints(&[Change::Add(BreakpointSpec::at(location))]).unwrap().remove(0);
            if let Ok(id) = can_stop {
                oracle.debuggee.edit_breakpoints(&[Change::Remove(id)]).unwrap().remove(0).unwrap();
                if oracle.breakpoints.insert(location) {
                    set.push(location);
                }
            }
        }
        if !oracle.breakpoints.is_empty() && random.one_in(8) {
            let n = random.below(oracle.breakpoints.len());
            let location = *oracle.breakpoints.iter().nth(n).unwrap();
            if !set.contains(&location) {
                oracle.breakpoints.remove(&location);
                removed.push(location);
            }
        }
        let how = match random.below(16) {
            0..=5 => How::StepInstruction,
            6..=10 => How::StepOver,
            11 | 12 => How::StepOut,
            13 | 14 if !visited.is_empty() => How::RunTo(visited[random.below(visited.len())]),
            _ => How::Continue,
        };
        let how = oracle.resume(how, length.n_instructions).await;
        visited.extend(
            oracle
                .stop
                .location()
                .filter(|_| matches!(oracle.stop.reason, StopReason::Step | StopReason::Breakpoint(_))),
        );
        let shown = show(&mut oracle.debuggee, &oracle.stop).await;
        moves.push(Move { set, removed, how, shown });
        if let StopReason::Exited(_) = oracle.stop.reason {
            break;
        }
    }
    moves
}

/// Walks at random by the oracle, makes the same moves with the real stepper in every mode, and
/// compares every stop. Gives the number of moves.
pub(crate) async fn compare<T: Send + 'static>(make: Make<'_, T>, seed: u64, length: Length) -> usize {
    let moves = walk(make, seed, length).await;
    for (mode, costs) in modes() {
        let (mut debuggee, _) = make();
        if let Some(costs) = costs {
            debuggee.assume_step_costs(costs);
        }
        let mut ids: BTreeMap<Location, BreakpointId> = BTreeMap::new();
        let mut most_sessions = 0;
        for (n, wanted) in moves.iter().enumerate() {
            for location in &wanted.set {
                let added = debuggee.edit_breakpoints(&[Change::Add(BreakpointSpec::at(*location))]).unwrap().remove(0);
                ids.insert(*location, added.unwrap());
            }
            for location in &wanted.removed {
                let id = ids.remove(location).unwrap();
                debuggee.edit_breakpoints(&[Change::Remove(id)]).unwrap().remove(0).unwrap();
            }
            let before = debuggee.n_edit_sessions();
            let stop = debuggee.resume(wanted.how).await.unwrap();
            if !matches!(stop.reason, StopReason::Exited(_)) {
                most_sessions = most_sessions.max(debuggee.n_edit_sessions() - before);
            }
            let mut shown = show(&mut debuggee, &stop).await;
            if n == 0 && length.first.is_some() {
                shown.reason.clone_from(&wanted.shown.reason);
            }
            let history = &moves[n.saturating_sub(5)..n];
            assert_eq!(
                shown,
                wanted.shown,
                "seed {seed}, {mode}: move {n}, {:?}, went wrong\nbreakpoints: {:?}\nbefore it: {history:#?}",
                wanted.how,
                ids.keys().collect::<Vec<_>>(),
            );
        }
        if mode == REAL_PRICES {
            // One for the plan, and one more where the frame is left for the host or something has
            // cost enough.
            assert!(most_sessions <= 2, "seed {seed}: {most_sessions} edit sessions in one resume");
            let n_sessions = debuggee.n_edit_sessions();
            // The last one takes everything out when the program ends.
            let allowed = moves.len() as u64 + 1;
            assert!(n_sessions <= allowed, "seed {seed}: {n_sessions} edit sessions, {} moves", moves.len());
        }
    }
    moves.len()
}
