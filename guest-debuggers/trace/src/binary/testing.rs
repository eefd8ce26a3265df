//! Modules for unit tests.
//!
//! Invariant: functions are where they are in the binary, as a host would list them.

use stillpoint_kit::fake::{FakeHost, FakeModule};
use stillpoint_kit::{FunctionBody, FunctionInfo, ImportName, Module, ModuleCode, Result, Section};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use super::Read;

/// Hands a module, its sections and what reads from it to a test. Functions have the names of
/// the name section, and no types.
pub(crate) fn with_module(text: &str, check: impl FnOnce(&ModuleCode, &[Section], &Read<'_>) -> Result) {
    let binary = wat::parse_str(text).expect("the program can be encoded");
    let functions = functions(&binary).expect("it can be read");
    let module = Module { id: 0, name: None, raw_name: None, size: binary.len() as u32, is_adapter: false };
    let module = ModuleCode::new(module, functions);
    let host = FakeHost::new(FakeModule::new("m").binary(binary));
    let outcome = host
        .debug(|session| check(&module, &session.sections(0)?, &|offset, length| session.bytecode(0, offset, length)));
    outcome.result.expect("the module can be read");
}

fn functions(binary: &[u8]) -> wasmparser::Result<Vec<FunctionInfo>> {
    let mut functions: Vec<FunctionInfo> = Vec::new();
    let function = |index: usize, imported: Option<ImportName>, body: Option<FunctionBody>| FunctionInfo {
        index: index as u32,
        name: format!("func[{index}]"),
        raw_name: None,
        parameters: Vec::new(),
        results: Vec::new(),
        imported,
        body,
    };
    for payload in Parser::new(0).parse_all(binary) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    if matches!(import.ty, TypeRef::Func(_)) {
                        let name = ImportName { module: import.module.to_owned(), name: import.name.to_owned() };
                        functions.push(function(functions.len(), Some(name), None));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let entry = body.get_binary_reader_for_operators()?.original_position() as u32;
                let range = body.range();
                let body = FunctionBody { entry, begin: range.start as u32, end: range.end as u32 };
                functions.push(function(functions.len(), None, Some(body)));
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(names) = section.as_known() else { continue };
                for part in names {
                    let Name::Function(names) = part? else { continue };
                    for naming in names {
                        let naming = naming?;
                        functions[naming.index as usize].name = naming.name.to_owned();
                    }
                }
            }
            _ => {}
        }
    }
    Ok(functions)
}
