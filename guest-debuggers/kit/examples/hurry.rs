//! Ends a program that takes longer than a second: waits for the program and for a clock at once.
use stillpoint_kit::wasip2::clocks::monotonic_clock::subscribe_duration;
use stillpoint_kit::wasip2::io::poll::poll;
use stillpoint_kit::{Debugger, How, Result, Session, println};

const SECOND: u64 = 1_000_000_000;

struct Hurry;

impl Debugger for Hurry {
    fn run(session: &Session, _arguments: &[String]) -> Result {
        let running = session.start(How::Continue)?;
        let (stopped, timer) = (running.subscribe(), subscribe_duration(SECOND));
        if !poll(&[&stopped, &timer]).contains(&0) {
            println!("too slow");
            session.terminate()?;
        }
        // A pollable has to be dropped before the resource that it came from.
        drop(stopped);
        println!("{}", session.finish(running)?.reason);
        Ok(())
    }
}

stillpoint_kit::export!(Hurry);
