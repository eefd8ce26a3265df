//! The calls of `background-calls`, with a place that nothing can run to.
//!
//! Other errors than those of the state and of that place are only reported when the call is waited
//! for. So nothing else is called where a call could begin.

use super::calls::{LOOK, TRAP, nowhere, right};
use crate::ids::Ids;
use crate::table::{Table, Words, answer};
use stillpoint_kit::bindings::stillpoint::debugger::background_calls;
use stillpoint_kit::bindings::stillpoint::debugger::calls::Callee;
use stillpoint_kit::{How, State, Value};

pub(super) fn ask(table: &Table<'_>, ids: &Ids, now: State) {
    let callee = |function| Callee { instance: ids.instance, function };
    for how in nowhere(ids) {
        start(table, callee(LOOK), &format!("right ones, {how:?}"), &right(), how);
        start(table, callee(u32::MAX), &format!("nothing, {how:?}"), &[], how);
    }
    if now != State::Paused {
        start(table, callee(TRAP), "", &[], How::Continue);
    }
}

fn start(table: &Table<'_>, callee: Callee, about: &str, arguments: &[Value], how: How) {
    let started = background_calls::start_call(table.debuggee, callee, arguments, how).map(drop);
    let words = [callee.instance.words(), callee.function.words(), about.to_owned()];
    table.row("background_calls::start_call", &words, answer(&started));
}
