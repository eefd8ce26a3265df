//! Recording: what a record carries, how records are kept, and records that were taken out.
//!
//! Invariant: plain data; the format of a record is told in `stops/recorder`.

use super::Error;

/// Memory that a capture takes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryRange {
    /// Index of the memory in the module of the innermost frame, imports included.
    pub memory: u32,
    /// Where it begins.
    pub address: u64,
    /// How many bytes; at most [`MAX_RANGE`].
    pub length: u32,
}

/// What a record carries beside its location.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptureSpec {
    /// The locals of the innermost frame.
    pub locals: bool,
    /// Its operand stack.
    pub operands: bool,
    /// Parts of its memories, at most [`MAX_RANGES`].
    pub memory: Vec<MemoryRange>,
}

/// What happens when the buffer is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenFull {
    /// The program stops until the records are drained. Nothing is lost, unless the tracepoints of one instruction make more than
    /// [`MAX_CAPACITY`] beyond the capacity; what is more is dropped.
    #[default]
    Stop,
    /// New records are counted and dropped.
    Drop,
}

/// How records are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Capacity in bytes, at most [`MAX_CAPACITY`].
    pub capacity: usize,
    /// What happens when it is reached.
    pub when_full: WhenFull,
    /// What recorded steps carry.
    pub steps: CaptureSpec,
}

/// Largest part of a memory that one record carries, in bytes.
pub const MAX_RANGE: u32 = 64 * 1024;
/// Most memory ranges of one record.
pub const MAX_RANGES: usize = 16;
/// Largest buffer, in bytes.
pub const MAX_CAPACITY: usize = 64 * 1024 * 1024;

impl Default for Recording {
    fn default() -> Self {
        Recording { capacity: 1024 * 1024, when_full: WhenFull::Stop, steps: CaptureSpec::default() }
    }
}

/// Records taken out of the buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// Whole records in order, in the packed format that the contract documents.
    pub records: Vec<u8>,
    /// How many records were dropped since the last drain.
    pub dropped: u64,
    /// Whether there are more.
    pub more: bool,
}

impl Recording {
    /// Refuses what is too large.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.capacity > MAX_CAPACITY {
            return Err(Error::TooLarge { limit: u64::try_from(MAX_CAPACITY).unwrap_or(u64::MAX) });
        }
        self.steps.check()
    }
}

impl CaptureSpec {
    /// Refuses what is too large.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.memory.len() > MAX_RANGES {
            return Err(Error::TooLarge { limit: u64::try_from(MAX_RANGES).unwrap_or(u64::MAX) });
        }
        if self.memory.iter().any(|range| range.length > MAX_RANGE) {
            return Err(Error::TooLarge { limit: u64::from(MAX_RANGE) });
        }
        Ok(())
    }

    pub(crate) fn is_location_only(&self) -> bool {
        !self.locals && !self.operands && self.memory.is_empty()
    }
}
