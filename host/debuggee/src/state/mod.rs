//! The whole state of a paused program, beside its frames: memories, globals, tables, functions, tags, and what references
//! refer to; and how it is changed.
//!
//! One file per thing that a module can define, each with its plain form and how it is read; `modify/` changes them. `layout` is
//! what a module's binary says, `references` is what one stop remembers. Invariant: a number that a debugger names is checked here
//! before the engine sees it, because the engine panics on some of what it is asked.

mod components;
mod functions;
mod globals;
mod instances;
mod layout;
mod memories;
mod modify;
mod objects;
mod references;
mod tables;
mod tags;
mod types;

pub use components::{ComponentFunction, ComponentInstance, CoreInstanceInfo, MAX_COMPONENT_INSTANCES};
pub use functions::{Definition, Function};
pub use globals::Global;
pub use instances::{Counts, Entity, EntityKind, Export, Import, InstanceInfo, Source};
pub use memories::{Found, MAX_PATTERN, MAX_SEARCH, MemoryInfo};
pub use modify::{MAX_MADE_TAGS, Modify};
pub use objects::Object;
pub use references::MAX_REFERENCES;
pub use tables::TableInfo;
pub use tags::{TagId, TagInfo};
pub use types::{FunctionType, ReferenceType, StorageType, ValueType};

pub(super) use components::{ComponentBinary, tree as component};
pub(super) use functions::FunctionAddresses;
pub(super) use layout::Layout;
pub(super) use references::References;
pub(super) use tags::MadeTags;

pub(super) use functions::list as functions;
pub(super) use globals::list as globals;
pub(super) use instances::{exports, imports, list as instances};
pub(super) use memories::{info as memory, search as search_memory};
pub(super) use modify::to_val;
pub(super) use objects::{array_elements, object, pending as pending_exception};
pub(super) use tables::{elements as table_elements, info as table};
pub(super) use tags::list as tags;
