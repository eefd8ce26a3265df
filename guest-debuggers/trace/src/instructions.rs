//! A line per instruction.
//!
//! Without `--only` the program is stepped. With it, every instruction of the matching functions gets a breakpoint
//! and the program runs at full speed between them, so that what they call costs nothing. Invariant: one line per
//! instruction, printed before it runs.

use std::collections::HashSet;
use std::fmt;

use stillpoint_kit::{
    Code, Function, How, Location, ModuleCode, ModuleId, Result, Session, ShortName, Stop, StopReason, Value, flush,
};

use crate::host_calls::host_calls;
use crate::lines::Lines;
use crate::options::Options;
use crate::text::{Instruction, Texts};

/// How many operands are shown, from the top of the stack.
const MOST_OPERANDS: usize = 8;

/// Traces until the program's end or the limit.
pub(crate) fn trace(session: &Session, options: &Options) -> Result {
    let mut code = session.code()?;
    let mut wanted = None;
    if options.only.is_some() {
        let modules: Vec<ModuleId> = code.modules().iter().map(|module| module.id).collect();
        let functions = watch(session, options, &code, &modules)?;
        if functions.is_empty() {
            return Err(options.nothing_matches().into());
        }
        wanted = Some(functions);
    }
    let how = if wanted.is_some() { How::Continue } else { How::StepInstruction };
    let mut printer = Printer { texts: Texts::default(), lines: Lines::new(options.limit), current: None };
    for stop in session.stops(how) {
        let stop = stop?;
        match (&stop.reason, stop.location) {
            (StopReason::Step | StopReason::Breakpoint(_), Some(location)) => {
                if code.module(location.module).is_none() {
                    code.refresh(session)?;
                }
                printer.print(session, &code, wanted.as_ref(), &stop, location)?;
            }
            _ => printer.lines.print_event(&stop, &code),
        }
        if stop.is_exit() {
            break;
        }
        if printer.lines.is_full() {
            return printer.lines.leave(session);
        }
        if let Some(wanted) = &mut wanted {
            let fresh = code.refresh_at_times(session)?;
            wanted.extend(watch(session, options, &code, &fresh)?);
        }
    }
    Ok(())
}

/// Sets breakpoints at all instructions of the functions in these modules that match, and gives these functions. Calls
/// of imported functions get one too, wherever they are: what was printed has to be shown before.
fn watch(session: &Session, options: &Options, code: &Code, modules: &[ModuleId]) -> Result<Functions> {
    let (mut functions, mut locations) = (Functions::new(), Vec::new());
    for module in modules.iter().filter_map(|id| code.module(*id)) {
        let matching = module.functions().iter().filter(|function| options.wants(&function.name));
        functions.extend(matching.map(|function| (module.id, function.index)));
    }
    if functions.is_empty() {
        return Ok(functions);
    }
    for module in modules.iter().filter_map(|id| code.module(*id)) {
        let read = |offset, length| session.bytecode(module.id, offset, length);
        module.visit_bodies(&read, |function, body| {
            if functions.contains(&(module.id, function.index)) {
                for operator in body.get_operators_reader()?.into_iter_with_offsets() {
                    locations.push(Location { module: module.id, pc: operator?.1 as u32 });
                }
            }
            Ok(())
        })?;
        let outside = |location: &Location| {
            let function = module.function_at(location.pc);
            function.is_none_or(|function| !functions.contains(&(module.id, function.index)))
        };
        let calls = host_calls(session, module)?;
        locations.extend(calls.into_iter().map(|(location, _)| location).filter(outside));
    }
    // Code that cannot be reached is refused, and never runs.
    session.add_breakpoints(locations)?;
    Ok(functions)
}

/// Functions by module and index.
type Functions = HashSet<(ModuleId, u32)>;

struct Printer {
    texts: Texts,
    lines: Lines,
    /// The function of the line before.
    current: Option<(ModuleId, u32)>,
}

impl Printer {
    /// Prints the instruction that is about to run, after a heading if it belongs to another function than the last.
    /// Prints nothing in functions that are not wanted.
    fn print(
        &mut self,
        session: &Session,
        code: &Code,
        wanted: Option<&Functions>,
        stop: &Stop,
        location: Location,
    ) -> Result {
        let Some((module, function)) = find(code, location) else {
            self.lines.print(format_args!("{location}"));
            return Ok(());
        };
        if wanted.is_some_and(|wanted| !wanted.contains(&(module.id, function.index))) {
            flush();
            return Ok(());
        }
        let key = Some((module.id, function.index));
        // A function that calls itself gets a heading per call; its first instruction runs once in each.
        if self.current != key || location.pc == function.entry {
            self.current = key;
            self.lines.print(format_args!("{}", Heading { module, function, code }));
            if self.lines.is_full() {
                return Ok(());
            }
        }
        let operands = Operands(session.operands(stop.frame())?);
        let instructions = self.texts.of(session, module, function)?;
        let position = instructions.binary_search_by_key(&location.pc, |instruction| instruction.pc).ok();
        let Some(Instruction { text, calls_host, .. }) = position.and_then(|index| instructions.get(index)) else {
            self.lines.print(format_args!("  {:#08x}  ?  {operands}", location.pc));
            return Ok(());
        };
        self.lines.print(format_args!("  {:#08x}  {text:<36}  {operands}", location.pc));
        if *calls_host {
            flush();
        }
        Ok(())
    }
}

fn find(code: &Code, location: Location) -> Option<(&ModuleCode, &Function)> {
    let module = code.module(location.module)?;
    Some((module, module.function_at(location.pc)?))
}

/// The name of a function, with its module's where there are several.
struct Heading<'c> {
    module: &'c ModuleCode,
    function: &'c Function,
    code: &'c Code,
}

impl fmt::Display for Heading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", ShortName(&self.function.name))?;
        if self.code.modules().len() > 1 { write!(f, " ({})", self.module.name) } else { Ok(()) }
    }
}

/// An operand stack, its bottom left out if it is high.
struct Operands(Vec<Value>);

impl fmt::Display for Operands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self.0.len().saturating_sub(MOST_OPERANDS);
        f.write_str(if hidden > 0 { "[… " } else { "[" })?;
        for (index, value) in self.0.iter().skip(hidden).enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            write!(f, "{value}")?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_top_of_a_high_stack_is_shown() {
        assert_eq!(Operands(Vec::new()).to_string(), "[]");
        assert_eq!(Operands(vec![Value::I32(1), Value::I64(-2)]).to_string(), "[1, -2]");
        let high = Operands((0..10).map(Value::I32).collect());
        assert_eq!(high.to_string(), "[… 2, 3, 4, 5, 6, 7, 8, 9]");
    }
}
