//! Injected calls: functions that run inside a paused program because a debugger has asked for it.
//!
//! The paused handler makes the call itself, so the call's frames are on top of the program's and
//! its events nest. The things of which a store has only one are put back when the call ends; the
//! effects of the call on memories, globals and the world outside stay. Invariant: after the call's
//! end the program is where it was before, with the same frames, the same pending exception and the
//! same fuel.
//!
//! ```text
//!   stop ── call ──▶ (stops inside the call, as of any program) ──▶ call finished ── resume ──▶ …
//!    └────────── the program does not move ─────────────────────────────┘
//! ```

mod arguments;
mod make;
mod result;

pub(super) use make::make;
