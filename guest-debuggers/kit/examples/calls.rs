//! Prints every function that the program enters, with its arguments.
use stillpoint_kit::{Debugger, How, Result, Session, println};

struct Calls;

impl Debugger for Calls {
    fn run(session: &Session, _arguments: &[String]) -> Result {
        let code = session.code()?;
        session.break_at_functions(&code, |_| true)?.all()?;
        for stop in session.stops(How::Continue) {
            let stop = stop?;
            if let Some(function) = code.function_at(stop.location()) {
                println!("{}({})", function.name, session.arguments(&stop, function)?);
            }
        }
        Ok(())
    }
}

stillpoint_kit::export!(Calls);
