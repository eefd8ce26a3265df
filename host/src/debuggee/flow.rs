//! Where a function's instructions can go next, for the stepper.
//!
//! Decoded for one function at a time, when somebody steps in it. Invariant: for an instruction that the program can stop at, the next
//! instruction of the same frame is one of its successors here, unless it leaves the frame.

use super::reach::Reach;
use std::collections::HashMap;
use wasmparser::{BinaryReader, BinaryReaderError, FunctionBody, Operator};

/// What an instruction does to the flow of control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flow {
    /// Goes on in this frame, at one of the successors.
    Stays,
    /// Calls; goes on at its one successor when the call returns. The function's index if the instruction names it.
    Calls(Option<u32>),
    /// Replaces the frame by the callee's.
    TailCalls,
    /// Never completes: it traps or throws.
    Raises,
}

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) flow: Flow,
    /// Offsets in this function where it can go on.
    pub(super) successors: Vec<u32>,
    /// Whether it can return from the function.
    pub(super) may_return: bool,
}

/// The flow of a function.
#[derive(Debug, Default)]
pub(super) struct FunctionFlow {
    steps: HashMap<u32, Step>,
}

/// One open block while decoding.
struct Block {
    /// Where a branch to a loop goes; other blocks are branched to their end.
    loop_start: Option<u32>,
    /// Instructions that go to the first instruction behind the block's `end`.
    to_end: Vec<u32>,
    /// The `if` that has not met its `else`.
    condition: Option<u32>,
}

impl FunctionFlow {
    /// Decodes a function body that starts at `start` of its module.
    pub(super) fn decode(body: &[u8], start: usize) -> Result<FunctionFlow, BinaryReaderError> {
        let body = FunctionBody::new(BinaryReader::new(body, start));
        let mut flow = FunctionFlow::default();
        let mut reach = Reach::new();
        let mut blocks = vec![Block { loop_start: None, to_end: Vec::new(), condition: None }];
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let pc = offset(operators.original_position());
            let operator = operators.read()?;
            let next = offset(operators.original_position());
            if reach.is_reachable() {
                let step = step(&operator, pc, next, &mut blocks);
                flow.steps.insert(pc, step);
            }
            reach.after(&operator);
            flow.enter_or_leave(&operator, pc, next, &mut blocks);
        }
        Ok(flow)
    }

    /// The instruction at an offset.
    pub(super) fn at(&self, pc: u32) -> Option<&Step> {
        self.steps.get(&pc)
    }

    /// The offsets of the instructions by which the function can be left, and whether each is a tail call.
    pub(super) fn ways_out(&self) -> Vec<(u32, bool)> {
        let leaves = |step: &Step| step.may_return || step.flow == Flow::TailCalls;
        let leaving = self.steps.iter().filter(|(_, step)| leaves(step));
        leaving.map(|(pc, step)| (*pc, step.flow == Flow::TailCalls)).collect()
    }

    fn enter_or_leave(&mut self, operator: &Operator<'_>, pc: u32, next: u32, blocks: &mut Vec<Block>) {
        let mut open = |loop_start, condition| blocks.push(Block { loop_start, to_end: Vec::new(), condition });
        match operator {
            Operator::Block { .. } | Operator::TryTable { .. } => open(None, None),
            Operator::Loop { .. } => open(Some(next), None),
            Operator::If { .. } => open(None, Some(pc)),
            Operator::Else => {
                if let Some(block) = blocks.last_mut()
                    && let Some(condition) = block.condition.take()
                {
                    self.go(condition, next);
                }
            }
            Operator::End => {
                let Some(block) = blocks.pop() else { return };
                let is_function = blocks.is_empty();
                for from in block.to_end.into_iter().chain(block.condition) {
                    if is_function {
                        self.leave(from);
                    } else {
                        self.go(from, next);
                    }
                }
            }
            _ => {}
        }
    }

    fn go(&mut self, from: u32, to: u32) {
        if let Some(step) = self.steps.get_mut(&from)
            && !step.successors.contains(&to)
        {
            step.successors.push(to);
        }
    }

    fn leave(&mut self, from: u32) {
        if let Some(step) = self.steps.get_mut(&from) {
            step.may_return = true;
        }
    }
}

/// An instruction's own part of its flow; where forward branches go is filled in at the end of their blocks.
fn step(operator: &Operator<'_>, pc: u32, next: u32, blocks: &mut [Block]) -> Step {
    let mut successors = Vec::new();
    let mut branch = |depth: u32| {
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        if let Some(block) = blocks.iter_mut().rev().nth(depth) {
            match block.loop_start {
                Some(start) if successors.contains(&start) => {}
                Some(start) => successors.push(start),
                None => block.to_end.push(pc),
            }
        }
    };
    let mut falls_through = false;
    let mut may_return = false;
    let flow = match operator {
        Operator::Br { relative_depth } => {
            branch(*relative_depth);
            Flow::Stays
        }
        Operator::BrIf { relative_depth }
        | Operator::BrOnNull { relative_depth }
        | Operator::BrOnNonNull { relative_depth }
        | Operator::BrOnCast { relative_depth, .. }
        | Operator::BrOnCastFail { relative_depth, .. }
        | Operator::BrOnCastDescEq { relative_depth, .. }
        | Operator::BrOnCastDescEqFail { relative_depth, .. } => {
            branch(*relative_depth);
            falls_through = true;
            Flow::Stays
        }
        Operator::BrTable { targets } => {
            branch(targets.default());
            targets.targets().map_while(Result::ok).for_each(branch);
            Flow::Stays
        }
        Operator::Else => {
            branch(0);
            Flow::Stays
        }
        Operator::End => {
            may_return = blocks.len() == 1;
            falls_through = !may_return;
            Flow::Stays
        }
        Operator::Return => {
            may_return = true;
            Flow::Stays
        }
        Operator::Unreachable | Operator::Throw { .. } | Operator::ThrowRef => Flow::Raises,
        Operator::Call { function_index } => {
            falls_through = true;
            Flow::Calls(Some(*function_index))
        }
        Operator::CallIndirect { .. }
        | Operator::CallRef { .. }
        | Operator::Resume { .. }
        | Operator::ResumeThrow { .. }
        | Operator::ResumeThrowRef { .. }
        | Operator::Suspend { .. }
        | Operator::Switch { .. } => {
            falls_through = true;
            Flow::Calls(None)
        }
        Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => {
            Flow::TailCalls
        }
        // A block, a loop and an `if` whose condition holds go on inside.
        _ => {
            falls_through = true;
            Flow::Stays
        }
    };
    if falls_through && !successors.contains(&next) {
        successors.push(next);
    }
    Step { flow, successors, may_return }
}

fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
