//! Functions: their types, names, imports and code.
//!
//! Invariant: indices are those of the module's function index space, imports first.

use crate::engine::Frozen;
use crate::plain::{Error, Function, ModuleId};

/// The functions of a module from index `first`, at most `limit`.
pub(super) fn list<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    module: ModuleId,
    first: u32,
    limit: u32,
) -> Result<Vec<Function>, Error> {
    frozen.register_modules();
    frozen.known.modules.functions(module, first, limit)
}
