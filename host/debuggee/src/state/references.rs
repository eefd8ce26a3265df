//! What the references of one stop refer to.
//!
//! Owned by the ledger. Invariant: nothing is kept longer than from the stop at which it was read to the next resume, so that the
//! program's objects are collected as if nobody had looked; a number is never given out twice.

use crate::{Error, ReferenceId, ReferenceKind, Value};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};
use wasmtime::{AnyRef, AsContextMut, ExnRef, ExternRef, Func, GcRef, OwnedRooted, Rooted, Val};

/// Most references that one stop remembers. Those beyond it have no number.
pub const MAX_REFERENCES: usize = 1_000_000;

/// One reference that somebody may ask for.
#[derive(Clone)]
pub(crate) enum Kept {
    Function(Func),
    External(OwnedRooted<ExternRef>),
    Internal(OwnedRooted<AnyRef>),
    Exception(OwnedRooted<ExnRef>),
}

impl Kept {
    pub(super) fn kind(&self) -> ReferenceKind {
        match self {
            Kept::Function(_) => ReferenceKind::Function,
            Kept::External(_) => ReferenceKind::External,
            Kept::Internal(_) => ReferenceKind::Internal,
            Kept::Exception(_) => ReferenceKind::Exception,
        }
    }

    /// The engine's form of it, rooted in the scope of `store`.
    pub(super) fn to_val(&self, store: impl AsContextMut) -> Val {
        match self {
            Kept::Function(function) => Val::FuncRef(Some(*function)),
            Kept::External(object) => Val::ExternRef(Some(object.to_rooted(store))),
            Kept::Internal(object) => Val::AnyRef(Some(object.to_rooted(store))),
            Kept::Exception(object) => Val::ExnRef(Some(object.to_rooted(store))),
        }
    }
}

/// The references of one stop.
#[derive(Default)]
pub(crate) struct References {
    /// How many numbers were given out at earlier stops.
    n_ended: u64,
    kept: Vec<Kept>,
    /// Where those are that were kept, by a hash of what they refer to.
    by_object: FxHashMap<u64, usize>,
}

impl References {
    /// The plain form of an engine value. References are kept if there is somebody to keep them.
    #[inline]
    pub(crate) fn value(references: &mut Option<&mut References>, store: impl AsContextMut, value: &Val) -> Value {
        match (Value::of(value), references) {
            (Value::Reference(kind, _), Some(references)) => {
                Value::Reference(kind, references.number(store, value).unwrap_or(ReferenceId::NONE))
            }
            (plain, _) => plain,
        }
    }

    /// As [`References::value`], for somebody who keeps them.
    pub(super) fn keep(&mut self, store: impl AsContextMut, value: &Val) -> Value {
        References::value(&mut Some(self), store, value)
    }

    /// The number of what a value refers to; none if it cannot be kept.
    fn number(&mut self, mut store: impl AsContextMut, value: &Val) -> Option<ReferenceId> {
        let hash = match value {
            Val::FuncRef(Some(function)) => {
                let mut hasher = FxHasher::default();
                (0u8, function.to_raw(&mut store).addr()).hash(&mut hasher);
                hasher.finish()
            }
            Val::ExternRef(Some(object)) => hash(&mut store, 1, object)?,
            Val::AnyRef(Some(object)) => hash(&mut store, 2, object)?,
            Val::ExnRef(Some(object)) => hash(&mut store, 3, object)?,
            _ => return None,
        };
        if let Some(index) = self.by_object.get(&hash).copied()
            && self.kept.get(index).is_some_and(|kept| is_same(&mut store, kept, value))
        {
            return self.id(index);
        }
        if self.kept.len() >= MAX_REFERENCES {
            return None;
        }
        let kept = match value {
            Val::FuncRef(Some(function)) => Kept::Function(*function),
            Val::ExternRef(Some(object)) => Kept::External(object.to_owned_rooted(store).ok()?),
            Val::AnyRef(Some(object)) => Kept::Internal(object.to_owned_rooted(store).ok()?),
            Val::ExnRef(Some(object)) => Kept::Exception(object.to_owned_rooted(store).ok()?),
            _ => return None,
        };
        let index = self.kept.len();
        self.kept.push(kept);
        self.by_object.insert(hash, index);
        self.id(index)
    }

    /// Numbers begin at 1.
    fn id(&self, index: usize) -> Option<ReferenceId> {
        Some(ReferenceId(self.n_ended.checked_add(u64::try_from(index).ok()?)?.checked_add(1)?))
    }

    /// What a number stands for.
    pub(super) fn get(&self, id: ReferenceId) -> Result<&Kept, Error> {
        let number = id.0.checked_sub(1).ok_or(Error::NoReference(id))?;
        let index = number.checked_sub(self.n_ended).ok_or(Error::StaleReference)?;
        usize::try_from(index).ok().and_then(|index| self.kept.get(index)).ok_or(Error::NoReference(id))
    }

    /// The program goes on: the numbers of this stop mean nothing any more.
    #[inline]
    pub(crate) fn end(&mut self) {
        if !self.kept.is_empty() {
            self.forget();
        }
    }

    fn forget(&mut self) {
        let n_kept = u64::try_from(self.kept.len()).unwrap_or(u64::MAX);
        self.n_ended = self.n_ended.saturating_add(n_kept);
        self.kept.clear();
        self.by_object.clear();
        // A stop at which somebody looked at a whole heap shall not cost its memory for ever.
        self.kept.shrink_to(64);
        self.by_object.shrink_to(64);
    }
}

/// A hash of the object that a reference refers to. It may change when the collector moves objects, which only a debugger's own
/// allocations can bring about during a stop; then an object gets a second number.
fn hash<T: GcRef>(store: impl AsContextMut, kind: u8, object: &Rooted<T>) -> Option<u64> {
    let mut hasher = FxHasher::default();
    kind.hash(&mut hasher);
    object.ref_hash(store, &mut hasher).ok()?;
    Some(hasher.finish())
}

/// Whether a value refers to what was kept.
fn is_same(mut store: impl AsContextMut, kept: &Kept, value: &Val) -> bool {
    match (kept, value) {
        (Kept::Function(kept), Val::FuncRef(Some(function))) => {
            kept.to_raw(&mut store).addr() == function.to_raw(&mut store).addr()
        }
        (Kept::External(kept), Val::ExternRef(Some(object))) => Rooted::ref_eq(store, object, kept).unwrap_or(false),
        (Kept::Internal(kept), Val::AnyRef(Some(object))) => Rooted::ref_eq(store, object, kept).unwrap_or(false),
        (Kept::Exception(kept), Val::ExnRef(Some(object))) => Rooted::ref_eq(store, object, kept).unwrap_or(false),
        _ => false,
    }
}
