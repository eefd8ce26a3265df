//! Writes DWARF 4 for a source file in WebAssembly's text format: its lines, its functions and
//! their locals.
//!
//! Addresses are offsets in the code section (<https://yurydelendik.github.io/webassembly-dwarf/>),
//! and a local is where `DW_OP_WASM_location` says.
//!
//! Invariant: the functions are in the order of their addresses, and so are the rows of each.

use super::modules::push_number;

/// A source file and the functions of one module in it.
pub(super) struct Unit<'a> {
    pub(super) folder: &'a str,
    pub(super) file: &'a str,
    pub(super) code_size: usize,
    pub(super) functions: &'a [Function],
}

/// A function. Offsets are relative to the code section.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) position: Position,
    pub(super) rows: Vec<Row>,
    /// Where the code of the last row ends.
    pub(super) rows_end: usize,
    pub(super) variables: Vec<Variable>,
}

/// A place in the source file. Lines and columns count from 1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Where the code of a place begins.
pub(super) struct Row {
    pub(super) offset: usize,
    pub(super) position: Position,
}

/// A local.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) index: u32,
    pub(super) is_parameter: bool,
    pub(super) ty: BaseType,
}

/// The type of a local.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BaseType {
    I32,
    I64,
    F32,
    F64,
}

/// The types in the order in which they are written, with name, encoding and size.
const BASE_TYPES: [(BaseType, &str, u8, u8); 4] = [
    (BaseType::I32, "i32", DW_ATE_SIGNED, 4),
    (BaseType::I64, "i64", DW_ATE_SIGNED, 8),
    (BaseType::F32, "f32", DW_ATE_FLOAT, 4),
    (BaseType::F64, "f64", DW_ATE_FLOAT, 8),
];

const DW_ATE_FLOAT: u8 = 4;
const DW_ATE_SIGNED: u8 = 5;
const DW_LANG_C99: u16 = 0x0c;
const DW_OP_STACK_VALUE: u8 = 0x9f;
const DW_OP_WASM_LOCATION: u8 = 0xed;
/// The kind of location that is a local.
const WASM_LOCAL: u8 = 0;

const DW_LNS_COPY: u8 = 1;
const DW_LNS_ADVANCE_PC: u8 = 2;
const DW_LNS_ADVANCE_LINE: u8 = 3;
const DW_LNS_SET_COLUMN: u8 = 5;
const DW_LNS_SET_PROLOGUE_END: u8 = 10;
const DW_LNE_END_SEQUENCE: u8 = 1;
const DW_LNE_SET_ADDRESS: u8 = 2;
/// The number of operands of each standard opcode of a line program, from the first on.
const OPERAND_COUNTS: [u8; 12] = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

/// A kind of entries: its tag, whether it has children, and its attributes with their forms.
type Abbreviation = (u8, bool, &'static [(u8, u8)]);

/// The kinds of entries.
const ABBREVIATIONS: [Abbreviation; 5] = [
    // DW_TAG_compile_unit: producer, language, name, comp_dir, stmt_list, low_pc, high_pc
    (
        0x11,
        true,
        &[
            (0x25, STRING),
            (0x13, DATA2),
            (0x03, STRING),
            (0x1b, STRING),
            (0x10, SEC_OFFSET),
            (0x11, ADDR),
            (0x12, DATA4),
        ],
    ),
    // DW_TAG_base_type: name, encoding, byte_size
    (0x24, false, &[(0x03, STRING), (0x3e, DATA1), (0x0b, DATA1)]),
    // DW_TAG_subprogram: name, decl_file, decl_line, external, low_pc, high_pc
    (0x2e, true, &[(0x03, STRING), (0x3a, DATA1), (0x3b, UDATA), (0x3f, FLAG_PRESENT), (0x11, ADDR), (0x12, DATA4)]),
    // DW_TAG_formal_parameter: name, location, type
    (0x05, false, &[(0x03, STRING), (0x02, EXPRLOC), (0x49, REF4)]),
    // DW_TAG_variable: name, location, type
    (0x34, false, &[(0x03, STRING), (0x02, EXPRLOC), (0x49, REF4)]),
];
const UNIT: usize = 1;
const BASE_TYPE: usize = 2;
const SUBPROGRAM: usize = 3;
const PARAMETER: usize = 4;
const VARIABLE: usize = 5;

const ADDR: u8 = 0x01;
const DATA2: u8 = 0x05;
const DATA4: u8 = 0x06;
const STRING: u8 = 0x08;
const DATA1: u8 = 0x0b;
const UDATA: u8 = 0x0f;
const REF4: u8 = 0x13;
const SEC_OFFSET: u8 = 0x17;
const EXPRLOC: u8 = 0x18;
const FLAG_PRESENT: u8 = 0x19;

/// The custom sections, with their names.
pub(super) fn sections(unit: &Unit<'_>) -> [(&'static str, Vec<u8>); 3] {
    [(".debug_abbrev", abbreviations()), (".debug_info", info(unit)), (".debug_line", lines(unit))]
}

fn abbreviations() -> Vec<u8> {
    let mut bytes = Vec::new();
    for ((tag, has_children, attributes), code) in ABBREVIATIONS.iter().zip(1_u8..) {
        bytes.extend([code, *tag, u8::from(*has_children)]);
        attributes.iter().for_each(|(attribute, form)| bytes.extend([*attribute, *form]));
        bytes.extend([0, 0]);
    }
    bytes.push(0);
    bytes
}

fn info(unit: &Unit<'_>) -> Vec<u8> {
    // The length comes last. Version, the offset of the abbreviations, and the size of an address.
    let mut bytes = vec![0; 4];
    bytes.extend(4_u16.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.push(4);

    push_number(&mut bytes, UNIT);
    push_string(&mut bytes, concat!("stillpoint ", env!("CARGO_PKG_VERSION")));
    bytes.extend(DW_LANG_C99.to_le_bytes());
    push_string(&mut bytes, unit.file);
    push_string(&mut bytes, unit.folder);
    bytes.extend([0; 4]);
    push_u32(&mut bytes, 0);
    push_u32(&mut bytes, unit.code_size);

    let mut types = Vec::new();
    for (ty, name, encoding, size) in BASE_TYPES {
        types.push((ty, bytes.len()));
        push_number(&mut bytes, BASE_TYPE);
        push_string(&mut bytes, name);
        bytes.extend([encoding, size]);
    }
    for function in unit.functions {
        push_number(&mut bytes, SUBPROGRAM);
        push_string(&mut bytes, &function.name);
        bytes.push(1);
        push_number(&mut bytes, function.position.line);
        push_u32(&mut bytes, function.begin);
        push_u32(&mut bytes, function.end.saturating_sub(function.begin));
        for variable in &function.variables {
            push_number(&mut bytes, if variable.is_parameter { PARAMETER } else { VARIABLE });
            push_string(&mut bytes, &variable.name);
            let mut location = vec![DW_OP_WASM_LOCATION, WASM_LOCAL];
            push_number(&mut location, variable.index as usize);
            location.push(DW_OP_STACK_VALUE);
            push_number(&mut bytes, location.len());
            bytes.extend(location);
            let ty = types.iter().find(|(ty, _)| *ty == variable.ty);
            push_u32(&mut bytes, ty.map_or(0, |(_, offset)| *offset));
        }
        bytes.push(0);
    }
    bytes.push(0);
    set_length(&mut bytes, 0);
    bytes
}

fn lines(unit: &Unit<'_>) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend(4_u16.to_le_bytes());
    let header = bytes.len();
    bytes.extend([0; 4]);
    // Instructions of one byte, one operation each; rows are statements; the special opcodes are
    // not used, so their ranges do not matter.
    bytes.extend([1, 1, 1, 0, 1, OPERAND_COUNTS.len() as u8 + 1]);
    bytes.extend(OPERAND_COUNTS);
    // No folder but that of the unit, which is number 0, and one file in it.
    bytes.push(0);
    push_string(&mut bytes, unit.file);
    bytes.extend([0, 0, 0, 0]);
    set_length(&mut bytes, header);
    for function in unit.functions {
        push_sequence(&mut bytes, function);
    }
    set_length(&mut bytes, 0);
    bytes
}

/// The rows of a function. What comes before its first instruction, the declarations of its locals,
/// belongs to the line where it begins.
fn push_sequence(bytes: &mut Vec<u8>, function: &Function) {
    bytes.extend([0, 5, DW_LNE_SET_ADDRESS]);
    push_u32(bytes, function.begin);
    let mut offset = function.begin;
    let mut position = Position { line: 1, column: 0 };
    let head = Row { offset, position: function.position };
    for (index, row) in std::iter::once(&head).chain(&function.rows).enumerate() {
        bytes.push(DW_LNS_ADVANCE_PC);
        push_number(bytes, row.offset.saturating_sub(offset));
        bytes.push(DW_LNS_ADVANCE_LINE);
        push_difference(bytes, row.position.line, position.line);
        bytes.push(DW_LNS_SET_COLUMN);
        push_number(bytes, row.position.column);
        if index == 1 {
            bytes.push(DW_LNS_SET_PROLOGUE_END);
        }
        bytes.push(DW_LNS_COPY);
        (offset, position) = (row.offset, row.position);
    }
    bytes.push(DW_LNS_ADVANCE_PC);
    push_number(bytes, function.rows_end.saturating_sub(offset));
    bytes.extend([0, 1, DW_LNE_END_SEQUENCE]);
}

/// Appends a difference as a signed LEB128 number.
fn push_difference(bytes: &mut Vec<u8>, to: usize, from: usize) {
    let mut number = (to as i64).wrapping_sub(from as i64);
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == if byte & 0x40 == 0 { 0 } else { -1 } {
            bytes.push(byte);
            return;
        }
        bytes.push(byte | 0x80);
    }
}

fn push_string(bytes: &mut Vec<u8>, text: &str) {
    // A name with a zero in it ends there.
    bytes.extend(text.bytes().take_while(|byte| *byte != 0));
    bytes.push(0);
}

/// A module is smaller than 4 GiB.
fn push_u32(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend((number as u32).to_le_bytes());
}

/// Writes the number of bytes behind a length into its four bytes.
fn set_length(bytes: &mut [u8], at: usize) {
    let length = bytes.len().saturating_sub(at).saturating_sub(4) as u32;
    if let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.get_mut(..4)) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}
