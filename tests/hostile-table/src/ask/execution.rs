//! The calls of `execution` that do not resume the program. The modes of the debugger make the
//! others.

use super::refused_hows;
use crate::ids::Ids;
use crate::table::{Table, Words, answer};
use stillpoint_kit::bindings::stillpoint::debugger::execution;
use stillpoint_kit::{State, StopCapture};

pub(super) fn ask(table: &Table<'_>, ids: &Ids, now: State) {
    let debuggee = table.debuggee;
    let frames = |number| vec![StopCapture::Frames(number)];
    for captures in [
        frames(1000),
        frames(1001),
        frames(u32::MAX),
        frames(0),
        vec![StopCapture::Locals, StopCapture::Locals],
        vec![StopCapture::Frames(1), StopCapture::Frames(1001)],
        vec![StopCapture::Operands; 1_000_000],
        Vec::new(),
    ] {
        let set = execution::set_captures(debuggee, &captures);
        table.row("execution::set-captures", &[captures.words()], answer(&set));
    }
    let hows = refused_hows(ids, now);
    for how in &hows {
        table.row("execution::resume", &[how.words()], answer(&execution::resume(debuggee, *how)));
    }
    if now == State::Running {
        table.row("execution::detach", &[], answer(&execution::detach(debuggee)));
    }
    if matches!(now, State::Exited | State::Detached) {
        table.row("execution::interrupt", &[], answer(&execution::interrupt(debuggee)));
        table.row("execution::terminate", &[], answer(&execution::terminate(debuggee)));
        table.row("execution::detach", &[], answer(&execution::detach(debuggee)));
    }
}
