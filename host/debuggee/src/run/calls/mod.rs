//! Injected calls: functions that run inside a paused program because a debugger wants them to.
//!
//! The paused handler makes the call itself, so the call's frames stand above the program's and its events nest. What a store has one of
//! is put back when the call ends; what the call did to memories, globals and the world outside stays. Invariant: after the call's end
//! the program is where it was: the same frames, the same pending exception, the same fuel.
//!
//! ```text
//!   stop ── call ──▶ (stops inside the call, as of any program) ──▶ call finished ── resume ──▶ …
//!    └────────── the program does not move ─────────────────────────────┘
//! ```

mod arguments;
mod make;
mod result;

pub(super) use make::make;
