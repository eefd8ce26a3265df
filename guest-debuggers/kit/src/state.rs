//! The parts of [`Session`] that read the program's state, its frames aside, and that change it.
//!
//! Invariant: where the contract answers page by page (lists with a limit, reads that may be
//! short), the functions here return the whole, unless they say otherwise.

use crate::bindings::stillpoint::debugger::{inspection, modification, types};
use crate::error::Error;
use crate::session::Session;
use inspection::{
    ComponentInstance, EntryFunction, Export, Function, FunctionCode, Global, Import, Instance, Memory, Module, Object,
    Table, Tag,
};
use types::{InstanceId, ModuleId, Reference, ReferenceId, TagId, Value, ValueType};

/// The most elements that the host returns in one answer.
const PAGE_LENGTH: u32 = 65_536;

/// How many bytes are asked for in one call.
const READ_SIZE: u64 = 1 << 20;

impl Session {
    /// The core modules that the program has brought so far.
    ///
    /// # Errors
    /// `running`.
    pub fn modules(&self) -> Result<Vec<Module>, Error> {
        Ok(inspection::modules(self.debuggee())?)
    }

    /// The function with which the program begins: the one that the host calls for the user.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn entry_point(&self) -> Result<Option<EntryFunction>, Error> {
        Ok(inspection::entry_point(self.debuggee())?)
    }

    /// The instances of core modules, in order of creation.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn instances(&self) -> Result<Vec<Instance>, Error> {
        Ok(inspection::instances(self.debuggee())?)
    }

    /// The tree of component instances, if the program is a component; empty for a core module.
    ///
    /// # Errors
    /// `running`, `exited`, `too-large`.
    pub fn component(&self) -> Result<Vec<ComponentInstance>, Error> {
        Ok(inspection::component(self.debuggee())?)
    }

    /// The imports of an instance, with the sources that they come from.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`.
    pub fn imports(&self, instance: InstanceId) -> Result<Vec<Import>, Error> {
        Ok(inspection::imports(self.debuggee(), instance)?)
    }

    /// The exports of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`.
    pub fn exports(&self, instance: InstanceId) -> Result<Vec<Export>, Error> {
        Ok(inspection::exports(self.debuggee(), instance)?)
    }

    /// All functions of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`.
    pub fn functions(&self, instance: InstanceId) -> Result<Vec<Function>, Error> {
        in_pages(|first| inspection::functions(self.debuggee(), instance, first, PAGE_LENGTH))
    }

    /// Where the code of the functions that a module defines is.
    ///
    /// # Errors
    /// `running`, `exited`, `no-module`.
    pub fn function_code(&self, module: ModuleId) -> Result<Vec<FunctionCode>, Error> {
        in_pages(|first| inspection::code(self.debuggee(), module, first, PAGE_LENGTH))
    }

    /// All globals of an instance, with their values.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`.
    pub fn globals(&self, instance: InstanceId) -> Result<Vec<Global>, Error> {
        in_pages(|first| inspection::globals(self.debuggee(), instance, first, PAGE_LENGTH))
    }

    /// The size and type of a memory of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-memory`.
    pub fn memory_info(&self, instance: InstanceId, memory: u32) -> Result<Memory, Error> {
        Ok(inspection::memory_info(self.debuggee(), instance, memory)?)
    }

    /// Reads bytes of a memory; fewer than `length` only where the memory ends.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-memory`, `out-of-bounds`.
    pub fn read_memory(&self, instance: InstanceId, memory: u32, address: u64, length: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        loop {
            let read = bytes.len() as u64;
            let part = (length - read).min(READ_SIZE);
            let part = inspection::read_memory(self.debuggee(), instance, memory, address + read, part)?;
            bytes.extend_from_slice(&part);
            if part.is_empty() || bytes.len() as u64 >= length {
                return Ok(bytes);
            }
        }
    }

    /// Searches a whole memory: returns the addresses at which some bytes begin, at most `limit` of
    /// them.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-memory`, `too-large`.
    pub fn search_memory(
        &self,
        instance: InstanceId,
        memory: u32,
        bytes: &[u8],
        limit: usize,
    ) -> Result<Vec<u64>, Error> {
        let mut addresses = Vec::new();
        let mut next = Some(0);
        while let Some(first) = next
            && addresses.len() < limit
        {
            let rest = u32::try_from(limit - addresses.len()).unwrap_or(u32::MAX);
            let found = inspection::search_memory(self.debuggee(), instance, memory, first, u64::MAX, bytes, rest)?;
            addresses.extend(found.addresses);
            next = found.next;
        }
        Ok(addresses)
    }

    /// The size and type of a table of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-table`.
    pub fn table_info(&self, instance: InstanceId, table: u32) -> Result<Table, Error> {
        Ok(inspection::table_info(self.debuggee(), instance, table)?)
    }

    /// Elements of a table from index `first`, at most `limit` and at most 65,536.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-table`, `out-of-bounds`.
    pub fn table_elements(
        &self,
        instance: InstanceId,
        table: u32,
        first: u64,
        limit: u32,
    ) -> Result<Vec<Value>, Error> {
        Ok(inspection::table_elements(self.debuggee(), instance, table, first, limit)?)
    }

    /// The tags of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`.
    pub fn tags(&self, instance: InstanceId) -> Result<Vec<Tag>, Error> {
        Ok(inspection::tags(self.debuggee(), instance)?)
    }

    /// Looks up what a reference refers to.
    ///
    /// # Errors
    /// `running`, `exited`, `stale-reference`, `no-reference`.
    pub fn dereference(&self, reference: ReferenceId) -> Result<Object, Error> {
        Ok(inspection::dereference(self.debuggee(), reference)?)
    }

    /// Elements of an array from index `first`, at most `limit` and at most 65,536.
    ///
    /// # Errors
    /// As [`dereference`](Session::dereference); `wrong-type`, `out-of-bounds`.
    pub fn array_elements(&self, reference: ReferenceId, first: u32, limit: u32) -> Result<Vec<Value>, Error> {
        Ok(inspection::array_elements(self.debuggee(), reference, first, limit)?)
    }

    /// The exception that is being thrown, if the program is stopped at one.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn pending_exception(&self) -> Result<Option<Reference>, Error> {
        Ok(inspection::pending_exception(self.debuggee())?)
    }

    /// Writes bytes to a memory, all of them or none. Like everything below, which changes the
    /// program, it needs the right *modify*.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-memory`, `out-of-bounds`.
    pub fn write_memory(&self, instance: InstanceId, memory: u32, address: u64, bytes: &[u8]) -> Result<(), Error> {
        Ok(modification::write_memory(self.debuggee(), instance, memory, address, bytes)?)
    }

    /// Grows a memory by some pages and returns how many it had before.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-memory`, `cannot-grow`.
    pub fn grow_memory(&self, instance: InstanceId, memory: u32, pages: u64) -> Result<u64, Error> {
        Ok(modification::grow_memory(self.debuggee(), instance, memory, pages)?)
    }

    /// Sets a global.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-global`, `immutable`, `wrong-type`, `no-reference`,
    /// `stale-reference`.
    pub fn set_global(&self, instance: InstanceId, global: u32, value: Value) -> Result<(), Error> {
        Ok(modification::set_global(self.debuggee(), instance, global, value)?)
    }

    /// Sets an element of a table.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-table`, `out-of-bounds`, `wrong-type`,
    /// `no-reference`, `stale-reference`.
    pub fn set_table_element(&self, instance: InstanceId, table: u32, index: u64, value: Value) -> Result<(), Error> {
        Ok(modification::set_table_element(self.debuggee(), instance, table, index, value)?)
    }

    /// Grows a table by some elements of one value and returns how many it had before.
    ///
    /// # Errors
    /// As [`set_table_element`](Session::set_table_element); `cannot-grow`.
    pub fn grow_table(&self, instance: InstanceId, table: u32, elements: u64, value: Value) -> Result<u64, Error> {
        Ok(modification::grow_table(self.debuggee(), instance, table, elements, value)?)
    }

    /// Sets a field of a struct or an element of an array.
    ///
    /// # Errors
    /// `running`, `exited`, `no-reference`, `stale-reference`, `out-of-bounds`, `immutable`,
    /// `wrong-type`.
    pub fn set_element(&self, object: ReferenceId, index: u32, value: Value) -> Result<(), Error> {
        Ok(modification::set_element(self.debuggee(), object, index, value)?)
    }

    /// Makes a tag for exceptions that carry values of these types.
    ///
    /// # Errors
    /// `running`, `exited`, `too-large`, `wrong-type`.
    pub fn make_tag(&self, params: &[ValueType]) -> Result<TagId, Error> {
        Ok(modification::make_tag(self.debuggee(), params)?)
    }

    /// Makes an exception.
    ///
    /// # Errors
    /// `running`, `exited`, `no-tag`, `wrong-type`, `no-reference`, `stale-reference`.
    pub fn make_exception(&self, tag: TagId, payload: &[Value]) -> Result<Reference, Error> {
        Ok(modification::make_exception(self.debuggee(), tag, payload)?)
    }

    /// Replaces the exception that the program is about to throw; returns whether the new one will
    /// be caught.
    ///
    /// # Errors
    /// `running`, `exited`, `not-at-exception`, `no-reference`, `stale-reference`, `wrong-type`.
    pub fn replace_exception(&self, exception: ReferenceId) -> Result<bool, Error> {
        Ok(modification::replace_exception(self.debuggee(), exception)?)
    }
}

/// Puts a whole list together, from a function that returns its elements from an index on, at most
/// [`PAGE_LENGTH`] of them.
fn in_pages<V>(mut page: impl FnMut(u32) -> Result<Vec<V>, types::Error>) -> Result<Vec<V>, Error> {
    let mut all = page(0)?;
    while all.len() % PAGE_LENGTH as usize == 0 && !all.is_empty() {
        let more = page(u32::try_from(all.len()).unwrap_or(u32::MAX))?;
        if more.is_empty() {
            break;
        }
        all.extend(more);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_put_together() {
        for length in [0, 1, PAGE_LENGTH - 1, PAGE_LENGTH, PAGE_LENGTH + 1, 2 * PAGE_LENGTH, 2 * PAGE_LENGTH + 5] {
            let whole: Vec<u32> = (0..length).collect();
            let part = |first: u32| Ok(whole.iter().skip(first as usize).take(PAGE_LENGTH as usize).copied().collect());
            assert_eq!(in_pages(part).unwrap(), whole);
        }
    }
}
