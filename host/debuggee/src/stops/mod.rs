//! Decides what an event means and what is put into the program's code: breakpoints, steps,
//! watchpoints, records.
//!
//! [`decide`] is called at every event and decides whether it is a stop; [`prepare_resume`]
//! prepares the engine for the way to the next one. Invariant: nothing here waits, and nothing here
//! panics: a panic at a trap aborts the process (`raise` in the engine's `libcalls.rs`).

mod apply;
mod breakpoints;
mod decide;
mod hit;
mod ledger;
mod recorder;
mod resume;
mod slots;
mod step_points;
mod stepping;
mod stop_slot;
mod watch;

pub(crate) use decide::{Event, decide, interrupt, make_stop_in_host, make_stop_in_pause, program_exits};
pub(crate) use ledger::{Ledger, Wanted};
pub(crate) use resume::{Crossing, prepare_resume, resume_from_host};
pub(crate) use step_points::{need_no_query, verify_locations};
pub use stepping::StepCosts;
