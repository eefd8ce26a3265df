//! The host's side of the contract: the implementation of the functions of `wit/` that a debugger
//! component calls.
//!
//! There is one file per WIT interface. Each implements the interface's functions for [`World`],
//! which belongs to the store that runs the debugger.
//!
//! Invariant: this room converts and checks, and decides nothing. A mistake that a debugger can
//! handle is an `error` value of the contract; only a fault of the host is a trap.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod background;
mod bindings;
mod breakpoints;
mod calls;
mod convert;
mod execution;
mod inspection;
mod modification;
mod output;
mod report;
mod session;
mod watchpoints;

pub(crate) use bindings::DebuggerPre;
pub(crate) use execution::Debuggee;
pub(crate) use session::World;

pub use output::Output;

use bindings::stillpoint::debugger as interfaces;
use execution::Running;
use interfaces::execution::How;
use wasmtime::StoreContextMut;
use wasmtime::component::{HasSelf, Linker, Resource, ResourceType};

/// The interface that every debugger imports, because it has the type of the debuggee.
const EXECUTION: &str = "stillpoint:debugger/execution@0.1.0";

/// The interfaces of the contract that a debugger gets. Beside these, every debugger gets `types`
/// and the resource types of `execution`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interfaces {
    /// `execution`, `breakpoints` and `watchpoints`.
    pub(crate) control: bool,
    /// `inspection`.
    pub(crate) inspect: bool,
    /// `modification` and `calls`.
    pub(crate) modify: bool,
    /// `report`.
    pub(crate) messages: bool,
}

/// Defines the interfaces of the contract in a linker.
pub(crate) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    allowed: Interfaces,
    world: fn(&mut T) -> &mut World,
) -> wasmtime::Result<()> {
    interfaces::types::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    if allowed.control {
        interfaces::execution::add_to_linker::<T, HasSelf<World>>(linker, world)?;
        add_resume(linker, world)?;
        interfaces::breakpoints::add_to_linker::<T, HasSelf<World>>(linker, world)?;
        interfaces::watchpoints::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    } else {
        // Every debugger is given a debuggee, and it may drop that without any right.
        let mut execution = linker.instance(EXECUTION)?;
        execution.resource("debuggee", ResourceType::host::<Debuggee>(), move |mut store, _| {
            world(store.data_mut()).set_detached();
            Ok(())
        })?;
        execution.resource("running", ResourceType::host::<Running>(), |_, _| Ok(()))?;
    }
    if allowed.inspect {
        interfaces::inspection::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    }
    if allowed.modify {
        interfaces::modification::add_to_linker::<T, HasSelf<World>>(linker, world)?;
        interfaces::calls::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    }
    if allowed.messages {
        interfaces::report::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    }
    Ok(())
}

/// Replaces the generated definition of `resume` by one that returns the stop behind a pointer. The
/// generated one returns the stop itself, which is large and was moved four times on its way to the
/// debugger's memory.
fn add_resume<T: Send + 'static>(linker: &mut Linker<T>, world: fn(&mut T) -> &mut World) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(EXECUTION)?.func_wrap_async(
        "[method]debuggee.resume",
        move |mut store: StoreContextMut<'_, T>, (_, how): (Resource<Debuggee>, How)| {
            Box::new(async move { Ok((world(store.data_mut()).resume(how).await,)) })
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}
