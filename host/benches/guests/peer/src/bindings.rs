//! What is generated from the part of the peer's contract in `wit/`.
//!
//! Invariant: nothing is written by hand here but the two macro calls.

#![allow(missing_docs, unreachable_pub, unsafe_code, unsafe_op_in_unsafe_fn, clippy::all)]

wit_bindgen::generate!({ path: "wit", world: "bytecodealliance:wasmtime/bench" });

export!(Debugger with_types_in self);

use super::Debugger;
