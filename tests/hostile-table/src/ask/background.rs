//! The calls of `background` that run nothing. The modes of the debugger make the others.

use super::refused_hows;
use crate::ids::Ids;
use crate::table::{Table, Words, answer};
use stillpoint_kit::State;
use stillpoint_kit::bindings::stillpoint::debugger::background;

pub(super) fn ask(table: &Table<'_>, ids: &Ids, now: State) {
    for how in refused_hows(ids, now) {
        let started = background::start(table.debuggee, how).map(drop);
        table.row("background::start", &[how.words()], answer(&started));
    }
}
