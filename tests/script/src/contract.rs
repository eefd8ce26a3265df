//! The functions of the contract, under the contract's names.
//!
//! Invariant: arguments have the contract's order. A record among them is written as its fields,
//! one after the other. What two interfaces have under one name is written with the interface, as
//! `watchpoints.add`.

use crate::notation::{Answer, Arguments, Result, list, mistake, page, plain, words};
use crate::types::callee;
use crate::{Script, reading, waiting};
use stillpoint_kit::bindings::stillpoint::debugger::{
    background, background_calls, breakpoints, calls, execution, host, messages, modification, recording, watchpoints,
};
use stillpoint_kit::{HostError, How, Running, Value};

/// Makes the call of this name.
pub(crate) fn ask(script: &mut Script, name: &str, a: &mut Arguments<'_>) -> Result<Answer> {
    let debuggee = &script.debuggee;
    Ok(match name {
        "current-state" => Answer::from(words(&debuggee.current_state())),
        "last-stop" => {
            let stop = debuggee.last_stop();
            script.stopped(stop)
        }
        "launch-info" => plain(debuggee.launch_info()),

        "version" => Answer::from(words(&host::version())),
        "has-feature" => Answer::from(words(&host::has_feature(a.text()))),
        "limit" => Answer::from(words(&host::limit(a.text()))),

        "print" => {
            messages::print(a.text());
            Answer::from(words(&()))
        }

        // To the next event, if nothing else is said.
        "resume" => {
            let stop = execution::resume(debuggee, a.next_or(How::Continue)?);
            script.stopped(stop)
        }
        // `resume` to the next instruction.
        "step" => {
            let stop = execution::resume(debuggee, How::StepInstruction);
            script.stopped(stop)
        }
        "set-captures" => plain(execution::set_captures(debuggee, &a.next::<Vec<_>>()?)),
        "interrupt" => plain(execution::interrupt(debuggee)),
        "terminate" => plain(execution::terminate(debuggee)),
        "detach" => plain(execution::detach(debuggee)),

        "start" => {
            let started = background::start(debuggee, a.next_or(How::Continue)?);
            script.started(started)
        }
        "finish" => {
            let running = script.running.take().ok_or_else(|| mistake("nothing was started"))?;
            script.stopped(background::finish(running))
        }

        "call" => {
            let (callee, arguments) = (callee(a)?, a.next::<Vec<Value>>()?);
            let stop = calls::call(debuggee, callee, &arguments, a.next_or(How::Continue)?);
            script.stopped(stop)
        }
        "start-call" => {
            let (callee, arguments) = (callee(a)?, a.next::<Vec<Value>>()?);
            let started = background_calls::start_call(debuggee, callee, &arguments, a.next_or(How::Continue)?);
            script.started(started)
        }

        "breakpoints.add" => list(breakpoints::add(debuggee, &a.next::<Vec<_>>()?)),
        "breakpoints.remove" => list(breakpoints::remove(debuggee, &a.next::<Vec<_>>()?)),
        "list-breakpoints" => {
            page(breakpoints::list_breakpoints(debuggee, a.next()?, a.next()?).map(|page| (page.items, page.next)))
        }

        "watchpoints.add" => list(watchpoints::add(debuggee, &a.next::<Vec<_>>()?)),
        "watchpoints.remove" => list(watchpoints::remove(debuggee, &a.next::<Vec<_>>()?)),
        "list-watchpoints" => {
            page(watchpoints::list_watchpoints(debuggee, a.next()?, a.next()?).map(|page| (page.items, page.next)))
        }

        "set-recording" => plain(recording::set_recording(debuggee, &a.next::<Vec<_>>()?)),
        "take" => plain(recording::take(debuggee, a.next()?)),
        "drain" => plain(recording::drain(debuggee, a.next()?)),

        "write-memory" => {
            plain(modification::write_memory(debuggee, a.next()?, a.next()?, a.next()?, &a.next::<Vec<u8>>()?))
        }
        "grow-memory" => plain(modification::grow_memory(debuggee, a.next()?, a.next()?, a.next()?)),
        "set-global" => plain(modification::set_global(debuggee, a.next()?, a.next()?, &a.next()?)),
        "set-table-element" => {
            plain(modification::set_table_element(debuggee, a.next()?, a.next()?, a.next()?, &a.next()?))
        }
        "grow-table" => plain(modification::grow_table(debuggee, a.next()?, a.next()?, a.next()?, &a.next()?)),
        "set-element" => plain(modification::set_element(debuggee, a.next()?, a.next()?, &a.next()?)),
        "make-tag" => plain(modification::make_tag(debuggee, &a.next::<Vec<_>>()?)),
        "make-exception" => plain(modification::make_exception(debuggee, a.next()?, &a.next::<Vec<_>>()?)),
        "replace-exception" => plain(modification::replace_exception(debuggee, a.next()?)),

        _ => match reading::ask(debuggee, name, a)? {
            Some(answer) => answer,
            None => waiting::ask(script, name, a)?,
        },
    })
}

impl Script {
    fn started(&mut self, started: std::result::Result<Running, HostError>) -> Answer {
        plain(started.map(|running| self.running = Some(running)))
    }
}
