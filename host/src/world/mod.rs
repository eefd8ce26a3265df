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
mod background_calls;
mod background_run;
mod bindings;
mod breakpoints;
mod calls;
mod convert;
mod error_text;
mod execution;
mod host;
mod inspection;
mod messages;
mod modification;
mod options;
mod output;
mod program;
mod recording;
mod session;
mod watchpoints;

pub(crate) use bindings::DebuggerPre;
pub(crate) use error_text::ErrorText;
#[cfg(test)]
pub(crate) use host::VERSION;
pub(crate) use program::Debuggee;
pub(crate) use session::World;

pub use output::Output;

use background::Running;
use bindings::stillpoint::debugger as interfaces;
use interfaces::execution::How;
use wasmtime::StoreContextMut;
use wasmtime::component::{HasSelf, Linker, Resource, ResourceType};

/// The interface of `resume`.
const EXECUTION: &str = "stillpoint:debugger/execution@0.1.0";

/// The interface that has the type of a run in the background.
const BACKGROUND: &str = "stillpoint:debugger/background@0.1.0";

/// The interfaces of the contract that a debugger gets. Beside these, every debugger gets `common`,
/// `program` and `host`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interfaces {
    /// `execution`, `background`, `breakpoints`, `recording` and `watchpoints`.
    pub(crate) control: bool,
    /// `inspection`.
    pub(crate) inspect: bool,
    /// `modification`, `calls` and `background-calls`.
    pub(crate) modify: bool,
    /// `messages`.
    pub(crate) messages: bool,
}

/// Defines the interfaces of the contract in a linker.
pub(crate) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    allowed: Interfaces,
    world: fn(&mut T) -> &mut World,
) -> wasmtime::Result<()> {
    interfaces::common::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    interfaces::program::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    interfaces::host::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    if allowed.control {
        interfaces::execution::add_to_linker::<T, HasSelf<World>>(linker, world)?;
        add_resume(linker, world)?;
        interfaces::background::add_to_linker::<T, HasSelf<World>>(linker, world)?;
        interfaces::breakpoints::add_to_linker::<T, HasSelf<World>>(linker, world)?;
        interfaces::recording::add_to_linker::<T, HasSelf<World>>(linker, world)?;
        interfaces::watchpoints::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    } else {
        // The type is one of those that `background-calls` uses.
        linker.instance(BACKGROUND)?.resource("running", ResourceType::host::<Running>(), |_, _| Ok(()))?;
    }
    if allowed.inspect {
        interfaces::inspection::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    }
    if allowed.modify {
        interfaces::modification::add_to_linker::<T, HasSelf<World>>(linker, world)?;
        interfaces::calls::add_to_linker::<T, HasSelf<World>>(linker, world)?;
        interfaces::background_calls::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    }
    if allowed.messages {
        interfaces::messages::add_to_linker::<T, HasSelf<World>>(linker, world)?;
    }
    Ok(())
}

/// Replaces the generated definition of `resume` by one that returns the stop behind a pointer. The
/// generated one returns the stop itself, which is large and was moved four times on its way to the
/// debugger's memory.
fn add_resume<T: Send + 'static>(linker: &mut Linker<T>, world: fn(&mut T) -> &mut World) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(EXECUTION)?.func_wrap_async(
        "resume",
        move |mut store: StoreContextMut<'_, T>, (_, how): (Resource<Debuggee>, How)| {
            Box::new(async move { Ok((world(store.data_mut()).resume(how).await,)) })
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}
