//! The calls of `program`.

use crate::table::{Table, Words, answer};
use stillpoint_kit::{Launch, State};

/// Returns the state of the program.
pub(super) fn ask(table: &Table<'_>) -> State {
    let state = table.debuggee.current_state();
    table.row("program::debuggee::current-state", &[], state.words());
    table.row("program::debuggee::last-stop", &[], answer(&table.debuggee.last_stop()));
    // The folder of the program depends on the machine.
    let launch = table.debuggee.launch_info().map(|launch| {
        let name = launch.name.map(|name| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
        Launch { name, ..launch }
    });
    table.row("program::debuggee::launch-info", &[], answer(&launch));
    state
}
