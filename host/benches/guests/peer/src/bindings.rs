//! The bindings that are generated from the part of the peer's contract in `wit/`.
//!
//! Invariant: nothing but the two macro calls is written by hand.

#![allow(missing_docs, unreachable_pub, unsafe_code, unsafe_op_in_unsafe_fn, clippy::all)]

wit_bindgen::generate!({ path: "wit", world: "bytecodealliance:wasmtime/bench" });

export!(Debugger with_types_in self);

use super::Debugger;
