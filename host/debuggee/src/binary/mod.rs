//! What a binary says: of a core module its sections, code, control flow and accesses, of a component its structure.
//!
//! Everything here is a function of bytes. Invariant: nothing in this room has a store; what the binary does not say is asked of
//! the engine in the room above.

mod accesses;
mod code;
pub(crate) mod component;
mod control_flow;
mod layout;
mod module;
mod reachability;
mod scope;
mod sections;

pub(crate) use accesses::{Class, Instruction, ModuleAccesses, Touch};
pub(crate) use code::{Catches, DecodedFunction};
pub(crate) use control_flow::{Flow, FunctionFlow, Returns, Step};
pub(crate) use layout::{Layout, at};
pub(crate) use module::ModuleBinary;
