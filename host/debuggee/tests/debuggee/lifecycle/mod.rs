//! The program's states: running, pausing, interrupting, ending, and futures that are dropped.

mod cancellation;
mod ends;
mod given_up;
mod in_host_call;
mod interrupts;
mod model;
mod programs;
