//! The Rust side of the contract in `wit/`, generated at compile time. Nothing here is written by hand.
//!
//! Invariant: `wasi:io/poll` is not generated a second time but is the one of the `wasip2` crate, so that a
//! pollable of ours and one of its clocks can be waited on together.
#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]

macro_rules! generate {
    ($path:tt) => {
        wit_bindgen::generate!({
            path: $path,
            world: "debugger",
            with: { "wasi:io/poll@0.2.12": wasip2::io::poll },
            additional_derives: [PartialEq, Eq],
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
