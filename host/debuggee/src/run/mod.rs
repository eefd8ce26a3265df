//! Runs the program: the debuggee outside it, the handler inside it, and the data that passes
//! between the two.
//!
//! This is the only room with futures, wakers and tokio. `debuggee` owns the program's future and
//! `drive` polls it. The engine calls `handler` at every event, and `pause` waits there. The two
//! sides meet in `shared`, and `signals` carries requests from other threads, and `crossings`
//! sees the program call the host. Invariant: every
//! future of this room can be dropped at any poll, and no stop is lost.

mod as_session;
mod body_store;
mod calls;
mod crossings;
mod debuggee;
mod drive;
mod handler;
mod pause;
mod session;
mod shared;
mod signals;

pub use body_store::BodyStore;
pub use debuggee::{BodyFuture, Debuggee};
pub use session::{Query, Session};
pub use shared::ExitCodes;
pub use signals::Interrupter;
