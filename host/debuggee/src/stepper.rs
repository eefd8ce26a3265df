//! Steps: what to run to, and the cheapest way to notice it.
//!
//! A step becomes a [`Goal`]: either any next instruction, which takes the engine's single-step mode, or a few places, which
//! take temporary breakpoints. Switching single-step mode patches every step point of every module (milliseconds on real
//! programs), an edit session for a few breakpoints is cheaper but far from free, and an event that is discarded costs about
//! 0.1 µs. The stepper therefore
//!
//! - predicts the next instruction where that is certain, and pays for one session instead of two switches, until the sessions
//!   have cost as much as the switches would have;
//! - leaves temporary breakpoints in the code for the next time around, until discarding their hits has cost as much as
//!   taking them out (the ledger of breakpoints keeps that account);
//! - stays in single-step mode after a step, where further steps are free, and lets a later continue linger there until that
//!   has cost as much as switching off.
//!
//! No way ever costs more than a few times the best one. Owned by the ledger. Invariant: which way is taken changes no stop.

use super::breakpoints::Breakpoints;
use super::costs::{Costs, StepCosts};
use super::flow::{Flow, Returns, Step};
use super::frames::{self, FrameFacts};
use super::modules::Modules;
use super::paused::Place;
use super::{Error, How, Location};
use std::time::Duration;
use wasmtime::{AsContextMut, FrameHandle, StoreContextMut, Val};

/// What a resume runs to, besides breakpoints and events. Depths are those of the frame that the step began in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Goal {
    /// Nothing.
    #[default]
    None,
    /// Whichever instruction comes next.
    NextInstruction,
    /// No place: every instruction on the way is recorded.
    Record,
    /// One of the targets.
    At,
    /// Out of the function whose first instruction comes next: it takes the place of the frame to leave.
    OutOfNext { depth: u32 },
    /// An instruction was about to run that perhaps leaves the frame for the host. If it does not, one of the targets comes next.
    Perhaps { depth: u32 },
    /// An exception is on its way to a handler: out of the frame, if that is where the handler is.
    OutOfHandler { depth: u32 },
}

impl Goal {
    /// Whether it takes single-step mode.
    fn is_any_instruction(self) -> bool {
        !matches!(self, Goal::None | Goal::At)
    }
}

/// A place that a step ends at, or may go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Target {
    location: Location,
    /// Only with at most so many frames; deeper ones are recursion.
    max_depth: u32,
    then: Then,
}

/// What reaching a target means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The step has ended.
    Stop,
    /// The frame may be left here, and its caller is the host.
    Leave,
}

/// How an instruction leaves its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaves {
    No,
    Perhaps,
    Returns,
    /// By a call in its place. `to_module` if the callee may be a function of this store's modules.
    TailCalls {
        to_module: bool,
    },
}

/// What became of an event that is no breakpoint's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The step has ended here.
    Stop,
    /// Nothing of interest.
    GoOn,
    /// Nothing of interest, but the engine's code should be brought in line with the goal now.
    Reapply,
}

/// The stepper's state.
#[derive(Debug, Default)]
pub(crate) struct Stepper {
    goal: Goal,
    targets: Vec<Target>,
    /// Whether one of the targets is sure to be the next instruction.
    is_predicted: bool,
    /// Whether the goal, or lingering, wants single-step mode.
    wants_single_step: bool,
    /// Events that may still be discarded in single-step mode before switching off is the better deal.
    linger: u64,
    /// Hits of temporary breakpoints of past steps that were discarded.
    noise: u64,
    /// What edit sessions for predicted steps have cost since single-step mode was last on.
    spent: Duration,
    costs: Costs,
}

impl Stepper {
    /// Whether single-step mode is wanted.
    pub(crate) fn wants_single_step(&self) -> bool {
        self.wants_single_step
    }

    /// Whether the program is on its way to anything but breakpoints and events.
    pub(crate) fn has_goal(&self) -> bool {
        self.goal != Goal::None
    }

    /// Whether every instruction is recorded.
    pub(crate) fn is_recording(&self) -> bool {
        self.goal == Goal::Record
    }

    /// Whether the program is sure to come to a target with its next instruction.
    pub(crate) fn is_predicted(&self) -> bool {
        self.is_predicted
    }

    /// Forgets the goal: some stop came first, or the step has ended.
    pub(crate) fn stopped(&mut self) {
        self.set_goal(Goal::None);
    }

    /// Wants the next instruction to come by whatever the goal is: an interrupt takes effect there.
    pub(crate) fn interrupt(&mut self) {
        self.wants_single_step = true;
        self.spent = Duration::ZERO;
    }

    /// Gives up stepping altogether.
    pub(crate) fn detach(&mut self) {
        self.stopped();
        self.wants_single_step = false;
    }

    /// A frame is being left for the host without a stop, because the program asked to exit. If it runs again, a step ends there.
    pub(crate) fn exits(&mut self, modules: &Modules, single_step: bool) {
        if !matches!(self.goal, Goal::None | Goal::Record) {
            self.set_goal(Goal::NextInstruction);
            self.choose_mode(modules, single_step);
        }
    }

    /// The places where the goal needs the engine to have a breakpoint.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Location> + '_ {
        let needs_none = self.goal != Goal::At || self.wants_single_step;
        let targets = if needs_none { &[] } else { self.targets.as_slice() };
        targets.iter().map(|target| target.location)
    }

    /// Reckons with these prices instead of the measured ones.
    pub(crate) fn assume(&mut self, costs: StepCosts) {
        self.costs.fix(costs);
    }

    /// How many edit sessions there were.
    pub(crate) fn n_sessions(&self) -> u64 {
        self.costs.n_sessions()
    }

    /// Takes in what an edit session has cost.
    pub(crate) fn measured(&mut self, cost: Duration, was_switch: bool, n_changes: usize) {
        self.costs.measured(cost, was_switch, n_changes);
        if self.is_predicted && !was_switch {
            self.spent = self.spent.saturating_add(self.costs.session());
        }
    }

    /// One more hit of a past step's breakpoint; whether it is time to take those out.
    pub(crate) fn has_noise_enough(&mut self) -> bool {
        self.noise = self.noise.saturating_add(1);
        self.noise >= self.costs.events_worth(self.costs.session())
    }

    /// The breakpoints of past steps that were hit have been taken out.
    pub(crate) fn quiet(&mut self) {
        self.noise = 0;
    }

    /// Sets the goal of a resume from the stop that the program is at.
    pub(crate) fn plan<T: 'static>(
        &mut self,
        how: How,
        from: Place,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        breakpoints: &Breakpoints,
    ) -> Result<(), Error> {
        self.stopped();
        let single_step = breakpoints.is_stepping();
        let goal = match (how, from) {
            (How::Continue, _) => Goal::None,
            (How::Record, _) => Goal::Record,
            (How::RunTo(location), _) => {
                self.targets.push(Target { location, max_depth: u32::MAX, then: Then::Stop });
                Goal::At
            }
            (How::StepOut, Place::Instruction) => self.way_out(store, modules)?,
            (How::StepOut, Place::Exception { caught: true }) => {
                Goal::OutOfHandler { depth: frames::depth(store, modules)? }
            }
            (How::StepInstruction, Place::Instruction) if single_step => Goal::NextInstruction,
            (How::StepInstruction, Place::Instruction) => self.predict(store, modules, breakpoints, false)?,
            (How::StepOver, Place::Instruction) => self.predict(store, modules, breakpoints, true)?,
            // Only before an instruction is it known which one runs next.
            (How::StepInstruction | How::StepOver | How::StepOut, _) => Goal::NextInstruction,
        };
        self.goal = goal;
        self.choose_mode(modules, single_step);
        Ok(())
    }

    fn set_goal(&mut self, goal: Goal) {
        self.goal = goal;
        self.targets.clear();
        self.is_predicted = false;
    }

    fn choose_mode(&mut self, modules: &Modules, single_step: bool) {
        if self.goal.is_any_instruction() {
            self.wants_single_step = true;
            self.spent = Duration::ZERO;
        } else {
            let switch = self.costs.switch(modules.total_size());
            self.linger = if single_step { self.costs.events_worth(switch) } else { 0 };
            self.wants_single_step = self.linger > 0;
        }
    }

    /// The goal of a step from the instruction that is about to run; over calls, or into them.
    fn predict<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        breakpoints: &Breakpoints,
        over: bool,
    ) -> Result<Goal, Error> {
        let Some((frame, facts)) = innermost(store, modules)? else {
            return Ok(Goal::NextInstruction);
        };
        let module = facts.location.module;
        let flow = modules.get_mut(module)?.flow(facts.function);
        let Some(step) = flow.as_ref().and_then(|flow| flow.at(facts.location.pc)) else {
            return Ok(Goal::NextInstruction);
        };
        if over && matches!(step.flow, Flow::TailCalls(_)) {
            return self.way_out(store, modules);
        }
        if over && matches!(step.flow, Flow::Calls(_)) {
            let max_depth = frames::depth(store, modules)?;
            self.aim_at(&step.successors, facts.location, max_depth, Then::Stop);
            // A suspended callee can make a `resume` return.
            if step.returns != Returns::Never
                && let Some(caller) = caller(store, modules, &frame)?
            {
                self.aim_at(&[caller.location.pc], caller.location, max_depth.saturating_sub(1), Then::Stop);
            }
            return Ok(Goal::At);
        }
        if breakpoints.is_stepping() {
            return Ok(Goal::NextInstruction);
        }
        match step.flow {
            // Into a function of this module. An imported one may be the host's and call back from there, and which one an
            // indirect call reaches is not ours to guess.
            Flow::Calls(Some(callee)) | Flow::TailCalls(Some(callee)) => {
                let Some(pc) = modules.get_mut(module)?.first_instruction(callee) else {
                    return Ok(Goal::NextInstruction);
                };
                self.aim_at(&[pc], facts.location, u32::MAX, Then::Stop);
            }
            Flow::Stays => {
                let leaves = leaves(store, &frame, step, 0)?;
                if leaves != Leaves::Returns {
                    self.aim_at(&step.successors, facts.location, u32::MAX, Then::Stop);
                }
                if leaves != Leaves::No {
                    let Some(caller) = caller(store, modules, &frame)? else {
                        self.targets.clear();
                        return Ok(Goal::NextInstruction);
                    };
                    self.aim_at(&[caller.location.pc], caller.location, u32::MAX, Then::Stop);
                }
            }
            Flow::Calls(None) | Flow::TailCalls(None) | Flow::Raises => return Ok(Goal::NextInstruction),
        }
        let is_free =
            breakpoints.has_changes() || self.targets.iter().all(|target| breakpoints.is_armed(target.location));
        if !is_free && !self.can_afford_session(modules) {
            self.targets.clear();
            return Ok(Goal::NextInstruction);
        }
        self.is_predicted = true;
        Ok(Goal::At)
    }

    /// Whether another session for a single step is still the better deal.
    fn can_afford_session(&self, modules: &Modules) -> bool {
        let both_ways = self.costs.switch(modules.total_size()).saturating_mul(2);
        self.spent.saturating_add(self.costs.session()) <= both_ways
    }

    /// The goal of leaving the innermost frame.
    fn way_out<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
    ) -> Result<Goal, Error> {
        self.targets.clear();
        let Some((frame, facts)) = innermost(store, modules)? else {
            return Ok(Goal::NextInstruction);
        };
        let depth = frames::depth(store, modules)?;
        if let Some(caller) = caller(store, modules, &frame)? {
            self.aim_at(&[caller.location.pc], caller.location, depth.saturating_sub(1), Then::Stop);
            return Ok(Goal::At);
        }
        // The caller is the host: catch the frame at the instructions that leave it.
        let entry = modules.get_mut(facts.location.module)?;
        let n_imported = entry.code.n_imported_functions;
        let Some(flow) = entry.flow(facts.function) else {
            return Ok(Goal::NextInstruction);
        };
        if let Some(step) = flow.at(facts.location.pc) {
            match leaves(store, &frame, step, n_imported)? {
                Leaves::No => {}
                Leaves::Returns | Leaves::TailCalls { to_module: false } => return Ok(Goal::NextInstruction),
                Leaves::TailCalls { to_module: true } => return Ok(Goal::OutOfNext { depth }),
                Leaves::Perhaps => {
                    self.aim_at(&step.successors, facts.location, u32::MAX, Then::Stop);
                    return Ok(Goal::Perhaps { depth });
                }
            }
        }
        self.aim_at(&flow.ways_out, facts.location, depth, Then::Leave);
        Ok(Goal::At)
    }

    /// Adds targets in the module of a location.
    fn aim_at(&mut self, pcs: &[u32], Location { module, .. }: Location, max_depth: u32, then: Then) {
        self.targets.extend(pcs.iter().map(|pc| Target { location: Location { module, pc: *pc }, max_depth, then }));
    }

    /// Judges an event at which no breakpoint wants a stop.
    pub(crate) fn judge<T: 'static>(
        &mut self,
        location: Location,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        single_step: bool,
    ) -> Result<Verdict, Error> {
        let goal = match self.goal {
            Goal::None | Goal::Record => None,
            Goal::NextInstruction => return Ok(Verdict::Stop),
            Goal::At => {
                let is_here = |target: &&Target| target.location == location;
                match self.targets.iter().find(is_here) {
                    Some(target) if !is_within(store, modules, target.max_depth) => None,
                    Some(Target { then: Then::Stop, .. }) => return Ok(Verdict::Stop),
                    Some(Target { then: Then::Leave, .. }) => self.leave(store, modules)?,
                    None => None,
                }
            }
            // A frame that the host has called instead begins a function too, but one that it returns to does not.
            Goal::OutOfNext { depth } if is_within(store, modules, depth.saturating_sub(1)) => {
                return Ok(Verdict::Stop);
            }
            Goal::OutOfNext { .. } if !begins_function(store, modules)? => return Ok(Verdict::Stop),
            Goal::OutOfHandler { depth } if is_within(store, modules, depth.saturating_sub(1)) => {
                return Ok(Verdict::Stop);
            }
            // The host cannot call a function in the middle, so these are in the same frame.
            Goal::Perhaps { depth }
                if !self.targets.iter().any(|target| target.location == location)
                    || is_within(store, modules, depth.saturating_sub(1)) =>
            {
                return Ok(Verdict::Stop);
            }
            Goal::OutOfNext { .. } | Goal::OutOfHandler { .. } | Goal::Perhaps { .. } => {
                Some(self.way_out(store, modules)?)
            }
        };
        let Some(goal) = goal else {
            return Ok(self.linger(single_step));
        };
        self.goal = goal;
        self.choose_mode(modules, single_step);
        Ok(if self.wants_single_step == single_step { Verdict::GoOn } else { Verdict::Reapply })
    }

    /// At an instruction that may leave the frame for the host: the goal from here on, if it changes.
    fn leave<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
    ) -> Result<Option<Goal>, Error> {
        let Some((frame, facts)) = innermost(store, modules)? else {
            return Ok(Some(Goal::NextInstruction));
        };
        let flow = modules.get_mut(facts.location.module)?.flow(facts.function);
        let step = flow.as_ref().and_then(|flow| flow.at(facts.location.pc));
        match step.map(|step| leaves(store, &frame, step, 0)).transpose()? {
            // Asked first, because a loop may come by often.
            Some(Leaves::No) => Ok(None),
            _ => self.way_out(store, modules).map(Some),
        }
    }

    /// One more event for nothing: switches single-step mode off when it has cost as much as that does.
    fn linger(&mut self, single_step: bool) -> Verdict {
        if !single_step || self.goal.is_any_instruction() {
            return Verdict::GoOn;
        }
        self.linger = self.linger.saturating_sub(1);
        if self.linger == 0 {
            self.wants_single_step = false;
            return Verdict::Reapply;
        }
        Verdict::GoOn
    }
}

/// Whether, and how, the instruction that is about to run leaves its frame.
fn leaves<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    frame: &FrameHandle,
    step: &Step,
    n_imported: u32,
) -> Result<Leaves, Error> {
    if let Flow::TailCalls(callee) = step.flow {
        // Which function an indirect call reaches is not known: nearly always a module's. An imported one is nearly always the host's.
        return Ok(Leaves::TailCalls { to_module: callee.is_none_or(|callee| callee >= n_imported) });
    }
    let leaves = match &step.returns {
        Returns::Never => Some(false),
        Returns::Always => Some(true),
        Returns::Perhaps => None,
        Returns::IfNotZero => top_operand(store, frame)?.map(|condition| condition != 0),
        Returns::BySelector(labels) => top_operand(store, frame)?.and_then(|selector| {
            let label = usize::try_from(selector.cast_unsigned()).ok().and_then(|index| labels.get(index));
            label.or(labels.last()).copied()
        }),
    };
    Ok(match leaves {
        Some(true) => Leaves::Returns,
        Some(false) => Leaves::No,
        None => Leaves::Perhaps,
    })
}

/// The `i32` on top of a frame's operand stack.
fn top_operand<T: 'static>(store: &mut StoreContextMut<'_, T>, frame: &FrameHandle) -> Result<Option<i32>, Error> {
    let n_operands = frame.num_stacks(store.as_context_mut())?;
    let Some(top) = n_operands.checked_sub(1) else { return Ok(None) };
    match frame.stack(store.as_context_mut(), top)? {
        Val::I32(value) => Ok(Some(value)),
        _ => Ok(None),
    }
}

fn is_within<T: 'static>(store: &mut StoreContextMut<'_, T>, modules: &mut Modules, max_depth: u32) -> bool {
    max_depth == u32::MAX || frames::depth_is_at_most(store, modules, max_depth)
}

/// Whether the instruction that is about to run is the first of its function.
fn begins_function<T: 'static>(store: &mut StoreContextMut<'_, T>, modules: &mut Modules) -> Result<bool, Error> {
    let Some((_, FrameFacts { function, location })) = innermost(store, modules)? else { return Ok(false) };
    Ok(modules.get_mut(location.module)?.first_instruction(function) == Some(location.pc))
}

fn innermost<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
) -> Result<Option<(FrameHandle, FrameFacts)>, Error> {
    let Some(frame) = store.debug_exit_frames().next() else {
        return Ok(None);
    };
    Ok(frames::facts(store, modules, &frame)?.map(|facts| (frame, facts)))
}

/// The wasm frame that waits for this one in the same activation, at the instruction where it goes on.
fn caller<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    modules: &mut Modules,
    frame: &FrameHandle,
) -> Result<Option<FrameFacts>, Error> {
    let Some(parent) = frames::parent(store, modules, frame)? else {
        return Ok(None);
    };
    let Some(mut facts) = frames::facts(store, modules, &parent)? else {
        return Ok(None);
    };
    let FrameFacts { function, location } = &mut facts;
    location.pc = modules.get_mut(location.module)?.return_pc(*function, location.pc);
    Ok(Some(facts))
}
