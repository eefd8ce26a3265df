//! What the tests of watchpoints share: programs that stand at their first instruction, and hits as
//! text.
//!
//! A hit reads `1 write 0x40+4: 00000000>2a000000`: the watchpoint, what was done, the first byte
//! and how many, then what the watched bytes held before and hold now, once if that is the same. If
//! the first of them is not the first that was accessed, its address stands behind an `@`. A global
//! reads `1 write global+4: 00000000>2a000000`.

use crate::support::harness::{Data, program_with};
use std::time::Duration;
use stillpoint_debuggee::{
    Accesses, Debuggee, Error, Exit, How, InstanceId, ModuleId, StepCosts, Stop, StopReason, View, WatchChange,
    WatchHit, WatchSpec, WatchTarget, WatchpointId,
};
use wasmtime::Linker;

/// What an access is called.
pub(crate) fn access(access: Accesses) -> String {
    let words = [(access.read, "read"), (access.write, "write"), (access.host, "host")];
    words.into_iter().filter(|(is_set, _)| *is_set).map(|(_, word)| word).collect::<Vec<_>>().join("+")
}

pub(crate) fn hit(hit: &WatchHit) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let WatchHit { id, is_global, address, size, begin, old, new, .. } = hit;
    let first = if *is_global { "global".to_owned() } else { format!("{address:#x}") };
    let at = if begin == address { String::new() } else { format!(" @{begin:#x}") };
    let bytes = if old == new { hex(old) } else { format!("{}>{}", hex(old), hex(new)) };
    format!("{id} {} {first}+{size}{at}: {bytes}", access(hit.access))
}

/// The hits of a stop.
pub(crate) fn hits(stop: &Stop) -> Vec<String> {
    match &stop.reason {
        StopReason::Watchpoint { hits, .. } => hits.iter().map(hit).collect(),
        other => panic!("no hit but {other:?}"),
    }
}

/// A program that stands at the first instruction of `main`.
pub(crate) async fn begun(wat: &str) -> Debuggee<Data> {
    begun_with(wat, |_| {}).await
}

pub(crate) async fn begun_with(wat: &str, define: impl FnOnce(&mut Linker<Data>)) -> Debuggee<Data> {
    begun_in(Mode::Points, wat, define).await
}

/// How the program comes by at what is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Where there are points.
    Points,
    /// Everywhere: single-step mode stays on.
    Lingers,
}

impl Mode {
    pub(crate) const BOTH: [Mode; 2] = [Mode::Points, Mode::Lingers];

    /// Prices that make the stepper go this way.
    pub(crate) fn costs(self) -> StepCosts {
        let costs = |switch, session, event| {
            let [switch, session, event] = [switch, session, event].map(Duration::from_nanos);
            StepCosts { switch, session, event }
        };
        const FOREVER: u64 = 1 << 40;
        match self {
            Mode::Points => costs(0, FOREVER, FOREVER),
            Mode::Lingers => costs(FOREVER, FOREVER, 1),
        }
    }
}

pub(crate) async fn begun_in(mode: Mode, wat: &str, define: impl FnOnce(&mut Linker<Data>)) -> Debuggee<Data> {
    let mut debuggee = program_with(wat, define);
    debuggee.assume_step_costs(mode.costs());
    let stop = debuggee.resume(How::StepInstruction).await.unwrap();
    assert_eq!(stop.reason, StopReason::Step);
    debuggee
}

/// The instance of a module, by the module's number.
pub(crate) async fn instance<T: Send + 'static>(debuggee: &mut Debuggee<T>, module: u32) -> InstanceId {
    let instances = debuggee.query(|paused| paused.instances()).await.unwrap();
    instances.into_iter().find(|instance| instance.module == ModuleId(module)).expect("it has an instance").id
}

pub(crate) fn try_watch<T: Send + 'static>(debuggee: &mut Debuggee<T>, spec: WatchSpec) -> Result<WatchpointId, Error> {
    debuggee.edit_watchpoints(&[WatchChange::Add(spec)]).unwrap().remove(0)
}

pub(crate) fn watch<T: Send + 'static>(debuggee: &mut Debuggee<T>, spec: WatchSpec) -> WatchpointId {
    try_watch(debuggee, spec).unwrap()
}

pub(crate) fn unwatch<T: Send + 'static>(debuggee: &mut Debuggee<T>, id: WatchpointId) {
    debuggee.edit_watchpoints(&[WatchChange::Remove(id)]).unwrap().remove(0).unwrap();
}

/// A range of memory 0 of the first module.
pub(crate) async fn range(debuggee: &mut Debuggee<Data>, address: u64, length: u64) -> WatchTarget {
    WatchTarget::Memory { instance: instance(debuggee, 0).await, memory: 0, address, length }
}

pub(crate) async fn watch_range(
    debuggee: &mut Debuggee<Data>,
    address: u64,
    length: u64,
    accesses: Accesses,
) -> WatchpointId {
    let target = range(debuggee, address, length).await;
    watch(debuggee, WatchSpec::of(target, accesses))
}

/// Runs to the end; the hits of every stop, and how the program ended.
pub(crate) async fn all_hits<T: Send + 'static>(debuggee: &mut Debuggee<T>) -> (Vec<String>, Exit) {
    let mut all = Vec::new();
    loop {
        let stop = debuggee.resume(How::Continue).await.unwrap();
        match &stop.reason {
            StopReason::Exited(exit) => return (all, exit.clone()),
            StopReason::Trap { .. } => {}
            _ => all.extend(hits(&stop)),
        }
    }
}

/// As [`all_hits`], of a program that is to return.
pub(crate) async fn rest<T: Send + 'static>(debuggee: &mut Debuggee<T>) -> Vec<String> {
    let (hits, exit) = all_hits(debuggee).await;
    assert_eq!(exit, Exit::Returned(vec![]));
    hits
}
