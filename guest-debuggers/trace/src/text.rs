//! Prints instructions in the text format, function by function.
//!
//! The printer of the text format works on whole modules. To spare it printing a large module for a
//! few lines, it is given a small one: the types, one function, and the names that this function
//! mentions. Invariant: only functions that the program comes to are fetched and printed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::RangeInclusive;
use std::rc::Rc;

use stillpoint_kit::{Error, Function, ModuleCode, ModuleId, Session};
use wasm_encoder::{FunctionSection, Module, NameMap, NameSection, RawSection};
use wasmparser::{BinaryReader, FunctionBody, Operator};

use crate::binary::{Parts, broken};

/// Lines longer than this, in characters, are truncated: a `br_table` may have thousands of labels.
const MAX_WIDTH: usize = 100;
/// The subsections of the name section that are copied unchanged: the names of types, tables,
/// memories, globals, elements, data, fields and tags.
const COPIED_NAMES: RangeInclusive<u8> = 4..=11;
/// Subsections larger than this, in bytes, are left out; the text has indices instead of their
/// names.
const MAX_NAMES_SIZE: usize = 64 << 10;
const TYPE: u8 = 1;

/// One instruction and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Instruction {
    pc: u32,
    text: String,
}

/// A line of the trace without the operands.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) pc: u32,
    /// The text before the operands. It is formatted once, and printed as often as the instruction
    /// runs.
    pub(crate) begin: String,
}

impl From<Instruction> for Line {
    fn from(Instruction { pc, text }: Instruction) -> Line {
        Line { pc, begin: format!("  {pc:#08x}  {text:<36}") }
    }
}

/// The texts of the functions that the program has come to so far.
#[derive(Default)]
pub(crate) struct Texts {
    functions: HashMap<(ModuleId, u32), Rc<[Line]>>,
    /// The parts of each module.
    parts: HashMap<ModuleId, Parts>,
}

impl Texts {
    /// The lines of a function's instructions, in their order.
    pub(crate) fn lines(
        &mut self,
        session: &Session,
        module: &ModuleCode,
        function: &Function,
    ) -> Result<Rc<[Line]>, Error> {
        let read = |offset, length| session.bytecode(module.id, offset, length);
        let known = match self.functions.entry((module.id, function.index)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(slot) => {
                let parts = match self.parts.entry(module.id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(slot) => slot.insert(Parts::read(module, &session.sections(module.id)?, &read)?),
                };
                let body = read(function.body.start, function.body.end - function.body.start)?;
                slot.insert(instructions(module, function, parts, &body)?.into_iter().map(Line::from).collect())
            }
        };
        Ok(Rc::clone(known))
    }
}

/// Prints one function.
fn instructions(
    module: &ModuleCode,
    function: &Function,
    parts: &Parts,
    body: &[u8],
) -> Result<Vec<Instruction>, Error> {
    let mut result = Vec::new();
    let mut mentioned = Vec::new();
    let reader = FunctionBody::new(BinaryReader::new(body, function.body.start as usize));
    for operator in reader.get_operators_reader().map_err(broken)?.into_iter_with_offsets() {
        let (operator, offset) = operator.map_err(broken)?;
        if let Operator::Call { function_index }
        | Operator::ReturnCall { function_index }
        | Operator::RefFunc { function_index } = operator
        {
            mentioned.push(function_index);
        }
        result.push(Instruction { pc: offset as u32, text: String::new() });
    }

    let names = name_section(module, &parts.names, mentioned);
    let (small, start) = single_function_module(parts.type_index(function)?, &parts.types, &names, body);
    let mut storage = String::new();
    let lines = wasmprinter::Config::new()
        .offsets_and_lines(&small, &mut storage)
        .map_err(|error| Error::Code(format!("{} cannot be printed: {error:#}", function.name)))?;
    let mut current = None;
    for (offset, line) in lines {
        // A line without an offset continues the instruction before it.
        if let Some(offset) = offset {
            let pc = offset.checked_sub(start).and_then(|offset| function.body.start.checked_add(offset as u32));
            current = pc.and_then(|pc| result.binary_search_by_key(&pc, |instruction| instruction.pc).ok());
        }
        let Some(instruction) = current.and_then(|index| result.get_mut(index)) else { continue };
        if !instruction.text.is_empty() {
            instruction.text.push(' ');
        }
        instruction.text.push_str(line.trim());
    }
    if let Some(last) = result.last_mut() {
        // The printer closes the function's parenthesis on this line.
        last.text = "end".to_owned();
    }
    for instruction in &mut result {
        truncate(&mut instruction.text);
    }
    Ok(result)
}

/// Makes a module with this function alone; returns it with the offset of the function's body.
fn single_function_module(type_index: u32, types: &[u8], names: &NameSection, body: &[u8]) -> (Vec<u8>, usize) {
    let mut small = Module::new();
    small.section(&RawSection { id: TYPE, data: types });
    small.section(FunctionSection::new().function(type_index));
    let mut code = wasm_encoder::CodeSection::new();
    code.raw(body);
    small.section(&code);
    let start = small.len() - body.len();
    small.section(names);
    (small.finish(), start)
}

/// A name section with the names of the mentioned functions, and the names of everything that is
/// not a function.
fn name_section(module: &ModuleCode, names: &[u8], mut mentioned: Vec<u32>) -> NameSection {
    let mut result = NameSection::new();
    mentioned.sort_unstable();
    mentioned.dedup();
    let mut functions = NameMap::new();
    for index in mentioned {
        if let Some(name) = module.function_name(index) {
            functions.append(index, name);
        }
    }
    result.functions(&functions);
    let mut reader = BinaryReader::new(names, 0);
    while let Ok(id) = reader.read_u8() {
        let Some(data) = reader.read_var_u32().ok().and_then(|size| reader.read_bytes(size as usize).ok()) else {
            break;
        };
        if COPIED_NAMES.contains(&id) && data.len() <= MAX_NAMES_SIZE {
            result.raw(id, data);
        }
    }
    result
}

fn truncate(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAX_WIDTH) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::testing::with_module;

    const PROGRAM: &str = r#"
        (module $demo
            (type $pair (func (param i32 i32) (result i32)))
            (import "env" "log" (func $log (param i32)))
            (import "env" "table" (table $table 1 funcref))
            (global $counter (mut i32) (i32.const 0))
            (memory 1)
            (func $unrelated (result i32) i32.const 1 i32.const 2 i32.add)
            (func $demo::fact (param i32) (result i32) (local i64 f32)
                block (result i32)
                    local.get 0
                    call $demo::fact
                    global.get $counter
                    i32.load offset=4
                    local.get 0
                    local.get 0
                    call_indirect (type $pair)
                    br_if 0
                end
                i32.const 3
                call $log)
            (func $table (param i32) local.get 0 br_table LABELS))"#;

    fn read(index: usize) -> Vec<Instruction> {
        let mut result = Vec::new();
        // Not all types are right: only names and shapes matter to the printer.
        with_module(&PROGRAM.replace("LABELS", &"0 ".repeat(100)), |module, sections, read| {
            let function = &module.functions()[index];
            let body = read(function.body.start, function.body.end - function.body.start)?;
            result = instructions(module, function, &Parts::read(module, sections, read)?, &body)?;
            assert_eq!(result.first().map(|first| first.pc), Some(function.entry));
            assert_eq!(result.last().map(|last| last.pc), Some(function.body.end - 1));
            Ok(())
        });
        result
    }

    #[test]
    fn instructions_with_the_names_that_they_mention() {
        let texts: Vec<_> = read(1).into_iter().map(|instruction| instruction.text).collect();
        assert_eq!(
            texts,
            [
                "block (result i32) ;; label = @1",
                "local.get 0",
                "call $demo::fact",
                "global.get $counter",
                "i32.load offset=4",
                "local.get 0",
                "local.get 0",
                "call_indirect (type $pair)",
                "br_if 0 (;@1;)",
                "end",
                "i32.const 3",
                "call $env.log",
                "end",
            ]
        );
    }

    #[test]
    fn a_long_line_is_cut() {
        let text = &read(2)[1].text;
        assert!(text.starts_with("br_table 0") && text.ends_with('…'), "{text}");
        assert_eq!(text.chars().count(), MAX_WIDTH + 1);
    }
}
