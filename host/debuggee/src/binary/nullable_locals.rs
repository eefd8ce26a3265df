//! Makes a program's locals nullable, so that the engine's garbage collector can read them.
//!
//! In code that is compiled for debugging the engine's collectors read every local of a reference
//! type, even one of a non-nullable type that has no value yet: they take what the stack held
//! before for an object (`gc_refs_in_frame` in the engine). A program that has such locals is
//! therefore compiled from another binary, in which they are nullable, so that the engine sets them
//! to null at first. Every `local.get` and `local.tee` of one is followed by a `ref.as_non_null`,
//! which gives the value its type back and never traps, because the program is valid.
//!
//! That moves the code behind it. The new binary carries the old one in a custom section, and
//! whoever reads it finds both and the way between their offsets. Invariant: nothing outside
//! `engine` sees an offset of the new binary, or its bytes.

use super::layout::Layout;
use super::offset;
use super::sections::Sections;
use super::unset_locals::UnsetLocals;
use std::borrow::Cow;
use std::ops::Range;
use wasmparser::{
    BinaryReader, BinaryReaderError, FunctionBody, Operator, Parser, Payload, ValType, Validator, WasmFeatures,
};

/// The custom section with the old binary. It is the last section of the new one.
const SECTION: &str = "stillpoint.original";

const CUSTOM: u8 = 0;
const CODE: u8 = 10;
/// Sections of a component.
const CORE_MODULE: u8 = 1;
const COMPONENT: u8 = 4;

/// A custom section whose content are offsets in the code. The engine's compiler uses it to guess
/// which branches are taken; it is left out.
const BRANCH_HINTS: &str = "metadata.code.branch_hint";

/// Prefix bytes of the types `(ref …)` and `(ref null …)`.
const REF: u8 = 0x64;
const REF_NULL: u8 = 0x63;
const REF_AS_NON_NULL: u8 = 0xd4;

/// The binary to compile for debugging: the given one, unless the program has locals of
/// non-nullable reference types.
///
/// Such a program cannot be run with a garbage collector otherwise: in code that is compiled for
/// debugging, Wasmtime's collectors read such a local also before it has a value, and may corrupt
/// the program or end the process. In the binary that is returned these locals are nullable, which
/// the program does not notice; a debugger sees the program as it was before. A binary that is not
/// valid is returned as it is.
///
/// # Examples
/// ```
/// let module = wat::parse_str("(module (type $s (struct)) (func (local (ref $s))))").unwrap();
/// assert_ne!(stillpoint_debuggee::with_nullable_locals(&module), module);
/// let module = wat::parse_str("(module (func (local i32)))").unwrap();
/// assert_eq!(stillpoint_debuggee::with_nullable_locals(&module), module);
/// ```
#[must_use]
pub fn with_nullable_locals(binary: &[u8]) -> Cow<'_, [u8]> {
    if !has_unset_locals(binary) || Validator::new_with_features(WasmFeatures::all()).validate_all(binary).is_err() {
        return Cow::Borrowed(binary);
    }
    match file(binary) {
        Ok(new) => Cow::Owned(new.binary),
        Err(error) => {
            tracing::warn!(%error, "the program's locals could not be made nullable");
            Cow::Borrowed(binary)
        }
    }
}

/// Converts offsets in the binary that [`with_nullable_locals`] has made of a program, such as those
/// in an error's backtrace, to offsets in the program.
#[derive(Debug)]
pub struct ProgramOffsets(Vec<Move>);

impl ProgramOffsets {
    /// The offsets of a program that has been compiled from another binary.
    #[must_use]
    pub fn of(program: &[u8]) -> ProgramOffsets {
        ProgramOffsets(file(program).map(|new| new.moves).unwrap_or_default())
    }

    /// The offset in the program of an instruction.
    #[must_use]
    pub fn find(&self, compiled: u32) -> u32 {
        to_old(&self.0, compiled).unwrap_or(compiled)
    }
}

/// Whether any function of a module or component has locals that have no value at first. Code that
/// cannot be read is skipped.
fn has_unset_locals(binary: &[u8]) -> bool {
    let payloads = Parser::new(0).parse_all(binary).map_while(Result::ok);
    payloads
        .into_iter()
        .any(|payload| matches!(&payload, Payload::CodeSectionEntry(body) if UnsetLocals::are_declared_in(body)))
}

/// Rewrites a program.
fn file(program: &[u8]) -> Result<NewBinary, BinaryReaderError> {
    if Parser::is_component(program) { component(program) } else { module(program) }
}

/// A module that [`with_nullable_locals`] has made: where the old binary is in it, and where its
/// code is.
#[derive(Debug)]
pub(crate) struct Rewritten {
    /// The range of the old binary in the new one.
    pub(crate) original: Range<usize>,
    moves: Vec<Move>,
}

/// From an offset on, the code has moved by the same distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Move {
    old: u32,
    new: u32,
}

impl Rewritten {
    /// Recognizes a module that [`with_nullable_locals`] has made.
    pub(crate) fn of(binary: &[u8]) -> Option<Rewritten> {
        let payloads = Parser::new(0).parse_all(binary).map_while(Result::ok);
        let last = payloads.filter_map(|payload| match payload {
            Payload::CustomSection(section) if section.name() == SECTION => {
                Some(section.data_offset()..section.range().end)
            }
            _ => None,
        });
        let original = last.last()?;
        // Anybody can write such a section. It is what it claims if the same comes out again.
        let new = module(binary.get(original.clone())?).ok()?;
        (new.binary == binary).then_some(Rewritten { original, moves: new.moves })
    }

    /// The offset in the new binary of an instruction of the old one.
    pub(crate) fn to_new(&self, old: u32) -> u32 {
        let next = self.moves.partition_point(|step| step.old <= old);
        let Move { old: from, new: to } = last(&self.moves, next);
        old.saturating_sub(from).saturating_add(to)
    }

    /// The offset in the old binary of an instruction of the new one; `None` for one that the old
    /// binary does not have.
    pub(crate) fn to_old(&self, new: u32) -> Option<u32> {
        to_old(&self.moves, new)
    }
}

/// The move before the one with this index. What comes before all moves has not moved.
fn last(moves: &[Move], next: usize) -> Move {
    next.checked_sub(1).and_then(|at| moves.get(at)).copied().unwrap_or(Move { old: 0, new: 0 })
}

/// The offset in the old binary of an instruction of the new one; `None` for one that the old binary
/// does not have.
fn to_old(moves: &[Move], new: u32) -> Option<u32> {
    let next = moves.partition_point(|step| step.new <= new);
    let Move { old: to, new: from } = last(moves, next);
    let old = new.saturating_sub(from).saturating_add(to);
    match moves.get(next) {
        Some(step) if old >= step.old => None,
        _ => Some(old),
    }
}

/// A new binary, and where its code is.
struct NewBinary {
    binary: Vec<u8>,
    moves: Vec<Move>,
}

impl NewBinary {
    /// Appends a part that has been rewritten for itself, and that begins at `old` in the old
    /// binary.
    fn append(&mut self, part: &NewBinary, old: usize) {
        let begin = offset(self.binary.len());
        self.note_move(old);
        let old = offset(old);
        for step in &part.moves {
            self.moves.push(Move { old: step.old.saturating_add(old), new: step.new.saturating_add(begin) });
        }
        self.binary.extend_from_slice(&part.binary);
    }

    /// Notes that what comes next in the new binary is at `old` in the old one.
    fn note_move(&mut self, old: usize) {
        let step = Move { old: offset(old), new: offset(self.binary.len()) };
        let Move { old, new } = last(&self.moves, self.moves.len());
        if step.new.wrapping_sub(step.old) != new.wrapping_sub(old) {
            self.moves.push(step);
        }
    }
}

/// A section: its id, where it begins with its id and size, and its content.
struct Section {
    id: u8,
    begin: usize,
    content: Range<usize>,
}

/// The sections of a module or component, after the eight bytes of its header.
fn sections(binary: &[u8]) -> impl Iterator<Item = Result<Section, BinaryReaderError>> + '_ {
    let mut reader = BinaryReader::new(binary.get(8..).unwrap_or_default(), 8);
    std::iter::from_fn(move || {
        if reader.eof() {
            return None;
        }
        let begin = reader.original_position();
        let mut next = || {
            let id = reader.read_u8()?;
            let size = usize::try_from(reader.read_var_u32()?).unwrap_or(usize::MAX);
            let content = reader.original_position();
            reader.read_bytes(size)?;
            Ok(Section { id, begin, content: content..content.saturating_add(size) })
        };
        Some(next())
    })
}

/// Rewrites the modules of a component, and those of the components in it.
fn component(binary: &[u8]) -> Result<NewBinary, BinaryReaderError> {
    let mut new = NewBinary { binary: part(binary, 0..8).to_vec(), moves: Vec::new() };
    for section in sections(binary) {
        let Section { id, begin, content } = section?;
        let inner = part(binary, content.clone());
        let inner = match id {
            CORE_MODULE if has_unset_locals(inner) => Some(module(inner)?),
            COMPONENT => Some(component(inner)?),
            _ => None,
        };
        match inner {
            Some(inner) => {
                new.binary.push(id);
                put_u32(&mut new.binary, inner.binary.len());
                new.append(&inner, content.start);
            }
            None => {
                new.note_move(begin);
                new.binary.extend_from_slice(part(binary, begin..content.end));
            }
        }
    }
    Ok(new)
}

/// Rewrites a module.
fn module(binary: &[u8]) -> Result<NewBinary, BinaryReaderError> {
    let layout = Layout::of(&Sections::of(binary), binary)?;
    let mut new = NewBinary { binary: part(binary, 0..8).to_vec(), moves: Vec::new() };
    for section in sections(binary) {
        let Section { id, begin, content } = section?;
        let is_left_out = || {
            let mut reader = BinaryReader::new(part(binary, content.clone()), content.start);
            id == CUSTOM && matches!(reader.read_string(), Ok(BRANCH_HINTS))
        };
        if id == CODE {
            let code = code(&layout, binary, content.clone())?;
            new.binary.push(CODE);
            put_u32(&mut new.binary, code.binary.len());
            new.append(&code, content.start);
        } else if !is_left_out() {
            new.note_move(begin);
            new.binary.extend_from_slice(part(binary, begin..content.end));
        }
    }
    let mut name = Vec::new();
    put_u32(&mut name, SECTION.len());
    name.extend_from_slice(SECTION.as_bytes());
    new.binary.push(CUSTOM);
    put_u32(&mut new.binary, name.len().saturating_add(binary.len()));
    new.binary.extend_from_slice(&name);
    new.binary.extend_from_slice(binary);
    Ok(new)
}

/// Rewrites the content of a code section. The offsets of the moves count from its beginning.
fn code(layout: &Layout, binary: &[u8], content: Range<usize>) -> Result<NewBinary, BinaryReaderError> {
    let mut reader = BinaryReader::new(part(binary, content.clone()), content.start);
    let mut new = NewBinary { binary: Vec::with_capacity(content.len()), moves: Vec::new() };
    let n_bodies = reader.read_var_u32()?;
    put_u32(&mut new.binary, usize::try_from(n_bodies).unwrap_or(usize::MAX));
    for defined in 0..n_bodies {
        let size = usize::try_from(reader.read_var_u32()?).unwrap_or(usize::MAX);
        let begin = reader.original_position();
        let bytes = reader.read_bytes(size)?;
        let body = FunctionBody::new(BinaryReader::new(bytes, begin));
        if !UnsetLocals::are_declared_in(&body) {
            put_u32(&mut new.binary, size);
            new.note_move(begin.saturating_sub(content.start));
            new.binary.extend_from_slice(bytes);
            continue;
        }
        let n_parameters = layout.function_type(layout.imported.functions.saturating_add(defined)).params.len();
        let edits = Edits::of(bytes, begin, n_parameters)?;
        put_u32(&mut new.binary, size.saturating_add(edits.behind.len()));
        new.note_move(begin.saturating_sub(content.start));
        let locals = new.binary.len();
        let mut from = begin;
        for behind in edits.behind {
            new.binary.extend_from_slice(part(binary, from..behind));
            new.binary.push(REF_AS_NON_NULL);
            new.note_move(behind.saturating_sub(content.start));
            from = behind;
        }
        new.binary.extend_from_slice(part(binary, from..begin.saturating_add(size)));
        for ty in edits.types {
            if let Some(byte) = new.binary.get_mut(locals.saturating_add(ty.saturating_sub(begin))) {
                *byte = REF_NULL;
            }
        }
    }
    Ok(new)
}

/// What has to change in one function.
#[derive(Default)]
struct Edits {
    /// Offsets of the types of the locals that become nullable.
    types: Vec<usize>,
    /// Offsets of the instructions before which a `ref.as_non_null` is put.
    behind: Vec<usize>,
}

impl Edits {
    /// The edits of the function whose body begins at offset `start` of its module.
    fn of(body: &[u8], start: usize, n_parameters: usize) -> Result<Edits, BinaryReaderError> {
        let mut edits = Edits::default();
        let mut reader = BinaryReader::new(body, start);
        // Whether each local becomes nullable.
        let mut nullable = vec![false; n_parameters];
        for _ in 0..reader.read_var_u32()? {
            let count = usize::try_from(reader.read_var_u32()?).unwrap_or(usize::MAX);
            let at = reader.original_position();
            let ty = reader.read::<ValType>()?;
            let becomes_nullable = matches!(ty, ValType::Ref(ty) if !ty.is_nullable());
            if becomes_nullable && body.get(at.saturating_sub(start)) == Some(&REF) {
                edits.types.push(at);
            }
            nullable.resize(nullable.len().saturating_add(count), becomes_nullable);
        }
        let mut operators = FunctionBody::new(BinaryReader::new(body, start)).get_operators_reader()?;
        while !operators.eof() {
            if let Operator::LocalGet { local_index } | Operator::LocalTee { local_index } = operators.read()?
                && usize::try_from(local_index).is_ok_and(|index| nullable.get(index) == Some(&true))
            {
                edits.behind.push(operators.original_position());
            }
        }
        Ok(edits)
    }
}

/// A part of a binary. The ranges come from its own sections, so they are in it.
fn part(binary: &[u8], range: Range<usize>) -> &[u8] {
    binary.get(range).unwrap_or_default()
}

/// Writes a number as unsigned LEB128.
fn put_u32(binary: &mut Vec<u8>, number: usize) {
    let mut rest = number;
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            return binary.push(low & 0x7f);
        }
        binary.push(low | 0x80);
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const WAT: &str = r#"(module
        (type $s (struct (field i32)))
        (import "host" "call" (func $call))
        (func (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))
        (func (export "run") (param $p i32) (result i32)
            (local $n i64) (local $a (ref $s)) (local $b (ref null $s)) (local $f (ref func))
            (local.set $a (struct.new $s (local.get $p)))
            (drop (struct.get $s 0 (local.tee $a (local.get $a))))
            (local.set $b (local.get $a))
            (call 1 (local.get $a)))
        (func $large (local (ref $s)) (local.set 0 (struct.new_default $s)) GETS)
        (@custom "metadata.code.branch_hint" "\00")
        (data "abc"))"#;

    fn sample() -> Vec<u8> {
        // So many that the size of the body needs another byte.
        wat::parse_str(WAT.replace("GETS", &"(drop (local.get 0))".repeat(40))).expect("the text is a module")
    }

    fn operators(binary: &[u8]) -> Vec<(u32, String)> {
        let mut found = Vec::new();
        for body in Sections::of(binary).bodies.iter() {
            let body = FunctionBody::new(BinaryReader::new(&binary[body.clone()], body.start));
            let mut operators = body.get_operators_reader().expect("valid");
            while !operators.eof() {
                let pc = offset(operators.original_position());
                found.push((pc, format!("{:?}", operators.read().expect("valid"))));
            }
        }
        found
    }

    /// The new binary is valid, and its code is the old one's with nothing but the casts between.
    #[test]
    fn every_instruction_is_found_again() {
        let old = sample();
        let new = with_nullable_locals(&old);
        Validator::new_with_features(WasmFeatures::all()).validate_all(&new).expect("the new binary is valid");
        let rewritten = Rewritten::of(&new).expect("it is recognized");
        assert_eq!(new[rewritten.original.clone()], old);
        let mut old_operators = operators(&old).into_iter();
        let mut n_casts = 0;
        for (pc, operator) in operators(&new) {
            match rewritten.to_old(pc) {
                None => {
                    assert_eq!(operator, "RefAsNonNull");
                    n_casts += 1;
                }
                Some(old) => {
                    assert_eq!(old_operators.next(), Some((old, operator)));
                    assert_eq!(rewritten.to_new(old), pc);
                }
            }
        }
        assert_eq!(old_operators.next(), None);
        assert_eq!(n_casts, 4 + 40);
    }

    /// A section of that name alone does not make a module one of ours.
    #[test]
    fn a_forged_section_is_not_believed() {
        let old = sample();
        let mut forged = old.clone();
        let mut section = Vec::new();
        put_u32(&mut section, SECTION.len());
        section.extend_from_slice(SECTION.as_bytes());
        section.extend_from_slice(&wat::parse_str("(module)").expect("the text is a module"));
        forged.push(CUSTOM);
        put_u32(&mut forged, section.len());
        forged.extend_from_slice(&section);
        assert!(Rewritten::of(&forged).is_none());
        assert!(Rewritten::of(&old).is_none());
        // It may be rewritten all the same.
        let new = with_nullable_locals(&forged);
        assert_eq!(new[Rewritten::of(&new).expect("it is recognized").original], forged);
    }

    /// The offset of an instruction in the whole new component leads to the same in the old one.
    #[test]
    fn modules_in_components_are_rewritten() {
        let text = r#"(component
            (core module (type $s (struct)) (func (local (ref $s)) (local.set 0 (struct.new $s)) (drop (local.get 0)) nop))
            (component
                (core module (type $s (struct)) (func nop (drop (i32.const 1))))
                (core module (type $s (struct)) (func (local (ref $s)) (local.set 0 (struct.new $s)) (drop (local.get 0)) nop))
                (core module (func (local i32) nop)))
            (core module (func (drop (i32.const 2)))))"#;
        let old = wat::parse_str(text).expect("the text is a component");
        let new = with_nullable_locals(&old);
        Validator::new_with_features(WasmFeatures::all()).validate_all(&new).expect("the new binary is valid");
        let operators = |binary: &[u8]| {
            let mut found = Vec::new();
            for payload in Parser::new(0).parse_all(binary) {
                let Payload::CodeSectionEntry(body) = payload.expect("valid") else { continue };
                let mut operators = body.get_operators_reader().expect("valid");
                while !operators.eof() {
                    let pc = offset(operators.original_position());
                    found.push((pc, format!("{:?}", operators.read().expect("valid"))));
                }
            }
            found
        };
        let offsets = ProgramOffsets::of(&old);
        let mut found = operators(&new);
        found.retain(|(_, operator)| operator != "RefAsNonNull");
        let found: Vec<_> = found.into_iter().map(|(pc, operator)| (offsets.find(pc), operator)).collect();
        assert_eq!(found, operators(&old));
        let mut n_rewritten = 0;
        for payload in Parser::new(0).parse_all(&new) {
            if let Payload::ModuleSection { unchecked_range, .. } = payload.expect("valid") {
                n_rewritten += usize::from(Rewritten::of(&new[unchecked_range]).is_some());
            }
        }
        assert_eq!(n_rewritten, 2);
    }

    /// What is cut short or not valid stays as it is, and nothing panics.
    #[test]
    fn invalid_binaries_stay_as_they_are() {
        let binary = sample();
        let new = with_nullable_locals(&binary);
        for end in 0..binary.len() {
            let part = &binary[..end];
            // A cut between two sections at the end leaves a valid module.
            if Validator::new_with_features(WasmFeatures::all()).validate_all(part).is_err() {
                assert_eq!(*with_nullable_locals(part), *part);
            }
        }
        for end in (0..new.len()).step_by(7) {
            assert!(Rewritten::of(&new[..end]).is_none());
        }
    }
}
