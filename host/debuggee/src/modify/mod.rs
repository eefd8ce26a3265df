//! Changes to a paused program: [`Modify`](crate::Modify) on a live store.
//!
//! Invariant: a change is checked whole before any of it is done: one that is refused has changed nothing.

mod as_modify;
mod exceptions;
mod memories;
mod values;
