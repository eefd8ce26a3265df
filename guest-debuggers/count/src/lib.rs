//! Counts how often each function of the program was entered, and prints a table at the program's end.
//!
//! `options` reads the arguments, `table` prints. Invariant: one call of the host per function entered, the resume;
//! the stop itself says which breakpoint was hit.

mod options;
mod table;

use options::Options;
use stillpoint_kit::{BreakpointId, Code, Debugger, Function, How, Result, Session, ShortName, println};
use table::Row;

/// Says how this debugger is used.
const HELP: &str = "\
count: how often each function was entered, as a table at the program's end
  --top N       only the N functions that were entered most
  --only REGEX  only functions whose name matches
  --help        this text; the program runs on without being counted";

struct Count;

stillpoint_kit::export!(Count);

impl Debugger for Count {
    fn run(session: &Session, arguments: &[String]) -> Result {
        let Some(options) = Options::parse(arguments)? else {
            println!("{HELP}");
            return Ok(());
        };
        let mut code = session.code()?;
        let mut counters = Counters::default();
        counters.watch(session, code.functions().filter(|function| options.wants(function)))?;
        if counters.functions.is_empty() {
            return Err("--only: no function of the program has a name that matches".into());
        }
        for stop in session.stops(How::Continue) {
            counters.count(stop?.breakpoints());
            for id in code.refresh_at_times(session)? {
                let functions = code.module(id).map_or(&[][..], |module| module.functions());
                counters.watch(session, functions.iter().filter(|function| options.wants(function)))?;
            }
        }
        table::print(counters.rows(&code), options.top, &counters.refused);
        Ok(())
    }
}

/// How often each breakpoint was hit.
#[derive(Default)]
struct Counters {
    /// By breakpoint id; ids are small and given out one after the other.
    hits: Vec<u64>,
    /// Each breakpoint with the module and the index of its function.
    functions: Vec<(BreakpointId, u32, u32)>,
    /// Functions that the host could not watch.
    refused: Vec<String>,
}

impl Counters {
    fn watch<'f>(&mut self, session: &Session, functions: impl Iterator<Item = &'f Function>) -> Result {
        let breakpoints = session.break_at(functions)?;
        let last = breakpoints.set.iter().map(|(id, ..)| *id as usize).max().unwrap_or(0);
        if last >= self.hits.len() {
            self.hits.resize(last + 1, 0);
        }
        self.functions.extend(breakpoints.set);
        self.refused.extend(breakpoints.refused.into_iter().map(|(name, _)| name));
        Ok(())
    }

    fn count(&mut self, ids: &[BreakpointId]) {
        for id in ids {
            if let Some(hits) = self.hits.get_mut(*id as usize) {
                *hits += 1;
            }
        }
    }

    fn rows(&self, code: &Code) -> Vec<Row> {
        let row = |&(id, module, index): &(BreakpointId, u32, u32)| {
            let count = self.hits.get(id as usize).copied().filter(|&count| count > 0)?;
            let module = code.module(module)?;
            Some(Row {
                count,
                function: ShortName(&module.function(index)?.name).to_string(),
                module: module.name.clone(),
            })
        };
        self.functions.iter().filter_map(row).collect()
    }
}
