//! The calls, in a file for each interface of the contract.
//!
//! Invariant: in every state the same calls are made, with the ids that exist in that state. None
//! of them changes what the program does.

mod background;
mod background_calls;
mod breakpoints;
mod calls;
mod execution;
mod host;
mod inspection;
mod messages;
mod modification;
mod program;
mod recording;
mod watchpoints;

use crate::ids::Ids;
use crate::table::{Table, answer};
use stillpoint_kit::{HostError, How, Location, Session, State};

/// Calls every function, and prints a line for each call.
pub(crate) fn everything(state: &'static str, session: &Session, ids: &mut Ids) {
    let table = Table::new(state, session.debuggee());
    let now = program::ask(&table);
    host::ask(&table);
    execution::ask(&table, ids, now);
    background::ask(&table, ids, now);
    breakpoints::ask(&table, ids);
    recording::ask(&table);
    watchpoints::ask(&table, ids);
    inspection::ask(&table, ids);
    modification::ask(&table, ids);
    calls::ask(&table, ids, now);
    background_calls::ask(&table, ids, now);
    messages::ask(&table);
    table.print();
}

/// How a program cannot run: to a location that is no instruction. Where it cannot run at all, also
/// how it could otherwise.
fn refused_hows(ids: &Ids, now: State) -> Vec<How> {
    let modules = crate::ids::U32.into_iter().skip(1).map(|module| Location { module, pc: ids.pc });
    let places = [0, 1, ids.pc.wrapping_add(1), u32::MAX].into_iter().map(|pc| Location { module: 0, pc });
    let mut hows: Vec<How> = modules.chain(places).map(How::RunTo).collect();
    if now != State::Paused {
        hows.extend([How::Continue, How::StepInstruction, How::StepOver, How::StepOut, How::Record]);
    }
    hows
}

/// The answers to several things, without the ids in them: those in a row that are alike once, and
/// how many there are.
fn answers<T>(result: &Result<Vec<Result<T, HostError>>, HostError>) -> String {
    let all = match result {
        Ok(all) => all,
        Err(error) => return answer(&Err::<(), _>(error)),
    };
    let mut words: Vec<String> = Vec::new();
    for one in all.iter().map(|one| answer(&one.as_ref().map(drop))) {
        if words.last() != Some(&one) {
            words.push(one);
        }
    }
    format!("[{}] {} in all", words.join(", "), all.len())
}
