//! The pausable store through its public API.

mod breakpoints;
mod events;
mod exceptions;
mod frames;
mod harness;
mod interrupts;
mod lifecycle;
mod memories;
mod offsets;
mod siblings;
mod stepping;
mod transcript;
mod values;
