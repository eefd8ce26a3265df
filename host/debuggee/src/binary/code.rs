//! A module's code as breakpoints and the search for exception handlers need it: the functions, the
//! instructions, and the code that each `try_table` covers.
//!
//! Owned by the engine's list of modules. A function is decoded when it is first asked for; for a
//! question about a single offset, it is read only up to there. Invariant: the instruction offsets
//! of a function are those at which the engine's translator plants a step point (reachable
//! instructions only, see `translate_operator` and `before_translate_operator` in the engine's
//! Cranelift crate), less those that its optimizer has removed since, once the engine has been
//! asked (`stops/step_points`). At any other offset a breakpoint would slip.

use super::control_flow::FunctionFlow;
use super::reachability::Reachability;
use super::sections::Sections;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use wasmparser::{BinaryReader, BinaryReaderError, Catch, FunctionBody, HeapType, Operator, ValType};

/// One function, decoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct DecodedFunction {
    /// Offsets of the instructions at which the program can stop, ascending.
    pub(crate) instructions: Vec<u32>,
    /// The `try_table` blocks in the order in which they begin, so that an inner one comes after
    /// the outer.
    pub(crate) tries: Vec<TryRange>,
    /// Whether each declared local (parameters excluded) is a continuation reference.
    pub(crate) continuation_locals: Vec<bool>,
}

/// The code that one `try_table` covers.
#[derive(Debug, Clone)]
pub(crate) struct TryRange {
    /// From the byte after the `try_table` instruction to its `end`, which is excluded.
    pub(crate) pcs: Range<u32>,
    /// Its catch clauses, in order.
    pub(crate) catches: Vec<Catches>,
}

/// One catch clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Catches {
    /// `catch` and `catch_ref`, with the tag's index in the module.
    Tag(u32),
    /// `catch_all` and `catch_all_ref`.
    All,
}

/// A module's functions, each decoded when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct ModuleCode {
    /// Byte ranges of the function bodies (locals included, size prefix excluded), in order.
    bodies: Arc<[Range<usize>]>,
    decoded: HashMap<usize, Arc<DecodedFunction>>,
    /// Number of bytes that were read for single offsets, for each function that is not decoded.
    scanned_to: HashMap<usize, usize>,
    /// Functions for which the engine has said at which instructions it can stop.
    asked: HashSet<usize>,
    /// Offsets at which the engine has been seen to stop, in functions for which it has not been
    /// asked as a whole.
    verified: HashSet<u32>,
    flows: HashMap<usize, Arc<FunctionFlow>>,
}

impl ModuleCode {
    /// The code of a module, with no function decoded yet.
    pub(super) fn of(sections: &Sections) -> ModuleCode {
        ModuleCode { bodies: Arc::clone(&sections.bodies), ..ModuleCode::default() }
    }

    /// The code of a function, by its index among the functions that the module defines.
    pub(crate) fn function(&mut self, binary: &[u8], defined: usize) -> Option<Arc<DecodedFunction>> {
        if let Some(function) = self.decoded.get(&defined) {
            return Some(Arc::clone(function));
        }
        let body = self.bodies.get(defined)?.clone();
        let mut function = DecodedFunction::default();
        if let Err(error) = function.decode(binary.get(body.clone())?, body.start, u32::MAX) {
            tracing::warn!(%error, "a function's code could not be read; its later instructions cannot be stopped at");
        }
        let function = Arc::new(function);
        self.decoded.insert(defined, Arc::clone(&function));
        Some(function)
    }

    /// Whether the program can stop at `pc`, as far as is known. `at` is the index of the only
    /// function that could contain it.
    fn is_instruction(&mut self, binary: &[u8], at: usize, pc: u32) -> bool {
        if let Some(body) = self.bodies.get(at)
            && !self.decoded.contains_key(&at)
        {
            // A breakpoint is often near the beginning of its function, and the code after it has
            // no influence on whether it is an instruction.
            let pc_in_body = usize::try_from(pc).unwrap_or(usize::MAX).saturating_sub(body.start);
            let scanned_to = self.scanned_to.entry(at).or_default();
            *scanned_to = scanned_to.saturating_add(pc_in_body);
            // This bound keeps the cost of many questions below twice that of the whole function.
            if *scanned_to < body.len() {
                let mut beginning = DecodedFunction::default();
                // An error is reported when the whole function is decoded.
                let _ = beginning.decode(binary.get(body.clone()).unwrap_or_default(), body.start, pc);
                return beginning.instructions.last() == Some(&pc);
            }
        }
        self.function(binary, at).is_some_and(|code| code.instructions.binary_search(&pc).is_ok())
    }

    /// Whether the engine has already confirmed `pc`. If not, there may still be nothing to ask:
    /// see [`ModuleCode::not_asked`].
    pub(crate) fn is_verified(&mut self, binary: &[u8], pc: u32) -> bool {
        let at = self.function_at(pc);
        self.verified.contains(&pc) || self.asked.contains(&at) && self.is_instruction(binary, at, pc)
    }

    /// The defined functions that decide about `pc` and for which the engine has not been asked
    /// yet: the function that contains it and, if it is not an instruction, the neighbours of that
    /// function.
    pub(crate) fn not_asked(&mut self, binary: &[u8], pc: u32) -> Vec<usize> {
        if self.verified.contains(&pc) {
            return Vec::new();
        }
        let at = self.function_at(pc);
        let mut deciding = vec![at];
        if !self.is_instruction(binary, at, pc) {
            deciding.extend(at.checked_sub(1));
            deciding.push(at.saturating_add(1));
        }
        deciding.retain(|function| *function < self.bodies.len() && !self.asked.contains(function));
        deciding
    }

    /// Whether `pc` is an instruction according to the module, but the engine has not been asked.
    pub(crate) fn is_unverified(&mut self, binary: &[u8], pc: u32) -> bool {
        let at = self.function_at(pc);
        !self.asked.contains(&at) && !self.verified.contains(&pc) && self.is_instruction(binary, at, pc)
    }

    /// Notes that the engine can stop at `pc`.
    pub(crate) fn verify(&mut self, pc: u32) {
        self.verified.insert(pc);
    }

    /// Notes that the engine has been asked about a function, and keeps only those of its
    /// instructions at which the engine can stop.
    pub(crate) fn keep(&mut self, binary: &[u8], function: usize, can_stop: impl Fn(u32) -> bool) {
        self.asked.insert(function);
        let Some(code) = self.function(binary, function) else { return };
        if !code.instructions.iter().all(|pc| can_stop(*pc)) {
            let mut code = DecodedFunction::clone(&code);
            code.instructions.retain(|pc| can_stop(*pc));
            self.decoded.insert(function, Arc::new(code));
        }
    }

    /// The function whose body contains an offset, or else the next one.
    fn function_at(&self, pc: u32) -> usize {
        let offset = usize::try_from(pc).unwrap_or(usize::MAX);
        self.bodies.partition_point(|body| body.end <= offset)
    }

    /// The control flow of a function, by its index among the functions that the module defines.
    pub(crate) fn flow(&mut self, binary: &[u8], defined: usize) -> Option<Arc<FunctionFlow>> {
        if let Some(flow) = self.flows.get(&defined) {
            return Some(Arc::clone(flow));
        }
        let body = self.bodies.get(defined)?.clone();
        let flow = FunctionFlow::decode(binary.get(body.clone())?, body.start)
            .inspect_err(|error| tracing::warn!(%error, "a function's flow could not be read; steps in it are slower"))
            .ok()?;
        let flow = Arc::new(flow);
        self.flows.insert(defined, Arc::clone(&flow));
        Some(flow)
    }

    /// Checks that the program can stop at `pc`.
    ///
    /// # Errors
    /// The nearest offsets before and after `pc` at which it can.
    pub(crate) fn check(&mut self, binary: &[u8], pc: u32) -> Result<(), (Option<u32>, Option<u32>)> {
        let at = self.function_at(pc);
        if self.verified.contains(&pc) || self.is_instruction(binary, at, pc) {
            return Ok(());
        }
        let inside = self.function(binary, at).unwrap_or_default();
        let split = inside.instructions.partition_point(|&candidate| candidate < pc);
        let before = inside
            .instructions
            .get(..split)
            .and_then(<[u32]>::last)
            .copied()
            .or_else(|| (0..at).rev().find_map(|index| self.function(binary, index)?.instructions.last().copied()));
        let after = inside.instructions.get(split).copied().or_else(|| {
            (at.saturating_add(1)..self.bodies.len())
                .find_map(|index| self.function(binary, index)?.instructions.first().copied())
        });
        Err((before, after))
    }
}

impl DecodedFunction {
    /// The catch clauses that cover `pc`, innermost block first.
    pub(crate) fn catches(&self, pc: u32) -> impl Iterator<Item = Catches> + '_ {
        let covering = self.tries.iter().rev().filter(move |block| block.pcs.contains(&pc));
        covering.flat_map(|block| block.catches.iter().copied())
    }

    /// The next instruction after `pc`.
    pub(crate) fn next(&self, pc: u32) -> Option<u32> {
        let split = self.instructions.partition_point(|&candidate| candidate <= pc);
        self.instructions.get(split).copied()
    }

    /// Decodes a function's body, which begins at offset `start`, up to the instruction at `last`.
    fn decode(&mut self, body: &[u8], start: usize, last: u32) -> Result<(), BinaryReaderError> {
        let body = FunctionBody::new(BinaryReader::new(body, start));
        for local in body.get_locals_reader()? {
            let (count, ty) = local?;
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let length = self.continuation_locals.len().saturating_add(count);
            self.continuation_locals.resize(length, is_continuation(ty));
        }
        let mut reachability = Reachability::new();
        // The open blocks, innermost last. For a `try_table`, its index in `tries`.
        let mut open: Vec<Option<usize>> = vec![None];
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let pc = u32::try_from(operators.original_position()).unwrap_or(u32::MAX);
            if pc > last {
                break;
            }
            let operator = operators.read()?;
            if reachability.is_reachable() {
                self.instructions.push(pc);
            }
            reachability.after(&operator);
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => open.push(None),
                Operator::TryTable { try_table } => {
                    open.push(Some(self.tries.len()));
                    let first = u32::try_from(operators.original_position()).unwrap_or(u32::MAX);
                    let catches = try_table.catches.iter().map(|clause| match clause {
                        Catch::One { tag, .. } | Catch::OneRef { tag, .. } => Catches::Tag(*tag),
                        Catch::All { .. } | Catch::AllRef { .. } => Catches::All,
                    });
                    self.tries.push(TryRange { pcs: first..u32::MAX, catches: catches.collect() });
                }
                Operator::End => {
                    if let Some(Some(index)) = open.pop()
                        && let Some(block) = self.tries.get_mut(index)
                    {
                        block.pcs.end = pc;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a local of this type may hold a continuation. A concrete heap type is assumed to be one.
/// The answer is used only in a module that defines continuation types, where at worst a local that
/// is not a continuation is shown less precisely.
fn is_continuation(ty: ValType) -> bool {
    match ty {
        ValType::Ref(reference) => match reference.heap_type() {
            HeapType::Abstract { ty, .. } => {
                matches!(ty, wasmparser::AbstractHeapType::Cont | wasmparser::AbstractHeapType::NoCont)
            }
            HeapType::Concrete(_) | HeapType::Exact(_) => true,
        },
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const WAT: &str = r#"
        (module
          (import "host" "call" (func $call))
          (tag $e)
          (func (export "covered") (block $h (try_table (catch_all $h) (call $call) (nop)) (call $call)))
          (func (nop)))
    "#;

    /// For a binary that the engine accepts and we cannot read, everything before the error is
    /// kept, and nothing panics.
    #[test]
    fn any_beginning_of_a_binary_can_be_read() {
        let binary = wat::parse_str(WAT).expect("the text is a module");
        for end in 0..binary.len() {
            let part = &binary[..end];
            let mut code = ModuleCode::of(&Sections::of(part));
            for pc in 0..=binary.len() {
                let pc = u32::try_from(pc).expect("the module is small");
                let _ = code.check(part, pc);
                let _ = code.not_asked(part, pc);
            }
        }
    }

    /// For a question about one offset, a function is read up to there, and the answer is the one
    /// that the whole function gives.
    #[test]
    fn a_beginning_says_what_the_whole_function_says() {
        let binary = wat::parse_str(WAT).expect("the text is a module");
        let mut whole = ModuleCode::of(&Sections::of(&binary));
        let pcs = 0..u32::try_from(binary.len()).expect("the module is small");
        let instructions: Vec<u32> = (0..2)
            .flat_map(|index| whole.function(&binary, index).expect("it is there").instructions.clone())
            .collect();
        assert_eq!(pcs.clone().filter(|pc| whole.check(&binary, *pc).is_ok()).collect::<Vec<_>>(), instructions);
        for pc in pcs.clone() {
            let mut fresh = ModuleCode::of(&Sections::of(&binary));
            assert_eq!(fresh.is_unverified(&binary, pc), instructions.contains(&pc), "{pc}");
            assert_eq!(fresh.check(&binary, pc), whole.check(&binary, pc), "{pc}");
        }
        // Asked one after the other, the questions add up until the whole function is decoded.
        let mut fresh = ModuleCode::of(&Sections::of(&binary));
        assert_eq!(pcs.filter(|pc| fresh.check(&binary, *pc).is_ok()).collect::<Vec<_>>(), instructions);
        assert!(fresh.decoded.contains_key(&0));
    }

    /// A clause covers the instructions from the first of its block to the one before its `end`.
    #[test]
    fn clauses_cover_the_block_only() {
        let binary = wat::parse_str(WAT).expect("the text is a module");
        let mut code = ModuleCode::of(&Sections::of(&binary));
        let function = code.function(&binary, 0).expect("the module has it");
        let covered: Vec<bool> =
            function.instructions.iter().map(|pc| function.catches(*pc).next().is_some()).collect();
        // block, try_table, call, nop, end, call, end, end
        assert_eq!(covered, [false, false, true, true, false, false, false, false]);
        assert_eq!(Sections::of(&binary).n_imported_functions, 1);
    }

    /// An instruction at which the engine cannot stop is refused, and no longer offered as a
    /// neighbour.
    #[test]
    fn instructions_that_are_not_kept_are_refused() {
        let binary = wat::parse_str(WAT).expect("the text is a module");
        let mut code = ModuleCode::of(&Sections::of(&binary));
        let instructions = code.function(&binary, 0).expect("the module has it").instructions.clone();
        let (gone, before, after) = (instructions[3], instructions[2], instructions[4]);
        assert_eq!(code.check(&binary, gone), Ok(()));
        assert_eq!(code.not_asked(&binary, gone), [0]);
        code.keep(&binary, 0, |pc| pc != gone);
        assert_eq!(code.check(&binary, gone), Err((Some(before), Some(after))));
        // The next function decides now too.
        assert_eq!(code.not_asked(&binary, gone), [1]);
        assert!(code.not_asked(&binary, before).is_empty());
    }
}
