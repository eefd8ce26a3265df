//! [`ModuleCode`]: the functions of one core module, and where the parts of its binary are.
//!
//! Invariant: every pc is a byte offset in the module's binary, as in the contract.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use wasmparser::{
    BinaryReader, ElementItems, ElementSectionReader, ExportSectionReader, ExternalKind, FunctionBody,
    FunctionSectionReader, ImportSectionReader, Operator, TypeRef, TypeSectionReader, ValType,
};

use super::names::{Names, on_one_line, readable_module};
use super::sections::{Read, bodies, read_exactly, sections};
use crate::bindings::stillpoint::debugger::types::{Location, ModuleId};
use crate::error::Error;

/// The ids of sections, from the core specification's binary format.
const CUSTOM: u8 = 0;
const TYPE: u8 = 1;
const IMPORT: u8 = 2;
const FUNCTION: u8 = 3;
const EXPORT: u8 = 7;
const ELEMENT: u8 = 9;
const CODE: u8 = 10;

/// The type of a function: its parameters and results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Types of its parameters.
    pub params: Vec<ValType>,
    /// Types of its results.
    pub results: Vec<ValType>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) -> ({})", list(&self.params), list(&self.results))
    }
}

fn list(types: &[ValType]) -> String {
    types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The id of its module.
    pub module: ModuleId,
    /// The function's index in the module's function index space, imports included.
    pub index: u32,
    /// The function's name; [`ModuleCode`] says how it is chosen.
    pub name: String,
    /// Whether another function of the module has the same name. [`Code::label`](crate::Code::label)
    /// tells them apart.
    pub shares_name: bool,
    /// The function's type.
    pub signature: Rc<Signature>,
    /// Index of its type in the module.
    pub type_index: u32,
    /// The pc of its first instruction. A breakpoint there is hit once per call, also when that
    /// instruction is a `loop`: a branch back to a loop goes to the instruction after it.
    pub entry: u32,
    /// The range of its body, from the declarations of its locals to its last `end`.
    pub body: Range<u32>,
}

impl Function {
    /// The location of its first instruction.
    pub fn location(&self) -> Location {
        Location { module: self.module, pc: self.entry }
    }
}

/// A function that the module imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedFunction {
    /// The function's index in the module's function index space.
    pub index: u32,
    /// `module.field` of the import.
    pub name: String,
    /// The function's type.
    pub signature: Rc<Signature>,
}

/// One core module: its functions, and where the parts of its binary are.
///
/// A function's name is that of the name section, demangled and without the hash if it is a Rust
/// name; else that of an export; else `func[N]`.
#[derive(Debug)]
pub struct ModuleCode {
    /// The module's id.
    pub id: ModuleId,
    /// The module's name, without the file extension and without the hash that Cargo adds, or
    /// `module[N]`.
    pub name: String,
    /// The range of the contents of its type section; empty if it has none.
    pub type_section: Range<u64>,
    /// The range of the contents of its code section; empty if it has none.
    pub code_section: Range<u64>,
    /// The range of the contents of its name section; empty if it has none.
    pub name_section: Range<u64>,
    /// Whether the host has made it, to adapt calls from one component to another: it is not a part
    /// of the program.
    pub is_adapter: bool,
    /// Whether its indirect calls may reach functions from outside: whether it imports or exports a
    /// table, or has an element segment with a function that it imports.
    pub has_open_table: bool,
    imports: Vec<ImportedFunction>,
    functions: Vec<Function>,
    tags: BTreeMap<u32, String>,
}

impl ModuleCode {
    /// Reads a module of `size` bytes through `read`, which returns bytes at an offset: at least
    /// one, and at most as many as it is asked for.
    ///
    /// # Errors
    /// Those of `read`, and [`Error::Code`] for a binary that is not a valid core module.
    pub fn read(
        id: ModuleId,
        name: Option<String>,
        size: u64,
        read: &dyn Fn(u64, u64) -> Result<Vec<u8>, Error>,
    ) -> Result<ModuleCode, Error> {
        let mut module = ModuleCode {
            id,
            name: String::new(),
            type_section: 0..0,
            code_section: 0..0,
            name_section: 0..0,
            is_adapter: false,
            has_open_table: false,
            imports: Vec::new(),
            functions: Vec::new(),
            tags: BTreeMap::new(),
        };
        let mut names = Names::default();
        let mut types: Vec<Rc<Signature>> = Vec::new();
        let mut type_indices: Vec<u32> = Vec::new();
        for section in sections(size, read)? {
            let fetch = || read_exactly(read, section.contents.start, section.contents.end - section.contents.start);
            match section.id {
                CUSTOM if section.name.as_deref() == Some("name") => {
                    names.add_name_section(&fetch()?);
                    module.name_section = section.contents;
                }
                TYPE => {
                    types = signatures(&fetch()?)?;
                    module.type_section = section.contents;
                }
                IMPORT => {
                    let contents = fetch()?;
                    module.imports = imported_functions(&contents, &types)?;
                    name_imported_tags(&contents, &mut names)?;
                    module.has_open_table |= imports_table(&contents)?;
                }
                FUNCTION => {
                    let contents = fetch()?;
                    let section = FunctionSectionReader::new(BinaryReader::new(&contents, 0))?;
                    type_indices = section.into_iter().collect::<Result<_, _>>()?;
                }
                EXPORT => {
                    let contents = fetch()?;
                    names.add_exports(&contents);
                    module.has_open_table |= exports_table(&contents)?;
                }
                ELEMENT => module.has_open_table |= holds_imports(&fetch()?, module.imports.len())?,
                CODE => module.code_section = section.contents,
                _ => {}
            }
        }
        let name = name.or(names.module.take()).map(|name| readable_module(&name).to_owned());
        module.name = match name.filter(|name| !name.is_empty()) {
            Some(name) => on_one_line(name),
            None => format!("module[{id}]"),
        };
        module.functions = functions(&module, &types, &type_indices, &mut names, read)?;
        mark_shared_names(&mut module.functions);
        module.tags = names.tags;
        Ok(module)
    }

    /// The functions that the module imports, in the order of their indices, which begin at 0.
    pub fn imports(&self) -> &[ImportedFunction] {
        &self.imports
    }

    /// The functions with a body, in the order of their indices, which continue those of the
    /// imports.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// A function by its index, if it has a body.
    pub fn function(&self, index: u32) -> Option<&Function> {
        self.functions.get((index as usize).checked_sub(self.imports.len())?)
    }

    /// The name of a function by its index, imported or not.
    pub fn function_name(&self, index: u32) -> Option<&str> {
        match self.imports.get(index as usize) {
            Some(import) => Some(&import.name),
            None => self.function(index).map(|function| function.name.as_str()),
        }
    }

    /// The name of a tag by its index, imported or not: that of the name section, else the
    /// name of the import or of an export; none if it has none of these.
    pub fn tag_name(&self, index: u32) -> Option<&str> {
        self.tags.get(&index).map(String::as_str)
    }

    /// The function that the instruction at a pc belongs to.
    pub fn function_at(&self, pc: u32) -> Option<&Function> {
        let after = self.functions.partition_point(|function| function.body.start <= pc);
        let function = self.functions.get(after.checked_sub(1)?)?;
        function.body.contains(&pc).then_some(function)
    }

    /// Visits all functions with the bytes of their bodies, fetched through `read` piece by piece.
    ///
    /// # Errors
    /// Those of `read` and of `visit`.
    pub fn visit_bodies(
        &self,
        read: &dyn Fn(u64, u64) -> Result<Vec<u8>, Error>,
        mut visit: impl FnMut(&Function, FunctionBody<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.functions.is_empty() {
            return Ok(());
        }
        let mut functions = self.functions.iter();
        bodies(self.code_section.clone(), read, |range, bytes| match functions.next() {
            Some(function) => visit(function, FunctionBody::new(BinaryReader::new(bytes, range.start as usize))),
            None => Ok(()),
        })
    }
}

/// The signatures of a type section, by type index. A type that is not a function type gets an
/// empty one, to keep the indices right.
fn signatures(contents: &[u8]) -> Result<Vec<Rc<Signature>>, Error> {
    let mut result = Vec::new();
    for group in TypeSectionReader::new(BinaryReader::new(contents, 0))? {
        for subtype in group?.types() {
            result.push(Rc::new(match &subtype.composite_type.inner {
                wasmparser::CompositeInnerType::Func(function) => {
                    Signature { params: function.params().to_vec(), results: function.results().to_vec() }
                }
                _ => Signature::default(),
            }));
        }
    }
    Ok(result)
}

fn imported_functions(contents: &[u8], types: &[Rc<Signature>]) -> Result<Vec<ImportedFunction>, Error> {
    let mut result = Vec::new();
    for import in ImportSectionReader::new(BinaryReader::new(contents, 0))?.into_imports() {
        let import = import?;
        if let TypeRef::Func(index) | TypeRef::FuncExact(index) = import.ty {
            result.push(ImportedFunction {
                index: result.len() as u32,
                name: on_one_line(format!("{}.{}", import.module, import.name)),
                signature: signature(types, index)?,
            });
        }
    }
    Ok(result)
}

/// Names imported tags by their imports, if nothing else names them.
fn name_imported_tags(contents: &[u8], names: &mut Names) -> Result<(), Error> {
    let mut index = 0;
    for import in ImportSectionReader::new(BinaryReader::new(contents, 0))?.into_imports() {
        let import = import?;
        if matches!(import.ty, TypeRef::Tag(_)) {
            names.set_tag(index, import.name, false);
            index += 1;
        }
    }
    Ok(())
}

fn imports_table(contents: &[u8]) -> Result<bool, Error> {
    for import in ImportSectionReader::new(BinaryReader::new(contents, 0))?.into_imports() {
        if matches!(import?.ty, TypeRef::Table(_)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn exports_table(contents: &[u8]) -> Result<bool, Error> {
    for export in ExportSectionReader::new(BinaryReader::new(contents, 0))? {
        if export?.kind == ExternalKind::Table {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an element segment holds one of the imported functions, which have the lowest indices.
fn holds_imports(contents: &[u8], imports: usize) -> Result<bool, Error> {
    let is_import = |index: u32| (index as usize) < imports;
    for element in ElementSectionReader::new(BinaryReader::new(contents, 0))? {
        match element?.items {
            ElementItems::Functions(functions) => {
                for function in functions {
                    if is_import(function?) {
                        return Ok(true);
                    }
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for expression in expressions {
                    for operator in expression?.get_operators_reader() {
                        if matches!(operator?, Operator::RefFunc { function_index } if is_import(function_index)) {
                            return Ok(true);
                        }
                    }
                }
            }
        }
    }
    Ok(false)
}

fn signature(types: &[Rc<Signature>], index: u32) -> Result<Rc<Signature>, Error> {
    types.get(index as usize).cloned().ok_or_else(|| Error::Code(format!("it has no type {index}")))
}

fn functions(
    module: &ModuleCode,
    types: &[Rc<Signature>],
    type_indices: &[u32],
    names: &mut Names,
    read: &Read<'_>,
) -> Result<Vec<Function>, Error> {
    let mut result = Vec::with_capacity(type_indices.len());
    if module.code_section.is_empty() {
        return Ok(result);
    }
    bodies(module.code_section.clone(), read, |range, bytes| {
        let body = FunctionBody::new(BinaryReader::new(bytes, range.start as usize));
        let type_index = *type_indices
            .get(result.len())
            .ok_or_else(|| Error::Code("it has more bodies than functions".to_owned()))?;
        let index = (module.imports.len() + result.len()) as u32;
        result.push(Function {
            module: module.id,
            index,
            name: names.take(index),
            shares_name: false,
            signature: signature(types, type_index)?,
            type_index,
            entry: body.get_binary_reader_for_operators()?.original_position() as u32,
            body: range,
        });
        Ok(())
    })?;
    Ok(result)
}

/// Marks the functions that have a name that others have as well.
fn mark_shared_names(functions: &mut [Function]) {
    let mut counts: HashMap<&str, u32> = HashMap::with_capacity(functions.len());
    for function in functions.iter() {
        *counts.entry(&function.name).or_default() += 1;
    }
    let shared: Vec<bool> = functions.iter().map(|function| counts.get(&*function.name) > Some(&1)).collect();
    for (function, shares_name) in functions.iter_mut().zip(shared) {
        function.shares_name = shares_name;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = r#"
        (module $demo
            (type (func (param i32 i64) (result f64)))
            (type (struct (field i32)))
            (import "env" "log" (func $log (param i32)))
            (import "env" "memory" (memory 1))
            (import "env" "now" (func (result i64)))
            (func $_ZN4demo4fact17h0123456789abcdefE (param i32 i64) (result f64) (local i32 f32 f32)
                loop br 0 end
                f64.const 0)
            (func $plain (export "exported") (local i64) nop)
            (func (export "by export"))
            (func)
            (data (i32.const 0) "some data that nobody reads"))"#;

    fn read(binary: &[u8], most: u64) -> Result<ModuleCode, Error> {
        let read = |offset: u64, length: u64| {
            let from = (offset as usize).min(binary.len());
            let to = (offset + length.min(most)).min(binary.len() as u64) as usize;
            Ok(binary[from..to].to_vec())
        };
        ModuleCode::read(3, None, binary.len() as u64, &read)
    }

    #[test]
    fn names_types_and_places_of_functions() {
        let binary = wat::parse_str(PROGRAM).expect("the program is valid");
        let module = read(&binary, u64::MAX).expect("it can be read");
        assert_eq!(module.name, "demo");
        let imports: Vec<_> = module.imports().iter().map(|import| import.name.as_str()).collect();
        assert_eq!(imports, ["env.log", "env.now"]);
        let functions: Vec<_> = module
            .functions()
            .iter()
            .map(|function| format!("{} {}{}", function.index, function.name, function.signature))
            .collect();
        assert_eq!(
            functions,
            ["2 demo::fact(i32, i64) -> (f64)", "3 plain() -> ()", "4 by export() -> ()", "5 func[5]() -> ()"]
        );
        let opcodes: Vec<_> = module.functions().iter().map(|function| binary[function.entry as usize]).collect();
        assert_eq!(opcodes, [0x03, 0x01, 0x0b, 0x0b], "loop, nop, end, end");
        for function in module.functions() {
            assert_eq!(binary[function.body.end as usize - 1], 0x0b, "a body ends with `end`");
            assert_eq!(module.function_at(function.entry), Some(function));
            assert_eq!(module.function_at(function.body.end - 1), Some(function));
            assert_eq!(module.function(function.index), Some(function));
        }
        assert_eq!(module.function_name(1), Some("env.now"));
        assert_eq!(module.function_at(0), None);
        assert_eq!(module.function_at(u32::MAX), None);
        assert_eq!(module.function(0), None);
    }

    #[test]
    fn short_reads_give_the_same() {
        let binary = wat::parse_str(PROGRAM).expect("the program is valid");
        let whole = read(&binary, u64::MAX).expect("it can be read");
        let pieces = read(&binary, 3).expect("it can be read");
        assert_eq!(whole.functions(), pieces.functions());
        assert_eq!(whole.imports(), pieces.imports());
    }

    #[test]
    fn bodies_are_visited_with_their_instructions() {
        let binary = wat::parse_str(PROGRAM).expect("the program is valid");
        let module = read(&binary, u64::MAX).expect("it can be read");
        let read = |offset: u64, length: u64| Ok(binary[offset as usize..(offset + length) as usize].to_vec());
        let mut counts = Vec::new();
        let visit = |function: &Function, body: FunctionBody<'_>| {
            let first = body.get_binary_reader_for_operators()?.original_position();
            assert_eq!(first, function.entry as usize);
            counts.push(body.get_operators_reader()?.into_iter().count());
            Ok(())
        };
        module.visit_bodies(&read, visit).expect("it can be read");
        assert_eq!(counts, [5, 2, 1, 1]);
    }

    #[test]
    fn tables_that_may_hold_functions_from_outside() {
        let is_open = |fields: &str| {
            let text = format!(r#"(module (import "env" "log" (func $log)) {fields} (func $own))"#);
            let binary = wat::parse_str(text).expect("the program is valid");
            read(&binary, u64::MAX).expect("it can be read").has_open_table
        };
        assert!(!is_open(""));
        assert!(!is_open("(table 1 funcref) (elem (i32.const 0) func $own)"));
        assert!(!is_open("(table 1 funcref) (elem (i32.const 0) funcref (ref.func $own))"));
        assert!(is_open("(table 1 funcref) (elem (i32.const 0) func $own $log)"));
        assert!(is_open("(table 1 funcref) (elem (i32.const 0) funcref (ref.func $log))"));
        assert!(is_open(r#"(table (export "table") 1 funcref)"#));
        assert!(is_open(r#"(table (import "env" "table") 1 funcref)"#));
    }

    #[test]
    fn every_cut_is_an_error_and_no_panic() {
        let binary = wat::parse_str(PROGRAM).expect("the program is valid");
        let errors = (9..binary.len()).filter(|&length| read(&binary[..length], u64::MAX).is_err()).count();
        assert!(errors > binary.len() / 2, "{errors} of {}", binary.len());
    }

    #[test]
    fn a_module_without_code() {
        let binary = wat::parse_str("(module (memory 1))").expect("the program is valid");
        let module = read(&binary, u64::MAX).expect("it can be read");
        assert_eq!(module.name, "module[3]");
        assert!(module.functions().is_empty());
        assert!(module.visit_bodies(&|_, _| unreachable!(), |_, _| unreachable!()).is_ok());
    }
}
