//! Reading the state of a paused program.

mod components;
mod data_view;
mod entities;
mod entry_point;
mod frames;
mod functions;
mod memories;
mod references;
mod unset;
mod values;
