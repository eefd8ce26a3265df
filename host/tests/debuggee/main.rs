//! The pausable store through its public API.

mod breakpoints;
mod cancellation;
mod events;
mod exceptions;
mod frames;
mod harness;
mod interrupts;
mod lifecycle;
mod memories;
mod model;
mod offsets;
mod siblings;
mod stepping;
mod transcript;
mod values;
