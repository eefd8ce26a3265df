//! Where the program is: the innermost frame of an event, with its function, location and instance.
//!
//! Found once per event and handed on by reference. Invariant: a position lives as long as its
//! frame, and ends with the event or the pause in which it was found.

use super::frame_trust::FrameTrust;
use super::frozen::Frozen;
use super::instances::InstanceRef;
use super::startup;
use super::walk::Walk;
use crate::plain::{Error, Frame, FrameId, Location};
use std::cell::Cell;
use wasmtime::{AsContextMut, FrameHandle, Instance, StoreContextMut, Val};

/// A frame that is left where the engine has put it, because moving a frame takes longer than
/// finding it. Holds `None` if there is no frame.
pub(crate) struct HeldFrame(pub(super) Option<FrameHandle>);

impl HeldFrame {
    /// Holds no frame.
    pub(crate) fn none() -> HeldFrame {
        HeldFrame(None)
    }

    /// The innermost frame of a program that is at an instruction. There it can always be trusted.
    #[inline]
    pub(crate) fn innermost<T: 'static>(frozen: &mut Frozen<'_, T>) -> HeldFrame {
        HeldFrame(frozen.store.debug_exit_frames().next())
    }

    /// The innermost frame of an event, as far as it can be trusted.
    pub(crate) fn trusted<T: 'static>(frozen: &mut Frozen<'_, T>, trust: FrameTrust) -> HeldFrame {
        match trust.in_program(frozen) {
            FrameTrust::Exact => HeldFrame::innermost(frozen),
            trust => HeldFrame(Walk::new(trust).frame(frozen, 0).ok()),
        }
    }

    /// The frame's position; `None` if there is no frame, if the frame is not one of a function that
    /// a module defines, or if it is at an instruction that only the engine knows of.
    #[inline]
    pub(crate) fn position<T: 'static>(&self, frozen: &mut Frozen<'_, T>) -> Result<Option<Position<'_>>, Error> {
        match &self.0 {
            Some(frame) => Position::of(frozen, frame),
            None => Ok(None),
        }
    }
}

impl HeldFrame {
    /// The position of a frame that is in a call, as it was before the call. `None` also if it is
    /// not in a call.
    pub(crate) fn position_before_call<T: 'static>(
        &self,
        frozen: &mut Frozen<'_, T>,
    ) -> Result<Option<Position<'_>>, Error> {
        let Some(mut position) = self.position(frozen)? else { return Ok(None) };
        let entry = frozen.known.modules.get_mut(position.location.module)?;
        let Some(pc) = entry.call_before(position.function, position.location.pc) else { return Ok(None) };
        position.location.pc = pc;
        Ok(Some(position))
    }
}

/// A frame, and where it is.
pub(crate) struct Position<'f> {
    pub(super) frame: &'f FrameHandle,
    /// Index in the module's function index space.
    pub(crate) function: u32,
    pub(crate) location: Location,
    /// Read from the engine when it is first needed; most hits do not need it.
    instance: Cell<Option<Instance>>,
}

impl<'f> Position<'f> {
    /// Reads the function and the location of a frame; `None` if the frame is not one of a function
    /// that a module defines, or is at an instruction that only the engine knows of.
    #[inline]
    pub(super) fn of<T: 'static>(
        frozen: &mut Frozen<'_, T>,
        frame: &'f FrameHandle,
    ) -> Result<Option<Position<'f>>, Error> {
        let Frozen { store, known } = frozen;
        let Some((defined, pc)) = frame.wasm_function_index_and_pc(store.as_context_mut())? else {
            return Ok(None);
        };
        let Some(module) = frame.module(store.as_context_mut())? else {
            return Ok(None);
        };
        let id = known.modules.id_of(module);
        let entry = known.modules.get(id)?;
        let Some(pc) = entry.program_pc(pc.raw()) else { return Ok(None) };
        Ok(Some(Position {
            frame,
            function: entry.n_imported_functions().saturating_add(defined.as_u32()),
            location: Location { module: id, pc },
            instance: Cell::new(None),
        }))
    }

    /// The instance to which the frame's function belongs.
    #[inline]
    pub(crate) fn instance<T: 'static>(&self, store: &mut StoreContextMut<'_, T>) -> wasmtime::Result<Instance> {
        if let Some(instance) = self.instance.get() {
            return Ok(instance);
        }
        let instance = self.frame.instance(store.as_context_mut())?;
        self.instance.set(Some(instance));
        Ok(instance)
    }

    /// The innermost frame, as a stop has it; the stop's number is left at 0.
    #[inline]
    pub(crate) fn as_frame<T: 'static>(&self, frozen: &mut Frozen<'_, T>) -> Option<Frame> {
        let instance = self.instance(&mut frozen.store).ok()?;
        Some(Frame {
            id: FrameId { stop: 0, index: 0 },
            instance: InstanceRef::id_of(instance),
            function: self.function,
            location: self.location,
        })
    }

    /// A local by its index. The local has to exist and must not be a continuation: otherwise the
    /// engine panics.
    #[inline]
    pub(crate) fn local(&self, store: impl AsContextMut, index: u32) -> wasmtime::Result<Val> {
        self.frame.local(store, index)
    }

    /// The number of operands of the frame.
    #[inline]
    pub(crate) fn n_operands<T: 'static>(&self, store: &mut StoreContextMut<'_, T>) -> wasmtime::Result<u32> {
        self.frame.num_stacks(store.as_context_mut())
    }

    /// An operand, counted from the bottom of the stack. A reference is rooted in `store`.
    #[inline]
    pub(crate) fn operand(&self, store: impl AsContextMut, index: u32) -> wasmtime::Result<Val> {
        self.frame.stack(store, index)
    }

    /// The operand that lies `depth` below the top of the stack; `None` if the stack is not that
    /// deep.
    #[inline]
    pub(crate) fn operand_below_top<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        depth: u32,
    ) -> wasmtime::Result<Option<Val>> {
        let n_operands = self.n_operands(store)?;
        match depth.checked_add(1).and_then(|depth| n_operands.checked_sub(depth)) {
            Some(index) => self.frame.stack(store.as_context_mut(), index).map(Some),
            None => Ok(None),
        }
    }

    /// The location at which the caller in the same activation goes on; `None` if the host is the
    /// caller.
    pub(crate) fn caller<T: 'static>(&self, frozen: &mut Frozen<'_, T>) -> Result<Option<Location>, Error> {
        let Some(frame) = parent(frozen, self.frame)? else { return Ok(None) };
        let Some(Position { function, location, .. }) = Position::of(frozen, &frame)? else { return Ok(None) };
        let pc = frozen.known.modules.get_mut(location.module)?.return_pc(function, location.pc);
        Ok(Some(Location { pc, ..location }))
    }
}

/// The frame that waits for this one in the same activation; `None` if the host is the caller.
pub(super) fn parent<T: 'static>(
    frozen: &mut Frozen<'_, T>,
    frame: &FrameHandle,
) -> Result<Option<FrameHandle>, Error> {
    let Some(parent) = frame.parent(frozen.store.as_context_mut())? else { return Ok(None) };
    Ok(if startup::is_caller(frozen, frame, &parent)? { None } else { Some(parent) })
}
