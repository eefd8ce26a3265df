//! The functions of a module with their lines: what the text and the binary each know of them.
//!
//! Invariant: a module whose functions do not match those of the text has no lines.

use super::dwarf::{BaseType, Function, Position, Row, Variable};
use super::text::TextFunction;
use std::collections::HashMap;
use wasmparser::{
    CompositeInnerType, ExternalKind, FunctionBody, KnownCustom, Name, Parser, Payload, TypeRef, ValType,
};

/// The size of the code section, and the functions with their lines. Their offsets are relative to
/// the section, as in all DWARF for WebAssembly. None if the module has DWARF already, or is not
/// that of the text.
pub(super) fn functions(module: &[u8], text: &str, of_text: &[TextFunction]) -> Option<(usize, Vec<Function>)> {
    let module = Module::read(module)?;
    if module.has_dwarf || module.bodies.len() != of_text.len() || of_text.is_empty() {
        return None;
    }
    let places = Places::new(text);
    let functions = module.bodies.iter().zip(of_text).enumerate();
    let functions = functions.filter_map(|(defined, (body, of_text))| module.function(defined, body, of_text, &places));
    Some((module.code_size, functions.collect()))
}

/// What a binary tells about its functions.
#[derive(Default)]
struct Module<'a> {
    has_dwarf: bool,
    /// The parameters of each type, if it is one of functions.
    parameters: Vec<Vec<ValType>>,
    n_imported: u32,
    /// The types of the functions that the module defines.
    types: Vec<u32>,
    code_begin: usize,
    code_size: usize,
    bodies: Vec<FunctionBody<'a>>,
    exports: HashMap<u32, &'a str>,
    names: HashMap<u32, &'a str>,
    locals: HashMap<(u32, u32), &'a str>,
}

impl<'a> Module<'a> {
    fn read(binary: &'a [u8]) -> Option<Self> {
        let mut module = Module::default();
        for payload in Parser::new(0).parse_all(binary) {
            match payload.ok()? {
                Payload::TypeSection(types) => {
                    for group in types {
                        module.parameters.extend(group.ok()?.types().map(|ty| match &ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => ty.params().to_vec(),
                            _ => Vec::new(),
                        }));
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        if matches!(import.ok()?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                            module.n_imported = module.n_imported.checked_add(1)?;
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    module.types = functions.into_iter().collect::<Result<_, _>>().ok()?
                }
                Payload::ExportSection(exports) => {
                    for export in exports.into_iter().flatten().filter(|export| export.kind == ExternalKind::Func) {
                        module.exports.entry(export.index).or_insert(export.name);
                    }
                }
                Payload::CodeSectionStart { range, .. } => {
                    (module.code_begin, module.code_size) = (range.start, range.len());
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::CustomSection(section) => {
                    module.has_dwarf |= section.name().starts_with(".debug_");
                    if let KnownCustom::Name(names) = section.as_known() {
                        names.into_iter().flatten().for_each(|names| module.read_names(names));
                    }
                }
                _ => {}
            }
        }
        Some(module)
    }

    fn read_names(&mut self, names: Name<'a>) {
        match names {
            Name::Function(names) => self.names.extend(names.into_iter().flatten().map(|name| (name.index, name.name))),
            Name::Local(functions) => {
                for function in functions.into_iter().flatten() {
                    let names = function.names.into_iter().flatten();
                    self.locals.extend(names.map(|name| ((function.index, name.index), name.name)));
                }
            }
            _ => {}
        }
    }

    /// A function with its lines; none if its instructions are not those of the text.
    fn function(
        &self,
        defined: usize,
        body: &FunctionBody<'_>,
        of_text: &TextFunction,
        places: &Places,
    ) -> Option<Function> {
        let offset = |in_module: usize| in_module.checked_sub(self.code_begin);
        let instructions = body.get_operators_reader().ok()?.into_iter_with_offsets();
        let offsets = instructions.map(|instruction| offset(instruction.ok()?.1)).collect::<Option<Vec<_>>>()?;
        // The binary has an `end` more.
        let (last, offsets) = offsets.split_last()?;
        if offsets.len() != of_text.instructions.len() {
            return None;
        }
        let row = |offset: &usize, in_text: usize| Row { offset: *offset, position: places.of(in_text) };
        let mut rows: Vec<Row> = offsets.iter().zip(&of_text.instructions).map(|(at, text)| row(at, *text)).collect();
        let end = offset(body.range().end)?;
        // The `end` belongs to the parenthesis that closes the function, if that is on a line of its
        // own. Otherwise it has no line: LLDB steps over the last line with a breakpoint behind it,
        // which would be behind the function, where no instruction is.
        let closing = row(last, of_text.end?);
        let rows_end = match rows.last() {
            Some(row) if row.position.line == closing.position.line => *last,
            _ => {
                rows.push(closing);
                end
            }
        };
        let index = self.n_imported.checked_add(u32::try_from(defined).ok()?)?;
        let name = self.names.get(&index).or_else(|| self.exports.get(&index));
        Some(Function {
            name: name.map_or_else(|| format!("wasm-function[{index}]"), |name| (*name).to_owned()),
            begin: offset(body.range().start)?,
            end,
            position: places.of(of_text.offset),
            rows,
            rows_end,
            variables: self.variables(defined, index, body)?,
        })
    }

    /// The locals that have a type that DWARF can express.
    fn variables(&self, defined: usize, function: u32, body: &FunctionBody<'_>) -> Option<Vec<Variable>> {
        let ty = usize::try_from(*self.types.get(defined)?).ok()?;
        let parameters = self.parameters.get(ty)?;
        let mut variables = Vec::new();
        let mut add = |index: u32, is_parameter, ty| {
            let Some(ty) = base_type(ty) else { return };
            let name =
                self.locals.get(&(function, index)).map_or_else(|| format!("local{index}"), |name| (*name).to_owned());
            variables.push(Variable { name, index, is_parameter, ty });
        };
        let mut index = 0_u32;
        for ty in parameters {
            add(index, true, *ty);
            index = index.checked_add(1)?;
        }
        for group in body.get_locals_reader().ok()? {
            let (count, ty) = group.ok()?;
            for _ in 0..count {
                add(index, false, ty);
                index = index.checked_add(1)?;
            }
        }
        Some(variables)
    }
}

fn base_type(ty: ValType) -> Option<BaseType> {
    Some(match ty {
        ValType::I32 => BaseType::I32,
        ValType::I64 => BaseType::I64,
        ValType::F32 => BaseType::F32,
        ValType::F64 => BaseType::F64,
        ValType::V128 | ValType::Ref(_) => return None,
    })
}

/// The lines of a text.
struct Places {
    /// The offset at which each line begins.
    begins: Vec<usize>,
}

impl Places {
    fn new(text: &str) -> Self {
        let ends =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset.saturating_add(1));
        Self { begins: std::iter::once(0).chain(ends).collect() }
    }

    /// The line and the column of an offset, from 1 on.
    fn of(&self, offset: usize) -> Position {
        let line = self.begins.partition_point(|begin| *begin <= offset);
        let begin = line.checked_sub(1).and_then(|index| self.begins.get(index)).copied().unwrap_or(0);
        Position { line, column: offset.saturating_sub(begin).saturating_add(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let places = Places::new("ab\n\ncd");
        let of = |offset| {
            let Position { line, column } = places.of(offset);
            (line, column)
        };
        assert_eq!([0, 1, 2, 3, 4, 5].map(of), [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (3, 2)]);
    }
}
