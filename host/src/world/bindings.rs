//! The bindings that are generated from `wit/`: the contract's types, and one trait per interface.
//!
//! Invariant: only functions that run or query the program are async. Only functions that can meet
//! a fault of the host may trap (`trappable`); all other failures are values of the contract's
//! `error`.

#![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, clippy::arithmetic_side_effects)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "stillpoint:debugger/debugger",
    imports: {
        "stillpoint:debugger/execution.resume": async,
        "stillpoint:debugger/background.finish": async,
        "stillpoint:debugger/background.[method]running.subscribe": trappable,
        "stillpoint:debugger/calls.call": async,
        "stillpoint:debugger/inspection.read-bytecode": exact,
        "stillpoint:debugger/inspection": async,
        "stillpoint:debugger/modification": async,
    },
    exports: { default: async },
    with: {
        "stillpoint:debugger/program.debuggee": crate::world::program::Debuggee,
        "stillpoint:debugger/background.running": crate::world::background::Running,
        "wasi": wasmtime_wasi::p2::bindings,
    },
    require_store_data_send: true,
});
