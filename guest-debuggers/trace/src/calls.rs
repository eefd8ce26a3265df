//! `trace --calls`: a line per call.
//!
//! Breakpoints are set at the first instruction of every function, and at every call of an imported
//! function, which has no instructions of its own if it is the host's. Invariant: one line per call,
//! in the order of the calls; a call from one instance to another has its line where the called
//! function begins.

use stillpoint_kit::{
    BreakpointId, Code, How, ImportedFunction, ModuleCode, ModuleId, Result, Session, Stop, StopReason, Values, flush,
};

use crate::callees::{Callees, LineOfCall};
use crate::host_calls::host_calls;
use crate::lines::{Indent, Lines, MAX_DEPTH};
use crate::options::Options;

/// The purpose of a breakpoint.
#[derive(Clone, Copy)]
enum Purpose {
    /// The function with this index begins.
    FunctionEntry(ModuleId, u32),
    /// The imported function with this index is about to be called.
    ImportCall(ModuleId, u32),
    /// An imported function that is not traced may be about to be called. Nothing is printed but
    /// what was gathered so far.
    FlushOnly,
}

/// Traces until the program's end or the limit.
pub(crate) fn trace(session: &Session, options: &Options) -> Result {
    let mut code = session.code()?;
    let mut breakpoints = CallBreakpoints::default();
    let modules: Vec<ModuleId> = code.modules().iter().map(|module| module.id).collect();
    breakpoints.add(session, options, &code, &modules)?;
    if let (true, Some(error)) = (breakpoints.by_id.is_empty(), options.nothing_matches()) {
        return Err(error.into());
    }
    let mut callees = Callees::default();
    let mut lines = Lines::new(options.limit);
    // The line of a call that may have one where the called function begins.
    let mut undecided: Option<String> = None;
    for stop in session.stops(How::Continue) {
        let stop = stop?;
        if let Some(line) = undecided.take() {
            session.set_how(How::Continue);
            if !breakpoints.begin_a_function(&stop) {
                lines.print(format_args!("{line}"));
            }
        }
        match &stop.reason {
            StopReason::Breakpoint(ids) => {
                for id in ids {
                    let Some(purpose) = breakpoints.purpose(*id) else { continue };
                    let line = match purpose {
                        Purpose::ImportCall(_, index) => callees.line(session, options, &code, &stop, index)?,
                        _ => LineOfCall::Here,
                    };
                    let text = match line {
                        LineOfCall::AtBeginning => None,
                        _ => text_of_call(session, &code, &stop, purpose, &mut breakpoints)?,
                    };
                    if line == LineOfCall::Undecided {
                        undecided = text;
                        session.set_how(How::StepInstruction);
                    } else if let Some(text) = text {
                        lines.print(format_args!("{text}"));
                    }
                    // The host may print next.
                    if line != LineOfCall::AtBeginning && !matches!(purpose, Purpose::FunctionEntry(..)) {
                        flush();
                    }
                }
            }
            StopReason::Step => {}
            _ => lines.print_event(session, &stop, &code)?,
        }
        if stop.is_exit() {
            break;
        }
        if lines.is_full() {
            return lines.end_early(session, &stop);
        }
        let fresh = code.refresh_throttled(session)?;
        breakpoints.add(session, options, &code, &fresh)?;
    }
    Ok(())
}

/// The line of a call; none if it has none.
fn text_of_call(
    session: &Session,
    code: &Code,
    stop: &Stop,
    purpose: Purpose,
    breakpoints: &mut CallBreakpoints,
) -> Result<Option<String>> {
    Ok(match purpose {
        Purpose::FunctionEntry(module, index) => {
            let function = code.module(module).and_then(|module| module.function(index));
            let Some(function) = function else { return Ok(None) };
            let arguments = session.arguments(stop, function)?;
            let depth = breakpoints.depth(session, code)?;
            Some(format!("{}{}({arguments})", Indent(depth), code.label(function)))
        }
        Purpose::ImportCall(module, index) => {
            let imports = code.module(module).map_or(&[][..], ModuleCode::imports);
            let Some(import) = imports.get(index as usize) else { return Ok(None) };
            let arguments = import_call_arguments(session, stop, import)?;
            let depth = breakpoints.depth(session, code)? + 1;
            Some(format!("{}{}({arguments})", Indent(depth), import.name))
        }
        Purpose::FlushOnly => None,
    })
}

/// The arguments of a call of an imported function: the topmost operands.
fn import_call_arguments(session: &Session, stop: &Stop, import: &ImportedFunction) -> Result<Values> {
    let count = import.signature.parameters.len();
    if count == 0 {
        return Ok(Values::default());
    }
    let mut operands = stop.operands(session)?;
    Ok(Values(operands.split_off(operands.len().saturating_sub(count))))
}

/// The breakpoints that were set, with their purposes.
#[derive(Default)]
struct CallBreakpoints {
    /// The purposes, indexed by breakpoint id: ids are small and consecutive.
    by_id: Vec<Option<Purpose>>,
    /// The depth of the call that was printed last.
    depth: u32,
}

impl CallBreakpoints {
    fn purpose(&self, id: BreakpointId) -> Option<Purpose> {
        *self.by_id.get(id as usize)?
    }

    /// Whether the program has stopped where a traced function begins.
    fn begin_a_function(&self, stop: &Stop) -> bool {
        let mut purposes = stop.breakpoints().iter().filter_map(|id| self.purpose(*id));
        purposes.any(|purpose| matches!(purpose, Purpose::FunctionEntry(..)))
    }

    /// The depth of the call stack, or [`MAX_DEPTH`] if it is deeper. Frames of adapters do not
    /// count.
    fn depth(&mut self, session: &Session, code: &Code) -> Result<u32> {
        self.depth = if self.depth < MAX_DEPTH { session.depth()? } else { session.depth_at_most(MAX_DEPTH)? };
        if self.depth >= MAX_DEPTH || !code.modules().iter().any(|module| module.is_adapter) {
            return Ok(self.depth.min(MAX_DEPTH));
        }
        let is_program = |module: ModuleId| code.module(module).is_none_or(|module| !module.is_adapter);
        let mut depth = 0;
        for frame in session.backtrace().take(self.depth as usize) {
            depth += u32::from(is_program(frame?.location.module));
        }
        Ok(depth)
    }

    /// Sets the breakpoints for these modules, all in one call of the host.
    fn add(&mut self, session: &Session, options: &Options, code: &Code, modules: &[ModuleId]) -> Result {
        let mut wanted = Vec::new();
        for module in code.program_modules().filter(|module| modules.contains(&module.id)) {
            let functions = module.functions().iter().filter(|function| options.wants(function));
            wanted.extend(
                functions.map(|function| (function.location(), Purpose::FunctionEntry(module.id, function.index))),
            );
            let imports = module.imports();
            for (location, import) in host_calls(session, module)? {
                let name = import.and_then(|import| Some((import, &imports.get(import as usize)?.name)));
                let purpose = match name {
                    Some((import, name)) if options.wants_import(name) => Purpose::ImportCall(module.id, import),
                    _ => Purpose::FlushOnly,
                };
                wanted.push((location, purpose));
            }
        }
        if wanted.iter().all(|(_, purpose)| matches!(purpose, Purpose::FlushOnly)) {
            return Ok(());
        }
        // Unreachable code may hold calls that the engine cannot stop at; their breakpoints are
        // refused, and such calls never happen.
        let ids = session.add_breakpoints(wanted.iter().map(|(location, _)| *location))?;
        for (id, (_, purpose)) in ids.into_iter().zip(wanted) {
            let Ok(id) = id else { continue };
            let id = id as usize;
            if id >= self.by_id.len() {
                self.by_id.resize(id + 1, None);
            }
            if let Some(slot) = self.by_id.get_mut(id) {
                *slot = Some(purpose);
            }
        }
        Ok(())
    }
}
