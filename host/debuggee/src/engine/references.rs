//! The objects behind the references of one stop.
//!
//! Owned by the ledger. Invariant: nothing is kept longer than from the stop at which it was read
//! to the next resume, so that the program's objects are collected as if nobody had looked at them.
//! An id is never given out twice.

use crate::plain::{Error, MAX_REFERENCES, ReferenceId, ReferenceKind, Value};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};
use wasmtime::{AnyRef, AsContextMut, ExnRef, ExternRef, Func, GcRef, OwnedRooted, RootScope, Rooted, Val};

/// The object behind one reference that a debugger may ask about.
#[derive(Clone)]
pub(crate) enum KeptReference {
    Function(Func),
    External(OwnedRooted<ExternRef>),
    Internal(OwnedRooted<AnyRef>),
    Exception(OwnedRooted<ExnRef>),
}

impl KeptReference {
    pub(crate) fn kind(&self) -> ReferenceKind {
        match self {
            KeptReference::Function(_) => ReferenceKind::Function,
            KeptReference::External(_) => ReferenceKind::External,
            KeptReference::Internal(_) => ReferenceKind::Internal,
            KeptReference::Exception(_) => ReferenceKind::Exception,
        }
    }

    /// The hash of the object at this moment.
    fn hash(&self, store: impl AsContextMut) -> Option<u64> {
        let mut scope = RootScope::new(store);
        let value = self.to_val(&mut scope);
        object_hash(&mut scope, &value)
    }

    /// The engine's form of the reference, rooted in the scope of `store`.
    pub(crate) fn to_val(&self, store: impl AsContextMut) -> Val {
        match self {
            KeptReference::Function(function) => Val::FuncRef(Some(*function)),
            KeptReference::External(object) => Val::ExternRef(Some(object.to_rooted(store))),
            KeptReference::Internal(object) => Val::AnyRef(Some(object.to_rooted(store))),
            KeptReference::Exception(object) => Val::ExnRef(Some(object.to_rooted(store))),
        }
    }
}

/// The references of one stop.
#[derive(Default)]
pub(crate) struct References {
    /// How many ids were given out at earlier stops.
    n_ended: u64,
    kept: Vec<KeptReference>,
    /// The index in `kept` of an object of the collector's, and the object's hash when it was kept.
    /// The hash is another one when the collector has moved objects since.
    witness: Option<(usize, u64)>,
    /// Indices into `kept`, by a hash of the object.
    by_object: FxHashMap<u64, usize>,
}

impl References {
    /// The plain form of an engine value. If it is a reference and `references` is given, it is
    /// kept there and gets an id.
    #[inline]
    pub(crate) fn value(references: &mut Option<&mut References>, store: impl AsContextMut, value: &Val) -> Value {
        match (Value::of(value), references) {
            (Value::Reference(kind, _), Some(references)) => {
                Value::Reference(kind, references.number(store, value).unwrap_or(ReferenceId::NONE))
            }
            (plain, _) => plain,
        }
    }

    /// Like [`References::value`], always keeping references here.
    pub(crate) fn keep(&mut self, store: impl AsContextMut, value: &Val) -> Value {
        References::value(&mut Some(self), store, value)
    }

    /// The id of the object that a value refers to; `None` if it cannot be kept.
    fn number(&mut self, mut store: impl AsContextMut, value: &Val) -> Option<ReferenceId> {
        let hash = object_hash(&mut store, value)?;
        if !self.by_object.contains_key(&hash) && self.has_moved(&mut store) {
            self.hash_again(&mut store);
        }
        if let Some(index) = self.by_object.get(&hash).copied()
            && self.kept.get(index).is_some_and(|kept| is_same(&mut store, kept, value))
        {
            return self.id(index);
        }
        if self.kept.len() >= MAX_REFERENCES {
            return None;
        }
        let kept = match value {
            Val::FuncRef(Some(function)) => KeptReference::Function(*function),
            Val::ExternRef(Some(object)) => KeptReference::External(object.to_owned_rooted(store).ok()?),
            Val::AnyRef(Some(object)) => KeptReference::Internal(object.to_owned_rooted(store).ok()?),
            Val::ExnRef(Some(object)) => KeptReference::Exception(object.to_owned_rooted(store).ok()?),
            _ => return None,
        };
        let index = self.kept.len();
        if !matches!(kept, KeptReference::Function(_)) {
            self.witness = Some((index, hash));
        }
        self.kept.push(kept);
        self.by_object.insert(hash, index);
        self.id(index)
    }

    /// Whether the collector has moved objects since they were kept. A debugger has the program's
    /// garbage collected in a query, for instance.
    fn has_moved(&self, mut store: impl AsContextMut) -> bool {
        let Some((index, before)) = self.witness else { return false };
        self.kept.get(index).and_then(|kept| kept.hash(&mut store)).is_some_and(|now| now != before)
    }

    /// Finds the objects where they are now.
    fn hash_again(&mut self, mut store: impl AsContextMut) {
        let References { kept, by_object, witness, .. } = self;
        by_object.clear();
        for (index, kept) in kept.iter().enumerate() {
            let Some(hash) = kept.hash(&mut store) else { continue };
            by_object.insert(hash, index);
            if let Some((at, before)) = witness
                && *at == index
            {
                *before = hash;
            }
        }
    }

    /// The id for an index into `kept`. Ids begin at 1.
    fn id(&self, index: usize) -> Option<ReferenceId> {
        Some(ReferenceId(self.n_ended.checked_add(u64::try_from(index).ok()?)?.checked_add(1)?))
    }

    /// The object behind an id.
    pub(crate) fn get(&self, id: ReferenceId) -> Result<&KeptReference, Error> {
        let number = id.0.checked_sub(1).ok_or(Error::NoReference(id))?;
        let index = number.checked_sub(self.n_ended).ok_or(Error::StaleReference)?;
        usize::try_from(index).ok().and_then(|index| self.kept.get(index)).ok_or(Error::NoReference(id))
    }

    /// Ends this stop because the program goes on: the ids of this stop become stale.
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
        self.witness = None;
        self.by_object.clear();
        // A stop at which somebody looked at a whole heap must not cost its memory for ever.
        self.kept.shrink_to(64);
        self.by_object.shrink_to(64);
    }
}

/// A hash of the object that a value refers to; `None` if the value is no reference, or null. It
/// may change when the collector moves objects.
fn object_hash(mut store: impl AsContextMut, value: &Val) -> Option<u64> {
    match value {
        Val::FuncRef(Some(function)) => {
            let mut hasher = FxHasher::default();
            (0u8, function.to_raw(&mut store).addr()).hash(&mut hasher);
            Some(hasher.finish())
        }
        Val::ExternRef(Some(object)) => hash(&mut store, 1, object),
        Val::AnyRef(Some(object)) => hash(&mut store, 2, object),
        Val::ExnRef(Some(object)) => hash(&mut store, 3, object),
        _ => None,
    }
}

/// A hash of the object that a reference refers to. It may change when the collector moves objects,
/// which only a debugger's own allocations can cause during a stop. The object then gets a second
/// id.
fn hash<T: GcRef>(store: impl AsContextMut, kind: u8, object: &Rooted<T>) -> Option<u64> {
    let mut hasher = FxHasher::default();
    kind.hash(&mut hasher);
    object.ref_hash(store, &mut hasher).ok()?;
    Some(hasher.finish())
}

/// Whether a value refers to the kept object.
fn is_same(mut store: impl AsContextMut, kept: &KeptReference, value: &Val) -> bool {
    match (kept, value) {
        (KeptReference::Function(kept), Val::FuncRef(Some(function))) => {
            kept.to_raw(&mut store).addr() == function.to_raw(&mut store).addr()
        }
        (KeptReference::External(kept), Val::ExternRef(Some(object))) => {
            Rooted::ref_eq(store, object, kept).unwrap_or(false)
        }
        (KeptReference::Internal(kept), Val::AnyRef(Some(object))) => {
            Rooted::ref_eq(store, object, kept).unwrap_or(false)
        }
        (KeptReference::Exception(kept), Val::ExnRef(Some(object))) => {
            Rooted::ref_eq(store, object, kept).unwrap_or(false)
        }
        _ => false,
    }
}
