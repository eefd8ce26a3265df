//! Numbers for arguments: edges of their types, and ids of things that exist.

use stillpoint_kit::bindings::stillpoint::debugger::inspection;
use stillpoint_kit::{FrameId, Reference, ReferenceKind, Session, Stop, Value};

/// Edges of the 32-bit range.
pub(crate) const U32: [u32; 5] = [0, 1, 1 << 31, u32::MAX - 1, u32::MAX];

/// Edges of the 64-bit range, and of the 32-bit range inside it.
pub(crate) const U64: [u64; 8] = [0, 1, u32::MAX as u64 - 1, u32::MAX as u64, 1 << 32, 1 << 63, u64::MAX - 4, u64::MAX];

/// Pages of a list: whole ones, empty ones, and such as begin at its end or far beyond it.
pub(crate) const PAGES: [(u32, u32); 5] = [(0, 0), (0, u32::MAX), (2, 1), (u32::MAX, 1), (u32::MAX, u32::MAX)];

/// Ids of things that exist at one stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    /// The program's instance, or 1 while there is none.
    pub(crate) instance: u32,
    /// An instruction of the program.
    pub(crate) pc: u32,
    /// The number of the last stop.
    pub(crate) stop: u64,
    /// The references in the locals of the innermost frame and in the globals, each once.
    pub(crate) references: Vec<Reference>,
    /// A tag of the program.
    pub(crate) tag: u64,
    /// References of an earlier stop.
    pub(crate) stale: Vec<u64>,
    /// Breakpoints that were removed.
    pub(crate) removed: Vec<u32>,
}

impl Ids {
    /// Collects the ids at a stop. `before` are those at the stop before.
    pub(crate) fn at(session: &Session, stop: &Stop, before: &Ids) -> Ids {
        let debuggee = session.debuggee();
        let mut ids = Ids { instance: 1, stop: stop.number, ..before.clone() };
        ids.stale.extend(before.references.iter().filter_map(|reference| reference.id));
        ids.references.clear();
        let instances = inspection::list_instances(debuggee, 0, 1).map_or_else(|_| Vec::new(), |page| page.items);
        let Some(instance) = instances.first().map(|one| one.id) else { return ids };
        ids.instance = instance;
        let locals = inspection::read_locals(debuggee, FrameId { stop: stop.number, index: 0 }).unwrap_or_default();
        let globals =
            inspection::list_globals(debuggee, instance, 0, 100).map_or_else(|_| Vec::new(), |page| page.items);
        for value in locals.into_iter().chain(globals.into_iter().map(|global| global.value)) {
            if let Value::Reference(reference) = value
                && !ids.references.contains(&reference)
            {
                ids.references.push(reference);
            }
        }
        let tags = inspection::list_tags(debuggee, instance, 0, 1).map_or_else(|_| Vec::new(), |page| page.items);
        ids.tag = tags.first().map_or(0, |tag| tag.id);
        ids
    }

    /// Ids of references: 0, one of an earlier stop, all of this stop, and some that were never
    /// given out.
    pub(crate) fn references_to_ask(&self) -> Vec<u64> {
        let mut all = vec![0];
        all.extend(self.stale.first());
        all.extend(self.references.iter().filter_map(|reference| reference.id));
        all.extend([1_000_000, u64::from(u32::MAX), 1 << 63, u64::MAX]);
        all
    }

    /// The first reference of a kind, as a value.
    pub(crate) fn first(&self, kind: ReferenceKind) -> Option<Value> {
        self.references.iter().find(|reference| reference.kind == kind).map(|reference| Value::Reference(*reference))
    }

    /// Values of every type, right and wrong, and some of none. The references among them have no
    /// id, were never given out, or are of an earlier stop, of this one, or of this one under
    /// another kind.
    pub(crate) fn values(&self) -> Vec<Value> {
        use ReferenceKind::{Anyref, Contref, Exnref, Externref, Funcref, Other};
        let reference = |kind, id| Value::Reference(Reference { kind, id: Some(id) });
        let mut values = vec![
            Value::I32(i32::MIN),
            Value::I64(i64::MIN),
            Value::F32(u32::MAX),
            Value::F64(u64::MAX),
            Value::V128((u64::MAX, u64::MAX)),
        ];
        let kinds = [Funcref, Externref, Anyref, Exnref, Contref, Other];
        values.extend(kinds.map(Value::Null));
        values.extend(kinds.map(Value::Unset));
        values.extend(kinds.map(|kind| reference(kind, 0)));
        values.extend(kinds.map(|kind| Value::Reference(Reference { kind, id: None })));
        values.push(reference(Anyref, u64::MAX));
        values.push(reference(Funcref, *self.stale.first().unwrap_or(&1)));
        for (kind, id) in self.references.iter().filter_map(|one| Some((one.kind, one.id?))).take(3) {
            values.push(reference(kind, id));
            values.push(reference(if kind == Funcref { Exnref } else { Funcref }, id));
            values.extend([Contref, Other].map(|kind| reference(kind, id)));
        }
        values.extend([Value::Other(String::new()), Value::Other("i32".to_owned())]);
        values
    }
}
