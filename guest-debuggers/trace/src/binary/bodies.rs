//! Walks through the bodies of a module's functions.
//!
//! Invariant: the bytes that a visitor gets are those of the whole body.

use stillpoint_kit::{Error, Function};
use wasmparser::{BinaryReader, FunctionBody};

use super::Read;

/// How many bytes are fetched at a time.
const CHUNK: u32 = 1 << 20;

/// Visits functions of one module, in the order of their bodies, with the bytes of each.
pub(crate) fn visit_bodies<'f>(
    functions: impl IntoIterator<Item = &'f Function>,
    read: &Read<'_>,
    mut visit: impl FnMut(&Function, FunctionBody<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut window = Window { bytes: Vec::new(), start: 0 };
    for function in functions {
        let range = &function.body;
        let body = window.get(range.start, range.end.saturating_sub(range.start), read)?;
        visit(function, FunctionBody::new(BinaryReader::new(body, range.start as usize)))?;
    }
    Ok(())
}

/// The part of a binary that is in memory.
struct Window {
    bytes: Vec<u8>,
    start: u32,
}

impl Window {
    /// Returns bytes of the binary, fetching them and what follows if needed.
    fn get(&mut self, at: u32, length: u32, read: &Read<'_>) -> Result<&[u8], Error> {
        if self.part(at, length).is_none() {
            self.bytes = read(at, CHUNK.max(length))?;
            self.start = at;
        }
        self.part(at, length).ok_or_else(|| Error::Code(format!("it ends in the function at offset {at}")))
    }

    fn part(&self, at: u32, length: u32) -> Option<&[u8]> {
        let begin = at.checked_sub(self.start)? as usize;
        self.bytes.get(begin..begin.checked_add(length as usize)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::with_module;
    use super::*;

    const PROGRAM: &str = r#"
        (module
            (import "env" "log" (func $log (param i32)))
            (func (param i32 i64) (result f64) (local i32 f32 f32)
                loop br 0 end
                f64.const 0)
            (func (local i64) nop)
            (func))"#;

    #[test]
    fn bodies_are_visited_with_their_instructions() {
        with_module(PROGRAM, |module, _, read| {
            let mut counts = Vec::new();
            let visit = |function: &Function, body: FunctionBody<'_>| {
                let first = body.get_binary_reader_for_operators().map_err(super::super::broken)?.original_position();
                assert_eq!(first, function.entry as usize);
                counts.push(body.get_operators_reader().map_err(super::super::broken)?.into_iter().count());
                Ok(())
            };
            visit_bodies(module.functions(), read, visit)?;
            assert_eq!(counts, [5, 2, 1]);
            Ok(())
        });
    }

    #[test]
    fn a_binary_that_ends_too_soon_is_an_error() {
        with_module(PROGRAM, |module, _, read| {
            let last = module.functions().last().expect("there are three").body.end;
            let cut = |offset: u32, length: u32| read(offset, length.min(last - 1 - offset));
            assert!(visit_bodies(module.functions(), &cut, |_, _| Ok(())).is_err());
            Ok(())
        });
    }
}
