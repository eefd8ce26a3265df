//! Finds the goal of a step: where the instruction that is about to run can lead.
//!
//! Invariant: a goal never misses the end of its step; where the next location is not certain, the
//! goal takes every instruction.

use super::goal::{FrameExit, Goal, Target, Then};
use super::stepper::Stepper;
use crate::binary::{Flow, Returns, Step};
use crate::engine::{self, Frozen, Modules, PausedAt, Position};
use crate::plain::{Error, How, Location};
use crate::stops::breakpoints::Breakpoints;
use wasmtime::Val;

impl Stepper {
    /// Whether [`Stepper::plan`] needs to know where the program is. In single-step mode a step
    /// into does not.
    pub(crate) fn needs_position(&self, how: How, from: PausedAt, breakpoints: &Breakpoints) -> bool {
        match (how, from) {
            (How::StepInstruction, PausedAt::Instruction) => !breakpoints.is_single_stepping(),
            (How::StepOver | How::StepOut, PausedAt::Instruction) => true,
            _ => false,
        }
    }

    pub(super) fn find_goal<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        breakpoints: &Breakpoints,
        how: How,
        from: PausedAt,
        position: Option<&Position<'_>>,
    ) -> Result<Goal, Error> {
        Ok(match (how, from, position) {
            (How::Continue, ..) => Goal::None,
            (How::Record, ..) => Goal::Record,
            (How::RunTo(location), ..) => {
                self.targets.push(Target { location, max_depth: u32::MAX, then: Then::Stop });
                Goal::At
            }
            (How::StepOut, PausedAt::Exception { caught: true }, _) => {
                Goal::OutOfHandler { depth: engine::depth(frozen)? }
            }
            (How::StepInstruction, PausedAt::Instruction, Some(position)) if !breakpoints.is_single_stepping() => {
                self.goal_of_step(frozen, breakpoints, position, false)?
            }
            (How::StepOver, PausedAt::Instruction, Some(position)) => {
                self.goal_of_step(frozen, breakpoints, position, true)?
            }
            (How::StepOut, PausedAt::Instruction, Some(position)) => self.goal_out_of_frame(frozen, position)?,
            // The next instruction is known only when the program is paused before an instruction.
            (How::StepInstruction | How::StepOver | How::StepOut, ..) => Goal::NextInstruction,
        })
    }

    /// The goal of a step from the instruction that is about to run. `over` says whether the step
    /// goes over calls or into them.
    fn goal_of_step<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        breakpoints: &Breakpoints,
        position: &Position<'_>,
        over: bool,
    ) -> Result<Goal, Error> {
        let Position { function, location, .. } = *position;
        let module = location.module;
        let flow = frozen.known.modules.get_mut(module)?.flow(function);
        let Some(step) = flow.as_ref().and_then(|flow| flow.at(location.pc)) else {
            return Ok(Goal::NextInstruction);
        };
        if over && matches!(step.flow, Flow::TailCalls(_)) {
            return self.goal_out_of_frame(frozen, position);
        }
        if over && matches!(step.flow, Flow::Calls(_)) {
            let max_depth = engine::depth(frozen)?;
            self.add_targets(&step.successors, location, max_depth, Then::Stop);
            // A suspended callee can make a `resume` instruction return.
            if step.returns != Returns::Never
                && let Some(caller) = position.caller(frozen)?
            {
                self.add_targets(&[caller.pc], caller, max_depth.saturating_sub(1), Then::Stop);
            }
            return Ok(Goal::At);
        }
        if breakpoints.is_single_stepping() {
            return Ok(Goal::NextInstruction);
        }
        match step.flow {
            // The step goes into a function of this module. An imported function may be the host's
            // and call back from there, and the callee of an indirect call is not guessed.
            Flow::Calls(Some(callee)) | Flow::TailCalls(Some(callee)) => {
                let Some(pc) = frozen.known.modules.get_mut(module)?.first_instruction(callee) else {
                    return Ok(Goal::NextInstruction);
                };
                self.add_targets(&[pc], location, u32::MAX, Then::Stop);
            }
            Flow::Stays => {
                let leaves = frame_exit(frozen, position, step, 0)?;
                if leaves != FrameExit::Returns {
                    self.add_targets(&step.successors, location, u32::MAX, Then::Stop);
                }
                if leaves != FrameExit::No {
                    let Some(caller) = position.caller(frozen)? else {
                        self.targets.clear();
                        return Ok(Goal::NextInstruction);
                    };
                    self.add_targets(&[caller.pc], caller, u32::MAX, Then::Stop);
                }
            }
            Flow::Calls(None) | Flow::TailCalls(None) | Flow::Raises => return Ok(Goal::NextInstruction),
        }
        let is_free =
            breakpoints.has_changes() || self.targets.iter().all(|target| breakpoints.is_armed(target.location));
        if !is_free && !self.can_afford_session(&frozen.known.modules) {
            self.targets.clear();
            return Ok(Goal::NextInstruction);
        }
        self.is_predicted = true;
        Ok(Goal::At)
    }

    /// Whether another edit session for a single step is still affordable: together with those
    /// already spent it must cost no more than switching single-step mode on and off.
    fn can_afford_session(&self, modules: &Modules) -> bool {
        let both_ways = self.costs.switch(modules.total_size()).saturating_mul(2);
        self.spent.saturating_add(self.costs.session()) <= both_ways
    }

    /// The goal of leaving the innermost frame.
    pub(super) fn goal_out_of_frame<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        position: &Position<'_>,
    ) -> Result<Goal, Error> {
        self.targets.clear();
        let Position { function, location, .. } = *position;
        let depth = engine::depth(frozen)?;
        if let Some(caller) = position.caller(frozen)? {
            self.add_targets(&[caller.pc], caller, depth.saturating_sub(1), Then::Stop);
            return Ok(Goal::At);
        }
        // The caller is the host, so the targets are the instructions that leave the frame.
        let entry = frozen.known.modules.get_mut(location.module)?;
        let n_imported = entry.n_imported_functions();
        let Some(flow) = entry.flow(function) else {
            return Ok(Goal::NextInstruction);
        };
        if let Some(step) = flow.at(location.pc) {
            match frame_exit(frozen, position, step, n_imported)? {
                FrameExit::No => {}
                FrameExit::Returns | FrameExit::TailCalls { to_module: false } => return Ok(Goal::NextInstruction),
                FrameExit::TailCalls { to_module: true } => return Ok(Goal::OutOfNext { depth }),
                FrameExit::MayLeave => {
                    self.add_targets(&step.successors, location, u32::MAX, Then::Stop);
                    return Ok(Goal::MayLeave { depth });
                }
            }
        }
        self.add_targets(&flow.ways_out, location, depth, Then::Leave);
        Ok(Goal::At)
    }

    /// The new goal at an instruction that may leave the frame for the host; `None` if the goal
    /// stays.
    pub(super) fn goal_at_exit<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        position: &Position<'_>,
    ) -> Result<Option<Goal>, Error> {
        let flow = frozen.known.modules.get_mut(position.location.module)?.flow(position.function);
        let step = flow.as_ref().and_then(|flow| flow.at(position.location.pc));
        match step.map(|step| frame_exit(frozen, position, step, 0)).transpose()? {
            // Checked first, because a loop may reach this instruction often.
            Some(FrameExit::No) => Ok(None),
            _ => self.goal_out_of_frame(frozen, position).map(Some),
        }
    }

    /// Adds targets in the module of a location.
    fn add_targets(&mut self, pcs: &[u32], Location { module, .. }: Location, max_depth: u32, then: Then) {
        self.targets.extend(pcs.iter().map(|pc| Target { location: Location { module, pc: *pc }, max_depth, then }));
    }
}

/// Whether and how the instruction that is about to run leaves its frame.
fn frame_exit<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    position: &Position<'_>,
    step: &Step,
    n_imported: u32,
) -> Result<FrameExit, Error> {
    if let Flow::TailCalls(callee) = step.flow {
        // The callee of an indirect call is not known; nearly always it is a module's function. An
        // imported callee is nearly always the host's.
        return Ok(FrameExit::TailCalls { to_module: callee.is_none_or(|callee| callee >= n_imported) });
    }
    let leaves = match &step.returns {
        Returns::Never => Some(false),
        Returns::Always => Some(true),
        Returns::Perhaps => None,
        Returns::IfNotZero => top_operand(frozen, position)?.map(|condition| condition != 0),
        Returns::BySelector(labels) => top_operand(frozen, position)?.and_then(|selector| {
            let label = usize::try_from(selector.cast_unsigned()).ok().and_then(|index| labels.get(index));
            label.or(labels.last()).copied()
        }),
    };
    Ok(match leaves {
        Some(true) => FrameExit::Returns,
        Some(false) => FrameExit::No,
        None => FrameExit::MayLeave,
    })
}

/// The `i32` on top of a frame's operand stack; `None` if there is no such value.
fn top_operand<T: 'static>(frozen: &mut Frozen<'_, T>, position: &Position<'_>) -> Result<Option<i32>, Error> {
    match position.operand_below_top(&mut frozen.store, 0)? {
        Some(Val::I32(value)) => Ok(Some(value)),
        _ => Ok(None),
    }
}
