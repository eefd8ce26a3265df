//! The functions of the contract that scripts call, under the contract's names.
//!
//! A function belongs here when a script wants it; that every function is called in every state is
//! for the debugger in `tests/hostile-table`.
//!
//! Invariant: arguments have the contract's order. A record among them is written as its fields,
//! one after the other.

use crate::notation::{Answer, Arguments, Result, list, plain, words};
use crate::{Script, waiting};
use stillpoint_kit::bindings::stillpoint::debugger::calls::{self, Callee};
use stillpoint_kit::bindings::stillpoint::debugger::{breakpoints, inspection, modification};
use stillpoint_kit::{FrameId, How, Running, Value};

/// Makes the call of this name.
pub(crate) fn ask(script: &mut Script, name: &str, a: &mut Arguments<'_>) -> Result<Answer> {
    let program = &script.debuggee;
    Ok(match name {
        "state" => Answer::from(words(&program.state())),
        "last-stop" => {
            let stop = program.last_stop();
            script.stopped(stop)
        }
        // `resume` to the next event, and to the next instruction.
        "resume" => {
            let stop = program.resume(How::Continue);
            script.stopped(stop)
        }
        "step" => {
            let stop = program.resume(How::StepInstruction);
            script.stopped(stop)
        }
        "start" => {
            let started = program.start(How::Continue);
            script.started(started)
        }
        "finish" => {
            let running = script.running.take().ok_or("nothing was started")?;
            script.stopped(Running::finish(running))
        }
        "interrupt" => plain(program.interrupt()),
        "terminate" => plain(program.terminate()),
        "detach" => plain(program.detach()),

        "call" => {
            let stop = calls::call(program, callee(a)?, &a.next::<Vec<Value>>()?, How::Continue);
            script.stopped(stop)
        }
        "start-call" => {
            let started = calls::start(program, callee(a)?, &a.next::<Vec<Value>>()?, How::Continue);
            script.started(started)
        }

        "edit" => list(breakpoints::edit(program, &a.next::<Vec<_>>()?)),
        "all" => list(breakpoints::all(program)),

        "modules" => list(inspection::modules(program)),
        "bytecode" => list(inspection::bytecode(program, a.next()?, a.next()?, a.next()?)),
        "entry-point" => plain(inspection::entry_point(program)),
        "instances" => list(inspection::instances(program)),
        "backtrace" => list(inspection::backtrace(program, a.next()?, a.next()?)),
        "locals" => list(inspection::locals(program, frame(a)?)),
        "operands" => list(inspection::operands(program, frame(a)?)),
        "read-memory" => list(inspection::read_memory(program, a.next()?, a.next()?, a.next()?, a.next()?)),
        "search-memory" => {
            let (instance, memory, first, end) = (a.next()?, a.next()?, a.next()?, a.next()?);
            plain(inspection::search_memory(program, instance, memory, first, end, &a.next::<Vec<u8>>()?, a.next()?))
        }
        "component" => list(inspection::component(program)),
        "imports" => list(inspection::imports(program, a.next()?)),
        "exports" => list(inspection::exports(program, a.next()?)),
        "functions" => list(inspection::functions(program, a.next()?, a.next()?, a.next()?)),
        "globals" => list(inspection::globals(program, a.next()?, a.next()?, a.next()?)),
        "table-info" => plain(inspection::table_info(program, a.next()?, a.next()?)),
        "table-elements" => list(inspection::table_elements(program, a.next()?, a.next()?, a.next()?, a.next()?)),
        "tags" => list(inspection::tags(program, a.next()?)),
        "dereference" => plain(inspection::dereference(program, a.next()?)),
        "array-elements" => list(inspection::array_elements(program, a.next()?, a.next()?, a.next()?)),
        "pending-exception" => plain(inspection::pending_exception(program)),

        "write-memory" => {
            plain(modification::write_memory(program, a.next()?, a.next()?, a.next()?, &a.next::<Vec<u8>>()?))
        }
        "grow-memory" => plain(modification::grow_memory(program, a.next()?, a.next()?, a.next()?)),
        "set-global" => plain(modification::set_global(program, a.next()?, a.next()?, a.next()?)),
        "set-table-element" => {
            plain(modification::set_table_element(program, a.next()?, a.next()?, a.next()?, a.next()?))
        }
        "grow-table" => plain(modification::grow_table(program, a.next()?, a.next()?, a.next()?, a.next()?)),
        "set-element" => plain(modification::set_element(program, a.next()?, a.next()?, a.next()?)),
        "make-tag" => plain(modification::make_tag(program, &a.next::<Vec<_>>()?)),
        "make-exception" => plain(modification::make_exception(program, a.next()?, &a.next::<Vec<_>>()?)),
        "replace-exception" => plain(modification::replace_exception(program, a.next()?)),

        _ => return waiting::ask(script, name, a),
    })
}

impl Script {
    fn started(&mut self, started: std::result::Result<Running, stillpoint_kit::HostError>) -> Answer {
        plain(started.map(|running| self.running = Some(running)))
    }
}

fn callee(arguments: &mut Arguments<'_>) -> Result<Callee> {
    Ok(Callee { instance: arguments.next()?, function: arguments.next()? })
}

fn frame(arguments: &mut Arguments<'_>) -> Result<FrameId> {
    Ok(FrameId { stop: arguments.next()?, index: arguments.next()? })
}
