//! Watchpoints, checked with a table of accesses and with an oracle.

mod edges;
mod host;
mod oracle;
mod order;
mod random;
mod sharing;
mod support;
mod table;
