//! The part of [`Session`] that names the tags of exceptions.
//!
//! Invariant: a tag without a name costs nothing but its name.

use std::collections::BTreeMap;

use crate::code::{Code, ModuleCode, on_one_line, tag_names};
use crate::contract::common::{Stop, StopReason, TagId};
use crate::contract::inspection::{EntityKind, Instance, Object};
use crate::error::Error;
use crate::session::Session;

impl Session {
    /// Why the program stopped, in a few words: as the reason's own text, and for an exception with
    /// the name of its tag.
    ///
    /// # Errors
    /// `running`, `detached`.
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
    /// `running`, `exited`, `detached`, `in-host-call`.
    pub fn thrown_tag(&self) -> Result<Option<TagId>, Error> {
        let Some(id) = self.pending_exception()?.and_then(|exception| exception.id) else { return Ok(None) };
        match self.dereference(id)? {
            Object::Exception(exception) => Ok(Some(exception.tag)),
            _ => Ok(None),
        }
    }

    /// The name that a module gives to a tag; none if no module of `code` names it. Asks about every
    /// instance until one has a name.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`.
    pub fn tag_name(&self, code: &Code, tag: TagId) -> Result<Option<String>, Error> {
        for instance in self.instances()?.into_iter().filter(|instance| instance.counts.tags > 0) {
            for its in self.tags(instance.id)?.into_iter().filter(|other| other.id == tag) {
                if let Some(name) = self.tag_name_in(code, &instance, its.index)? {
                    return Ok(Some(name));
                }
            }
        }
        Ok(None)
    }

    /// The name that an instance's module gives to the tag with this index: that of its name
    /// section, else that of the tag's import, else that of an export; none without any of these,
    /// and if `code` does not have the module.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `in-host-call`, `no-instance`.
    pub fn tag_name_in(&self, code: &Code, instance: &Instance, index: u32) -> Result<Option<String>, Error> {
        let Some(module) = code.module(instance.module) else { return Ok(None) };
        if let Some(name) = self.named_tags(module)?.get(&index) {
            return Ok(Some(name.clone()));
        }
        let imports = self.imports(instance.id)?.into_iter().map(|import| (import.entity, import.name));
        let mut named: Vec<_> = imports.collect();
        named.extend(self.exports(instance.id)?.into_iter().map(|export| (export.entity, export.name)));
        let is_it = |(entity, name): &(_, String)| {
            let entity: &crate::contract::inspection::Entity = entity;
            entity.kind == EntityKind::Tag && entity.index == index && !name.is_empty()
        };
        Ok(named.into_iter().find(is_it).map(|(_, name)| on_one_line(name)))
    }

    /// The tags that a module's name section names.
    fn named_tags<'m>(&self, module: &'m ModuleCode) -> Result<&'m BTreeMap<u32, String>, Error> {
        if let Some(known) = module.tags.get() {
            return Ok(known);
        }
        let mut names = BTreeMap::new();
        let sections = self.sections(module.id)?;
        for section in sections.iter().filter(|section| section.id == 0 && section.name.as_deref() == Some("name")) {
            let contents = &section.contents;
            names.extend(tag_names(&self.bytecode(module.id, contents.start, contents.end - contents.start)?));
        }
        Ok(module.tags.get_or_init(|| names))
    }
}
