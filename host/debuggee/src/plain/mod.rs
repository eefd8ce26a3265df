//! Plain data: stops, values, names, wishes and errors, and the traits that a paused program is seen and changed through.
//!
//! Everything public here is the crate's public language. Invariant: nothing in this room has a store, so whatever it
//! says stays true when the program goes on, and a paused program that is only data can say it too.

mod breakpoint;
mod call;
mod error;
mod location;
mod modify;
mod recording;
mod stop;
mod types;
mod value;
mod view;
mod watchpoint;

pub use breakpoint::*;
pub use call::*;
pub use error::Error;
pub use location::*;
pub use modify::{MAX_MADE_TAGS, Modify};
pub use recording::*;
pub use stop::*;
pub use types::{FunctionType, ReferenceType, StorageType, ValueType};
pub use value::{ReferenceId, ReferenceKind, Value};
pub use view::*;
pub use watchpoint::*;

pub(crate) use breakpoint::is_due;
pub(crate) use types::Listed;
