//! A line per instruction.
//!
//! The host records instructions inside the program, and the program stops only when many have been recorded and before it
//! calls a function that it imports. Invariant: one line per instruction that is wanted, in their order, and before anything that the
//! program itself prints later.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use stillpoint_kit::{
    Code, Function, Location, ModuleCode, ModuleId, Record, Recording, Result, Session, ShortName, StopReason, Value,
    WhenFull, flush,
};

use crate::lines::Lines;
use crate::options::Options;
use crate::text::{Line, Texts};
use crate::watch::{OPERANDS, Watch};

/// How many operands are shown, from the top of the stack.
const MOST_OPERANDS: usize = 8;
/// How many bytes of records are gathered, some thousands of instructions: then the stop that brings them costs each next to
/// nothing, and a program that is slow to call anything is not silent for long.
const BATCH: u32 = 256 << 10;

/// Traces until the program's end or the limit.
pub(crate) fn trace(session: &Session, options: &Options) -> Result {
    let mut code = session.code()?;
    let mut watch = Watch::new(options, &code)?;
    let modules: Vec<ModuleId> = code.modules().iter().map(|module| module.id).collect();
    watch.arm(session, &code, &modules)?;
    session.set_recording(&Recording { capacity: BATCH, when_full: WhenFull::Stop, steps: OPERANDS })?;
    let mut printer = Printer { texts: Texts::default(), lines: Lines::new(options.limit), place: None, headed: None };
    for stop in session.stops(watch.how()) {
        let stop = stop?;
        let fresh = code.refresh(session)?;
        watch.learn(options, &code, &fresh);
        printer.print_records(session, &code, &watch)?;
        if printer.lines.is_full() {
            return printer.lines.leave(session, &stop);
        }
        match stop.reason {
            // A host call comes next.
            StopReason::Breakpoint(_) => flush(),
            StopReason::RecordsFull => {}
            _ => printer.lines.print_event(&stop, &code),
        }
        if stop.is_exit() {
            break;
        }
        if printer.lines.is_full() {
            return printer.lines.leave(session, &stop);
        }
        watch.arm(session, &code, &fresh)?;
    }
    Ok(())
}

struct Printer {
    texts: Texts,
    lines: Lines,
    /// Where the record before was.
    place: Option<Place>,
    /// The function of the last line, which needs no heading.
    headed: Option<(ModuleId, u32)>,
}

/// A function, and where in it the program is expected next.
struct Place {
    module: ModuleId,
    function: u32,
    entry: u32,
    body: Range<u32>,
    /// None if the function is not wanted.
    text: Option<Rc<[Line]>>,
    /// The position of the instruction after the last one.
    next: usize,
}

impl Printer {
    /// Prints what was recorded, up to the limit.
    fn print_records(&mut self, session: &Session, code: &Code, watch: &Watch) -> Result {
        loop {
            let records = session.drain(BATCH)?;
            for record in &records {
                self.print(session, code, watch, &record?)?;
                if self.lines.is_full() {
                    return Ok(());
                }
            }
            if !records.more {
                return Ok(());
            }
        }
    }

    /// Prints an instruction, after a heading if it belongs to another function than the last. Prints nothing in functions
    /// that are not wanted.
    fn print(&mut self, session: &Session, code: &Code, watch: &Watch, record: &Record<'_>) -> Result {
        let Printer { texts, lines, place, headed } = self;
        let location = record.location;
        if !place.as_ref().is_some_and(|place| place.holds(location)) {
            *place = Place::find(session, code, watch, texts, location)?;
        }
        let Some(place) = place else {
            lines.print(format_args!("{location}"));
            return Ok(());
        };
        let Some(text) = &place.text else { return Ok(()) };
        let key = Some((place.module, place.function));
        // A function that calls itself gets a heading per call; its first instruction runs once in each.
        if *headed != key || location.pc == place.entry {
            *headed = key;
            if let Some((module, function)) = find(code, location) {
                lines.print(format_args!("{}", Heading { module, function, code }));
            }
        }
        let operands = Operands { length: record.operands.len(), values: record.operands.iter() };
        let position = match text.get(place.next) {
            Some(line) if line.pc == location.pc => Some(place.next),
            _ => text.binary_search_by_key(&location.pc, |line| line.pc).ok(),
        };
        match position.and_then(|position| Some((position, text.get(position)?))) {
            Some((position, Line { begin, .. })) => {
                place.next = position + 1;
                lines.print(format_args!("{begin}  {operands}"));
            }
            None => lines.print(format_args!("  {:#08x}  ?  {operands}", location.pc)),
        }
        Ok(())
    }
}

impl Place {
    fn find(
        session: &Session,
        code: &Code,
        watch: &Watch,
        texts: &mut Texts,
        location: Location,
    ) -> Result<Option<Place>> {
        let Some((module, function)) = find(code, location) else { return Ok(None) };
        let text = watch.wants(function).then(|| texts.of(session, module, function)).transpose()?;
        Ok(Some(Place {
            module: module.id,
            function: function.index,
            entry: function.entry,
            body: function.body.clone(),
            text,
            next: 0,
        }))
    }

    fn holds(&self, location: Location) -> bool {
        self.module == location.module && self.body.contains(&location.pc)
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
struct Operands<V> {
    length: usize,
    values: V,
}

impl<V: Iterator<Item = Value> + Clone> fmt::Display for Operands<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self.length.saturating_sub(MOST_OPERANDS);
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
