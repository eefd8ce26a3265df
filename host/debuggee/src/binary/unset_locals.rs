//! Which locals of a function the program has set, at each of its instructions.
//!
//! A local of a non-nullable reference type has no value until the program sets it, and the engine
//! leaves its slot as it is until then (`declare_locals` in the engine's Cranelift crate): it holds
//! whatever the stack held before. A slot that has been set once holds a valid value from then on.
//! Invariant: a local that is called set here has been set on every way to the instruction.
//!
//! The function is read once, forwards. That is enough, because nothing takes a value away again:
//! what is set at the beginning of a loop is set at its end as well.

use super::layout::Layout;
use super::offset;
use super::reachability::{Reachability, targets};
use crate::plain::ReferenceKind;
use wasmparser::{BinaryReader, BinaryReaderError, FunctionBody, Operator, ValType};

/// The most that may be spent on one function, in 64-bit words that are copied, compared or kept.
/// In a function that would need more, which no compiler makes, these locals are called not set
/// everywhere.
const BUDGET: usize = 30_000_000;

/// The locals of a function that have no value at first.
#[derive(Debug, Default)]
pub(crate) struct UnsetLocals {
    /// For each declared local (parameters excluded), its index in `histories` if it has no value
    /// at first.
    declared: Vec<Option<usize>>,
    histories: Vec<History>,
}

/// When a local is set.
#[derive(Debug)]
struct History {
    kind: ReferenceKind,
    /// Offsets of instructions, ascending: from the first to the second the local is set, from the
    /// second to the third it is not, and so on.
    changes: Vec<u32>,
}

impl UnsetLocals {
    /// Whether a function declares a local that has no value at first.
    pub(super) fn are_declared_in(body: &FunctionBody<'_>) -> bool {
        let locals = body.get_locals_reader().into_iter().flatten();
        locals.flatten().any(|(_, ty)| matches!(ty, ValType::Ref(ty) if !ty.is_nullable()))
    }

    /// Reads the function whose body begins at offset `start` of its module.
    pub(super) fn decode(
        body: &[u8],
        start: usize,
        n_parameters: usize,
        layout: &Layout,
    ) -> Result<UnsetLocals, BinaryReaderError> {
        let body = FunctionBody::new(BinaryReader::new(body, start));
        let mut found = UnsetLocals::default();
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            for _ in 0..count {
                found.declared.push(match ty {
                    ValType::Ref(ty) if !ty.is_nullable() => {
                        found.histories.push(History { kind: layout.reference_kind(ty), changes: Vec::new() });
                        found.histories.len().checked_sub(1)
                    }
                    _ => None,
                });
            }
        }
        if !found.histories.is_empty() {
            let is_complete = found.follow(&body, n_parameters).unwrap_or_else(|error| {
                tracing::warn!(%error, "a function's code could not be read; its locals count as not set");
                false
            });
            if !is_complete {
                found.histories.iter_mut().for_each(|history| history.changes.clear());
            }
        }
        Ok(found)
    }

    /// The number of declared locals.
    pub(crate) fn n_declared(&self) -> usize {
        self.declared.len()
    }

    /// The kind of reference that a declared local is for, if the local is not known to be set when
    /// the instruction at `pc` is about to run.
    pub(crate) fn unset(&self, declared: usize, pc: u32) -> Option<ReferenceKind> {
        let history = self.histories.get((*self.declared.get(declared)?)?)?;
        let n_changes = history.changes.partition_point(|change| *change <= pc);
        (n_changes % 2 == 0).then_some(history.kind)
    }

    /// Reads the code and notes the changes. Returns whether the budget was enough.
    fn follow(&mut self, body: &FunctionBody<'_>, n_parameters: usize) -> Result<bool, BinaryReaderError> {
        let mut state = State::new(self.histories.len());
        let mut reachability = Reachability::new();
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let pc = offset(operators.original_position());
            let operator = operators.read()?;
            let next = offset(operators.original_position());
            let is_reachable = reachability.is_reachable();
            if is_reachable {
                targets(&operator, |depth| state.branch(depth));
            }
            reachability.after(&operator);
            match operator {
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } if is_reachable => {
                    let declared = usize::try_from(local_index).ok().and_then(|index| index.checked_sub(n_parameters));
                    if let Some(Some(local)) = declared.and_then(|declared| self.declared.get(declared)).copied() {
                        state.set(local);
                        self.note(&mut state, next);
                    }
                }
                Operator::Block { .. } | Operator::TryTable { .. } => state.open(Block::default()),
                Operator::Loop { .. } => state.open(Block { is_loop: true, ..Block::default() }),
                Operator::If { .. } => {
                    let at_else = is_reachable.then(|| state.copy());
                    state.open(Block { at_else, ..Block::default() });
                }
                // At the `else` or `end` itself counts already what counts behind it: less, or the
                // same.
                Operator::Else => {
                    state.begin_else(is_reachable);
                    self.note(&mut state, pc);
                }
                Operator::End => {
                    state.close(is_reachable);
                    self.note(&mut state, pc);
                }
                _ => {}
            }
            if state.spent > BUDGET {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Notes what has changed. It holds from `pc` on.
    fn note(&mut self, state: &mut State, pc: u32) {
        state.changes(|local| {
            let Some(History { changes, .. }) = self.histories.get_mut(local) else { return };
            match changes.last() {
                // There is no instruction between the two changes.
                Some(last) if *last == pc => drop(changes.pop()),
                _ => changes.push(pc),
            }
        });
    }
}

/// The locals that are set at the place to which the code has been read.
struct State {
    /// One bit for each local.
    set: Vec<u64>,
    /// What `set` was when the changes were last noted.
    noted: Vec<u64>,
    /// The open blocks, innermost last.
    blocks: Vec<Block>,
    /// What has been spent, in words.
    spent: usize,
}

/// An open block.
#[derive(Default)]
struct Block {
    /// The locals that are set on every branch to its end that has been read; `None` if there was
    /// no branch.
    at_end: Option<Vec<u64>>,
    /// For an `if` that can be reached, as long as no `else` has followed: the locals that are set
    /// when its condition is false.
    at_else: Option<Vec<u64>>,
    /// Whether branches go to its beginning. They change nothing: what is set at the beginning
    /// when it is first reached, is set on every branch to it.
    is_loop: bool,
}

impl State {
    fn new(n_locals: usize) -> State {
        let none = vec![0; n_locals.div_ceil(64)];
        State { noted: none.clone(), set: none, blocks: vec![Block::default()], spent: 0 }
    }

    fn set(&mut self, local: usize) {
        if let Some(word) = self.set.get_mut(local / 64) {
            *word |= 1 << (local % 64);
        }
    }

    fn copy(&mut self) -> Vec<u64> {
        self.spend();
        self.set.clone()
    }

    fn spend(&mut self) {
        self.spent = self.spent.saturating_add(self.set.len());
    }

    fn open(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// A branch to the block that is `depth` outside the innermost one.
    fn branch(&mut self, depth: u32) {
        self.spend();
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        if let Some(block) = self.blocks.iter_mut().rev().nth(depth)
            && !block.is_loop
        {
            join(&mut block.at_end, &self.set);
        }
    }

    fn begin_else(&mut self, is_reachable: bool) {
        self.spend();
        let Some(block) = self.blocks.last_mut() else { return };
        if is_reachable {
            join(&mut block.at_end, &self.set);
        }
        if let Some(at_else) = block.at_else.take() {
            self.set = at_else;
        }
    }

    fn close(&mut self, is_reachable: bool) {
        self.spend();
        let Some(Block { mut at_end, at_else, .. }) = self.blocks.pop() else { return };
        if let Some(at_else) = at_else {
            join(&mut at_end, &at_else);
        }
        if is_reachable {
            join(&mut at_end, &self.set);
        }
        if let Some(at_end) = at_end {
            self.set = at_end;
        }
    }

    /// Calls `change` for every local that has changed since the last call.
    fn changes(&mut self, mut change: impl FnMut(usize)) {
        self.spend();
        for (index, (set, noted)) in self.set.iter().zip(&mut self.noted).enumerate() {
            let mut changed = *set ^ *noted;
            *noted = *set;
            while changed != 0 {
                let bit = usize::try_from(changed.trailing_zeros()).unwrap_or_default();
                changed &= changed.wrapping_sub(1);
                self.spent = self.spent.saturating_add(1);
                change(index.saturating_mul(64).saturating_add(bit));
            }
        }
    }
}

/// Keeps what is set on this way as well.
fn join(ways: &mut Option<Vec<u64>>, way: &[u64]) {
    match ways {
        Some(ways) => ways.iter_mut().zip(way).for_each(|(all, this)| *all &= this),
        None => *ways = Some(way.to_vec()),
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::sections::Sections;
    use super::*;

    /// For each instruction of the last function of a module with the given code, the declared
    /// locals that are set there, as a text: one column for each local.
    fn history(code: &str) -> Vec<String> {
        let text = format!(
            r#"(module (type $s (struct)) (tag $e)
                (func $f (param $p i32) (local $a (ref $s)) (local $i i32) (local $b (ref func)) {code})
                (elem declare func $f))"#
        );
        let binary = wat::parse_str(&text).expect("the text is a module");
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all()).validate_all(&binary).expect("valid");
        let sections = Sections::of(&binary);
        let layout = Layout::of(&sections, &binary).expect("the module is valid");
        let body = sections.bodies[0].clone();
        let unset = UnsetLocals::decode(&binary[body.clone()], body.start, 1, &layout).expect("the module is valid");
        assert_eq!(unset.unset(1, 0), None, "a number always has a value");
        let body = FunctionBody::new(BinaryReader::new(&binary[body.clone()], body.start));
        let mut operators = body.get_operators_reader().expect("valid");
        let mut lines = Vec::new();
        while !operators.eof() {
            let pc = offset(operators.original_position());
            operators.read().expect("valid");
            let column = |local, name| if unset.unset(local, pc).is_none() { name } else { "-" };
            lines.push(format!("{}{}", column(0, "a"), column(2, "b")));
        }
        lines
    }

    const SET_A: &str = "(local.set $a (struct.new $s))";
    const SET_B: &str = "(local.set $b (ref.func $f))";

    #[test]
    fn a_local_is_set_from_the_next_instruction_on() {
        assert_eq!(history(&format!("{SET_A} nop {SET_B} nop")), ["--", "--", "a-", "a-", "a-", "ab", "ab"]);
        // In a block that no branch leaves, what was set stays set.
        assert_eq!(history(&format!("(block {SET_A})")), ["--", "--", "--", "a-", "a-"]);
    }

    #[test]
    fn branches_take_away_what_they_jump_over() {
        // block, local.get, br_if, struct.new, local.set, end, end
        let code = format!("(block (br_if 0 (local.get $p)) {SET_A})");
        assert_eq!(history(&code), ["--", "--", "--", "--", "--", "--", "--"]);
        // block, struct.new, local.set, local.get, br_if, ref.func, local.set, end, end
        let code = format!("(block {SET_A} (br_if 0 (local.get $p)) {SET_B})");
        assert_eq!(history(&code), ["--", "--", "--", "a-", "a-", "a-", "a-", "a-", "a-"]);
    }

    #[test]
    fn both_branches_of_an_if_count() {
        // local.get, if, struct.new, local.set, else, struct.new, local.set, end, end
        let code = format!("(if (local.get $p) (then {SET_A}) (else {SET_A}))");
        assert_eq!(history(&code), ["--", "--", "--", "--", "--", "--", "--", "a-", "a-"]);
        let code = format!("(if (local.get $p) (then {SET_A}))");
        assert_eq!(history(&code), ["--", "--", "--", "--", "--", "--"]);
        // A branch that does not come to the end does not count.
        // local.get, if, return, else, struct.new, local.set, end, end
        let code = format!("(if (local.get $p) (then return) (else {SET_A}))");
        assert_eq!(history(&code), ["--", "--", "--", "--", "--", "--", "a-", "a-"]);
    }

    #[test]
    fn a_loop_begins_with_what_was_set_before_it() {
        // loop, nop, struct.new, local.set, local.get, br_if, end, end
        let code = format!("(loop nop {SET_A} (br_if 0 (local.get $p)))");
        assert_eq!(history(&code), ["--", "--", "--", "--", "a-", "a-", "a-", "a-"]);
    }

    #[test]
    fn a_handler_knows_what_was_set_before_its_block() {
        // ref.func, local.set, block, try_table, struct.new, local.set, end, end, end
        let code = format!("{SET_B} (block $h (try_table (catch $e $h) {SET_A}))");
        assert_eq!(history(&code), ["--", "--", "-b", "-b", "-b", "-b", "ab", "-b", "-b"]);
    }

    #[test]
    fn code_that_cannot_run_sets_nothing() {
        // block, br, struct.new, local.set, end, end
        assert_eq!(history(&format!("(block (br 0) {SET_A})")), ["--", "--", "--", "--", "--", "--"]);
    }

    /// A function that would take too long to follow shows its locals as not set, at once.
    #[test]
    fn a_function_made_to_cost_much_is_given_up() {
        let blocks = 40_000;
        let code = format!("{SET_A} {} {}", "(block ".repeat(blocks), ")".repeat(blocks));
        let lines = history(&code);
        assert_eq!(lines[2], "a-");
        let text = format!(
            "(module (type $s (struct)) (func {} (local.set 0 (struct.new $s)) {} nop {}))",
            "(local (ref $s))".repeat(20_000),
            "(block (br_if 0 (i32.const 0))".repeat(200_000 / 4),
            ")".repeat(200_000 / 4)
        );
        let binary = wat::parse_str(&text).expect("the text is a module");
        let sections = Sections::of(&binary);
        let layout = Layout::of(&sections, &binary).expect("the module is valid");
        let body = sections.bodies[0].clone();
        let unset = UnsetLocals::decode(&binary[body.clone()], body.start, 0, &layout).expect("the module is valid");
        assert_eq!(unset.unset(0, offset(body.end) - 1), Some(ReferenceKind::Internal));
    }
}
