//! Breakpoints, and all other events that stop the program.

mod breakpoints;
mod events;
mod exceptions;
mod offsets;
mod siblings;
