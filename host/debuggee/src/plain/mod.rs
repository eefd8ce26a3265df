//! Plain data: stops, values, ids, specifications and errors, and the traits through which a paused
//! program is inspected and changed.
//!
//! Everything public here is the crate's public vocabulary. Invariant: nothing in this room has a
//! store. So all of it stays true when the program goes on, and a paused program that is only data
//! can provide it too.

mod breakpoint;
mod call;
mod entry_point;
mod error;
mod launch;
mod location;
mod modify;
mod recording;
mod stack_outline;
mod stop;
mod types;
mod value;
mod view;
mod watchpoint;

pub use breakpoint::*;
pub use call::*;
pub use entry_point::{EntryFunction, EntryPoint};
pub use error::Error;
pub use launch::Launch;
pub use location::*;
pub use modify::{MAX_MADE_TAGS, MAX_TAG_VALUES, Modify};
pub use recording::*;
pub use stack_outline::{OutlineSink, OutlinedFrame, StackOutline};
pub use stop::*;
pub use types::{FunctionType, ReferenceType, StorageType, ValueType};
pub use value::{ReferenceId, ReferenceKind, Value};
pub use view::*;
pub use watchpoint::*;

pub(crate) use breakpoint::is_due;
pub(crate) use stack_outline::{MAX_NOT_DEEP, OUTERMOST};
pub(crate) use types::Listed;
