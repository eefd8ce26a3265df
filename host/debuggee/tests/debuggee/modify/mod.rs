//! Changing the state of a paused program.

pub(crate) mod memories;
mod values;
