//! Whose the functions are that an instance imports.
//!
//! Invariant: a call that is not known to have a line of its own gets one where it is made.

use std::collections::HashMap;

use stillpoint_kit::{Code, EntityKind, InstanceId, Result, Session, Source};

use crate::options::Options;

/// What was found out so far.
#[derive(Default)]
pub(crate) struct Callees {
    /// For each instance, the imported functions whose calls have a line where the function begins.
    own_lines: HashMap<InstanceId, Vec<bool>>,
}

impl Callees {
    /// Whether the imported function with this index in the module of the innermost frame has a
    /// line of its own when it is called: whether another instance defines it, and it is traced.
    pub(crate) fn have_own_line(
        &mut self,
        session: &Session,
        options: &Options,
        code: &Code,
        index: u32,
    ) -> Result<bool> {
        let Some(frame) = session.backtrace(0, 1)?.pop() else { return Ok(false) };
        if !self.own_lines.contains_key(&frame.instance) {
            self.own_lines.insert(frame.instance, own_lines(session, options, code, frame.instance)?);
        }
        let known = self.own_lines.get(&frame.instance).and_then(|own_lines| own_lines.get(index as usize));
        Ok(known.copied().unwrap_or(false))
    }
}

/// For each imported function of an instance, whether another instance defines it, and it is traced
/// there.
fn own_lines(session: &Session, options: &Options, code: &Code, instance: InstanceId) -> Result<Vec<bool>> {
    let instances = session.instances()?;
    let imports = session.imports(instance)?.into_iter();
    let functions = imports.filter(|import| import.entity.kind == EntityKind::Function);
    let is_traced = |source: Source| {
        let (Source::Instance(defined) | Source::Adapted(defined)) = source else { return false };
        let module = instances.iter().find(|instance| instance.id == defined.instance).map(|instance| instance.module);
        let module = module.and_then(|module| code.module(module)).filter(|module| !module.is_adapter);
        let function = module.and_then(|module| module.function(defined.index));
        function.is_some_and(|function| options.wants(function))
    };
    Ok(functions.map(|import| is_traced(import.source)).collect())
}
