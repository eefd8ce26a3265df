//! Breakpoints, and all other events that stop the program.

mod breakpoints;
mod events;
mod exceptions;
mod frame;
mod offsets;
mod records;
mod siblings;
