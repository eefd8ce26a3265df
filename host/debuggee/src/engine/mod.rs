//! The engine behind the pausable store: the only room that calls Wasmtime's debug API, and the one
//! that knows its pitfalls.
//!
//! [`Frozen`] is a store whose program does not run, with what is known of the program. Everything
//! is read, changed and decided on a [`Frozen`]. Invariant: the engine's frame handles leave this
//! room only inside a [`Position`] or a [`Walk`], and none outlives the event or the pause in which
//! it was made.

mod activations;
mod exceptions;
mod failure;
mod frame_trust;
mod frozen;
mod function_addresses;
mod host_frames;
mod instances;
mod memory;
mod modules;
mod outline;
mod patches;
mod paused;
mod position;
mod references;
mod startup;
mod store_slots;
mod types;
mod values;
mod waiting;
mod walk;

pub(crate) use activations::OuterActivations;
pub(crate) use exceptions::{contents, is_caught, pending, take_pending_payload, throw};
pub(crate) use failure::describe;
pub(crate) use frame_trust::FrameTrust;
pub(crate) use frozen::{Frozen, Known, is_debuggable};
pub(crate) use host_frames::note_host_frames;
pub(crate) use instances::{InstanceRef, function, global, tag_id};
pub(crate) use memory::AnyMemory;
pub(crate) use modules::Modules;
pub(crate) use outline::outline;
pub(crate) use patches::Patches;
pub use paused::Paused;
pub(crate) use paused::{Pause, PausedAt};
pub(crate) use position::{HeldFrame, Position};
pub(crate) use references::{KeptReference, References};
pub(crate) use store_slots::StoreSlots;
pub(crate) use types::{storage_type, value_type};
pub(crate) use values::{UNREADABLE, keep_values, locals, operands, to_val};
pub(crate) use waiting::Waiting;
pub(crate) use walk::{Walk, depth, depth_is_at_most, list};
