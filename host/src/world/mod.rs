//! The contract's host side: what happens when a debugger component calls one of the functions of `wit/`.
//!
//! One file per WIT interface, each an implementation for [`World`], which belongs to the store that runs the
//! debugger. Invariant: this room converts and checks and decides nothing; what a debugger can mend is an `error`
//! value of the contract, and only a host fault is a trap.

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

mod bindings;
mod breakpoints;
mod calls;
mod convert;
mod execution;
mod inspection;
mod modification;
mod output;
mod report;
mod run;
mod state;
mod watchpoints;

pub(crate) use bindings::DebuggerPre;
pub(crate) use execution::Debuggee;
pub(crate) use state::World;

pub use output::Output;

use bindings::stillpoint::debugger as interfaces;
use execution::Running;
use interfaces::execution::How;
use wasmtime::StoreContextMut;
use wasmtime::component::{HasSelf, Linker, Resource, ResourceType};

/// The interface that every debugger imports, for the type of its debuggee.
const EXECUTION: &str = "stillpoint:debugger/execution@0.1.0";

/// Which interfaces of the contract a debugger gets. `types` is always there, and of `execution` the resources.
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
        // Every debugger is handed a debuggee, and dropping it is not a right.
        let mut execution = linker.instance(EXECUTION)?;
        execution.resource("debuggee", ResourceType::host::<Debuggee>(), move |mut store, _| {
            world(store.data_mut()).let_go();
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

/// Defines `resume` once more, over the generated definition, which returns the stop itself: with all that a stop can carry it is
/// large, and was moved four times on its way to the debugger's memory.
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
