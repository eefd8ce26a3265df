//! Decides which instructions the host records, and where the program stops so that they are
//! printed in time.
//!
//! Invariant: every wanted instruction makes one record, and the program stops, with its records
//! ready, wherever it may be about to call a host function.

use std::collections::HashSet;

use stillpoint_kit::{
    BreakpointSpec, Code, Error, Function, How, Location, ModuleCode, ModuleId, RecordCapture, Result, Session,
};

use crate::binary::{broken, visit_bodies};
use crate::host_calls::host_calls;
use crate::options::Options;

/// How many bytes of code get a tracepoint at each instruction. Tracepoints cost the host some time
/// and memory to set. This much code is more than the functions that one looks at usually have.
const MAX_TRACED_SIZE: u64 = 512 << 10;

/// Every record carries the operand stack.
pub(crate) const CONTENTS: [RecordCapture; 1] = [RecordCapture::Operands];

/// The instructions to record, and the way to record them.
pub(crate) struct RecordingPlan {
    /// The matching functions, by module and index; none if all are wanted.
    functions: Option<HashSet<(ModuleId, u32)>>,
    /// Whether tracepoints make the records; otherwise the host records every instruction.
    by_tracepoints: bool,
}

impl RecordingPlan {
    /// Chooses how to record. Without `--only`, the host records every instruction. With it, each
    /// instruction of the matching functions gets a tracepoint, and the program runs at full speed
    /// outside of them. If the matching functions are too large or too many for that, every
    /// instruction is recorded all the same, and the unwanted ones are not printed.
    pub(crate) fn new(options: &Options, code: &Code) -> Result<RecordingPlan> {
        let mut plan = RecordingPlan { functions: None, by_tracepoints: false };
        if options.only.is_none() {
            return Ok(plan);
        }
        plan.functions = Some(HashSet::new());
        plan.add_functions(options, code, &code.modules().iter().map(|module| module.id).collect::<Vec<_>>());
        let wanted = || code.functions().filter(|function| plan.wants(function));
        if wanted().next().is_none() {
            return options.nothing_matches().map_or(Ok(plan), |error| Err(error.into()));
        }
        let size: u64 = wanted().map(|function| u64::from(function.body.end - function.body.start)).sum();
        plan.by_tracepoints = size <= MAX_TRACED_SIZE;
        Ok(plan)
    }

    /// How the program has to be resumed.
    pub(crate) fn how(&self) -> How {
        if self.by_tracepoints { How::Continue } else { How::Record }
    }

    /// Whether the instructions of a function are wanted.
    pub(crate) fn wants(&self, function: &Function) -> bool {
        self.functions.as_ref().is_none_or(|functions| functions.contains(&(function.module, function.index)))
    }

    /// Adds the matching functions of these modules.
    pub(crate) fn add_functions(&mut self, options: &Options, code: &Code, modules: &[ModuleId]) {
        let Some(functions) = &mut self.functions else { return };
        for module in code.program_modules().filter(|module| modules.contains(&module.id)) {
            let matching = module.functions().iter().filter(|function| options.wants(function));
            functions.extend(matching.map(|function| (module.id, function.index)));
        }
    }

    /// Sets the breakpoints and tracepoints in these modules.
    pub(crate) fn add_breakpoints(&self, session: &Session, code: &Code, modules: &[ModuleId]) -> Result {
        let mut specs = Vec::new();
        for module in code.program_modules().filter(|module| modules.contains(&module.id)) {
            let calls = host_calls(session, module)?;
            let traced = if self.by_tracepoints {
                self.instructions(session, module)?
            } else {
                // The host records no step where a breakpoint stops the program, so a tracepoint
                // has to.
                let wanted =
                    |location: &Location| module.function_at(location.pc).is_some_and(|function| self.wants(function));
                calls.iter().map(|(location, _)| *location).filter(wanted).collect()
            };
            specs.extend(traced.into_iter().map(|location| BreakpointSpec::at(location).capturing(CONTENTS)));
            specs.extend(calls.into_iter().map(|(location, _)| BreakpointSpec::at(location)));
        }
        if !specs.is_empty() {
            // Breakpoints in unreachable code are refused; it never runs.
            session.add_breakpoints(specs)?;
        }
        Ok(())
    }

    /// The locations of all wanted instructions of a module.
    fn instructions(&self, session: &Session, module: &ModuleCode) -> Result<Vec<Location>, Error> {
        let mut result = Vec::new();
        let read = |offset, length| session.bytecode(module.id, offset, length);
        let wanted = module.functions().iter().filter(|function| self.wants(function));
        visit_bodies(wanted, &read, |_, body| {
            for operator in body.get_operators_reader().map_err(broken)?.into_iter_with_offsets() {
                result.push(Location { module: module.id, pc: operator.map_err(broken)?.1 as u32 });
            }
            Ok(())
        })?;
        Ok(result)
    }
}
