//! The program's states: running, pausing, interrupting, ending, and futures that are dropped.

mod cancellation;
mod ends;
mod interrupts;
mod model;
mod programs;
