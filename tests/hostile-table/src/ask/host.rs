//! The calls of `host`, which answer the same in every state.

use crate::table::{Table, Words};
use stillpoint_kit::bindings::stillpoint::debugger::host;

pub(super) fn ask(table: &Table<'_>) {
    table.row("host::version", &[], host::version().as_str().words());
    let long = "x".repeat(1 << 20);
    for name in ["", "symbols", "\0", long.as_str()] {
        table.row("host::has-feature", &[name.words()], host::has_feature(name).words());
    }
    let names =
        "page read search-pattern search-range breakpoints condition conditions records record-ranges record-range
        captured-frames watchpoints watched-for-host references calls tags tag-values symbols";
    for name in names.split_whitespace().chain(["", long.as_str()]) {
        table.row("host::limit", &[name.words()], format!("{:?}", host::limit(name)));
    }
}
