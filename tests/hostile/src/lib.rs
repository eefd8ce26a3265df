//! A debugger that does one bad thing, chosen by its first argument.
//!
//! Invariant: each arm is one bad act; the test says how the host has to take it.

use stillpoint_kit::wasip2::clocks::monotonic_clock;
use stillpoint_kit::wasip2::io::poll;
use stillpoint_kit::{
    Accesses, Debugger, How, Result, Session, WatchSpec, WatchTarget, WatchedGlobal, WatchedMemory, println,
};

struct Hostile;

stillpoint_kit::export!(Hostile);

impl Debugger for Hostile {
    fn run(session: &Session, arguments: &[String]) -> Result {
        match arguments.first().map(String::as_str).unwrap_or_default() {
            "panic" => panic!("on purpose"),
            "error" => Err("an error on purpose".into()),
            "leave" => Ok(()),
            "loop" => loop {
                std::hint::black_box(());
            },
            "allocate" => {
                let mut kept = Vec::new();
                loop {
                    kept.push(std::hint::black_box(vec![1_u8; 16 << 20]));
                }
            }
            "panic-paused" => {
                let code = session.code()?;
                session.break_at_functions(&code, |_| true)?.all()?;
                session.resume(How::Continue)?;
                panic!("at {:?}, on purpose", session.last_stop()?.location())
            }
            "panic-running" => {
                let _running = session.start(How::Continue)?;
                panic!("while the program runs, on purpose")
            }
            "exit" => std::process::exit(7),
            "kill" => Ok(session.terminate()?),
            "print" => {
                println!("to report");
                std::println!("to standard output");
                std::eprintln!("to standard error");
                Ok(())
            }
            "snoop" => {
                let variables = std::env::vars().count();
                let files = std::fs::read_dir("/").map_or_else(|error| error.to_string(), |_| "readable".to_owned());
                let socket = std::net::TcpListener::bind("127.0.0.1:0").map(drop);
                let socket = socket.map_or_else(|_| "refused".to_owned(), |()| "bound".to_owned());
                let year =
                    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map(|time| time.as_secs());
                println!("variables {variables}, root {}, socket {socket}, seconds {year:?}", files.is_empty());
                Ok(())
            }
            // Polls a timer and the program together.
            "race" => {
                let running = session.start(How::Continue)?;
                let stopped = running.subscribe();
                let timer = monotonic_clock::subscribe_duration(50_000_000);
                let ready = poll::poll(&[&stopped, &timer]);
                println!("ready: {ready:?}, wrong state: {:?}", session.resume(How::Continue).is_err());
                session.interrupt()?;
                stopped.block();
                let stop = session.finish(running)?;
                println!("{}", stop.reason);
                Ok(())
            }
            // Sets watchpoints on things that do not exist, then on memory that the program writes.
            "watch" => watch(session),
            other => Err(format!("unknown act `{other}`").into()),
        }
    }
}

fn watch(session: &Session) -> Result {
    let memory =
        |instance, memory, address, length| WatchTarget::Memory(WatchedMemory { instance, memory, address, length });
    let global = |instance, global| WatchTarget::Global(WatchedGlobal { instance, global });
    // The program has not started yet, so there is no instance.
    println!("{}", session.add_watchpoint(WatchSpec::new(memory(0, 0, 0, 1), Accesses::WRITE)).unwrap_err());
    session.resume(How::StepInstruction)?;
    let here = session.instances()?.first().ok_or("no instance")?.id;
    let all = Accesses::READ | Accesses::WRITE | Accesses::HOST;
    for (target, accesses) in [
        (memory(u32::MAX, 0, 0, 1), all),
        (memory(here, u32::MAX, 0, 1), all),
        (memory(here, 0, 0, 0), all),
        (memory(here, 0, u64::MAX, u64::MAX), all),
        (memory(here, 0, 0, 1 << 32), all),
        (memory(here, 0, 0, 1), Accesses::empty()),
        (global(here, u32::MAX), all),
    ] {
        println!("{}", session.add_watchpoint(WatchSpec::new(target, accesses)).unwrap_err());
    }
    println!("{}", session.remove_watchpoint(7).unwrap_err());
    let id = session.add_watchpoint(WatchSpec::new(memory(here, 0, 9, 2), all))?;
    for stop in session.stops(How::Continue) {
        let stop = stop?;
        println!("{}", stop.reason);
        if !stop.watch_hits().is_empty() {
            session.remove_watchpoint(id)?;
        }
    }
    println!("{}", session.add_watchpoint(WatchSpec::new(memory(here, 0, 0, 1), all)).unwrap_err());
    Ok(())
}
