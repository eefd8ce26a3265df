//! A line per call.
//!
//! Breakpoints stand at the first instruction of every function, and at every call of an imported function, which
//! has no instructions of its own. Invariant: one line per breakpoint hit, in the order of the calls.

use stillpoint_kit::{
    BreakpointId, Code, How, ImportedFunction, ModuleCode, ModuleId, Result, Session, ShortName, Stop, StopReason,
    Values, flush,
};

use crate::host_calls::host_calls;
use crate::lines::{Indent, Lines, MOST};
use crate::options::Options;

/// What a breakpoint stands for.
#[derive(Clone, Copy)]
enum Place {
    /// The function of this index begins.
    Entry(ModuleId, u32),
    /// The imported function of this index is about to be called.
    HostCall(ModuleId, u32),
    /// An imported function may be called that is not traced.
    Silent,
}

/// Traces until the program's end or the limit.
pub(crate) fn trace(session: &Session, options: &Options) -> Result {
    let mut code = session.code()?;
    let mut places = Places::default();
    let modules: Vec<ModuleId> = code.modules().iter().map(|module| module.id).collect();
    places.watch(session, options, &code, &modules)?;
    if places.by_id.is_empty() {
        return Err(options.nothing_matches().into());
    }
    let mut lines = Lines::new(options.limit);
    for stop in session.stops(How::Continue) {
        let stop = stop?;
        match &stop.reason {
            StopReason::Breakpoint(ids) => {
                for id in ids {
                    print_call(session, &code, &stop, *id, &mut places, &mut lines)?;
                }
            }
            StopReason::Step => {}
            _ => lines.print_event(&stop, &code),
        }
        if stop.is_exit() {
            break;
        }
        if lines.is_full() {
            return lines.leave(session, &stop);
        }
        let fresh = code.refresh_at_times(session)?;
        places.watch(session, options, &code, &fresh)?;
    }
    Ok(())
}

fn print_call(
    session: &Session,
    code: &Code,
    stop: &Stop,
    id: BreakpointId,
    places: &mut Places,
    lines: &mut Lines,
) -> Result {
    let Some(place) = places.at(id) else { return Ok(()) };
    match place {
        Place::Entry(module, index) => {
            let Some(function) = code.module(module).and_then(|module| module.function(index)) else { return Ok(()) };
            let arguments = session.arguments(stop, function)?;
            lines.print(format_args!("{}{}({arguments})", Indent(places.depth(session)?), ShortName(&function.name)));
        }
        Place::HostCall(module, index) => {
            let imports = code.module(module).map_or(&[][..], ModuleCode::imports);
            let Some(import) = imports.get(index as usize) else { return Ok(()) };
            let arguments = host_call_arguments(session, stop, import)?;
            lines.print(format_args!("{}{}({arguments})", Indent(places.depth(session)? + 1), import.name));
            flush();
        }
        Place::Silent => flush(),
    }
    Ok(())
}

/// What stands on top of the operand stack.
fn host_call_arguments(session: &Session, stop: &Stop, import: &ImportedFunction) -> Result<Values> {
    let count = import.signature.params.len();
    if count == 0 {
        return Ok(Values::default());
    }
    let mut operands = session.operands(stop.frame())?;
    Ok(Values(operands.split_off(operands.len().saturating_sub(count))))
}

/// Which breakpoint stands for what.
#[derive(Default)]
struct Places {
    /// By breakpoint id; ids are small and given out one after the other.
    by_id: Vec<Option<Place>>,
    /// How deep the call printed last was.
    depth: u32,
}

impl Places {
    fn at(&self, id: BreakpointId) -> Option<Place> {
        *self.by_id.get(id as usize)?
    }

    /// How deep the program is; `MOST` if it is deeper.
    fn depth(&mut self, session: &Session) -> Result<u32> {
        self.depth = if self.depth < MOST { session.depth()? } else { session.depth_at_most(MOST)? };
        Ok(self.depth.min(MOST))
    }

    /// Sets breakpoints in these modules, all in one go.
    fn watch(&mut self, session: &Session, options: &Options, code: &Code, modules: &[ModuleId]) -> Result {
        let mut wanted = Vec::new();
        for module in modules.iter().filter_map(|id| code.module(*id)) {
            let functions = module.functions().iter().filter(|function| options.wants(&function.name));
            wanted.extend(functions.map(|function| (function.location(), Place::Entry(module.id, function.index))));
            let imports = module.imports();
            for (location, import) in host_calls(session, module)? {
                let name = import.and_then(|import| Some((import, &imports.get(import as usize)?.name)));
                let place = match name {
                    Some((import, name)) if options.wants(name) => Place::HostCall(module.id, import),
                    _ => Place::Silent,
                };
                wanted.push((location, place));
            }
        }
        if wanted.iter().all(|(_, place)| matches!(place, Place::Silent)) {
            return Ok(());
        }
        // Code that cannot be reached may hold calls that the engine cannot stop at; they never happen either.
        let ids = session.add_breakpoints(wanted.iter().map(|(location, _)| *location))?;
        for (id, (_, place)) in ids.into_iter().zip(wanted) {
            let Ok(id) = id else { continue };
            let id = id as usize;
            if id >= self.by_id.len() {
                self.by_id.resize(id + 1, None);
            }
            if let Some(slot) = self.by_id.get_mut(id) {
                *slot = Some(place);
            }
        }
        Ok(())
    }
}
