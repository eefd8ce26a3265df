//! Steps and runs to a location, checked with tables of steps and with an oracle.

mod calls;
mod control;
mod costs;
mod events;
mod host;
mod instructions;
mod modules;
mod oracle;
mod random;
mod real;
mod table;
