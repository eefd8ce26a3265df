//! The calls of `program`.

use crate::ask;
use crate::table::{Table, Words, answer};
use stillpoint_kit::bindings::stillpoint::debugger::program;
use stillpoint_kit::{Launch, State};

/// Returns the state of the program.
pub(super) fn ask(table: &Table<'_>) -> State {
    let state = program::current_state(table.debuggee);
    table.row("program::current-state", &[], state.words());
    let _ = ask!(table, program::last_stop());
    // The folder of the program depends on the machine.
    let launch = program::launch_info(table.debuggee).map(|launch| {
        let name = launch.name.map(|name| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
        Launch { name, ..launch }
    });
    table.row("program::launch-info", &[], answer(&launch));
    state
}
