//! Functions: their types and names, and which one a reference refers to.
//!
//! Invariant: a function that an instance imports is known as that instance's, because the engine keeps a copy of it there, with
//! nothing in it that says whose it is.

use super::instances::Of;
use super::types::FunctionType;
use crate::paused::Paused;
use crate::shared::lock;
use crate::{Error, InstanceId};
use rustc_hash::FxHashMap;
use wasmtime::{AsContextMut, Func};

/// A function of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Index in the module's function index space.
    pub index: u32,
    /// Its name in the name section, if it has one.
    pub name: Option<String>,
    /// Its type.
    pub ty: FunctionType,
    /// Both parts of its import's name; none if the module defines it.
    pub import: Option<(String, String)>,
}

/// Something that an instance has, by its index there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Definition {
    /// The instance.
    pub instance: InstanceId,
    /// Index in the index space of its kind.
    pub index: u32,
}

/// Functions from index `first`, at most `limit`.
pub(crate) fn list<T: 'static>(
    paused: &mut Paused<'_, T>,
    instance: InstanceId,
    first: u32,
    limit: u32,
) -> Result<Vec<Function>, Error> {
    let layout = Of::id(paused, instance)?.layout;
    let end = first.saturating_add(limit).min(layout.counts.functions);
    let functions = (first..end).map(|index| Function {
        index,
        name: layout.function_name(index).map(str::to_owned),
        ty: layout.function_type(index),
        import: layout.import_of_function(index).map(|import| (import.module.clone(), import.name.clone())),
    });
    Ok(functions.collect())
}

/// Where the engine keeps the functions of the instances seen so far. They stay where they are while the store lives.
#[derive(Default)]
pub(crate) struct FunctionAddresses {
    n_instances: usize,
    by_address: FxHashMap<usize, (InstanceId, u32)>,
}

/// The instance and the index of a function; none for one that the host made.
pub(super) fn identity<T: 'static>(paused: &mut Paused<'_, T>, function: Func) -> Option<(InstanceId, u32)> {
    let address = function.to_raw(paused.store.as_context_mut()).addr();
    let all = Of::all(paused);
    let mut ledger = lock(paused.ledger);
    let known = &mut ledger.function_addresses;
    for of in all.get(known.n_instances..).unwrap_or_default() {
        for index in 0..of.layout.counts.functions {
            if let Some(function) = of.instance.debug_function(paused.store.as_context_mut(), index) {
                let address = function.to_raw(paused.store.as_context_mut()).addr();
                known.by_address.entry(address).or_insert((of.id_of(), index));
            }
        }
    }
    known.n_instances = all.len().max(known.n_instances);
    known.by_address.get(&address).copied()
}
