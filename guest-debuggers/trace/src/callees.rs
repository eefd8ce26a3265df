//! Whose the functions are that an instance imports.
//!
//! Invariant: a call that is not known to have a line of its own gets one where it is made.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use stillpoint_kit::{Code, EntityKind, InstanceId, Result, Session, Source, Stop};

use crate::options::Options;

/// Where a call of an imported function has its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineOfCall {
    /// Where it is made.
    Here,
    /// Where the called function begins: another instance defines it, and it is traced there.
    AtBeginning,
    /// The host does not know whose the function is, but another instance exports one of this name.
    /// Whether the program begins it is seen when the call is made.
    Undecided,
}

/// What was found out so far: for each instance, about each function that it imports.
#[derive(Default)]
pub(crate) struct Callees(HashMap<InstanceId, Vec<LineOfCall>>);

impl Callees {
    /// Where a call of the imported function with this index, in the module of the innermost frame,
    /// has its line.
    pub(crate) fn line(
        &mut self,
        session: &Session,
        options: &Options,
        code: &Code,
        stop: &Stop,
        index: u32,
    ) -> Result<LineOfCall> {
        let Some(frame) = stop.frame else { return Ok(LineOfCall::Here) };
        let known = match self.0.entry(frame.instance) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(lines(session, options, code, frame.instance)?),
        };
        Ok(known.get(index as usize).copied().unwrap_or(LineOfCall::Here))
    }
}

fn lines(session: &Session, options: &Options, code: &Code, instance: InstanceId) -> Result<Vec<LineOfCall>> {
    let instances = session.instances()?;
    let imports = session.imports(instance)?.into_iter();
    let mut lines = Vec::new();
    for import in imports.filter(|import| import.entity.kind == EntityKind::Function) {
        lines.push(match import.source {
            Source::Host => LineOfCall::Here,
            Source::Instance(defined) | Source::Adapted(defined) => {
                let module = instances.iter().find(|other| other.id == defined.instance).map(|other| other.module);
                let module = module.and_then(|module| code.module(module)).filter(|module| !module.is_adapter);
                match module.and_then(|module| module.function(defined.index)) {
                    Some(function) if options.wants(function) => LineOfCall::AtBeginning,
                    _ => LineOfCall::Here,
                }
            }
            Source::Unknown | Source::Other(_) => {
                let mut is_exported = false;
                for other in instances.iter().filter(|other| other.id != instance) {
                    is_exported |= session
                        .exports(other.id)?
                        .into_iter()
                        .any(|export| export.name == import.name && export.entity.kind == EntityKind::Function);
                }
                if is_exported { LineOfCall::Undecided } else { LineOfCall::Here }
            }
        });
    }
    Ok(lines)
}
