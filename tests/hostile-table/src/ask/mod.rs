//! The calls, in a file for each interface of the contract.
//!
//! Invariant: in every state the same calls are made, with the ids that exist in that state. None
//! of them changes what the program does.

mod breakpoints;
mod calls;
mod execution;
mod inspection;
mod modification;
mod report;
mod watchpoints;

use crate::ids::Ids;
use crate::table::Table;
use stillpoint_kit::Session;

/// Calls every function, and prints a line for each call.
pub(crate) fn everything(state: &'static str, session: &Session, ids: &mut Ids) {
    let table = Table::new(state, session.debuggee());
    execution::ask(&table, ids);
    breakpoints::ask(&table, ids);
    watchpoints::ask(&table, ids);
    inspection::ask(&table, ids);
    modification::ask(&table, ids);
    calls::ask(&table, ids);
    report::ask(&table);
    table.print();
}
