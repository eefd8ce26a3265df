//! The parts of [`Session`] that read the program's state, its frames aside, and that change it.
//!
//! Invariant: where the contract answers page by page (lists with a limit, reads that may be
//! short), the functions here return the whole, unless they say otherwise.

use crate::contract::{common, inspection, modification};
use crate::error::Error;
use crate::pages::{at_most, whole};
use crate::session::Session;
use common::{Error as HostError, InstanceId, Reference, ReferenceId, TagId, Value, ValueType};
use inspection::{
    ComponentInstance, EntryFunction, Export, Global, Import, Instance, Memory, Module, Object, Table, Tag,
};

/// How many bytes are asked for in one call.
const READ_SIZE: u64 = 1 << 20;

impl Session {
    /// The core modules that the program has brought so far.
    ///
    /// # Errors
    /// `running`, `detached`.
    pub fn modules(&self) -> Result<Vec<Module>, Error> {
        whole(|first, limit| inspection::list_modules(self.debuggee(), first, limit))
    }

    /// The function with which the program begins: the one that the host calls for the user.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`.
    pub fn entry_point(&self) -> Result<Option<EntryFunction>, Error> {
        Ok(inspection::entry_point(self.debuggee())?)
    }

    /// The instances of core modules, in order of creation.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`.
    pub fn instances(&self) -> Result<Vec<Instance>, Error> {
        whole(|first, limit| inspection::list_instances(self.debuggee(), first, limit))
    }

    /// The tree of component instances, if the program is a component; empty for a core module.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `too-large`.
    pub fn components(&self) -> Result<Vec<ComponentInstance>, Error> {
        whole(|first, limit| inspection::list_components(self.debuggee(), first, limit))
    }

    /// The imports of an instance, with the sources that they come from.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`.
    pub fn imports(&self, instance: InstanceId) -> Result<Vec<Import>, Error> {
        whole(|first, limit| inspection::list_imports(self.debuggee(), instance, first, limit))
    }

    /// The exports of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`.
    pub fn exports(&self, instance: InstanceId) -> Result<Vec<Export>, Error> {
        whole(|first, limit| inspection::list_exports(self.debuggee(), instance, first, limit))
    }

    /// All globals of an instance, with their values.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`.
    pub fn globals(&self, instance: InstanceId) -> Result<Vec<Global>, Error> {
        whole(|first, limit| inspection::list_globals(self.debuggee(), instance, first, limit))
    }

    /// One global of an instance, with its value.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-global`.
    pub fn global(&self, instance: InstanceId, index: u32) -> Result<Global, Error> {
        let mut found = inspection::list_globals(self.debuggee(), instance, index, 1)?.items;
        found.pop().ok_or(Error::Host(HostError::NoGlobal(index)))
    }

    /// The size and type of a memory of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-memory`.
    pub fn memory_info(&self, instance: InstanceId, memory: u32) -> Result<Memory, Error> {
        Ok(inspection::memory_info(self.debuggee(), instance, memory)?)
    }

    /// Reads bytes of a memory; fewer than `length` only where the memory ends.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-memory`,
    /// `out-of-bounds`.
    pub fn read_memory(&self, instance: InstanceId, memory: u32, address: u64, length: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        loop {
            let read = bytes.len() as u64;
            let part = length.saturating_sub(read).min(READ_SIZE) as u32;
            let part = inspection::read_memory(self.debuggee(), instance, memory, address.saturating_add(read), part)?;
            let is_end = part.is_empty();
            if bytes.is_empty() {
                bytes = part
            } else {
                bytes.extend_from_slice(&part)
            }
            if is_end || bytes.len() as u64 >= length {
                return Ok(bytes);
            }
        }
    }

    /// Searches a whole memory: returns the addresses at which some bytes begin, at most `limit` of
    /// them.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-memory`, `too-large`.
    pub fn search_memory(
        &self,
        instance: InstanceId,
        memory: u32,
        bytes: &[u8],
        limit: usize,
    ) -> Result<Vec<u64>, Error> {
        at_most(limit, 0, |first, limit| {
            inspection::search_memory(self.debuggee(), instance, memory, first, u64::MAX, bytes, limit)
        })
    }

    /// The size and type of a table of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-table`.
    pub fn table_info(&self, instance: InstanceId, table: u32) -> Result<Table, Error> {
        Ok(inspection::table_info(self.debuggee(), instance, table)?)
    }

    /// Elements of a table from index `first`, at most `limit`.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-table`, `out-of-bounds`.
    pub fn table_elements(
        &self,
        instance: InstanceId,
        table: u32,
        first: u64,
        limit: usize,
    ) -> Result<Vec<Value>, Error> {
        at_most(limit, first, |first, limit| {
            inspection::list_table_elements(self.debuggee(), instance, table, first, limit)
        })
    }

    /// The tags of an instance.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`.
    pub fn tags(&self, instance: InstanceId) -> Result<Vec<Tag>, Error> {
        whole(|first, limit| inspection::list_tags(self.debuggee(), instance, first, limit))
    }

    /// Looks up what a reference refers to.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `stale-reference`, `no-reference`.
    pub fn dereference(&self, reference: ReferenceId) -> Result<Object, Error> {
        Ok(inspection::dereference(self.debuggee(), reference)?)
    }

    /// Elements of an array from index `first`, at most `limit`.
    ///
    /// # Errors
    /// As [`dereference`](Session::dereference); `wrong-type`, `out-of-bounds`.
    pub fn array_elements(&self, reference: ReferenceId, first: u32, limit: usize) -> Result<Vec<Value>, Error> {
        at_most(limit, first.into(), |first, limit| {
            let first = u32::try_from(first).unwrap_or(u32::MAX);
            inspection::list_array_elements(self.debuggee(), reference, first, limit)
        })
    }

    /// The exception that is being thrown, if the program is stopped at one.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`.
    pub fn pending_exception(&self) -> Result<Option<Reference>, Error> {
        Ok(inspection::pending_exception(self.debuggee())?)
    }

    /// Writes bytes to a memory, all of them or none. Like everything below, which changes the
    /// program, it needs the right *modify*.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-memory`,
    /// `out-of-bounds`.
    pub fn write_memory(&self, instance: InstanceId, memory: u32, address: u64, bytes: &[u8]) -> Result<(), Error> {
        Ok(modification::write_memory(self.debuggee(), instance, memory, address, bytes)?)
    }

    /// Grows a memory by some pages and returns how many it had before.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-memory`, `cannot-grow`.
    pub fn grow_memory(&self, instance: InstanceId, memory: u32, pages: u64) -> Result<u64, Error> {
        Ok(modification::grow_memory(self.debuggee(), instance, memory, pages)?)
    }

    /// Sets a global.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-global`, `immutable`,
    /// `wrong-type`, `no-reference`, `stale-reference`.
    pub fn set_global(&self, instance: InstanceId, global: u32, value: &Value) -> Result<(), Error> {
        Ok(modification::set_global(self.debuggee(), instance, global, value)?)
    }

    /// Sets an element of a table.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`, `no-table`, `out-of-bounds`,
    /// `wrong-type`, `no-reference`, `stale-reference`.
    pub fn set_table_element(&self, instance: InstanceId, table: u32, index: u64, value: &Value) -> Result<(), Error> {
        Ok(modification::set_table_element(self.debuggee(), instance, table, index, value)?)
    }

    /// Grows a table by some elements of one value and returns how many it had before.
    ///
    /// # Errors
    /// As [`set_table_element`](Session::set_table_element); `cannot-grow`.
    pub fn grow_table(&self, instance: InstanceId, table: u32, elements: u64, value: &Value) -> Result<u64, Error> {
        Ok(modification::grow_table(self.debuggee(), instance, table, elements, value)?)
    }

    /// Sets a field of a struct or an element of an array.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-reference`, `stale-reference`,
    /// `out-of-bounds`, `immutable`, `wrong-type`.
    pub fn set_element(&self, reference: ReferenceId, index: u32, value: &Value) -> Result<(), Error> {
        Ok(modification::set_element(self.debuggee(), reference, index, value)?)
    }

    /// Makes a tag for exceptions that carry values of these types.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `too-large`, `wrong-type`.
    pub fn make_tag(&self, parameters: &[ValueType]) -> Result<TagId, Error> {
        Ok(modification::make_tag(self.debuggee(), parameters)?)
    }

    /// Makes an exception.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-tag`, `wrong-type`, `no-reference`,
    /// `stale-reference`.
    pub fn make_exception(&self, tag: TagId, payload: &[Value]) -> Result<Reference, Error> {
        Ok(modification::make_exception(self.debuggee(), tag, payload)?)
    }

    /// Replaces the exception that the program is about to throw; returns whether the new one will
    /// be caught.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `not-at-exception`, `no-reference`,
    /// `stale-reference`, `wrong-type`.
    pub fn replace_exception(&self, exception: ReferenceId) -> Result<bool, Error> {
        Ok(modification::replace_exception(self.debuggee(), exception)?)
    }
}
