//! A component's structure, out of its binary: what it instantiates, in the engine's order, and who serves which function.
//!
//! `definition` reads the binary, `instantiation` follows it. Invariant: what the binary does not say is not guessed.

mod definition;
mod instantiation;

pub(crate) use instantiation::{CoreFunction, CoreInstance, Function, Instantiation};

use crate::plain::Error;
use std::sync::Arc;

/// The component that a program is, if it is one.
#[derive(Default)]
pub(crate) struct ComponentBinary {
    bytes: Option<Arc<[u8]>>,
    /// Followed when somebody first asks.
    instantiation: Option<Arc<Instantiation>>,
}

/// A component that was read.
pub(crate) struct ReadComponent {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) instantiation: Arc<Instantiation>,
}

impl ComponentBinary {
    pub(crate) fn new(bytes: Arc<[u8]>) -> ComponentBinary {
        ComponentBinary { bytes: Some(bytes), instantiation: None }
    }

    /// Its bytes and its instantiations; none for a program that is no component.
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
