//! Stillpoint and the peer without components: for each, a loop in Rust over its pausable store.
//!
//! The difference to the case `step`, which does the same through components, is the cost of the
//! component boundary.
//!
//! Invariant: both see what the bare handler saw.

use crate::program::Program;
use anyhow::{Result, bail, ensure};
use std::time::Duration;
use stillpoint::debuggee::{Debuggee, How, Session, StopReason};
use tokio::runtime::Runtime;
use wasmtime_internal_debugger as peer;

/// The name of the order that is carried out here.
pub(crate) const ORDER: &str = "native";

/// Single-steps a program with Stillpoint's store.
pub(crate) fn ours(runtime: &Runtime, program: &Program, argument: u32, n_stops: &str) -> Result<Duration> {
    let (store, marks) = program.store()?;
    let session: &mut dyn Session = &mut Debuggee::new(store, program.debuggee_body(argument))?;
    let mut seen: u64 = 0;
    runtime.block_on(async {
        loop {
            match &session.resume(How::StepInstruction).await?.reason {
                StopReason::Step => seen += 1,
                StopReason::Exited(_) => return anyhow::Ok(()),
                other => bail!("a stop that the program has no reason for: {other:?}"),
            }
        }
    })?;
    ensure!(seen.to_string() == n_stops, "saw {seen} stops instead of {n_stops}");
    Ok(marks.between()?.0)
}

/// Single-steps a program with the peer's store.
pub(crate) fn the_peers(runtime: &Runtime, program: &Program, argument: u32, n_stops: &str) -> Result<Duration> {
    let (mut store, marks) = program.store()?;
    let Some(mut edit) = store.edit_breakpoints() else { bail!("the engine has no guest_debug") };
    edit.single_step(true)?;
    drop(edit);
    let body = program.body(argument);
    let mut seen: u64 = 0;
    runtime.block_on(async {
        let mut debuggee = peer::Debuggee::new(store, move |store| Box::pin(async move { body(store).await }));
        loop {
            match debuggee.run().await? {
                peer::DebugRunResult::Breakpoint => seen += 1,
                peer::DebugRunResult::Finished => return anyhow::Ok(()),
                _ => {}
            }
        }
    })?;
    ensure!(seen.to_string() == n_stops, "saw {seen} stops instead of {n_stops}");
    Ok(marks.between()?.0)
}
