//! The bindings that are generated from the contract of this version.
//!
//! Invariant: nothing but the two macro calls is written by hand.

#![allow(missing_docs, unreachable_pub, unsafe_code, unsafe_op_in_unsafe_fn, clippy::all)]

wit_bindgen::generate!({
    path: "wit",
    world: "stillpoint:debugger/debugger",
    generate_all,
    additional_derives: [PartialEq],
});

export!(Frozen with_types_in self);

use super::Frozen;
