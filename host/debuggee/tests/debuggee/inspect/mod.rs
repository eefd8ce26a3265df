//! Reading the state of a paused program.

mod components;
mod entities;
mod frames;
mod memories;
mod references;
mod values;
