//! How far the engine can be trusted when it is asked for the innermost frame of an activation.
//!
//! At some events the frame that the engine gives belongs to another function, or was never made,
//! or cannot be asked for without a panic. Invariant: a frame that this file returns is what it
//! claims to be.

use super::activations::{activation_frames, trusted_outer_frames};
use super::frozen::Frozen;
use super::startup;
use crate::plain::{Error, StopReason};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{AsContextMut, FrameHandle, Trap};

/// How far the innermost frame of an event can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FrameTrust {
    /// The frame is what it claims to be.
    #[default]
    Exact,
    /// The frame may be that of a module's start-up code; see `startup`.
    MaybeStartup,
    /// As `MaybeStartup`, for an event that start-up code itself cannot cause: only a start
    /// function that it has called, and whose own frame is gone, or never was because the host has
    /// the function. Few programs have such a one, so for nearly all of them the frame is what it
    /// claims to be. (To look for start-up code costs a walk over the whole stack.)
    MaybeStartFunction,
    /// The frame may be that of a function for which there was no room on the stack when it was
    /// entered. The check for room comes before the function stores which instance it belongs to
    /// (`before_translate_function` in the engine's Cranelift crate), so asking the frame for its
    /// instance reads what the stack held before.
    NoFrame,
    /// The engine has recorded no position for the frame (`fuel_check` in the same crate). It takes
    /// the previous position in the code, which may be another function's, or panics if there is
    /// none.
    NoPosition,
}

impl FrameTrust {
    /// How far the innermost frame of a stop with this reason can be trusted.
    pub(crate) fn of(reason: &StopReason) -> FrameTrust {
        match reason {
            StopReason::Trap { code: Trap::StackOverflow } => FrameTrust::NoFrame,
            StopReason::Trap { code: Trap::OutOfFuel } => FrameTrust::NoPosition,
            // Start-up code itself can trap, and fail for lack of memory.
            StopReason::Trap { .. } | StopReason::HostError(_) => FrameTrust::MaybeStartup,
            StopReason::Exception { .. } => FrameTrust::MaybeStartFunction,
            _ => FrameTrust::Exact,
        }
    }

    /// The same with what is known of the program.
    pub(super) fn in_program<T: 'static>(self, frozen: &Frozen<'_, T>) -> FrameTrust {
        match self {
            FrameTrust::MaybeStartFunction if frozen.known.modules.has_replaceable_start_function() => {
                FrameTrust::MaybeStartup
            }
            FrameTrust::MaybeStartFunction => FrameTrust::Exact,
            _ => self,
        }
    }

    /// The innermost frame of each activation, innermost activation last. For the activation of the
    /// event itself it is the caller if the frame itself cannot be trusted.
    pub(super) fn exit_frames<T: 'static>(self, frozen: &mut Frozen<'_, T>) -> Result<Vec<FrameHandle>, Error> {
        let trust = self.in_program(frozen);
        if trust == FrameTrust::MaybeStartup && startup::has_only_startup_frames(frozen) {
            return Ok(Vec::new());
        }
        let mut exit_frames = frozen.store.debug_exit_frames();
        let first = match trust {
            FrameTrust::Exact | FrameTrust::NoFrame => exit_frames.next(),
            FrameTrust::MaybeStartup | FrameTrust::MaybeStartFunction | FrameTrust::NoPosition => {
                catch_unwind(AssertUnwindSafe(|| exit_frames.next())).unwrap_or_default()
            }
        };
        // Start-up code may have called the host.
        let outer_trust = if frozen.known.modules.has_replaceable_start_function() {
            FrameTrust::MaybeStartup
        } else {
            FrameTrust::Exact
        };
        let mut found;
        if frozen.known.outer.is_empty() {
            found = exit_frames.collect::<Vec<_>>();
            found.reverse();
            if outer_trust != FrameTrust::Exact {
                found = found
                    .into_iter()
                    .filter_map(|frame| outer_trust.trust(frozen, frame).transpose())
                    .collect::<Result<_, _>>()?;
            }
        } else {
            let waiting = activation_frames(exit_frames);
            found = trusted_outer_frames(frozen, waiting, outer_trust)?;
        }
        if let Some(first) = first {
            found.extend(trust.trust(frozen, first)?);
        }
        Ok(found)
    }

    /// The part of an activation's innermost frame that can be trusted: the frame itself, its
    /// caller, or `None`.
    pub(super) fn trust<T: 'static>(
        self,
        frozen: &mut Frozen<'_, T>,
        frame: FrameHandle,
    ) -> Result<Option<FrameHandle>, Error> {
        Ok(match self.in_program(frozen) {
            FrameTrust::Exact => Some(frame),
            FrameTrust::MaybeStartup if startup::is_innermost(frozen, &frame)? => None,
            FrameTrust::MaybeStartup | FrameTrust::MaybeStartFunction => Some(frame),
            // A frame that was never made has no operands. A frame that waits in a host call that
            // failed with the same trap may have none either, and is skipped as well.
            FrameTrust::NoFrame if frame.num_stacks(frozen.store.as_context_mut())? > 0 => Some(frame),
            FrameTrust::NoFrame | FrameTrust::NoPosition => frame.parent(frozen.store.as_context_mut())?,
        })
    }
}
