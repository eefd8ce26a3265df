//! The contents of a binary: a core module's sections, code, control flow and accesses, and a
//! component's structure.
//!
//! Everything here is a function of bytes. Invariant: nothing in this room has a store. The room
//! above asks the engine for whatever the binary does not say.

mod accesses;
mod adapters;
mod code;
pub(crate) mod component;
mod control_flow;
mod layout;
mod module;
mod nullable_locals;
mod reachability;
mod scope;
mod sections;
mod unset_locals;

pub(crate) use accesses::{Class, Instruction, ModuleAccesses, Touch};
pub(crate) use adapters::is_adapter;
pub(crate) use code::{Catches, DecodedFunction};
pub(crate) use control_flow::{Flow, FunctionFlow, Returns, Step};
pub(crate) use layout::{Layout, at};
pub(crate) use module::ModuleBinary;
pub(crate) use nullable_locals::Rewritten;
pub use nullable_locals::{ProgramOffsets, with_nullable_locals};
pub(crate) use sections::Sections;
pub(crate) use unset_locals::UnsetLocals;

/// A position in a binary as an offset. (The engine takes no module that is too large for that.)
fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
