//! The stepper: keeps the goal of the current resume, and judges events by it.
//!
//! Owned by the ledger. Invariant: a goal lasts from its resume to the next stop.

use super::cost_model::{CostModel, StepCosts};
use super::goal::{Goal, Target, Then, Verdict};
use crate::engine::{self, Frozen, Modules, PausedAt, Position};
use crate::plain::{Error, How, Location};
use crate::stops::breakpoints::Breakpoints;
use std::time::Duration;

/// The goal of the current resume, and the accounts by which the stepper chooses a mode.
#[derive(Debug, Default)]
pub(crate) struct Stepper {
    pub(super) goal: Goal,
    pub(super) targets: Vec<Target>,
    /// Whether one of the targets is certain to be the next instruction.
    pub(super) is_predicted: bool,
    /// Whether the goal or lingering wants single-step mode.
    wants_single_step: bool,
    /// The number of events that may still be discarded in single-step mode before switching it off
    /// is cheaper.
    linger: u64,
    /// The number of discarded hits of temporary breakpoints of past steps.
    stale_hits: u64,
    /// The cost of edit sessions for predicted steps since single-step mode was last on.
    pub(super) spent: Duration,
    pub(super) costs: CostModel,
}

impl Stepper {
    /// Whether single-step mode is wanted.
    pub(crate) fn wants_single_step(&self) -> bool {
        self.wants_single_step
    }

    /// Whether the resume has a goal besides running to the next breakpoint or other stop.
    #[inline]
    pub(crate) fn has_goal(&self) -> bool {
        self.goal != Goal::None
    }

    /// Whether every instruction is recorded.
    #[inline]
    pub(crate) fn is_recording(&self) -> bool {
        self.goal == Goal::Record
    }

    /// Whether the program is certain to reach a target with its next instruction.
    pub(crate) fn is_predicted(&self) -> bool {
        self.is_predicted
    }

    /// Forgets the goal, because another stop came first or because the step has ended.
    pub(crate) fn stopped(&mut self) {
        self.set_goal(Goal::None);
    }

    /// Makes the next instruction an event, whatever the goal is: an interrupt takes effect there.
    pub(crate) fn interrupt(&mut self) {
        self.wants_single_step = true;
        self.spent = Duration::ZERO;
    }

    /// Gives up stepping altogether.
    pub(crate) fn detach(&mut self) {
        self.stopped();
        self.wants_single_step = false;
    }

    /// Notes that the program has asked to exit, so that a frame is left for the host without a
    /// stop. If the program runs again, a step ends there.
    pub(crate) fn exits(&mut self, modules: &Modules, single_step: bool) {
        if !matches!(self.goal, Goal::None | Goal::Record) {
            self.set_goal(Goal::NextInstruction);
            self.choose_mode(modules, single_step);
        }
    }

    /// The locations at which the goal needs a breakpoint of the engine.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Location> + '_ {
        let needs_none = self.goal != Goal::At || self.wants_single_step;
        let targets = if needs_none { &[] } else { self.targets.as_slice() };
        targets.iter().map(|target| target.location)
    }

    /// Uses these costs instead of the measured ones.
    pub(crate) fn assume(&mut self, costs: StepCosts) {
        self.costs.fix(costs);
    }

    /// The number of edit sessions so far.
    pub(crate) fn n_sessions(&self) -> u64 {
        self.costs.n_sessions()
    }

    /// Takes in the measured cost of an edit session.
    pub(crate) fn measured(&mut self, cost: Duration, was_switch: bool, n_changes: usize) {
        self.costs.measured(cost, was_switch, n_changes);
        if self.is_predicted && !was_switch {
            self.spent = self.spent.saturating_add(self.costs.session());
        }
    }

    /// Counts a hit of a past step's breakpoint, and returns whether it is time to remove such
    /// breakpoints.
    pub(crate) fn should_remove_stale(&mut self) -> bool {
        self.stale_hits = self.stale_hits.saturating_add(1);
        self.stale_hits >= self.costs.events_worth(self.costs.session())
    }

    /// Resets the count of hits, because the past steps' breakpoints that were hit are being
    /// removed.
    pub(crate) fn clear_stale_hits(&mut self) {
        self.stale_hits = 0;
    }

    /// Sets the goal of a resume from a pause. `position` is that of the innermost frame; it is
    /// needed if [`Stepper::needs_position`] says so.
    pub(crate) fn plan<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        breakpoints: &Breakpoints,
        how: How,
        from: PausedAt,
        position: Option<&Position<'_>>,
    ) -> Result<(), Error> {
        self.stopped();
        self.goal = self.find_goal(frozen, breakpoints, how, from, position)?;
        self.choose_mode(&frozen.known.modules, breakpoints.is_single_stepping());
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

    /// Judges an event at which no breakpoint wants a stop.
    pub(crate) fn judge<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        position: &Position<'_>,
        single_step: bool,
    ) -> Result<Verdict, Error> {
        let location = position.location;
        let goal = match self.goal {
            Goal::None | Goal::Record => None,
            Goal::NextInstruction => return Ok(Verdict::Stop),
            Goal::At => {
                let is_here = |target: &&Target| target.location == location;
                match self.targets.iter().find(is_here) {
                    Some(target) if !is_within(frozen, target.max_depth) => None,
                    Some(Target { then: Then::Stop, .. }) => return Ok(Verdict::Stop),
                    Some(Target { then: Then::Leave, .. }) => self.goal_at_exit(frozen, position)?,
                    None => None,
                }
            }
            // A function that the host has called instead also begins with its first instruction,
            // but a frame to which the host returns does not.
            Goal::OutOfNext { depth } if is_within(frozen, depth.saturating_sub(1)) => {
                return Ok(Verdict::Stop);
            }
            Goal::OutOfNext { .. } if !begins_function(frozen, position)? => return Ok(Verdict::Stop),
            Goal::OutOfHandler { depth } if is_within(frozen, depth.saturating_sub(1)) => {
                return Ok(Verdict::Stop);
            }
            // The host cannot call into the middle of a function, so the targets are reached in the
            // same frame.
            Goal::MayLeave { depth }
                if !self.targets.iter().any(|target| target.location == location)
                    || is_within(frozen, depth.saturating_sub(1)) =>
            {
                return Ok(Verdict::Stop);
            }
            Goal::OutOfNext { .. } | Goal::OutOfHandler { .. } | Goal::MayLeave { .. } => {
                Some(self.goal_out_of_frame(frozen, position)?)
            }
        };
        let Some(goal) = goal else {
            return Ok(self.linger(single_step));
        };
        self.goal = goal;
        self.choose_mode(&frozen.known.modules, single_step);
        Ok(if self.wants_single_step == single_step { Verdict::GoOn } else { Verdict::Reapply })
    }

    /// Counts one more discarded event. Switches single-step mode off when the events have cost as
    /// much as switching does.
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

fn is_within<T: 'static>(frozen: &mut Frozen<'_, T>, max_depth: u32) -> bool {
    max_depth == u32::MAX || engine::depth_is_at_most(frozen, max_depth)
}

/// Whether the instruction that is about to run is the first of its function.
fn begins_function<T: 'static>(frozen: &mut Frozen<'_, T>, position: &Position<'_>) -> Result<bool, Error> {
    let Position { function, location, .. } = position;
    Ok(frozen.known.modules.get_mut(location.module)?.first_instruction(*function) == Some(location.pc))
}
