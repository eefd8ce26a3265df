//! Steps and runs to a location, checked with tables of steps and with an oracle.

mod calls;
mod control;
mod costs;
mod events;
mod host;
mod instructions;
mod modules;
pub(crate) mod oracle;
pub(crate) mod random;
pub(crate) mod real;
mod table;
