//! `breakpoints`: where the program stops.
//!
//! Invariant: a batch keeps its order and its length; every change gets its own answer.

use super::interfaces::breakpoints::{Breakpoint, BreakpointSpec, Change, Host};
use super::interfaces::types::Error;
use super::{Debuggee, World, convert};
use crate::debuggee;
use wasmtime::component::Resource;

/// How many changes one call may bring.
const MAX_CHANGES: usize = 1_000_000;

impl Host for World {
    fn edit(&mut self, _: Resource<Debuggee>, changes: Vec<Change>) -> Result<Vec<Result<u32, Error>>, Error> {
        let session = self.here()?;
        if changes.len() > MAX_CHANGES {
            return Err(Error::TooLarge(MAX_CHANGES as u64));
        }
        let changes: Vec<debuggee::Change> = changes.iter().map(change).collect();
        let answers = session.edit_breakpoints(&changes).map_err(convert::error)?;
        Ok(answers.into_iter().map(|answer| answer.map(|id| id.0).map_err(convert::error)).collect())
    }

    fn all(&mut self, _: Resource<Debuggee>) -> Result<Vec<Breakpoint>, Error> {
        let breakpoints = self.here()?.breakpoints().map_err(convert::error)?;
        Ok(breakpoints.iter().map(breakpoint).collect())
    }
}

fn change(change: &Change) -> debuggee::Change {
    match change {
        Change::Add(spec) => debuggee::Change::Add(debuggee::BreakpointSpec {
            location: debuggee::Location { module: debuggee::ModuleId(spec.location.module), pc: spec.location.pc },
            one_shot: spec.one_shot,
        }),
        Change::Remove(id) => debuggee::Change::Remove(debuggee::BreakpointId(*id)),
    }
}

fn breakpoint(breakpoint: &debuggee::Breakpoint) -> Breakpoint {
    Breakpoint {
        id: breakpoint.id.0,
        spec: BreakpointSpec {
            location: convert::location(breakpoint.spec.location),
            one_shot: breakpoint.spec.one_shot,
        },
        hits: breakpoint.hits,
    }
}
