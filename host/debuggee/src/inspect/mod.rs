//! Everything of a paused program that can be read, one file per thing; [`View`](crate::View) on a
//! live store, and on one that a call of the host has.
//!
//! Invariant: an id or index that a debugger names is checked here before the engine sees it,
//! because the engine panics on some wrong ones.

mod as_view;
mod components;
mod entry_point;
mod frames;
mod functions;
mod globals;
mod in_host_call;
mod instances;
mod memories;
mod objects;
mod tables;
mod tags;

pub(crate) use memories::find as find_memory;
pub(crate) use tables::find as find_table;
pub(crate) use tags::find as find_tag;
