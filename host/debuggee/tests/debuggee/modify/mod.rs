//! Changing the state of a paused program.

mod memories;
mod values;
