//! The outline of a deep stack: how deep it was, and its outermost frames.
//!
//! The engine's own backtrace, which it gives with a trap, ends after 20 frames. Invariant: an
//! outline is small, however deep the stack was.

use std::sync::{Arc, Mutex};

/// How many of the outermost frames an outline has.
pub(crate) const OUTERMOST: u32 = 5;

/// The depth of the stacks that are not outlined: the engine's backtrace has all of their frames.
pub(crate) const MAX_NOT_DEEP: u32 = 20;

/// A deep stack at a trap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackOutline {
    /// The number of frames.
    pub n_frames: usize,
    /// The last frames, outermost last.
    pub outermost: Vec<OutlinedFrame>,
}

/// A frame of a deep stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlinedFrame {
    /// The name of the module, if it has one.
    pub module: Option<String>,
    /// The function's name in the name section, if it has one.
    pub name: Option<String>,
    /// Index in the module's function index space, imports included.
    pub function: u32,
    /// The instruction that the frame waits in, as an offset in the core module's own binary.
    pub pc: u32,
}

/// Where the outline of the stack at the last trap is put.
pub type OutlineSink = Arc<Mutex<Option<StackOutline>>>;
