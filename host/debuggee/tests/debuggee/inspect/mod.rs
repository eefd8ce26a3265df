//! Reading the state of a paused program.

mod code;
mod components;
mod data_view;
mod entities;
mod frames;
mod memories;
mod references;
mod unset;
mod values;
