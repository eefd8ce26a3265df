//! `watchpoints`: stops when memory or a global is touched.
//!
//! Invariant: a batch is answered in its order, with one answer for each watchpoint.

use super::interfaces::common::Error;
use super::interfaces::watchpoints::{
    Host, WatchOption, WatchSpec, WatchTarget, WatchedGlobal, WatchedMemory, Watchpoint, WatchpointPage,
};
use super::options::{Once, batch};
use super::{Debuggee, World, convert, inspection};
use crate::debuggee::{self, InstanceId, WatchpointId};
use wasmtime::component::Resource;

impl Host for World {
    fn add(&mut self, _: Resource<Debuggee>, specs: Vec<WatchSpec>) -> Result<Vec<Result<u32, Error>>, Error> {
        let session = self.session()?;
        let to_change = |spec| to_spec(spec).map(debuggee::WatchChange::Add);
        batch(specs, debuggee::MAX_WATCHPOINTS, to_change, |changes| session.edit_watchpoints(changes), |id| id.0)
    }

    fn remove(&mut self, _: Resource<Debuggee>, ids: Vec<u32>) -> Result<Vec<Result<(), Error>>, Error> {
        let session = self.session()?;
        let to_change = |id| Ok(debuggee::WatchChange::Remove(WatchpointId(id)));
        batch(ids, debuggee::MAX_WATCHPOINTS, to_change, |changes| session.edit_watchpoints(changes), drop)
    }

    fn list_watchpoints(&mut self, _: Resource<Debuggee>, first: u32, limit: u32) -> Result<WatchpointPage, Error> {
        let limit = usize::try_from(limit.min(inspection::MAX_LIST)).unwrap_or(usize::MAX);
        let all = self.session()?.watchpoints().map_err(convert::error)?;
        let mut rest = all.into_iter().skip_while(|watchpoint| watchpoint.id.0 < first);
        let items = rest.by_ref().take(limit).map(watchpoint).collect();
        Ok(WatchpointPage { items, next: rest.next().map(|watchpoint| watchpoint.id.0) })
    }
}

fn to_spec(spec: WatchSpec) -> Result<debuggee::WatchSpec, Error> {
    let target = match spec.target {
        WatchTarget::Memory(WatchedMemory { instance, memory, address, length }) => {
            debuggee::WatchTarget::Memory { instance: InstanceId(instance), memory, address, length }
        }
        WatchTarget::Global(WatchedGlobal { instance, global }) => {
            debuggee::WatchTarget::Global { instance: InstanceId(instance), global }
        }
    };
    let mut result = debuggee::WatchSpec::of(target, convert::to_accesses(spec.kinds));
    let mut once = Once::default();
    for option in spec.options {
        let (number, name) = match option {
            WatchOption::OnChange => (0, "on-change"),
            WatchOption::Ignore(_) => (1, "ignore"),
            WatchOption::Every(_) => (2, "every"),
            WatchOption::OneShot => (3, "one-shot"),
        };
        once.note(number, name).map_err(Error::BadOption)?;
        match option {
            WatchOption::OnChange => result.on_change = true,
            WatchOption::Ignore(ignore) => result.ignore = u64::from(ignore),
            WatchOption::Every(0) => {
                return Err(Error::BadOption("`every` is 0; the least is 1, for every hit".to_owned()));
            }
            WatchOption::Every(every) => result.every = u64::from(every),
            WatchOption::OneShot => result.one_shot = true,
        }
    }
    Ok(result)
}

fn watchpoint(watchpoint: debuggee::Watchpoint) -> Watchpoint {
    let debuggee::Watchpoint { id, spec, hits, taken } = watchpoint;
    let debuggee::WatchSpec { target, accesses, on_change, ignore, every, one_shot } = spec;
    let target = match target {
        debuggee::WatchTarget::Memory { instance, memory, address, length } => {
            WatchTarget::Memory(WatchedMemory { instance: instance.0, memory, address, length })
        }
        debuggee::WatchTarget::Global { instance, global } => {
            WatchTarget::Global(WatchedGlobal { instance: instance.0, global })
        }
    };
    let mut options = Vec::new();
    options.extend(on_change.then_some(WatchOption::OnChange));
    options.extend(convert::hit_rule(ignore, 0).map(WatchOption::Ignore));
    options.extend(convert::hit_rule(every, 1).map(WatchOption::Every));
    options.extend(one_shot.then_some(WatchOption::OneShot));
    Watchpoint { id: id.0, target, kinds: convert::accesses(accesses), options, hits, taken }
}
