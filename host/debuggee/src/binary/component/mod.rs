//! The structure of a component, read from its binary: its instances, in the engine's order, and
//! the core functions that implement its functions.
//!
//! `definition` reads the binary, and `instantiation` follows it. Invariant: nothing is guessed
//! that the binary does not say.

mod definition;
mod instantiation;

pub(crate) use instantiation::{CoreFunction, CoreInstance, Function, Instantiation};

use crate::plain::Error;
use std::sync::Arc;

/// The binary of the component that the program is; empty for a program that is not a component.
#[derive(Default)]
pub(crate) struct ComponentBinary {
    bytes: Option<Arc<[u8]>>,
    /// Computed when somebody first asks.
    instantiation: Option<Arc<Instantiation>>,
}

/// A component whose instantiations have been followed.
pub(crate) struct ReadComponent {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) instantiation: Arc<Instantiation>,
}

impl ComponentBinary {
    pub(crate) fn new(bytes: Arc<[u8]>) -> ComponentBinary {
        ComponentBinary { bytes: Some(bytes), instantiation: None }
    }

    /// Whether these bytes are a part of the component.
    pub(crate) fn contains(&self, part: &[u8]) -> bool {
        self.bytes.as_ref().is_some_and(|bytes| memchr::memmem::find(bytes, part).is_some())
    }

    /// The component's bytes and instantiations; none for a program that is not a component.
    pub(crate) fn read(&mut self) -> Result<Option<ReadComponent>, Error> {
        let Some(bytes) = &self.bytes else { return Ok(None) };
        let known = match &self.instantiation {
            Some(known) => Arc::clone(known),
            None => {
                let definition = definition::read(bytes)
                    .map_err(|error| Error::Engine(format!("the component cannot be read: {error}")))?;
                Arc::clone(self.instantiation.insert(Arc::new(instantiation::follow(definition)?)))
            }
        };
        Ok(Some(ReadComponent { bytes: Arc::clone(bytes), instantiation: known }))
    }
}
