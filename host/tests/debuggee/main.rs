//! The pausable store through its public API.

mod breakpoints;
mod cancellation;
mod events;
mod exceptions;
mod frames;
mod harness;
mod interrupts;
mod lifecycle;
mod memories;
mod model;
mod offsets;
mod siblings;
mod stepping;
mod steps_calls;
mod steps_control;
mod steps_costs;
mod steps_events;
mod steps_host;
mod steps_modules;
mod steps_oracle;
mod steps_random;
mod steps_real;
mod steps_table;
mod transcript;
mod values;
