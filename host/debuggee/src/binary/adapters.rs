//! Recognises the modules that the engine makes to adapt calls from one component to another.
//!
//! They are core modules like any other, but no part of the program. Invariant: this is a guess by
//! the shape (`fact.rs` in the engine's crate `environ`), so whoever can has to check as well that
//! the program does not contain the module.

use super::sections::Sections;
use wasmparser::ExternalKind;

/// The module name under which such a module imports the functions that it calls. Each has the name
/// of the adapter that calls it.
const CALLEE: &str = "callee";

/// Whether a module has the shape: it exports nothing but adapters, and imports a callee for each.
pub(crate) fn is_adapter(sections: &Sections, binary: &[u8]) -> bool {
    let mut n_adapters = 0_usize;
    for export in sections.exports(binary) {
        match export {
            Ok(export) if export.kind == ExternalKind::Func && is_name(export.name) => {
                n_adapters = n_adapters.saturating_add(1);
            }
            _ => return false,
        }
    }
    let imports = sections.imports(binary).map_while(Result::ok);
    let n_callees = imports.filter(|import| import.module == CALLEE && is_name(import.name)).count();
    n_adapters > 0 && n_adapters == n_callees
}

/// Whether an adapter can have this name: `adapter0`, `adapter1` and so on.
fn is_name(name: &str) -> bool {
    let number = name.strip_prefix("adapter");
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
