//! Records of tracepoints and recorded steps, packed into a bounded buffer.
//!
//! Owned by the ledger, written by the handler, drained by the controller. Invariant: the buffer holds whole records only, and at
//! most one record more than its capacity; where several tracepoints share an instruction, at most [`MAX_CAPACITY`] more.
//!
//! # Format
//! Little-endian, no padding. A record is
//!
//! | bytes | field |
//! | --- | --- |
//! | 4 | size of the record in bytes, this field included |
//! | 4 | breakpoint id; 0 for a recorded step |
//! | 4 | module |
//! | 4 | pc |
//!
//! and ends there (size 16) unless locals, operands or memory were asked for. Otherwise follow three 4-byte counts, of locals, operands and
//! memory ranges, then the values of the first two and then the ranges. A value is a tag byte and its bits: 0 `i32` (4 bytes), 1 `i64` (8),
//! 2 `f32` (4), 3 `f64` (8), 4 `v128` (16), 5 null reference (1: its kind), 6 reference (1: its kind); kinds count from 0 in the order of
//! [`ReferenceKind`]. A range is a 4-byte length and that many bytes: fewer than asked for at the end of the memory, none
//! where there is no such memory or address.

use super::modules::Modules;
use super::reading::{self, AnyMemory};
use super::value::{ReferenceKind, Value};
use super::{BreakpointId, Error, Location};
use wasmtime::{AsContextMut, FrameHandle, StoreContextMut};

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

    fn is_location_only(&self) -> bool {
        !self.locals && !self.operands && self.memory.is_empty()
    }
}

/// Size of a record without values.
const HEADER: usize = 16;

/// The records that wait to be drained.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) recording: Recording,
    buffer: Vec<u8>,
    /// Where the first record that was not drained begins.
    start: usize,
    dropped: u64,
}

impl Recorder {
    /// Whether the program has to stop before it records more.
    pub(crate) fn must_stop(&self) -> bool {
        self.recording.when_full == WhenFull::Stop && self.is_full()
    }

    fn is_full(&self) -> bool {
        self.n_waiting() >= self.recording.capacity
    }

    /// Whether a record is dropped. If the program shall stop instead, this is so only when the tracepoints of one instruction,
    /// which are all taken before it stops, make more than anybody can want.
    fn drops(&self) -> bool {
        match self.recording.when_full {
            WhenFull::Drop => self.is_full(),
            WhenFull::Stop => self.n_waiting() >= self.recording.capacity.saturating_add(MAX_CAPACITY),
        }
    }

    /// How many bytes have not been drained.
    fn n_waiting(&self) -> usize {
        self.buffer.len().saturating_sub(self.start)
    }

    /// Records a place without values.
    fn record_location(&mut self, id: u32, location: Location) {
        let mut record = [0; HEADER];
        let fields = [u32::try_from(HEADER).unwrap_or_default(), id, location.module.0, location.pc];
        for (place, field) in record.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        self.buffer.extend_from_slice(&record);
    }

    /// Records a recorded step or a tracepoint's hit.
    pub(crate) fn record<T: 'static>(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        modules: &mut Modules,
        id: Option<BreakpointId>,
        (frame, location): (&FrameHandle, Location),
        capture: &CaptureSpec,
    ) -> Result<(), Error> {
        if self.drops() {
            self.dropped = self.dropped.saturating_add(1);
            return Ok(());
        }
        let id = id.map_or(0, |id| id.0);
        let begin = self.buffer.len();
        self.record_location(id, location);
        if capture.is_location_only() {
            return Ok(());
        }
        let locals = if capture.locals { reading::locals(store, modules, None, frame)? } else { Vec::new() };
        let operands = if capture.operands { reading::operands(store, modules, None, frame)? } else { Vec::new() };
        for count in [locals.len(), operands.len(), capture.memory.len()] {
            self.put_u32(count);
        }
        for value in locals.iter().chain(&operands) {
            put_value(&mut self.buffer, value);
        }
        for range in &capture.memory {
            let bytes = read_range(store, frame, range).unwrap_or_default();
            self.put_u32(bytes.len());
            self.buffer.extend_from_slice(&bytes);
        }
        let size = self.buffer.len().saturating_sub(begin);
        if let Some(field) = self.buffer.get_mut(begin..begin.saturating_add(4)) {
            field.copy_from_slice(&u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
        }
        Ok(())
    }

    fn put_u32(&mut self, value: usize) {
        self.buffer.extend_from_slice(&u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// Takes out whole records, at most `limit` bytes of them but at least one.
    pub(crate) fn drain(&mut self, limit: usize) -> Drained {
        let dropped = std::mem::take(&mut self.dropped);
        if self.start == 0 && self.buffer.len() <= limit {
            let spare = Vec::with_capacity(self.buffer.len());
            return Drained { records: std::mem::replace(&mut self.buffer, spare), dropped, more: false };
        }
        let mut end = self.start;
        while let Some(size) = self.buffer.get(end..).and_then(|rest| rest.first_chunk::<4>()) {
            let next = end.saturating_add(usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX));
            if next.saturating_sub(self.start) > limit && end > self.start {
                break;
            }
            end = next;
        }
        let records = self.buffer.get(self.start..end).unwrap_or_default().to_vec();
        self.start = end;
        let more = self.start < self.buffer.len();
        if !more {
            self.buffer.clear();
            self.start = 0;
        } else if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        Drained { records, dropped, more }
    }
}

fn read_range<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    frame: &FrameHandle,
    range: &MemoryRange,
) -> Result<Vec<u8>, Error> {
    let instance = frame.instance(store.as_context_mut())?;
    let length = usize::try_from(range.length).unwrap_or_default();
    AnyMemory::of(store, instance, range.memory)?.read(store, range.address, length)
}

fn put_value(buffer: &mut Vec<u8>, value: &Value) {
    let mut put = |tag: u8, bits: &[u8]| {
        buffer.push(tag);
        buffer.extend_from_slice(bits);
    };
    match value {
        Value::I32(value) => put(0, &value.to_le_bytes()),
        Value::I64(value) => put(1, &value.to_le_bytes()),
        Value::F32(bits) => put(2, &bits.to_le_bytes()),
        Value::F64(bits) => put(3, &bits.to_le_bytes()),
        Value::V128(bits) => put(4, &bits.to_le_bytes()),
        Value::Null(kind) => put(5, &[kind_number(*kind)]),
        Value::Reference(kind, _) => put(6, &[kind_number(*kind)]),
    }
}

fn kind_number(kind: ReferenceKind) -> u8 {
    match kind {
        ReferenceKind::Function => 0,
        ReferenceKind::External => 1,
        ReferenceKind::Internal => 2,
        ReferenceKind::Exception => 3,
        ReferenceKind::Continuation => 4,
    }
}
