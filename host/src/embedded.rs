//! The demo program, compiled by the build script.

/// The module.
pub(crate) const DEMO: &[u8] = include_bytes!(env!("STILLPOINT_DEMO"));
