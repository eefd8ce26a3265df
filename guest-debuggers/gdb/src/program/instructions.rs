//! Where the instructions of a function begin.
//!
//! Invariant: an address that a client means as an instruction's is one, or that of the declarations
//! of locals before the first, which LLDB takes for a function's beginning.

use stillpoint_kit::{Function, Location, Session};
use wasmparser::{BinaryReader, FunctionBody, Operator};

/// The instructions of one function.
pub(super) struct Instructions {
    function: Location,
    /// The pc of each in ascending order, and whether it only ends a block or the first half of
    /// one: code after it can be reached although it cannot.
    list: Vec<(u32, bool)>,
    /// Whether the function has instructions after those, which could not be read.
    is_cut_short: bool,
}

impl Instructions {
    /// Reads the instructions of a function.
    pub(super) fn read(session: &Session, function: &Function) -> Instructions {
        let mut code = Instructions { function: function.location(), list: Vec::new(), is_cut_short: true };
        let (begin, length) = (function.body.start, function.body.end - function.body.start);
        let Ok(body) = session.bytecode(function.module, begin, length) else { return code };
        let body = FunctionBody::new(BinaryReader::new(&body, begin as usize));
        let Ok(operators) = body.get_operators_reader() else { return code };
        for operator in operators.into_iter_with_offsets() {
            let Ok((operator, offset)) = operator else { return code };
            code.list.push((offset as u32, matches!(operator, Operator::End | Operator::Else)));
        }
        code.is_cut_short = false;
        code
    }

    /// Whether these are the instructions of a function.
    pub(super) fn are_of(&self, function: &Function) -> bool {
        self.function == function.location()
    }

    /// Whether an instruction begins at a pc.
    pub(super) fn begin_at(&self, pc: u32) -> bool {
        self.list.binary_search_by_key(&pc, |(begin, _)| *begin).is_ok()
            || self.is_cut_short && self.list.last().is_none_or(|(last, _)| *last < pc)
    }

    /// Whether a program that passes `pc` without an event there comes to `after`: whether nothing
    /// but ends of blocks is between them.
    pub(super) fn lead(&self, pc: u32, after: u32) -> bool {
        let is_known = self.list.binary_search_by_key(&after, |(begin, _)| *begin).is_ok();
        let mut between = self.list.iter().filter(|(begin, _)| (pc..after).contains(begin));
        is_known && between.all(|(_, is_end)| *is_end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ends_lead_on() {
        let list = vec![(3, false), (5, true), (6, true), (7, false), (9, true)];
        let code = Instructions { function: Location { module: 0, pc: 3 }, list, is_cut_short: false };
        assert!(code.begin_at(3) && !code.begin_at(4) && code.begin_at(9) && !code.begin_at(10));
        assert!(code.lead(5, 7) && code.lead(6, 7));
        assert!(!code.lead(3, 7), "an instruction is between them");
        assert!(!code.lead(9, 12), "it is in another function");
        let cut = Instructions { is_cut_short: true, ..code };
        assert!(cut.begin_at(12) && !cut.begin_at(4));
    }
}
