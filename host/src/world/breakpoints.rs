//! `breakpoints`: where the program stops.
//!
//! Invariant: a batch is answered in its order, with one answer for each breakpoint.

use super::interfaces::breakpoints::{
    Breakpoint, BreakpointOption, BreakpointPage, BreakpointSpec, Host, MemoryRange, RecordCapture,
};
use super::interfaces::common::Error;
use super::options::{Once, batch};
use super::{Debuggee, World, convert, inspection};
use crate::debuggee::{self, BreakpointId};
use wasmtime::component::Resource;

impl Host for World {
    fn add(&mut self, _: Resource<Debuggee>, specs: Vec<BreakpointSpec>) -> Result<Vec<Result<u32, Error>>, Error> {
        let session = self.session()?;
        let to_change = |spec| to_spec(spec).map(debuggee::Change::Add);
        batch(specs, debuggee::MAX_BREAKPOINTS, to_change, |changes| session.edit_breakpoints(changes), |id| id.0)
    }

    fn remove(&mut self, _: Resource<Debuggee>, ids: Vec<u32>) -> Result<Vec<Result<(), Error>>, Error> {
        let session = self.session()?;
        let to_change = |id| Ok(debuggee::Change::Remove(BreakpointId(id)));
        batch(ids, debuggee::MAX_BREAKPOINTS, to_change, |changes| session.edit_breakpoints(changes), drop)
    }

    fn list_breakpoints(&mut self, _: Resource<Debuggee>, first: u32, limit: u32) -> Result<BreakpointPage, Error> {
        // One more than is returned: its id is where the next page begins.
        let limit = usize::try_from(limit.min(inspection::MAX_LIST)).unwrap_or(usize::MAX);
        let session = self.session()?;
        let found = session.list_breakpoints(BreakpointId(first), limit.saturating_add(1)).map_err(convert::error)?;
        let next = found.get(limit).map(|breakpoint| breakpoint.id.0);
        Ok(BreakpointPage { items: found.into_iter().take(limit).map(breakpoint).collect(), next })
    }
}

fn to_spec(spec: BreakpointSpec) -> Result<debuggee::BreakpointSpec, Error> {
    let bad = |text: &str| Error::BadOption(text.to_owned());
    let mut result = debuggee::BreakpointSpec::at(convert::to_location(spec.location));
    let mut once = Once::default();
    for option in spec.options {
        let (number, name) = match option {
            BreakpointOption::Condition(_) => (0, "condition"),
            BreakpointOption::Ignore(_) => (1, "ignore"),
            BreakpointOption::Every(_) => (2, "every"),
            BreakpointOption::OneShot => (3, "one-shot"),
            BreakpointOption::Count => (4, "count"),
            BreakpointOption::Capture(_) => (5, "capture"),
        };
        once.note(number, name).map_err(Error::BadOption)?;
        match option {
            BreakpointOption::Condition(text) => result.condition = Some(text),
            BreakpointOption::Ignore(ignore) => result.ignore = u64::from(ignore),
            BreakpointOption::Every(0) => return Err(bad("`every` is 0; the least is 1, for every hit")),
            BreakpointOption::Every(every) => result.every = u64::from(every),
            BreakpointOption::OneShot => result.one_shot = true,
            BreakpointOption::Count | BreakpointOption::Capture(_) if result.action != debuggee::Action::Stop => {
                return Err(bad("`count` and `capture` exclude each other"));
            }
            BreakpointOption::Count => result.action = debuggee::Action::Count,
            BreakpointOption::Capture(captures) => result.action = debuggee::Action::Capture(to_capture(captures)),
        }
    }
    Ok(result)
}

/// What a record contains. A kind that is named twice is there once; ranges are as many as are
/// named.
pub(super) fn to_capture(captures: Vec<RecordCapture>) -> debuggee::CaptureSpec {
    let mut spec = debuggee::CaptureSpec::default();
    for capture in captures {
        match capture {
            RecordCapture::Locals => spec.locals = true,
            RecordCapture::Operands => spec.operands = true,
            RecordCapture::Memory(MemoryRange { memory, address, length }) => {
                spec.memory.push(debuggee::MemoryRange { memory, address, length });
            }
        }
    }
    spec
}

fn captures(spec: debuggee::CaptureSpec) -> Vec<RecordCapture> {
    let debuggee::CaptureSpec { locals, operands, memory } = spec;
    let range = |debuggee::MemoryRange { memory, address, length }| {
        RecordCapture::Memory(MemoryRange { memory, address, length })
    };
    let locals = locals.then_some(RecordCapture::Locals);
    let operands = operands.then_some(RecordCapture::Operands);
    locals.into_iter().chain(operands).chain(memory.into_iter().map(range)).collect()
}

fn breakpoint(breakpoint: debuggee::Breakpoint) -> Breakpoint {
    let debuggee::Breakpoint { id, spec, hits, taken } = breakpoint;
    let debuggee::BreakpointSpec { location, condition, ignore, every, one_shot, action } = spec;
    let mut options = Vec::new();
    options.extend(condition.map(BreakpointOption::Condition));
    options.extend(convert::hit_rule(ignore, 0).map(BreakpointOption::Ignore));
    options.extend(convert::hit_rule(every, 1).map(BreakpointOption::Every));
    options.extend(one_shot.then_some(BreakpointOption::OneShot));
    options.extend(match action {
        debuggee::Action::Stop => None,
        debuggee::Action::Count => Some(BreakpointOption::Count),
        debuggee::Action::Capture(spec) => Some(BreakpointOption::Capture(captures(spec))),
    });
    Breakpoint { id: id.0, location: convert::location(location), options, hits, taken }
}
