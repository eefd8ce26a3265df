//! The part of [`Session`] that names the tags of exceptions.
//!
//! Invariant: a tag without a name costs nothing but its name.

use crate::bindings::stillpoint::debugger::inspection::Object;
use crate::bindings::stillpoint::debugger::types::{Stop, StopReason, TagId};
use crate::code::Code;
use crate::error::Error;
use crate::session::Session;

impl Session {
    /// Why the program stopped, in a few words: as the reason's own text, and for an exception with
    /// the name of its tag.
    ///
    /// # Errors
    /// `running`.
    pub fn describe(&self, stop: &Stop, code: &Code) -> Result<String, Error> {
        let text = stop.reason.to_string();
        if !matches!(stop.reason, StopReason::Exception(_)) {
            return Ok(text);
        }
        let tag = self.thrown_tag()?;
        let name = tag.map(|tag| self.tag_name(code, tag)).transpose()?.flatten();
        Ok(match name {
            Some(name) => text.replacen("exception", &format!("exception {name}"), 1),
            None => text,
        })
    }

    /// The tag of the exception that is being thrown; none unless the program is stopped at one.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn thrown_tag(&self) -> Result<Option<TagId>, Error> {
        let Some(exception) = self.pending_exception()?.filter(|exception| exception.id != 0) else { return Ok(None) };
        match self.dereference(exception.id)? {
            Object::Exception(exception) => Ok(Some(exception.tag)),
            _ => Ok(None),
        }
    }

    /// The name that a module gives to a tag; none if no module of `code` names it. Asks about every
    /// instance until one has a name.
    ///
    /// # Errors
    /// `running`, `exited`.
    pub fn tag_name(&self, code: &Code, tag: TagId) -> Result<Option<String>, Error> {
        for instance in self.instances()?.into_iter().filter(|instance| instance.counts.tags > 0) {
            let Some(module) = code.module(instance.module) else { continue };
            let its = self.tags(instance.id)?.into_iter().filter(|other| other.id == tag);
            if let Some(name) = its.filter_map(|tag| module.tag_name(tag.index)).next() {
                return Ok(Some(name.to_owned()));
            }
        }
        Ok(None)
    }
}
