//! The instructions of a function that the engine's translator considers reachable.
//!
//! A small model of the translator's control stack (`code_translator.rs` in the engine's Cranelift
//! crate). Invariant: an instruction that this model calls unreachable has no step point.

use wasmparser::{Catch, Handle, Operator};

/// An open block.
#[derive(Debug)]
struct Block {
    kind: Kind,
    /// Whether reachable code jumps to its end.
    branched_to: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Block,
    Loop,
    /// An `if`: whether its condition was reachable, and whether its first branch fell through to
    /// the `else` (none before the `else`).
    If {
        head: bool,
        then_falls_through: Option<bool>,
    },
}

/// The translator's state between two instructions.
#[derive(Debug)]
pub(crate) struct Reachability {
    reachable: bool,
    blocks: Vec<Block>,
}

impl Reachability {
    /// The state at the start of a function.
    pub(crate) fn new() -> Reachability {
        Reachability { reachable: true, blocks: vec![Block { kind: Kind::Block, branched_to: false }] }
    }

    /// Whether the next instruction is reachable.
    pub(crate) fn is_reachable(&self) -> bool {
        self.reachable
    }

    /// Moves past an instruction.
    pub(crate) fn after(&mut self, operator: &Operator<'_>) {
        if self.reachable {
            targets(operator, |depth| self.branch(depth));
        }
        match operator {
            Operator::Block { .. } | Operator::TryTable { .. } => self.open(Kind::Block),
            Operator::Loop { .. } => self.open(Kind::Loop),
            Operator::If { .. } => self.open(Kind::If { head: self.reachable, then_falls_through: None }),
            Operator::Else => self.at_else(),
            Operator::End => self.close(),
            Operator::Br { .. }
            | Operator::BrTable { .. }
            | Operator::Unreachable
            | Operator::Return
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef => self.reachable = false,
            _ => {}
        }
    }

    fn open(&mut self, kind: Kind) {
        self.blocks.push(Block { kind, branched_to: false });
    }

    fn branch(&mut self, depth: u32) {
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        if let Some(block) = self.blocks.iter_mut().rev().nth(depth) {
            block.branched_to = true;
        }
    }

    fn at_else(&mut self) {
        if let Some(Block { kind: Kind::If { head, then_falls_through }, .. }) = self.blocks.last_mut() {
            *then_falls_through = Some(self.reachable);
            self.reachable = *head;
        }
    }

    fn close(&mut self) {
        let Some(block) = self.blocks.pop() else { return };
        self.reachable |= match block.kind {
            Kind::Block => block.branched_to,
            // A branch to a loop goes to its start, not to its end.
            Kind::Loop => false,
            Kind::If { head, then_falls_through: None } => head || block.branched_to,
            Kind::If { then_falls_through: Some(falls_through), .. } => falls_through || block.branched_to,
        };
    }
}

/// Calls `target` with each label that an instruction can branch to, counted from the block that
/// the instruction is in. The handlers of a `try_table` count: its body can branch to them.
pub(crate) fn targets(operator: &Operator<'_>, mut target: impl FnMut(u32)) {
    match operator {
        Operator::TryTable { try_table } => {
            for clause in &try_table.catches {
                let (Catch::One { label, .. }
                | Catch::OneRef { label, .. }
                | Catch::All { label }
                | Catch::AllRef { label }) = clause;
                target(*label);
            }
        }
        Operator::Br { relative_depth }
        | Operator::BrIf { relative_depth }
        | Operator::BrOnNull { relative_depth }
        | Operator::BrOnNonNull { relative_depth }
        | Operator::BrOnCast { relative_depth, .. }
        | Operator::BrOnCastFail { relative_depth, .. }
        | Operator::BrOnCastDescEq { relative_depth, .. }
        | Operator::BrOnCastDescEqFail { relative_depth, .. } => target(*relative_depth),
        Operator::BrTable { targets } => {
            target(targets.default());
            targets.targets().map_while(Result::ok).for_each(target);
        }
        Operator::Resume { resume_table, .. }
        | Operator::ResumeThrow { resume_table, .. }
        | Operator::ResumeThrowRef { resume_table, .. } => {
            for handler in &resume_table.handlers {
                if let Handle::OnLabel { label, .. } = handler {
                    target(*label);
                }
            }
        }
        _ => {}
    }
}
