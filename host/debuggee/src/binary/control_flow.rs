//! The instructions that can follow each instruction of a function, for the stepper.
//!
//! A function is decoded when somebody steps in it. Invariant: after an instruction at which the
//! program can stop, the next instruction of the same frame is one of its successors here, unless
//! it leaves the frame or throws. A function's first instruction is never a successor, because a
//! branch to a loop goes to the instruction after the `loop`.

use super::offset;
use super::reachability::Reachability;
use rustc_hash::FxHashMap;
use wasmparser::{BinaryReader, BinaryReaderError, FunctionBody, Handle, Operator};

/// The effect of an instruction on the flow of control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The frame goes on at one of the successors.
    Stays,
    /// A call; the frame goes on at the one successor when it returns. With the callee's index if
    /// the instruction names it.
    Calls(Option<u32>),
    /// A tail call: the callee's frame replaces this one. With the callee's index if the
    /// instruction names it.
    TailCalls(Option<u32>),
    /// A trap, a throw or a suspension: the program goes on at a handler, wherever that is, if it
    /// goes on at all.
    Raises,
}

/// Whether an instruction returns from its function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Returns {
    /// It does not return.
    Never,
    /// It returns.
    Always,
    /// It returns if the operand on top of the stack is not zero.
    IfNotZero,
    /// It returns if the label that the operand on top of the stack selects does: one entry per
    /// label, the default label's last.
    BySelector(Vec<bool>),
    /// Only the engine can tell.
    Perhaps,
}

/// The control flow of one instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) flow: Flow,
    /// Offsets in this function at which it can go on.
    pub(crate) successors: Vec<u32>,
    pub(crate) returns: Returns,
}

/// The control flow of a function.
#[derive(Debug, Default)]
pub(crate) struct FunctionFlow {
    steps: FxHashMap<u32, Step>,
    /// Offsets of the instructions that can leave the function: returns and tail calls.
    pub(crate) ways_out: Vec<u32>,
}

/// A block that is open while decoding.
struct Block {
    /// The target of branches to a loop; none for other blocks, where a branch goes to the end.
    loop_start: Option<u32>,
    /// Offsets of the instructions that go to the first instruction after the block's `end`.
    to_end: Vec<u32>,
    /// Offset of the block's `if`, as long as no `else` has followed it.
    condition: Option<u32>,
}

impl FunctionFlow {
    /// Decodes a function body that begins at offset `start` of its module.
    pub(crate) fn decode(body: &[u8], start: usize) -> Result<FunctionFlow, BinaryReaderError> {
        let body = FunctionBody::new(BinaryReader::new(body, start));
        let mut flow = FunctionFlow::default();
        let mut reachability = Reachability::new();
        let mut blocks = vec![Block { loop_start: None, to_end: Vec::new(), condition: None }];
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let pc = offset(operators.original_position());
            let operator = operators.read()?;
            let next = offset(operators.original_position());
            if reachability.is_reachable() {
                let step = step(&operator, pc, next, &mut blocks);
                if step.returns != Returns::Never || matches!(step.flow, Flow::TailCalls(_)) {
                    flow.ways_out.push(pc);
                }
                flow.steps.insert(pc, step);
            }
            reachability.after(&operator);
            flow.enter_or_leave(&operator, pc, next, &mut blocks);
        }
        Ok(flow)
    }

    /// The instruction at an offset.
    pub(crate) fn at(&self, pc: u32) -> Option<&Step> {
        self.steps.get(&pc)
    }

    /// Whether the function has a tail call.
    pub(crate) fn has_tail_calls(&self) -> bool {
        let is_tail_call = |pc: &u32| self.at(*pc).is_some_and(|step| matches!(step.flow, Flow::TailCalls(_)));
        self.ways_out.iter().any(is_tail_call)
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
                for from in block.to_end.into_iter().chain(block.condition) {
                    self.go(from, next);
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
}

/// The flow of an instruction as far as it is known at once. The targets of forward branches are
/// added at the ends of their blocks.
fn step(operator: &Operator<'_>, pc: u32, next: u32, blocks: &mut [Block]) -> Step {
    let mut successors = Vec::new();
    // Notes a branch. Returns whether it goes to the end of the function, which means that it
    // returns.
    let mut branch = |depth: u32| {
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        let is_function = depth.saturating_add(1) == blocks.len();
        if let Some(block) = blocks.iter_mut().rev().nth(depth)
            && !is_function
        {
            match block.loop_start {
                Some(start) if successors.contains(&start) => {}
                Some(start) => successors.push(start),
                None if block.to_end.last() == Some(&pc) => {}
                None => block.to_end.push(pc),
            }
        }
        is_function
    };
    let mut falls_through = false;
    let mut returns = Returns::Never;
    let flow = match operator {
        Operator::Br { relative_depth } => {
            if branch(*relative_depth) {
                returns = Returns::Always;
            }
            Flow::Stays
        }
        Operator::BrIf { relative_depth } => {
            if branch(*relative_depth) {
                returns = Returns::IfNotZero;
            }
            falls_through = true;
            Flow::Stays
        }
        Operator::BrOnNull { relative_depth }
        | Operator::BrOnNonNull { relative_depth }
        | Operator::BrOnCast { relative_depth, .. }
        | Operator::BrOnCastFail { relative_depth, .. }
        | Operator::BrOnCastDescEq { relative_depth, .. }
        | Operator::BrOnCastDescEqFail { relative_depth, .. } => {
            if branch(*relative_depth) {
                returns = Returns::Perhaps;
            }
            falls_through = true;
            Flow::Stays
        }
        Operator::BrTable { targets } => {
            let labels = targets.targets().map_while(Result::ok).chain([targets.default()]);
            let leaves: Vec<bool> = labels.map(branch).collect();
            if leaves.contains(&true) {
                returns = Returns::BySelector(leaves);
            }
            Flow::Stays
        }
        Operator::Else => {
            branch(0);
            Flow::Stays
        }
        Operator::End => {
            falls_through = blocks.len() > 1;
            if !falls_through {
                returns = Returns::Always;
            }
            Flow::Stays
        }
        Operator::Return => {
            returns = Returns::Always;
            Flow::Stays
        }
        Operator::Unreachable
        | Operator::Throw { .. }
        | Operator::ThrowRef
        | Operator::Suspend { .. }
        | Operator::Switch { .. } => Flow::Raises,
        Operator::Call { function_index } => {
            falls_through = true;
            Flow::Calls(Some(*function_index))
        }
        Operator::CallIndirect { .. } | Operator::CallRef { .. } => {
            falls_through = true;
            Flow::Calls(None)
        }
        Operator::Resume { resume_table, .. }
        | Operator::ResumeThrow { resume_table, .. }
        | Operator::ResumeThrowRef { resume_table, .. } => {
            for handler in &resume_table.handlers {
                if let Handle::OnLabel { label, .. } = handler
                    && branch(*label)
                {
                    returns = Returns::Perhaps;
                }
            }
            falls_through = true;
            Flow::Calls(None)
        }
        Operator::ReturnCall { function_index } => Flow::TailCalls(Some(*function_index)),
        Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => Flow::TailCalls(None),
        // This includes a block, a loop and an `if` whose condition holds: they go on inside.
        _ => {
            falls_through = true;
            Flow::Stays
        }
    };
    if falls_through && !successors.contains(&next) {
        successors.push(next);
    }
    Step { flow, successors, returns }
}
