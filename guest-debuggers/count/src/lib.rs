//! Counts how often each function of the program was entered, and prints a table at the program's end.
//!
//! `options` reads the arguments, `table` prints. The host counts, with a breakpoint at each function that does not stop the
//! program. Invariant: a function that is entered costs no call between host and debugger, but for one in 256.

mod options;
mod table;

use std::collections::HashMap;

use options::Options;
use stillpoint_kit::{
    BreakpointId, BreakpointSpec, Code, Debugger, Function, How, ModuleId, Result, Session, ShortName, println,
};
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
            // There is nothing left to watch after the end.
            if stop?.is_exit() {
                break;
            }
            for id in code.refresh(session)? {
                let functions = code.module(id).map_or(&[][..], |module| module.functions());
                counters.watch(session, functions.iter().filter(|function| options.wants(function)))?;
            }
        }
        table::print(counters.rows(session, &code)?, options.top, &counters.refused);
        Ok(())
    }
}

/// When the program stops at a function, to see whether it has brought new modules meanwhile: nothing else would tell. The
/// first time soon, for programs that do little, and then rarely enough to be hardly felt.
const LOOK_OUT: &str = "hits == 1 || hits % 256 == 0";

/// The functions that are counted.
#[derive(Default)]
struct Counters {
    /// Each breakpoint with the module and the index of its function.
    functions: Vec<(BreakpointId, ModuleId, u32)>,
    /// Functions that the host could not watch.
    refused: Vec<String>,
}

impl Counters {
    fn watch<'f>(&mut self, session: &Session, functions: impl Iterator<Item = &'f Function>) -> Result {
        let functions: Vec<&Function> = functions.collect();
        let breakpoints = session.count_at(functions.iter().copied())?;
        self.functions.extend(breakpoints.set);
        self.refused.extend(breakpoints.refused.into_iter().map(|(name, _)| name));
        // Where this is refused the one that counts was refused as well, or the host has enough of them.
        session.add_breakpoints(functions.into_iter().map(|function| BreakpointSpec {
            condition: Some(LOOK_OUT.to_owned()),
            ..BreakpointSpec::at(function.location())
        }))?;
        Ok(())
    }

    fn rows(&self, session: &Session, code: &Code) -> Result<Vec<Row>> {
        let breakpoints = session.breakpoints()?;
        let taken: HashMap<_, _> = breakpoints.iter().map(|breakpoint| (breakpoint.id, breakpoint.taken)).collect();
        let row = |&(id, module, index): &(BreakpointId, ModuleId, u32)| {
            let count = taken.get(&id).copied().filter(|&count| count > 0)?;
            let module = code.module(module)?;
            Some(Row {
                count,
                function: ShortName(&module.function(index)?.name).to_string(),
                module: module.name.clone(),
            })
        };
        Ok(self.functions.iter().filter_map(row).collect())
    }
}
