//! Calls that a debugger has made inside the paused program.

mod ends;
mod everywhere;
mod results;
mod stops;
mod support;
