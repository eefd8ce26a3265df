//! Steps: what to run to, and the cheapest way to notice it.
//!
//! A step becomes a [`Goal`]: either any next instruction, which takes the engine's single-step mode, or a few places, which take temporary
//! breakpoints. Switching single-step mode patches every step point of every module (2 to 15 ms on real programs), an edit
//! session for a few breakpoints costs 0.4 to 0.8 ms, and an instruction that is stepped over in single-step
//! mode costs about 0.1 µs. The stepper therefore
//!
//! - predicts the next instruction where that is certain, and pays for one session instead of two switches, until the sessions
//!   have cost as much as the switches would have;
//! - stays in single-step mode after a step, where further steps are free, and lets a later continue linger there until that
//!   has cost as much as switching off.
//!
//! Neither way ever costs more than about twice the better one. Owned by the ledger. Invariant: which way is taken changes no stop.

use super::flow::Flow;
use super::frames::{self, FrameFacts};
use super::modules::Modules;
use super::paused::Place;
use super::{Error, How, Location};
use std::time::Duration;
use wasmtime::{AsContextMut, FrameHandle, StoreContextMut};

/// What a resume runs to, besides breakpoints and events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Goal {
    /// Nothing.
    #[default]
    None,
    /// Whichever instruction comes next.
    NextInstruction,
    /// No place: every instruction on the way is recorded.
    Record,
    /// One of a few places.
    At(Vec<Target>),
    /// Out of the function whose first instruction comes next: it took the place of the frame to leave.
    OutOfNext,
}

/// A place that a step ends at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) location: Location,
    /// Only with at most so many frames; deeper ones are recursion.
    max_depth: u32,
    then: Then,
}

/// What reaching a target means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The step has ended.
    Stop,
    /// The frame is about to be left for the host: the step ends at whichever instruction comes next.
    NextInstruction,
    /// The frame is about to be replaced by that of a tail call: the step goes on in it.
    OutOfNext,
}

/// What became of an event that is no breakpoint's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The step has ended here.
    Stop,
    /// Nothing of interest.
    GoOn,
    /// Nothing of interest, but the engine's code should be brought in line with the goal now.
    Reapply,
}

/// An assumed price of patching, per byte of module, until a switch was measured.
const SWITCH_NANOSECONDS_PER_BYTE: u64 = 3;
/// An assumed price of an edit session, until one was measured.
const SESSION: Duration = Duration::from_micros(400);
/// The price of an event that is discarded.
const EVENT: Duration = Duration::from_nanos(100);

/// The stepper's state.
#[derive(Debug, Default)]
pub(super) struct Stepper {
    pub(super) goal: Goal,
    /// Whether the goal, or lingering, wants single-step mode.
    wants_single_step: bool,
    /// Events that may still be discarded in single-step mode before switching off is the better deal.
    linger: u64,
    /// What edit sessions for predicted steps have cost since single-step mode was last on.
    spent: Duration,
    /// What switching single-step mode once was measured to cost.
    switch: Option<Duration>,
    /// What an edit session was measured to cost.
    session: Option<Duration>,
}

impl Stepper {
    /// Whether single-step mode is wanted.
    pub(super) fn wants_single_step(&self) -> bool {
        self.wants_single_step
    }

    /// Whether every instruction is recorded.
    pub(super) fn is_recording(&self) -> bool {
        self.goal == Goal::Record
    }

    /// Forgets the goal: some stop came first, or the step has ended.
    pub(super) fn stopped(&mut self) {
        self.goal = Goal::None;
    }

    /// Wants the next instruction to come by whatever the goal is: an interrupt takes effect there.
    pub(super) fn interrupt(&mut self) {
        self.wants_single_step = true;
        self.spent = Duration::ZERO;
    }

    /// Gives up stepping altogether.
    pub(super) fn detach(&mut self) {
        self.goal = Goal::None;
        self.wants_single_step = false;
    }

    /// The places where the goal needs the engine to have a breakpoint.
    pub(super) fn targets(&self) -> impl Iterator<Item = Location> + '_ {
        let targets = match &self.goal {
            Goal::At(targets) => targets.as_slice(),
            Goal::None | Goal::NextInstruction | Goal::Record | Goal::OutOfNext => &[],
        };
        targets.iter().map(|target| target.location)
    }

    /// Takes in what an edit session has cost.
    pub(super) fn measured(&mut self, cost: Duration, was_switch: bool) {
        if was_switch {
            self.switch = Some(cost);
        } else {
            self.session = Some(cost);
        }
    }

    fn switch_cost(&self, modules: &Modules) -> Duration {
        self.switch
            .unwrap_or_else(|| Duration::from_nanos(modules.total_size().saturating_mul(SWITCH_NANOSECONDS_PER_BYTE)))
    }

    /// Sets the goal of a resume from the stop that the program is at. `single_step` tells whether the engine is in single-step mode.
    pub(super) fn plan<T: 'static>(
        &mut self,
        how: How,
        from: Place,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        single_step: bool,
    ) -> Result<(), Error> {
        self.goal = match how {
            How::Continue => Goal::None,
            How::Record => Goal::Record,
            How::RunTo(location) => Goal::At(vec![Target { location, max_depth: u32::MAX, then: Then::Stop }]),
            // Only before an instruction is it known which one runs next.
            _ if from != Place::Instruction => Goal::NextInstruction,
            How::StepInstruction if single_step => Goal::NextInstruction,
            How::StepInstruction => self.predict(store, modules, false)?,
            How::StepOver => self.predict(store, modules, true)?,
            How::StepOut => way_out(store, modules)?,
        };
        let switch = self.switch_cost(modules);
        if matches!(self.goal, Goal::NextInstruction | Goal::Record | Goal::OutOfNext) {
            self.wants_single_step = true;
            self.spent = Duration::ZERO;
        } else if single_step {
            let events = switch.as_nanos().checked_div(EVENT.as_nanos()).unwrap_or_default();
            self.linger = u64::try_from(events).unwrap_or(u64::MAX);
            self.wants_single_step = true;
        }
        Ok(())
    }

    /// The goal of a step from the instruction that is about to run; over calls, or into them.
    fn predict<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        over: bool,
    ) -> Result<Goal, Error> {
        let Some((frame, facts)) = innermost(store, modules)? else {
            return Ok(Goal::NextInstruction);
        };
        let module = facts.location.module;
        let Some(step) = modules.get_mut(module)?.step(facts.function, facts.location.pc) else {
            return Ok(Goal::NextInstruction);
        };
        let anywhere = |pc| Target { location: Location { module, pc }, max_depth: u32::MAX, then: Then::Stop };
        let targets = match step.flow {
            Flow::Calls(_) if over => {
                let max_depth = frames::depth(store)?;
                step.successors.iter().map(|pc| Target { max_depth, ..anywhere(*pc) }).collect()
            }
            Flow::TailCalls if over => return way_out(store, modules),
            // Into a function of this module. An imported one may be the host's and call back from there, and which one an
            // indirect call reaches is not ours to guess.
            Flow::Calls(Some(callee)) => match modules.get_mut(module)?.first_instruction(callee) {
                Some(pc) => vec![anywhere(pc)],
                None => return Ok(Goal::NextInstruction),
            },
            Flow::Stays => {
                let mut targets: Vec<Target> = step.successors.iter().map(|pc| anywhere(*pc)).collect();
                if step.may_return {
                    match caller(store, modules, &frame)? {
                        Some(caller) => {
                            targets.push(Target { location: caller.location, max_depth: u32::MAX, then: Then::Stop })
                        }
                        None => return Ok(Goal::NextInstruction),
                    }
                }
                targets
            }
            Flow::Calls(None) | Flow::TailCalls | Flow::Raises => return Ok(Goal::NextInstruction),
        };
        if !over && !self.can_afford_session(modules) {
            return Ok(Goal::NextInstruction);
        }
        Ok(Goal::At(targets))
    }

    /// Whether another session for a single step is still the better deal; counts it as spent if so.
    fn can_afford_session(&mut self, modules: &Modules) -> bool {
        let session = self.session.unwrap_or(SESSION);
        let both_ways = self.switch_cost(modules).saturating_mul(2);
        let spent = self.spent.saturating_add(session);
        let affordable = spent <= both_ways;
        if affordable {
            self.spent = spent;
        }
        affordable
    }

    /// Judges an event at which no breakpoint wants a stop.
    pub(super) fn judge<T: 'static>(
        &mut self,
        location: Location,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        single_step: bool,
    ) -> Result<Verdict, Error> {
        match &self.goal {
            Goal::NextInstruction => return Ok(Verdict::Stop),
            Goal::Record => return Ok(Verdict::GoOn),
            Goal::None => {}
            Goal::OutOfNext => {
                self.goal = way_out(store, modules)?;
            }
            Goal::At(targets) => {
                let reached = targets.iter().find(|target| {
                    target.location == location
                        && (target.max_depth == u32::MAX || frames::depth_is_at_most(store, target.max_depth))
                });
                self.goal = match reached.map(|target| target.then) {
                    Some(Then::Stop) => return Ok(Verdict::Stop),
                    Some(Then::NextInstruction) => Goal::NextInstruction,
                    Some(Then::OutOfNext) => Goal::OutOfNext,
                    None => return Ok(self.linger(single_step)),
                };
            }
        }
        if matches!(self.goal, Goal::NextInstruction | Goal::OutOfNext) {
            self.wants_single_step = true;
            return Ok(if single_step { Verdict::GoOn } else { Verdict::Reapply });
        }
        Ok(self.linger(single_step))
    }

    /// One more event for nothing: switches single-step mode off when it has cost as much as that does.
    fn linger(&mut self, single_step: bool) -> Verdict {
        if !single_step {
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

/// The goal of leaving the innermost frame.
fn way_out<T: 'static>(store: &mut StoreContextMut<'_, T>, modules: &mut Modules) -> Result<Goal, Error> {
    let Some((frame, facts)) = innermost(store, modules)? else {
        return Ok(Goal::NextInstruction);
    };
    let depth = frames::depth(store)?;
    if let Some(caller) = caller(store, modules, &frame)? {
        let max_depth = depth.saturating_sub(1);
        return Ok(Goal::At(vec![Target { location: caller.location, max_depth, then: Then::Stop }]));
    }
    // The caller is the host: catch the frame at the instructions that leave it.
    let module = facts.location.module;
    let ways_out = modules.get_mut(module)?.ways_out(facts.function);
    if let Some((_, is_tail_call)) = ways_out.iter().find(|(pc, _)| *pc == facts.location.pc) {
        return Ok(if *is_tail_call { Goal::OutOfNext } else { Goal::NextInstruction });
    }
    let targets = ways_out.into_iter().map(|(pc, is_tail_call)| Target {
        location: Location { module, pc },
        max_depth: depth,
        then: if is_tail_call { Then::OutOfNext } else { Then::NextInstruction },
    });
    Ok(Goal::At(targets.collect()))
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
    let Some(parent) = frame.parent(store.as_context_mut())? else {
        return Ok(None);
    };
    let Some(mut facts) = frames::facts(store, modules, &parent)? else {
        return Ok(None);
    };
    let FrameFacts { function, location } = &mut facts;
    location.pc = modules.get_mut(location.module)?.return_pc(*function, location.pc);
    Ok(Some(facts))
}
