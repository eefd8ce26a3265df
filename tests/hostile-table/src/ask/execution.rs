//! The calls of `execution` that do not resume the program. The modes of the debugger make the
//! others.

use crate::ids::{Ids, U32};
use crate::table::{Table, Words, answer};
use stillpoint_kit::{Captures, How, Location, State};

pub(super) fn ask(table: &Table<'_>, ids: &Ids) {
    let debuggee = table.debuggee;
    let state = debuggee.state();
    table.row("execution::debuggee::state", &[], state.words());
    table.row("execution::debuggee::last-stop", &[], answer(&debuggee.last_stop()));
    for frames in [1000, 1001, u32::MAX, 0] {
        let captures = Captures { locals: false, operands: false, frames };
        let result = debuggee.set_captures(captures);
        table.row("execution::debuggee::set-captures", &[format!("frames {}", frames.words())], answer(&result));
    }
    // Nothing can run to a location that is no instruction; in states other than paused nothing can
    // run at all.
    let modules = U32.into_iter().skip(1).map(|module| Location { module, pc: ids.pc });
    let places = [0, 1, ids.pc.wrapping_add(1), u32::MAX].into_iter().map(|pc| Location { module: 0, pc });
    let mut hows: Vec<How> = modules.chain(places).map(How::RunTo).collect();
    if state != State::Paused {
        hows.extend([How::Continue, How::StepInstruction, How::StepOver, How::StepOut, How::Record]);
    }
    for how in &hows {
        table.row("execution::debuggee::resume", &[how.words()], answer(&debuggee.resume(*how)));
    }
    for how in &hows {
        let started = debuggee.start(*how).map(drop);
        table.row("execution::debuggee::start", &[how.words()], answer(&started));
    }
    if state == State::Running {
        table.row("execution::debuggee::detach", &[], answer(&debuggee.detach()));
    }
    if state == State::Exited {
        table.row("execution::debuggee::interrupt", &[], answer(&debuggee.interrupt()));
        table.row("execution::debuggee::terminate", &[], answer(&debuggee.terminate()));
        table.row("execution::debuggee::detach", &[], answer(&debuggee.detach()));
    }
}
