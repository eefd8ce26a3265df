//! The calls of `report`, with an empty text.

use crate::table::{Table, Words};
use stillpoint_kit::bindings::stillpoint::debugger::report;

pub(super) fn ask(table: &Table<'_>) {
    stillpoint_kit::flush();
    let text = "";
    report::print(text);
    table.row("report::print", &[text.words()], ().words());
}
