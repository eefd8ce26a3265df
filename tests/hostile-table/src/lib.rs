//! A debugger that calls every function of the contract with bad arguments in every state, and
//! prints a line for each call.
//!
//! Its first argument chooses how it runs the program, and so the states. Invariant: except for
//! `change`, nothing that the program can see is changed.

mod ask;
mod change;
mod heavy;
mod ids;
mod table;

use ids::Ids;
use stillpoint_kit::bindings::stillpoint::debugger::{background, execution};
use stillpoint_kit::{Debugger, How, Location, Result, Session, Stop, StopReason, println};
use table::{Table, answer};

struct HostileTable;

stillpoint_kit::export!(HostileTable);

impl Debugger for HostileTable {
    fn run(session: &Session, arguments: &[String]) -> Result {
        match arguments.first().map(String::as_str).unwrap_or_default() {
            "stops" => stops(session),
            "detach" => detach(session),
            "ends" => ends(session),
            "asleep" => asleep(session),
            "change" => change::run(session),
            "heavy" => heavy::run(session),
            other => Err(format!("unknown act `{other}`").into()),
        }?;
        println!("the debugger is fine");
        Ok(())
    }
}

/// The first instruction of the function `look`, which is three bytes long.
fn look(session: &Session) -> Result<Location> {
    let code = session.code()?;
    let look = code.functions().find(|function| function.name == "look");
    Ok(look.ok_or("there is no function `look`")?.location())
}

/// Runs the program to the function `look`.
pub(crate) fn at_look(session: &Session, ids: &mut Ids) -> Result<Stop> {
    let location = look(session)?;
    session.add_breakpoint(location)?;
    let stop = session.resume(How::Continue)?;
    ids.pc = location.pc;
    *ids = Ids::at(session, &stop, ids);
    Ok(stop)
}

/// Asks at the entry, at a breakpoint, while running, at an exception or a trap, and after the end.
fn stops(session: &Session) -> Result {
    let mut ids = Ids { instance: 1, pc: look(session)?.pc, ..Ids::default() };
    ask::everything("entry", session, &mut ids);
    at_look(session, &mut ids)?;
    ask::everything("breakpoint", session, &mut ids);
    let running = session.start(How::Continue)?;
    ask::everything("running", session, &mut ids);
    let mut stop = session.finish(running)?;
    while !stop.is_exit() {
        ids = Ids::at(session, &stop, &ids);
        match stop.reason {
            StopReason::Exception(_) => ask::everything("exception", session, &mut ids),
            StopReason::Trap(_) => ask::everything("trap", session, &mut ids),
            _ => println!("another stop: {}", stop.reason),
        }
        stop = session.resume(How::Continue)?;
    }
    ids = Ids::at(session, &stop, &ids);
    ask::everything("exited", session, &mut ids);
    Ok(())
}

fn detach(session: &Session) -> Result {
    let mut ids = Ids::default();
    at_look(session, &mut ids)?;
    session.detach()?;
    ask::everything("detached", session, &mut ids);
    Ok(())
}

/// Runs an endless loop: interrupts it, drops a run and takes it up again, and terminates it.
fn ends(session: &Session) -> Result {
    let debuggee = session.debuggee();
    let table = Table::new("endless", debuggee);
    let running = session.start(How::Continue)?;
    table.row("execution::interrupt", &[], answer(&execution::interrupt(debuggee)));
    table.row("execution::interrupt", &["again".into()], answer(&execution::interrupt(debuggee)));
    let pollables: Vec<_> = (0..3).map(|_| running.subscribe()).collect();
    pollables.iter().for_each(|pollable| pollable.block());
    table.row("background::running::subscribe", &[], format!("{} ready", pollables.len()));
    table.row("background::finish", &[], reason(background::finish(running)));
    drop(pollables);

    // `resume` takes up a run whose `running` was dropped.
    drop(session.start(How::Continue)?);
    table.row("execution::interrupt", &["adrift".into()], answer(&execution::interrupt(debuggee)));
    table.row("execution::resume", &["adrift".into()], reason(execution::resume(debuggee, How::Continue)));

    let running = session.start(How::Continue)?;
    table.row("execution::terminate", &[], answer(&execution::terminate(debuggee)));
    table.row("execution::terminate", &["again".into()], answer(&execution::terminate(debuggee)));
    table.row("background::finish", &["ended".into()], reason(background::finish(running)));
    table.print();
    let mut ids = Ids { instance: 1, pc: look(session)?.pc, ..Ids::default() };
    ask::everything("killed", session, &mut ids);
    Ok(())
}

/// Asks while the program is stopped in a call of the host.
fn asleep(session: &Session) -> Result {
    let mut ids = Ids::default();
    at_look(session, &mut ids)?;
    let running = session.start(How::Continue)?;
    session.interrupt()?;
    let stop = session.finish(running)?;
    ids = Ids::at(session, &stop, &ids);
    ask::everything("asleep", session, &mut ids);
    session.terminate()?;
    Ok(())
}

/// Shows only the reason of a stop: the location in an endless loop is a matter of chance.
fn reason(stop: std::result::Result<Stop, stillpoint_kit::HostError>) -> String {
    match stop {
        Ok(stop) => stop.reason.to_string(),
        Err(error) => answer(&Err::<(), _>(error)),
    }
}
