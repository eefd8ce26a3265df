//! The place of a hit, as conditions and tracepoints see it.
//!
//! Made by the handler for one event. Invariant: nothing is read that nobody asks for, and what is read for a condition is not
//! allocated.

use super::breakpoints::Site;
use super::condition::{Condition, Fault, Machine, Number, Operand, Unavailable, Width};
use super::modules::Modules;
use super::reading::AnyMemory;
use super::recorder::{CaptureSpec, Recorder};
use super::{BreakpointId, Location, Value, frames};
use wasmtime::{AsContextMut, FrameHandle, Instance, RootScope, StoreContextMut, Val};

/// Where the program is, and what may be done there.
pub(crate) struct Here<'h, 's, T: 'static> {
    pub(crate) store: &'h mut StoreContextMut<'s, T>,
    pub(crate) modules: &'h mut Modules,
    pub(crate) recorder: &'h mut Recorder,
    pub(crate) frame: &'h FrameHandle,
    pub(crate) location: Location,
}

impl<T: 'static> Site for Here<'_, '_, T> {
    fn holds(&mut self, condition: &Condition, hits: u64) -> Result<bool, Fault> {
        condition.evaluate(&mut State { here: self, hits })
    }

    fn capture(&mut self, id: BreakpointId, spec: &CaptureSpec) {
        let place = (self.frame, self.location);
        if let Err(error) = self.recorder.record(self.store, self.modules, Some(id), place, spec) {
            tracing::warn!(%error, "a record could not be made");
        }
    }
}

/// The program's state for one evaluation.
struct State<'e, 'h, 's, T: 'static> {
    here: &'e mut Here<'h, 's, T>,
    hits: u64,
}

impl<T: 'static> State<'_, '_, '_, T> {
    fn instance(&mut self) -> Result<Instance, Unavailable> {
        self.here.frame.instance(self.here.store.as_context_mut()).map_err(unreadable)
    }
}

fn unreadable(_: wasmtime::Error) -> Unavailable {
    Unavailable::Unreadable
}

/// What the engine has read, left where it is: moving it takes longer than reading it.
#[inline]
fn read(value: &wasmtime::Result<Val>) -> Result<Number, Unavailable> {
    match value {
        Ok(value) => number(value),
        Err(_) => Err(Unavailable::Unreadable),
    }
}

#[inline]
fn number(value: &Val) -> Result<Number, Unavailable> {
    match value {
        Val::I32(value) => Ok(Number::I32(*value)),
        Val::I64(value) => Ok(Number::I64(*value)),
        Val::F32(bits) => Ok(Number::F32(f32::from_bits(*bits))),
        Val::F64(bits) => Ok(Number::F64(f64::from_bits(*bits))),
        other => Value::of(other).try_into(),
    }
}

impl<T: 'static> Machine for State<'_, '_, '_, T> {
    fn local(&mut self, index: u32) -> Result<Number, Unavailable> {
        // The check against the function's types lets no local through that is not there or not a number.
        let Here { store, frame, .. } = &mut *self.here;
        read(&frame.local(store.as_context_mut(), index))
    }

    fn operand(&mut self, operand: Operand) -> Result<Number, Unavailable> {
        let Here { store, frame, modules, .. } = &mut *self.here;
        let n_operands = frame.num_stacks(store.as_context_mut()).map_err(unreadable)?;
        let past_end = Unavailable::PastEnd { length: u64::from(n_operands) };
        let index = match operand {
            Operand::FromBottom(index) => Some(index).filter(|index| *index < n_operands),
            Operand::FromTop(index) => index.checked_add(1).and_then(|index| n_operands.checked_sub(index)),
        };
        let index = index.ok_or(past_end)?;
        if modules.has_continuations() {
            return Err(Unavailable::Unreadable);
        }
        // An operand may be a reference, which would stay rooted without a scope.
        let mut scope = RootScope::new(store.as_context_mut());
        read(&frame.stack(&mut scope, index))
    }

    fn global(&mut self, index: u32) -> Result<Number, Unavailable> {
        let instance = self.instance()?;
        let store = &mut *self.here.store;
        let global = instance.debug_global(store.as_context_mut(), index).ok_or(Unavailable::Unreadable)?;
        number(&global.get(store.as_context_mut()))
    }

    fn load(&mut self, memory: u32, address: u64, width: Width) -> Result<u64, Unavailable> {
        let instance = self.instance()?;
        let store = &mut *self.here.store;
        match AnyMemory::of(store, instance, memory).map_err(|_| Unavailable::Unreadable)? {
            AnyMemory::Plain(memory) => width.load(memory.data(&*store), address),
            memory @ AnyMemory::Shared(_) => {
                let length = usize::try_from(width.bytes()).unwrap_or_default();
                let past_end = |error| match error {
                    super::Error::OutOfBounds { size } => Unavailable::PastEnd { length: size },
                    _ => Unavailable::Unreadable,
                };
                let bytes = memory.read(store, address, length).map_err(past_end)?;
                width.load(&bytes, 0).map_err(|_| Unavailable::PastEnd { length: memory.size(store) })
            }
        }
    }

    fn hits(&self) -> u64 {
        self.hits
    }

    fn depth(&mut self) -> Result<u32, Unavailable> {
        frames::depth(self.here.store, self.here.modules).map_err(|_| Unavailable::Unreadable)
    }
}
