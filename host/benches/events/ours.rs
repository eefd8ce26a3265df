//! Stillpoint: the component of `guests/ours` as a [`Plugin`] on a [`Debuggee`].
//!
//! Invariant: grants, limits and engines are those that the command line uses by default.

use crate::guests::Guests;
use crate::native;
use crate::program::{Program, cache};
use anyhow::{Result, bail};
use std::time::{Duration, Instant};
use stillpoint::debuggee::{Debuggee, Exit};
use stillpoint::plugin::{Engine, Grants, Outcome, Output, Plugin};
use tokio::runtime::Runtime;

/// The contender.
pub(crate) struct Ours {
    runtime: Runtime,
    plugin: Plugin,
}

impl Ours {
    pub(crate) fn new(guests: &Guests) -> Result<Ours> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        Ok(Ours { runtime, plugin: plugin(guests)? })
    }

    /// Runs a program under the component. Returns the time between the program's marks, or the
    /// whole time.
    pub(crate) fn run(&self, program: &Program, argument: u32, args: &[String], whole: bool) -> Result<Duration> {
        if let [native::ORDER, n_stops, ..] = args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            return native::ours(&self.runtime, program, argument, n_stops);
        }
        let started = Instant::now();
        let (store, marks) = program.store()?;
        let debuggee = Debuggee::new(store, program.debuggee_body(argument))?;
        let output = Output::new(std::io::stderr());
        let outcome = self.runtime.block_on(self.plugin.run(Box::new(debuggee), args, output));
        let elapsed = started.elapsed();
        let Outcome { debugger, exit } = outcome;
        debugger?;
        match exit? {
            Exit::Returned(_) => {}
            other => bail!("the program ended otherwise than by returning: {other:?}"),
        }
        if whole { Ok(elapsed) } else { Ok(marks.between()?.0) }
    }

    /// Starts a program under the component, with a new engine for the debugger, and returns the
    /// time at which the debugger's first code ran. The component returns at once, and the time is
    /// taken then.
    pub(crate) fn start(&self, guests: &Guests, program: &Program, args: &[String]) -> Result<Instant> {
        let plugin = plugin(guests)?;
        let (store, _) = program.store()?;
        let debuggee = Debuggee::new(store, program.debuggee_body(0))?;
        let output = Output::new(std::io::stderr());
        let (debugger, session) = self.runtime.block_on(plugin.debug(Box::new(debuggee), args, output));
        let arrived = Instant::now();
        debugger?;
        session?.terminate()?;
        Ok(arrived)
    }
}

fn plugin(guests: &Guests) -> Result<Plugin> {
    let engine = Engine::new(Some(cache(&guests.target)?))?;
    Ok(Plugin::load(&engine, "the benchmark's debugger", &guests.ours, Grants::default())?)
}
