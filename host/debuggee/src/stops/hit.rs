//! A hit, as conditions and tracepoints see it.
//!
//! Made for one event. Invariant: only values that somebody asks for are read, and reading them for
//! a condition allocates nothing.

use super::recorder::Recorder;
use crate::condition::{Condition, Fault, Machine, Number, Operand, Unavailable, ValueType, Width};
use crate::engine::{self, AnyMemory, Frozen, Position};
use crate::plain::{BreakpointId, CaptureSpec, Error};
use wasmtime::{AsContextMut, Instance, RootScope, Val};

/// The position of a hit, with the store to read from and the recorder to write to.
pub(crate) struct HitContext<'h, 's, T: 'static> {
    pub(super) frozen: &'h mut Frozen<'s, T>,
    pub(super) recorder: &'h mut Recorder,
    pub(super) position: &'h Position<'h>,
}

impl<T: 'static> HitContext<'_, '_, T> {
    /// Evaluates a condition, whose breakpoint has been hit `hits` times.
    pub(super) fn holds(&mut self, condition: &Condition, hits: u64) -> Result<bool, Fault> {
        condition.evaluate(&mut Evaluation { context: self, hits })
    }

    /// Makes a record for a tracepoint.
    pub(super) fn capture(&mut self, id: BreakpointId, spec: &CaptureSpec) {
        if let Err(error) = self.recorder.record(self.frozen, Some(id), self.position, spec) {
            tracing::warn!(%error, "a record could not be made");
        }
    }
}

/// The program's state for one evaluation.
struct Evaluation<'e, 'h, 's, T: 'static> {
    context: &'e mut HitContext<'h, 's, T>,
    hits: u64,
}

impl<T: 'static> Evaluation<'_, '_, '_, T> {
    fn instance(&mut self) -> Result<Instance, Unavailable> {
        let HitContext { frozen, position, .. } = &mut *self.context;
        position.instance(&mut frozen.store).map_err(unreadable)
    }
}

fn unreadable(_: wasmtime::Error) -> Unavailable {
    Unavailable::Unreadable
}

/// The number that the engine has read. The value is left where it is: moving it takes longer than
/// reading it.
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
        Val::V128(_) => Err(Unavailable::NotANumber(ValueType::V128)),
        _ => Err(Unavailable::NotANumber(ValueType::Reference)),
    }
}

impl<T: 'static> Machine for Evaluation<'_, '_, '_, T> {
    fn local(&mut self, index: u32) -> Result<Number, Unavailable> {
        // A condition was checked against the function's types, so this local exists and is a
        // number.
        let HitContext { frozen, position, .. } = &mut *self.context;
        read(&position.local(frozen.store.as_context_mut(), index))
    }

    fn operand(&mut self, operand: Operand) -> Result<Number, Unavailable> {
        let HitContext { frozen, position, .. } = &mut *self.context;
        let n_operands = position.n_operands(&mut frozen.store).map_err(unreadable)?;
        let past_end = Unavailable::PastEnd { length: u64::from(n_operands) };
        let index = match operand {
            Operand::FromBottom(index) => Some(index).filter(|index| *index < n_operands),
            Operand::FromTop(index) => index.checked_add(1).and_then(|index| n_operands.checked_sub(index)),
        };
        let index = index.ok_or(past_end)?;
        if frozen.known.modules.has_continuations() {
            return Err(Unavailable::Unreadable);
        }
        // An operand may be a reference, which would stay rooted without a scope.
        let mut scope = RootScope::new(frozen.store.as_context_mut());
        read(&position.operand(&mut scope, index))
    }

    fn global(&mut self, index: u32) -> Result<Number, Unavailable> {
        let instance = self.instance()?;
        let store = &mut self.context.frozen.store;
        let global = engine::global(store.as_context_mut(), instance, index).ok_or(Unavailable::Unreadable)?;
        number(&global.get(store.as_context_mut()))
    }

    fn load(&mut self, memory: u32, address: u64, width: Width) -> Result<u64, Unavailable> {
        let instance = self.instance()?;
        let store = &mut self.context.frozen.store;
        match AnyMemory::of(store, instance, memory).map_err(|_| Unavailable::Unreadable)? {
            AnyMemory::Plain(memory) => width.load(memory.data(&*store), address),
            memory @ AnyMemory::Shared(_) => {
                let length = usize::try_from(width.bytes()).unwrap_or_default();
                let past_end = |error| match error {
                    Error::OutOfBounds { size } => Unavailable::PastEnd { length: size },
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
        engine::depth(self.context.frozen).map_err(|_| Unavailable::Unreadable)
    }
}
