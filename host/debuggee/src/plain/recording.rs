//! Recording: the contents of a record, how records are kept, and the records that were drained.
//!
//! Invariant: plain data. The format of a record is described in `stops/recorder`.

use super::Error;

/// A range of a memory that a record carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryRange {
    /// Index of the memory in the module of the innermost frame, imports included.
    pub memory: u32,
    /// Address of the first byte.
    pub address: u64,
    /// Number of bytes, at most [`MAX_RANGE`].
    pub length: u32,
}

/// The data that a record carries in addition to its location.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaptureSpec {
    /// Whether it carries the locals of the innermost frame.
    pub locals: bool,
    /// Whether it carries the operand stack of the innermost frame.
    pub operands: bool,
    /// Ranges of the memories of the innermost frame's instance, at most [`MAX_RANGES`].
    pub memory: Vec<MemoryRange>,
}

/// The reaction to a full buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenFull {
    /// The program stops until the records are drained. No record is lost, unless the tracepoints
    /// of a single instruction need more than [`MAX_CAPACITY`] beyond the capacity; those that do
    /// not fit there are dropped.
    #[default]
    Stop,
    /// New records are dropped and counted.
    Drop,
}

/// How records are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Capacity in bytes, at most [`MAX_CAPACITY`].
    pub capacity: usize,
    /// The reaction when the capacity is reached.
    pub when_full: WhenFull,
    /// The data that the records of recorded steps carry.
    pub steps: CaptureSpec,
}

/// Maximum size of one memory range of a record, in bytes.
pub const MAX_RANGE: u32 = 64 * 1024;
/// Maximum number of memory ranges in one record.
pub const MAX_RANGES: usize = 16;
/// Maximum capacity of the buffer, in bytes.
pub const MAX_CAPACITY: usize = 64 * 1024 * 1024;

impl Default for Recording {
    fn default() -> Self {
        Recording { capacity: 1024 * 1024, when_full: WhenFull::Stop, steps: CaptureSpec::default() }
    }
}

/// The most bytes that [`DrainLimit::Records`] takes.
pub const MAX_RECORDS_BYTES: usize = 4 << 20;

/// How many records are taken out of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrainLimit {
    /// As many as have this many bytes together, but at least one if there is any.
    Bytes(usize),
    /// This many, but no more of them than have 4 MiB together, and at least one if that is asked for.
    Records(usize),
}

/// Records that were taken out of the buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// Whole records in order, in the packed format that the contract documents.
    pub records: Vec<u8>,
    /// Number of records that were dropped since the last drain.
    pub dropped: u64,
    /// Whether the buffer holds more records.
    pub more: bool,
}

impl Recording {
    /// Refuses a recording that exceeds a limit.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.capacity > MAX_CAPACITY {
            return Err(Error::TooLarge { limit: u64::try_from(MAX_CAPACITY).unwrap_or(u64::MAX) });
        }
        self.steps.check()
    }
}

impl CaptureSpec {
    /// Refuses a specification that exceeds a limit.
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
