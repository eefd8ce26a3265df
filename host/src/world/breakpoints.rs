//! `breakpoints`: where the program stops.
//!
//! Invariant: a batch is answered in its order, with one answer for each change.

use super::interfaces::breakpoints::{
    Action, Breakpoint, BreakpointSpec, CaptureSpec, Change, Host, MemoryRange, Recording, Records, WhenFull,
};
use super::interfaces::types::Error;
use super::{Debuggee, World, convert};
use crate::debuggee;
use wasmtime::component::Resource;

/// The most changes that one call may bring.
const MAX_CHANGES: usize = 1_000_000;

impl Host for World {
    fn edit(&mut self, _: Resource<Debuggee>, changes: Vec<Change>) -> Result<Vec<Result<u32, Error>>, Error> {
        let session = self.session()?;
        if changes.len() > MAX_CHANGES {
            return Err(Error::TooLarge(MAX_CHANGES as u64));
        }
        let changes: Vec<debuggee::Change> = changes.iter().map(change).collect();
        let answers = session.edit_breakpoints(&changes).map_err(convert::error)?;
        Ok(answers.into_iter().map(|answer| answer.map(|id| id.0).map_err(convert::error)).collect())
    }

    fn set_recording(&mut self, _: Resource<Debuggee>, recording: Recording) -> Result<(), Error> {
        let recording = debuggee::Recording {
            capacity: usize::try_from(recording.capacity).unwrap_or(usize::MAX),
            when_full: match recording.when_full {
                WhenFull::Stop => debuggee::WhenFull::Stop,
                WhenFull::Drop => debuggee::WhenFull::Drop,
            },
            steps: to_capture(&recording.steps),
        };
        self.session()?.set_recording(recording).map_err(convert::error)
    }

    fn drain(&mut self, _: Resource<Debuggee>, limit: u32) -> Result<Records, Error> {
        let drained = self.session()?.drain_records(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Records { data: drained.records, dropped: drained.dropped, more: drained.more })
    }

    fn all(&mut self, _: Resource<Debuggee>) -> Result<Vec<Breakpoint>, Error> {
        let breakpoints = self.session()?.breakpoints().map_err(convert::error)?;
        Ok(breakpoints.iter().map(breakpoint).collect())
    }
}

fn change(change: &Change) -> debuggee::Change {
    match change {
        Change::Add(spec) => debuggee::Change::Add(debuggee::BreakpointSpec {
            location: convert::to_location(spec.location),
            condition: spec.condition.clone(),
            ignore: spec.ignore,
            every: spec.every,
            one_shot: spec.one_shot,
            action: match &spec.action {
                Action::Stop => debuggee::Action::Stop,
                Action::Count => debuggee::Action::Count,
                Action::Capture(spec) => debuggee::Action::Capture(to_capture(spec)),
            },
        }),
        Change::Remove(id) => debuggee::Change::Remove(debuggee::BreakpointId(*id)),
    }
}

fn to_capture(spec: &CaptureSpec) -> debuggee::CaptureSpec {
    let range = |range: &MemoryRange| {
        let MemoryRange { memory, address, length } = *range;
        debuggee::MemoryRange { memory, address, length }
    };
    debuggee::CaptureSpec {
        locals: spec.locals,
        operands: spec.operands,
        memory: spec.memory.iter().map(range).collect(),
    }
}

fn capture(spec: &debuggee::CaptureSpec) -> CaptureSpec {
    let range = |range: &debuggee::MemoryRange| {
        let debuggee::MemoryRange { memory, address, length } = *range;
        MemoryRange { memory, address, length }
    };
    CaptureSpec { locals: spec.locals, operands: spec.operands, memory: spec.memory.iter().map(range).collect() }
}

fn breakpoint(breakpoint: &debuggee::Breakpoint) -> Breakpoint {
    let spec = &breakpoint.spec;
    Breakpoint {
        id: breakpoint.id.0,
        spec: BreakpointSpec {
            location: convert::location(spec.location),
            condition: spec.condition.clone(),
            ignore: spec.ignore,
            every: spec.every,
            one_shot: spec.one_shot,
            action: match &spec.action {
                debuggee::Action::Stop => Action::Stop,
                debuggee::Action::Count => Action::Count,
                debuggee::Action::Capture(spec) => Action::Capture(capture(spec)),
            },
        },
        hits: breakpoint.hits,
        taken: breakpoint.taken,
    }
}
