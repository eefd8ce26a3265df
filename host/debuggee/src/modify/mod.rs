//! Changes to a paused program: [`Modify`](crate::Modify) on a live store.
//!
//! Invariant: a change is checked completely before any of it is made. One that is refused has
//! changed nothing.

mod as_modify;
mod exceptions;
mod in_host_call;
mod memories;
mod values;
