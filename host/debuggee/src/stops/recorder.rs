//! Records of tracepoints and recorded steps, packed into a bounded buffer.
//!
//! Owned by the ledger, written by the handler, drained by the debuggee. Invariant: the buffer
//! holds whole records only, and at most one record more than its capacity; where several
//! tracepoints share an instruction, at most [`MAX_CAPACITY`] more.
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
//! and ends there (size 16) unless locals, operands or memory were asked for. Otherwise follow
//! three 4-byte counts, of locals, operands and memory ranges, then the values of the first two and
//! then the ranges. A value is a tag byte and its bits: 0 `i32` (4 bytes), 1 `i64` (8), 2 `f32`
//! (4), 3 `f64` (8), 4 `v128` (16), 5 null reference (1: its kind), 6 reference (1: its kind), 7 a
//! local that is not set yet (1: its kind); kinds count from 0 in the order of [`ReferenceKind`]. A
//! range is a 4-byte length and that many bytes: fewer than asked for at the end of the memory,
//! none where there is no such memory or address.

use crate::engine::{self, AnyMemory, Frozen, Position};
use crate::plain::{
    BreakpointId, CaptureSpec, DrainLimit, Drained, Error, Location, MAX_CAPACITY, MAX_RECORDS_BYTES, MemoryRange,
    Recording, ReferenceKind, Value, WhenFull,
};

/// The size in bytes of a record without values.
const HEADER: usize = 16;

/// The records that wait to be drained.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) recording: Recording,
    buffer: Vec<u8>,
    /// The offset in `buffer` of the first record that was not drained.
    start: usize,
    dropped: u64,
}

impl Recorder {
    /// Whether the program has to stop before it makes more records.
    #[inline]
    pub(crate) fn must_stop(&self) -> bool {
        self.recording.when_full == WhenFull::Stop && self.is_full()
    }

    fn is_full(&self) -> bool {
        self.n_waiting() >= self.recording.capacity
    }

    /// Whether a new record is dropped. If the program is to stop when the buffer is full, this is
    /// only the case when the tracepoints of one instruction, which are all taken before the
    /// program stops, make more than [`MAX_CAPACITY`] bytes beyond the capacity.
    fn drops(&self) -> bool {
        match self.recording.when_full {
            WhenFull::Drop => self.is_full(),
            WhenFull::Stop => self.n_waiting() >= self.recording.capacity.saturating_add(MAX_CAPACITY),
        }
    }

    /// The number of bytes that have not been drained.
    fn n_waiting(&self) -> usize {
        self.buffer.len().saturating_sub(self.start)
    }

    /// Appends a record without values.
    fn record_location(&mut self, id: u32, location: Location) {
        let mut record = [0; HEADER];
        let fields = [u32::try_from(HEADER).unwrap_or_default(), id, location.module.0, location.pc];
        for (place, field) in record.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        self.buffer.extend_from_slice(&record);
    }

    /// Makes the record of a recorded step.
    pub(super) fn record_step<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        position: &Position<'_>,
    ) -> Result<(), Error> {
        let capture = std::mem::take(&mut self.recording.steps);
        let made = self.record(frozen, None, position, &capture);
        self.recording.steps = capture;
        made
    }

    /// Makes the record of a tracepoint's hit, or of a recorded step if `id` is `None`.
    pub(super) fn record<T: 'static>(
        &mut self,
        frozen: &mut Frozen<'_, T>,
        id: Option<BreakpointId>,
        position: &Position<'_>,
        capture: &CaptureSpec,
    ) -> Result<(), Error> {
        if self.drops() {
            self.dropped = self.dropped.saturating_add(1);
            return Ok(());
        }
        let id = id.map_or(0, |id| id.0);
        let begin = self.buffer.len();
        self.record_location(id, position.location);
        if capture.is_location_only() {
            return Ok(());
        }
        let locals = if capture.locals { engine::locals(frozen, position, false)? } else { Vec::new() };
        let operands = if capture.operands { engine::operands(frozen, position, false)? } else { Vec::new() };
        for count in [locals.len(), operands.len(), capture.memory.len()] {
            self.put_u32(count);
        }
        for value in locals.iter().chain(&operands) {
            put_value(&mut self.buffer, value);
        }
        for range in &capture.memory {
            let bytes = read_range(frozen, position, range).unwrap_or_default();
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

    /// Takes out whole records.
    pub(crate) fn drain(&mut self, limit: DrainLimit) -> Drained {
        let dropped = std::mem::take(&mut self.dropped);
        if let DrainLimit::Bytes(limit) = limit
            && self.start == 0
            && self.buffer.len() <= limit
        {
            let spare = Vec::with_capacity(self.buffer.len());
            return Drained { records: std::mem::replace(&mut self.buffer, spare), dropped, more: false };
        }
        let (mut end, mut n_records) = (self.start, 0_usize);
        while let Some(size) = self.buffer.get(end..).and_then(|rest| rest.first_chunk::<4>()) {
            let next = end.saturating_add(usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX));
            let is_enough = match limit {
                DrainLimit::Bytes(limit) => next.saturating_sub(self.start) > limit && end > self.start,
                DrainLimit::Records(limit) => {
                    n_records >= limit || n_records > 0 && next.saturating_sub(self.start) > MAX_RECORDS_BYTES
                }
            };
            if is_enough {
                break;
            }
            end = next;
            n_records = n_records.saturating_add(1);
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
    frozen: &mut Frozen<'_, T>,
    position: &Position<'_>,
    range: &MemoryRange,
) -> Result<Vec<u8>, Error> {
    let instance = position.instance(&mut frozen.store)?;
    let length = usize::try_from(range.length).unwrap_or_default();
    AnyMemory::of(&mut frozen.store, instance, range.memory)?.read(&frozen.store, range.address, length)
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
        Value::Unset(kind) => put(7, &[kind_number(*kind)]),
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
