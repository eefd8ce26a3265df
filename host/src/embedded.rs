//! The built-in debuggers and the demo program, compiled by the build script.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
