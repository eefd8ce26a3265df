//! `watchpoints`: stops when memory or a global is touched.
//!
//! Invariant: a batch is answered in its order, with one answer for each change.

use super::interfaces::types::Error;
use super::interfaces::watchpoints::{
    Host, WatchChange, WatchSpec, WatchTarget, WatchedGlobal, WatchedMemory, Watchpoint,
};
use super::{Debuggee, World, convert};
use crate::debuggee::{self, InstanceId, WatchpointId};
use wasmtime::component::Resource;

impl Host for World {
    fn edit(&mut self, _: Resource<Debuggee>, changes: Vec<WatchChange>) -> Result<Vec<Result<u32, Error>>, Error> {
        let session = self.session()?;
        // A batch can remove every watchpoint and add as many new ones.
        let limit = debuggee::MAX_WATCHPOINTS.saturating_mul(2);
        if changes.len() > limit {
            return Err(Error::TooLarge(u64::try_from(limit).unwrap_or(u64::MAX)));
        }
        let changes: Vec<debuggee::WatchChange> = changes.into_iter().map(change).collect();
        let answers = session.edit_watchpoints(&changes).map_err(convert::error)?;
        Ok(answers.into_iter().map(|answer| answer.map(|id| id.0).map_err(convert::error)).collect())
    }

    fn all(&mut self, _: Resource<Debuggee>) -> Result<Vec<Watchpoint>, Error> {
        let watchpoints = self.session()?.watchpoints().map_err(convert::error)?;
        Ok(watchpoints.into_iter().map(watchpoint).collect())
    }
}

fn change(change: WatchChange) -> debuggee::WatchChange {
    match change {
        WatchChange::Add(spec) => debuggee::WatchChange::Add(debuggee::WatchSpec {
            target: match spec.target {
                WatchTarget::Memory(WatchedMemory { instance, memory, address, length }) => {
                    debuggee::WatchTarget::Memory { instance: InstanceId(instance), memory, address, length }
                }
                WatchTarget::Global(WatchedGlobal { instance, global }) => {
                    debuggee::WatchTarget::Global { instance: InstanceId(instance), global }
                }
            },
            accesses: convert::to_accesses(spec.accesses),
            on_change: spec.on_change,
            ignore: spec.ignore,
            every: spec.every,
            one_shot: spec.one_shot,
        }),
        WatchChange::Remove(id) => debuggee::WatchChange::Remove(WatchpointId(id)),
    }
}

fn watchpoint(watchpoint: debuggee::Watchpoint) -> Watchpoint {
    let debuggee::Watchpoint { id, spec, hits, taken } = watchpoint;
    let target = match spec.target {
        debuggee::WatchTarget::Memory { instance, memory, address, length } => {
            WatchTarget::Memory(WatchedMemory { instance: instance.0, memory, address, length })
        }
        debuggee::WatchTarget::Global { instance, global } => {
            WatchTarget::Global(WatchedGlobal { instance: instance.0, global })
        }
    };
    let spec = WatchSpec {
        target,
        accesses: convert::accesses(spec.accesses),
        on_change: spec.on_change,
        ignore: spec.ignore,
        every: spec.every,
        one_shot: spec.one_shot,
    };
    Watchpoint { id: id.0, spec, hits, taken }
}
