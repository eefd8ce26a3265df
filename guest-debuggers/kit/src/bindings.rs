//! The contract in `wit/` as Rust types and functions, generated at compile time.
//!
//! Invariant: `wasi:io/poll` is not generated a second time but is that of the `wasip2` crate, so
//! that a pollable of a run and a pollable of a WASI clock can be waited on together.
#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]

macro_rules! generate {
    ($path:tt) => {
        wit_bindgen::generate!({
            path: $path,
            world: "debugger",
            with: { "wasi:io/poll@0.2.12": wasip2::io::poll },
            additional_derives: [PartialEq, Eq, Hash],
            pub_export_macro: true,
            export_macro_name: "export_world",
            default_bindings_module: "stillpoint_kit::bindings",
        });
    };
}

// The build script says which.
#[cfg(not(without_links))]
generate!("wit");
#[cfg(without_links)]
generate!("../../wit");

/// A handle of a program that does not exist, for the fake host. It must not be dropped, but be
/// given to [`forget`].
#[cfg(not(target_family = "wasm"))]
pub(crate) fn fake_debuggee() -> stillpoint::debugger::program::Debuggee {
    // SAFETY: outside of a component, nothing behind a handle is ever used: no function of the
    // bindings can be called.
    unsafe { stillpoint::debugger::program::Debuggee::from_handle(1) }
}

/// Forgets the handle of a program that does not exist.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn forget(debuggee: &stillpoint::debugger::program::Debuggee) {
    debuggee.take_handle();
}
