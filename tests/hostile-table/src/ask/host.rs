//! The calls of `host`, which answer the same in every state.

use crate::table::{Table, Words};
use stillpoint_kit::bindings::stillpoint::debugger::host;

pub(super) fn ask(table: &Table<'_>) {
    table.row("host::version", &[], host::version().as_str().words());
    let long = "x".repeat(1 << 20);
    for name in ["", "symbols", "\0", long.as_str()] {
        table.row("host::has-feature", &[name.words()], host::has_feature(name).words());
    }
    let limits = host::limits();
    table.row("host::limits", &[], format!("{limits:?}"));
}
