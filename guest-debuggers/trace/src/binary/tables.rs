//! Tells whether the indirect calls of a module may reach functions from outside.
//!
//! Invariant: no is said only of a module whose tables nobody else can reach and in which it puts
//! nothing but its own functions.

use stillpoint_kit::{Error, ModuleCode, Section};
use wasmparser::{
    BinaryReader, ElementItems, ElementSectionReader, ExportSectionReader, ExternalKind, ImportSectionReader, Operator,
    TypeRef,
};

use super::{ELEMENT, EXPORT, IMPORT, Read, broken, contents};

/// Whether a module imports or exports a table, or has an element segment with a function that it
/// imports.
pub(crate) fn has_open_table(module: &ModuleCode, sections: &[Section], read: &Read<'_>) -> Result<bool, Error> {
    for section in sections {
        let reader = |bytes| match section.id {
            IMPORT => imports_table(bytes),
            EXPORT => exports_table(bytes),
            _ => holds_imports(bytes, module.imports().len()),
        };
        if matches!(section.id, IMPORT | EXPORT | ELEMENT) && reader(&contents(read, Some(section))?).map_err(broken)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn imports_table(contents: &[u8]) -> wasmparser::Result<bool> {
    for import in ImportSectionReader::new(BinaryReader::new(contents, 0))?.into_imports() {
        if matches!(import?.ty, TypeRef::Table(_)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn exports_table(contents: &[u8]) -> wasmparser::Result<bool> {
    for export in ExportSectionReader::new(BinaryReader::new(contents, 0))? {
        if export?.kind == ExternalKind::Table {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an element segment holds one of the imported functions, which have the lowest indices.
fn holds_imports(contents: &[u8], imports: usize) -> wasmparser::Result<bool> {
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

#[cfg(test)]
mod tests {
    use super::super::testing::with_module;
    use super::*;

    #[test]
    fn tables_that_may_hold_functions_from_outside() {
        let check = |fields: &str, is_open: bool| {
            let text = format!(r#"(module (import "env" "log" (func $log)) {fields} (func $own))"#);
            with_module(&text, |module, sections, read| {
                assert_eq!(has_open_table(module, sections, read)?, is_open, "{fields}");
                Ok(())
            });
        };
        check("", false);
        check("(table 1 funcref) (elem (i32.const 0) func $own)", false);
        check("(table 1 funcref) (elem (i32.const 0) funcref (ref.func $own))", false);
        check("(table 1 funcref) (elem (i32.const 0) func $own $log)", true);
        check("(table 1 funcref) (elem (i32.const 0) funcref (ref.func $log))", true);
        check(r#"(table (export "table") 1 funcref)"#, true);
        check(r#"(table (import "env" "table") 1 funcref)"#, true);
    }
}
