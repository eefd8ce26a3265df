//! `trace --instructions`: a line per instruction.
//!
//! The host records instructions without stopping the program. The program stops only when many
//! have been recorded, and before it calls a function that it imports. Invariant: one line per
//! wanted instruction, in the order of execution, and before anything that the program itself
//! prints later.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use stillpoint_kit::{
    Code, Function, Location, ModuleCode, ModuleId, Record, RecordingOption, Result, Session, StopReason, Value,
    WhenFull, flush,
};

use crate::lines::Lines;
use crate::options::Options;
use crate::recording::{CONTENTS, RecordingPlan};
use crate::text::{Line, Texts};

/// How many operands are shown, from the top of the stack.
const MAX_OPERANDS: usize = 8;
/// How many bytes of records are gathered before the program stops for them. This is some thousands
/// of instructions: enough that the cost of the stop disappears among them, and few enough that a
/// program that calls nothing still prints often.
const BATCH_SIZE: u32 = 256 << 10;

/// Traces until the program's end or the limit.
pub(crate) fn trace(session: &Session, options: &Options) -> Result {
    let mut code = session.code()?;
    let mut plan = RecordingPlan::new(options, &code)?;
    let modules: Vec<ModuleId> = code.modules().iter().map(|module| module.id).collect();
    plan.add_breakpoints(session, &code, &modules)?;
    session.set_recording(&[
        RecordingOption::Capacity(BATCH_SIZE),
        RecordingOption::WhenFull(WhenFull::Stop),
        RecordingOption::Steps(CONTENTS.to_vec()),
    ])?;
    let mut printer = Printer { texts: Texts::default(), lines: Lines::new(options.limit), cursor: None, headed: None };
    for stop in session.stops(plan.how()) {
        let stop = stop?;
        let fresh = code.refresh(session)?;
        plan.add_functions(options, &code, &fresh);
        printer.print_records(session, &code, &plan)?;
        if printer.lines.is_full() {
            return printer.lines.end_early(session, &stop);
        }
        match stop.reason {
            // A host call comes next.
            StopReason::Breakpoint(_) => flush(),
            StopReason::RecordsFull => {}
            _ => printer.lines.print_event(session, &stop, &code)?,
        }
        if stop.is_exit() {
            break;
        }
        if printer.lines.is_full() {
            return printer.lines.end_early(session, &stop);
        }
        plan.add_breakpoints(session, &code, &fresh)?;
    }
    Ok(())
}

struct Printer {
    texts: Texts,
    lines: Lines,
    /// The position of the previous record; none before the first and outside of functions.
    cursor: Option<Cursor>,
    /// The function of the last line: further lines of it need no heading.
    headed: Option<(ModuleId, u32)>,
}

/// A position in a function's text.
struct Cursor {
    module: ModuleId,
    function: u32,
    entry: u32,
    body: Range<u32>,
    /// The lines of the function; none if the function is not wanted or not the program's.
    text: Option<Rc<[Line]>>,
    /// The index of the line after the last one that was printed: most often the next to print.
    next: usize,
}

impl Printer {
    /// Prints all records, up to the limit.
    fn print_records(&mut self, session: &Session, code: &Code, plan: &RecordingPlan) -> Result {
        loop {
            let records = session.drain(BATCH_SIZE)?;
            for record in &records {
                self.print(session, code, plan, &record?)?;
                if self.lines.is_full() {
                    return Ok(());
                }
            }
            if !records.more {
                return Ok(());
            }
        }
    }

    /// Prints one instruction, and a heading before it if it belongs to another function than the
    /// last one. Prints nothing for functions that are not wanted.
    fn print(&mut self, session: &Session, code: &Code, plan: &RecordingPlan, record: &Record<'_>) -> Result {
        let Printer { texts, lines, cursor, headed } = self;
        let location = record.location;
        if !cursor.as_ref().is_some_and(|cursor| cursor.is_in(location)) {
            *cursor = Cursor::find(session, code, plan, texts, location)?;
        }
        let Some(cursor) = cursor else {
            lines.print(format_args!("{location}"));
            return Ok(());
        };
        let Some(text) = &cursor.text else { return Ok(()) };
        let key = Some((cursor.module, cursor.function));
        // A recursive function gets a heading per call: each call runs its first instruction once.
        if *headed != key || location.pc == cursor.entry {
            *headed = key;
            if let Some((module, function)) = find(code, location) {
                lines.print(format_args!("{}", Heading { module, function, code }));
            }
        }
        let operands = Operands { length: record.operands.len(), values: record.operands.iter() };
        let position = match text.get(cursor.next) {
            Some(line) if line.pc == location.pc => Some(cursor.next),
            _ => text.binary_search_by_key(&location.pc, |line| line.pc).ok(),
        };
        match position.and_then(|position| Some((position, text.get(position)?))) {
            Some((position, Line { begin, .. })) => {
                cursor.next = position + 1;
                lines.print(format_args!("{begin}  {operands}"));
            }
            None => lines.print(format_args!("  {:#08x}  ?  {operands}", location.pc)),
        }
        Ok(())
    }
}

impl Cursor {
    fn find(
        session: &Session,
        code: &Code,
        plan: &RecordingPlan,
        texts: &mut Texts,
        location: Location,
    ) -> Result<Option<Cursor>> {
        let Some((module, function)) = find(code, location) else { return Ok(None) };
        let text =
            (!module.is_adapter && plan.wants(function)).then(|| texts.lines(session, module, function)).transpose()?;
        Ok(Some(Cursor {
            module: module.id,
            function: function.index,
            entry: function.entry,
            body: function.body.clone(),
            text,
            next: 0,
        }))
    }

    fn is_in(&self, location: Location) -> bool {
        self.module == location.module && self.body.contains(&location.pc)
    }
}

fn find(code: &Code, location: Location) -> Option<(&ModuleCode, &Function)> {
    let module = code.module(location.module)?;
    Some((module, module.function_at(location.pc)?))
}

/// The name of a function, followed by its module's name if there are several modules.
struct Heading<'c> {
    module: &'c ModuleCode,
    function: &'c Function,
    code: &'c Code,
}

impl fmt::Display for Heading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.function.label())?;
        let is_only_module = self.code.program_modules().nth(1).is_none();
        if is_only_module { Ok(()) } else { write!(f, " ({})", self.module.name) }
    }
}

/// An operand stack, of which only the top is shown if it is high.
struct Operands<V> {
    length: usize,
    values: V,
}

impl<V: Iterator<Item = Value> + Clone> fmt::Display for Operands<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self.length.saturating_sub(MAX_OPERANDS);
        f.write_str(if hidden > 0 { "[… " } else { "[" })?;
        for (index, value) in self.values.clone().skip(hidden).enumerate() {
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
        let shown = |values: Vec<Value>| Operands { length: values.len(), values: values.into_iter() }.to_string();
        assert_eq!(shown(Vec::new()), "[]");
        assert_eq!(shown(vec![Value::I32(1), Value::I64(-2)]), "[1, -2]");
        assert_eq!(shown((0..10).map(Value::I32).collect()), "[… 2, 3, 4, 5, 6, 7, 8, 9]");
    }
}
