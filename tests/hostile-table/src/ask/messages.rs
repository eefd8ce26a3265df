//! The calls of `messages`, with an empty text.

use crate::table::{Table, Words};
use stillpoint_kit::bindings::stillpoint::debugger::messages;

pub(super) fn ask(table: &Table<'_>) {
    stillpoint_kit::flush();
    let text = "";
    messages::print(text);
    table.row("messages::print", &[text.words()], ().words());
}
