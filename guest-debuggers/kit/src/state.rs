//! The program's whole state, beside its frames: what instances hold, what references refer to, and how it is changed.
//!
//! Invariant: what the contract cuts into parts (lists with a limit, reads that may be short) is whole here.

use crate::bindings::stillpoint::debugger::{inspection, modification, types};
use crate::error::Error;
use crate::session::Session;
use inspection::{ComponentInstance, Export, Function, Global, Import, Instance, Memory, Module, Object, Table, Tag};
use types::{InstanceId, Reference, ReferenceId, TagId, Value, ValueType};

/// How many elements are asked for at once.
const PART: u32 = 65_536;

/// How many bytes are asked for at once.
const READ: u64 = 1 << 20;

impl Session {
    /// The modules that the program has brought so far.
    ///
    /// # Errors
    /// `running`.
    pub fn modules(&self) -> Result<Vec<Module>, Error> {
        Ok(inspection::modules(self.debuggee())?)
    }

    /// The instances of core modules, in order of creation.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn instances(&self) -> Result<Vec<Instance>, Error> {
        Ok(inspection::instances(self.debuggee())?)
    }

    /// The tree of instances of the component that the program is; empty for a core module.
    ///
    /// # Errors
    /// `running`, `exited`, `too-large`.
    pub fn component(&self) -> Result<Vec<ComponentInstance>, Error> {
        Ok(inspection::component(self.debuggee())?)
    }

    /// What an instance imports, and where it comes from.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`.
    pub fn imports(&self, instance: InstanceId) -> Result<Vec<Import>, Error> {
        Ok(inspection::imports(self.debuggee(), instance)?)
    }

    /// What an instance exports.
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
        in_parts(|first| inspection::functions(self.debuggee(), instance, first, PART))
    }

    /// All globals of an instance, with their values.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`.
    pub fn globals(&self, instance: InstanceId) -> Result<Vec<Global>, Error> {
        in_parts(|first| inspection::globals(self.debuggee(), instance, first, PART))
    }

    /// A memory of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-memory`.
    pub fn memory(&self, instance: InstanceId, memory: u32) -> Result<Memory, Error> {
        Ok(inspection::memory_info(self.debuggee(), instance, memory)?)
    }

    /// Bytes of a memory; fewer only where the memory ends.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-memory`, `out-of-bounds`.
    pub fn read_memory(&self, instance: InstanceId, memory: u32, address: u64, length: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        loop {
            let read = bytes.len() as u64;
            let part = (length - read).min(READ);
            let part = inspection::read_memory(self.debuggee(), instance, memory, address + read, part)?;
            bytes.extend_from_slice(&part);
            if part.is_empty() || bytes.len() as u64 >= length {
                return Ok(bytes);
            }
        }
    }

    /// The addresses at which some bytes begin in a memory, at most `limit` of them.
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

    /// A table of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-table`.
    pub fn table(&self, instance: InstanceId, table: u32) -> Result<Table, Error> {
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

    /// What a reference refers to.
    ///
    /// # Errors
    /// `running`, `exited`, `stale-reference`, `no-reference`.
    pub fn object(&self, reference: ReferenceId) -> Result<Object, Error> {
        Ok(inspection::dereference(self.debuggee(), reference)?)
    }

    /// Elements of an array from index `first`, at most `limit` and at most 65,536.
    ///
    /// # Errors
    /// As [`object`](Session::object); `wrong-type`, `out-of-bounds`.
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

    /// Writes bytes to a memory, all of them or none. This and whatever else changes the program needs the right *modify*.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-memory`, `out-of-bounds`.
    pub fn write_memory(&self, instance: InstanceId, memory: u32, address: u64, bytes: &[u8]) -> Result<(), Error> {
        Ok(modification::write_memory(self.debuggee(), instance, memory, address, bytes)?)
    }

    /// Makes a memory larger by some pages and gives how many it had.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-memory`, `cannot-grow`.
    pub fn grow_memory(&self, instance: InstanceId, memory: u32, pages: u64) -> Result<u64, Error> {
        Ok(modification::grow_memory(self.debuggee(), instance, memory, pages)?)
    }

    /// Sets a global.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-global`, `immutable`, `wrong-type`, `no-reference`, `stale-reference`.
    pub fn set_global(&self, instance: InstanceId, global: u32, value: Value) -> Result<(), Error> {
        Ok(modification::set_global(self.debuggee(), instance, global, value)?)
    }

    /// Sets an element of a table.
    ///
    /// # Errors
    /// `running`, `exited`, `no-instance`, `no-table`, `out-of-bounds`, `wrong-type`, `no-reference`, `stale-reference`.
    pub fn set_table_element(&self, instance: InstanceId, table: u32, index: u64, value: Value) -> Result<(), Error> {
        Ok(modification::set_table_element(self.debuggee(), instance, table, index, value)?)
    }

    /// Makes a table larger by some elements and gives how many it had.
    ///
    /// # Errors
    /// As [`set_table_element`](Session::set_table_element); `cannot-grow`.
    pub fn grow_table(&self, instance: InstanceId, table: u32, elements: u64, value: Value) -> Result<u64, Error> {
        Ok(modification::grow_table(self.debuggee(), instance, table, elements, value)?)
    }

    /// Sets a field of a struct or an element of an array.
    ///
    /// # Errors
    /// `running`, `exited`, `no-reference`, `stale-reference`, `out-of-bounds`, `immutable`, `wrong-type`.
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

    /// Throws another exception than the one that the program is stopped at; gives whether it will be caught.
    ///
    /// # Errors
    /// `running`, `exited`, `not-at-exception`, `no-reference`, `stale-reference`, `wrong-type`.
    pub fn replace_exception(&self, exception: ReferenceId) -> Result<bool, Error> {
        Ok(modification::replace_exception(self.debuggee(), exception)?)
    }
}

/// A whole list, from a function that gives at most [`PART`] of its elements.
fn in_parts<V>(mut part: impl FnMut(u32) -> Result<Vec<V>, types::Error>) -> Result<Vec<V>, Error> {
    let mut all = part(0)?;
    while all.len() % PART as usize == 0 && !all.is_empty() {
        let more = part(u32::try_from(all.len()).unwrap_or(u32::MAX))?;
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
        for length in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 5] {
            let whole: Vec<u32> = (0..length).collect();
            let part = |first: u32| Ok(whole.iter().skip(first as usize).take(PART as usize).copied().collect());
            assert_eq!(in_parts(part).unwrap(), whole);
        }
    }
}
