//! The program of a fake host: follows its script, and stops where breakpoints are.
//!
//! ```text
//! paused ── resume: events, up to one that stops ──▶ paused, or exited after the last
//! paused ── detach ──▶ detached                      paused ── terminate ──▶ exited
//! ```
//!
//! Invariant: breakpoints count and stop as the contract says; what cannot be told from the script
//! has no answer.

use std::collections::{BTreeMap, VecDeque};

use super::script::FakeModule;
use super::{Outcome, no_answer};
use crate::{
    Breakpoint, BreakpointId, BreakpointOption, BreakpointSpec, Captured, ConditionFailure, EntryFunction, Exit, Frame,
    FrameId, HostError, How, InstanceId, Launch, Location, ModuleId, State, Stop, StopCapture, StopReason, Value,
};

type Answer<T> = Result<T, HostError>;

/// Something that happens in the program.
#[derive(Debug)]
pub(super) enum Event {
    Call { location: Location, function: u32, locals: Vec<Value> },
    Return,
    Stop(StopReason),
    Exit(Exit),
}

/// A breakpoint, and how often its condition held.
#[derive(Debug)]
struct FakeBreakpoint {
    breakpoint: Breakpoint,
    held: u64,
    is_removed: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct FakeProgram {
    pub(super) modules: Vec<FakeModule>,
    events: VecDeque<Event>,
    conditions: BTreeMap<String, bool>,
    entry_point: Option<EntryFunction>,
    launch: Option<Launch>,
    stop: Option<Stop>,
    /// The frames with their locals, outermost first. Their ids are made when they are asked for.
    stack: Vec<(Frame, Vec<Value>)>,
    /// In the order of their ids, which begin at 1.
    breakpoints: Vec<FakeBreakpoint>,
    captures: Vec<StopCapture>,
    pub(super) printed: String,
    resumes: Vec<How>,
    is_detached: bool,
    is_terminated: bool,
}

impl FakeProgram {
    pub(super) fn new(
        modules: Vec<FakeModule>,
        events: VecDeque<Event>,
        conditions: BTreeMap<String, bool>,
        entry_point: Option<EntryFunction>,
        launch: Option<Launch>,
    ) -> FakeProgram {
        let stop = Some(Stop { number: 0, reason: StopReason::Entry, frame: None, captured: None });
        FakeProgram { modules, events, conditions, entry_point, launch, stop, ..FakeProgram::default() }
    }

    pub(super) fn into_outcome(self, result: Answer<()>) -> Outcome {
        Outcome {
            result,
            printed: self.printed,
            resumes: self.resumes,
            breakpoints: self.breakpoints.into_iter().map(|breakpoint| breakpoint.breakpoint).collect(),
            is_detached: self.is_detached,
            is_terminated: self.is_terminated,
        }
    }

    pub(super) fn state(&self) -> State {
        match &self.stop {
            _ if self.is_detached => State::Detached,
            Some(stop) if !stop.is_exit() => State::Paused,
            _ => State::Exited,
        }
    }

    /// An error unless the program is paused.
    pub(super) fn paused(&mut self) -> Answer<&mut FakeProgram> {
        match self.state() {
            State::Detached => Err(HostError::Detached),
            State::Exited => Err(HostError::Exited),
            State::Paused | State::Running => Ok(self),
        }
    }

    /// An error if the program was given up.
    pub(super) fn kept(&mut self) -> Answer<&mut FakeProgram> {
        if self.is_detached { Err(HostError::Detached) } else { Ok(self) }
    }

    pub(super) fn last_stop(&self) -> Answer<Stop> {
        self.stop.clone().ok_or_else(|| no_answer("program.last-stop"))
    }

    pub(super) fn launch(&self) -> Answer<Launch> {
        self.launch.clone().ok_or_else(|| no_answer("program.launch-info"))
    }

    pub(super) fn entry_point(&self) -> Answer<EntryFunction> {
        self.entry_point.clone().ok_or_else(|| no_answer("inspection.entry-point"))
    }

    pub(super) fn set_captures(&mut self, captures: &[StopCapture]) {
        self.captures = captures.to_vec();
    }

    pub(super) fn detach(&mut self) {
        self.is_detached = true;
    }

    pub(super) fn terminate(&mut self) {
        self.is_terminated = true;
        self.exit(Exit::Killed);
    }

    pub(super) fn resume(&mut self, how: How) -> Answer<Stop> {
        if !matches!(how, How::Continue | How::StepInstruction | How::RunTo(_)) {
            return Err(no_answer(&format!("execution.resume with {how:?}")));
        }
        self.resumes.push(how);
        loop {
            let reason = match self.events.pop_front().unwrap_or(Event::Exit(Exit::Returned(Vec::new()))) {
                Event::Exit(exit) => return Ok(self.exit(exit)),
                Event::Stop(reason) => Some(reason),
                Event::Return => {
                    self.stack.pop();
                    (how == How::StepInstruction && !self.stack.is_empty()).then_some(StopReason::Step)
                }
                Event::Call { location, function, locals } => {
                    self.call(location, function, locals);
                    let is_step = how == How::StepInstruction || how == How::RunTo(location);
                    self.hit(location).or(is_step.then_some(StopReason::Step))
                }
            };
            if let Some(reason) = reason {
                return Ok(self.stop_for(reason));
            }
        }
    }

    fn call(&mut self, location: Location, function: u32, locals: Vec<Value>) {
        if let Some((caller, _)) = self.stack.last_mut() {
            // Behind its call. The script has no other instruction than the first.
            let begin = (caller.location.pc - 8) / 0x10 * 0x10 + 8;
            caller.location.pc = begin + 4;
        }
        let id = FrameId { stop: 0, index: 0 };
        self.stack.push((Frame { id, instance: location.module + 1, function, location }, locals));
    }

    /// Counts a hit of every breakpoint at a location; returns why the program stops there, if it
    /// does.
    fn hit(&mut self, location: Location) -> Option<StopReason> {
        let mut taken = Vec::new();
        let mut failure = None;
        let here = |known: &&mut FakeBreakpoint| !known.is_removed && known.breakpoint.location == location;
        for known in self.breakpoints.iter_mut().filter(here) {
            known.breakpoint.hits += 1;
            let (mut ignore, mut every, mut is_counter, mut is_one_shot) = (0, 1, false, false);
            let mut holds = Some(true);
            for option in &known.breakpoint.options {
                match option {
                    BreakpointOption::Condition(text) => holds = self.conditions.get(text).copied(),
                    BreakpointOption::Ignore(hits) => ignore = u64::from(*hits),
                    BreakpointOption::Every(hits) => every = u64::from(*hits),
                    BreakpointOption::OneShot => is_one_shot = true,
                    BreakpointOption::Count => is_counter = true,
                    // Refused when it is set.
                    BreakpointOption::Capture(_) => {}
                }
            }
            let Some(holds) = holds else {
                let message = "the fake host has no answer for the condition".to_owned();
                failure = failure.or(Some(ConditionFailure { breakpoint: known.breakpoint.id, message }));
                continue;
            };
            known.held += u64::from(holds);
            if holds && known.held > ignore && (known.held - ignore).is_multiple_of(every) {
                known.breakpoint.taken += 1;
                known.is_removed |= is_one_shot;
                if !is_counter {
                    taken.push(known.breakpoint.id);
                }
            }
        }
        match failure {
            Some(failure) => Some(StopReason::ConditionFailed(failure)),
            None => (!taken.is_empty()).then_some(StopReason::Breakpoint(taken)),
        }
    }

    fn exit(&mut self, exit: Exit) -> Stop {
        self.stack.clear();
        self.stop_for(StopReason::Exited(exit))
    }

    fn stop_for(&mut self, reason: StopReason) -> Stop {
        let number = self.stop.as_ref().map_or(0, |stop| stop.number + 1);
        let is_exit = matches!(reason, StopReason::Exited(_));
        let mut stop = Stop { number, reason, frame: None, captured: None };
        self.stop = Some(stop.clone());
        let frames = self.frames();
        stop.frame = frames.first().copied();
        if !self.captures.is_empty() && !is_exit {
            let mut captured = Captured { frames: None, locals: None, operands: None };
            for capture in &self.captures {
                match capture {
                    StopCapture::Locals => {
                        captured.locals = Some(self.stack.last().map_or(Vec::new(), |(_, locals)| locals.clone()));
                    }
                    StopCapture::Frames(limit) => {
                        captured.frames = Some(frames.iter().take(*limit as usize).copied().collect());
                    }
                    // Refused when it is set.
                    StopCapture::Operands => {}
                }
            }
            stop.captured = Some(captured);
        }
        self.stop = Some(stop.clone());
        stop
    }

    /// The frames, innermost first.
    pub(super) fn frames(&self) -> Vec<Frame> {
        let stop = self.stop.as_ref().map_or(0, |stop| stop.number);
        let frames = (0..).zip(self.stack.iter().rev());
        frames.map(|(index, (frame, _))| Frame { id: FrameId { stop, index }, ..*frame }).collect()
    }

    pub(super) fn locals(&self, frame: FrameId) -> Answer<Vec<Value>> {
        if Some(frame.stop) != self.stop.as_ref().map(|stop| stop.number) {
            return Err(HostError::StaleFrame);
        }
        let count = u32::try_from(self.stack.len()).unwrap_or(u32::MAX);
        let found = self.stack.iter().rev().nth(frame.index as usize);
        found.map(|(_, locals)| locals.clone()).ok_or(HostError::NoFrame(count))
    }

    pub(super) fn add_breakpoint(&mut self, spec: &BreakpointSpec) -> Answer<BreakpointId> {
        let Location { module, pc } = spec.location;
        let functions = &self.module(module)?.functions;
        if !functions.iter().any(|function| function.body.is_some_and(|body| body.entry == pc)) {
            return Err(no_answer("a breakpoint that is not at a function's first instruction"));
        }
        for option in &spec.options {
            match option {
                BreakpointOption::Capture(_) => return Err(no_answer("breakpoint-option.capture")),
                BreakpointOption::Every(0) => return Err(HostError::BadOption("every: at least 1".to_owned())),
                _ => {}
            }
        }
        let id = u32::try_from(self.breakpoints.len() + 1).unwrap_or(u32::MAX);
        let BreakpointSpec { location, options } = spec.clone();
        let breakpoint = Breakpoint { id, location, options, hits: 0, taken: 0 };
        self.breakpoints.push(FakeBreakpoint { breakpoint, held: 0, is_removed: false });
        Ok(id)
    }

    pub(super) fn remove_breakpoint(&mut self, id: BreakpointId) -> Answer<()> {
        let found = self.breakpoints.iter_mut().find(|known| known.breakpoint.id == id && !known.is_removed);
        found.map(|known| known.is_removed = true).ok_or(HostError::NoBreakpoint(id))
    }

    /// Those that were not removed.
    pub(super) fn breakpoints(&self) -> Vec<Breakpoint> {
        let set = self.breakpoints.iter().filter(|known| !known.is_removed);
        set.map(|known| known.breakpoint.clone()).collect()
    }

    pub(super) fn module(&self, id: ModuleId) -> Answer<&FakeModule> {
        self.modules.get(id as usize).ok_or(HostError::NoModule(id))
    }

    /// The memory of an instance.
    pub(super) fn memory(&mut self, instance: InstanceId, memory: u32) -> Answer<&mut Vec<u8>> {
        let module = instance.checked_sub(1).and_then(|module| self.modules.get_mut(module as usize));
        let memories = &mut module.ok_or(HostError::NoInstance(instance))?.memories;
        memories.get_mut(memory as usize).ok_or(HostError::NoMemory(memory))
    }
}
