//! Counts how often each function of the program was entered, and prints a table at the program's
//! end.
//!
//! `options` parses the arguments, `table` prints. The host counts, with breakpoints that do not
//! stop the program. Invariant: entering a function costs no call between host and debugger, except
//! once in 256 times.

mod options;
mod table;

use std::collections::HashMap;

use options::Options;
use stillpoint_kit::{BreakpointId, BreakpointSpec, Code, Debugger, Function, How, ModuleId, Result, Session, println};
use table::Row;

/// The text for `--help`.
const HELP: &str = "\
count: how often each function was entered, as a table at the program's end
  --top N       only the N functions that were entered most
  --only REGEX  only functions whose name matches
  --help        this text; the program runs on without being counted";

struct Count;

stillpoint_kit::export!(Count, help: HELP);

impl Debugger for Count {
    fn run(session: &Session, arguments: &[String]) -> Result {
        let Some(options) = Options::parse(arguments)? else {
            println!("{HELP}");
            return Ok(());
        };
        let mut code = session.code()?;
        let mut counters = Counters::default();
        counters.add(session, code.functions().filter(|function| options.wants(function)))?;
        if let (true, Some(only)) = (counters.functions.is_empty(), options.only()) {
            return Err(format!("--only: no function of the program has a name that matches {only:?}").into());
        }
        for stop in session.stops(How::Continue) {
            // After the end there is nothing left to count.
            if stop?.is_exit() {
                break;
            }
            for id in code.refresh(session)? {
                let functions = code.functions().filter(|function| function.module == id);
                counters.add(session, functions.filter(|function| options.wants(function)))?;
            }
        }
        table::print(counters.rows(session, &code)?, options.top, &counters.refused);
        Ok(())
    }
}

/// The condition of the breakpoints that do stop the program, now and then, so that the debugger
/// can look for new modules: nothing else would tell it of them. The first stop comes soon, for
/// programs that do little; the others come too rarely to be felt.
const SPARSE_HITS: &str = "hits == 1 || hits % 256 == 0";

/// The functions that are counted.
#[derive(Default)]
struct Counters {
    /// Each counting breakpoint with the module and the index of its function.
    functions: Vec<(BreakpointId, ModuleId, u32)>,
    /// The names of the functions at which the host refused a breakpoint.
    refused: Vec<String>,
}

impl Counters {
    fn add<'f>(&mut self, session: &Session, functions: impl Iterator<Item = &'f Function>) -> Result {
        let functions: Vec<&Function> = functions.collect();
        let breakpoints = session.count_at(functions.iter().copied())?;
        self.functions.extend(breakpoints.set);
        self.refused.extend(breakpoints.refused.into_iter().map(|(name, _)| name));
        // If one of these is refused, so was the counting one at the same place, or the limit of
        // breakpoints is reached.
        let sparse = |function: &Function| BreakpointSpec::at(function.location()).when(SPARSE_HITS);
        session.add_breakpoints(functions.into_iter().map(sparse))?;
        Ok(())
    }

    fn rows(&self, session: &Session, code: &Code) -> Result<Vec<Row>> {
        let breakpoints = session.breakpoints()?;
        let taken: HashMap<_, _> = breakpoints.iter().map(|breakpoint| (breakpoint.id, breakpoint.taken)).collect();
        let row = |&(id, module, index): &(BreakpointId, ModuleId, u32)| {
            let count = taken.get(&id).copied().filter(|&count| count > 0)?;
            let module = code.module(module)?;
            Some(Row { count, function: module.function(index)?.label().to_string(), module: module.name.clone() })
        };
        Ok(self.functions.iter().filter_map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stillpoint_kit::fake::{FakeHost, FakeModule};
    use stillpoint_kit::{BreakpointOption, HostError};

    fn host() -> FakeHost {
        let program = FakeModule::new("demo").import("env", "log", [], []).function("_start", [], []);
        FakeHost::new(program.function("fib", [], []).function("never", [], []))
            .calls("_start", [])
            .calls("fib", [])
            .calls("fib", [])
            .returns()
            .calls("fib", [])
    }

    #[test]
    fn entries_are_counted_without_stops() {
        let outcome = host().condition(SPARSE_HITS, false).run::<Count>(&[]);
        assert_eq!(outcome.result, Ok(()));
        assert_eq!(
            outcome.printed,
            "count  function  module\n    3  fib       demo\n    1  _start    demo\n    4  in all, 2 functions\n"
        );
        assert_eq!(outcome.resumes, [How::Continue]);
        let counting = |breakpoint: &&_| {
            let stillpoint_kit::Breakpoint { options, .. } = breakpoint;
            options.contains(&BreakpointOption::Count)
        };
        assert_eq!(outcome.breakpoints.iter().filter(counting).count(), 3);
    }

    #[test]
    fn a_condition_that_fails_costs_a_stop_and_no_count() {
        let outcome = host().run::<Count>(&["--only", "fib"]);
        assert!(outcome.printed.contains("    3  in all, 1 function\n"), "{}", outcome.printed);
        assert_eq!(outcome.resumes.len(), 4);
    }

    #[test]
    fn nothing_to_count_is_an_error() {
        let outcome = host().run::<Count>(&["--only", "^none$"]);
        let error = "--only: no function of the program has a name that matches \"^none$\"";
        assert_eq!(outcome.result, Err(HostError::Other(error.to_owned())));
        assert!(outcome.breakpoints.is_empty() && outcome.resumes.is_empty());
    }
}
