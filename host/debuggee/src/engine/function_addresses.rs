//! Identifies functions: which instance a function belongs to, and its index there. The engine
//! gives functions no public identity, so their addresses are compared.
//!
//! Invariant: a function that an instance imports is identified as that instance's own, because the
//! engine keeps a copy of it in the instance, and nothing in the copy says where the function comes
//! from.

use super::frozen::Frozen;
use super::instances::InstanceRef;
use crate::plain::InstanceId;
use rustc_hash::FxHashMap;
use wasmtime::{AsContextMut, Func};

/// The addresses of the functions of the instances seen so far. A function stays at its address as
/// long as the store lives.
#[derive(Default)]
pub(crate) struct FunctionAddresses {
    n_instances: usize,
    by_address: FxHashMap<usize, (InstanceId, u32)>,
}

impl<T: 'static> Frozen<'_, T> {
    /// The instance and the index of a function; `None` for a function that the host made.
    pub(crate) fn identify(&mut self, function: Func) -> Option<(InstanceId, u32)> {
        let address = function.to_raw(self.store.as_context_mut()).addr();
        let all = InstanceRef::all(self);
        let Frozen { store, known } = self;
        let known = &mut known.function_addresses;
        for instance in all.get(known.n_instances..).unwrap_or_default() {
            for index in 0..instance.layout.counts.functions {
                if let Some(function) = instance.function(store.as_context_mut(), index) {
                    let address = function.to_raw(store.as_context_mut()).addr();
                    known.by_address.entry(address).or_insert((instance.id(), index));
                }
            }
        }
        known.n_instances = all.len().max(known.n_instances);
        known.by_address.get(&address).copied()
    }
}
