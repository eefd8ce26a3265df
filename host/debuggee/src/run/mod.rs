//! Running: the debuggee outside the program, the handler inside it, and what passes between the two.
//!
//! The only room with futures, wakers and tokio. `debuggee` owns the program's future, `drive` polls it, `handler` is called by the engine
//! at every event and `pause` waits there; they meet in `shared`, and `signals` carries wishes from other threads. Invariant: every
//! future of this room can be dropped at any poll, and no stop is lost.

mod as_session;
mod calls;
mod debuggee;
mod drive;
mod handler;
mod pause;
mod session;
mod shared;
mod signals;

pub use debuggee::{BodyFuture, Debuggee};
pub use session::{Query, Session};
pub use shared::ExitCodes;
pub use signals::Interrupter;
