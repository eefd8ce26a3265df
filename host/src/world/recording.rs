//! `recording`: the records that tracepoints and recorded steps make.
//!
//! Invariant: the packed format is decoded here and nowhere else in the host; it is written in the
//! debuggee, and `wit/records.md` describes it.

use super::breakpoints::to_capture;
use super::interfaces::common::{Error, Location, Reference, ReferenceKind, Value};
use super::interfaces::recording::{Host, PackedRecords, RecordingOption, TraceRecord, TraceRecords, WhenFull};
use super::options::Once;
use super::{Debuggee, World, convert, inspection};
use crate::debuggee::{self, DrainLimit, Drained};
use wasmtime::component::Resource;

/// The version of the packed format.
const FORMAT: u8 = 1;

impl Host for World {
    fn set_recording(&mut self, _: Resource<Debuggee>, options: Vec<RecordingOption>) -> Result<(), Error> {
        let mut recording = debuggee::Recording::default();
        let mut once = Once::default();
        for option in options {
            let (number, name) = match option {
                RecordingOption::Capacity(_) => (0, "capacity"),
                RecordingOption::WhenFull(_) => (1, "when-full"),
                RecordingOption::Steps(_) => (2, "steps"),
            };
            once.note(number, name).map_err(Error::BadOption)?;
            match option {
                RecordingOption::Capacity(capacity) => {
                    recording.capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
                }
                RecordingOption::WhenFull(WhenFull::Stop) => recording.when_full = debuggee::WhenFull::Stop,
                RecordingOption::WhenFull(WhenFull::Drop) => recording.when_full = debuggee::WhenFull::Drop,
                RecordingOption::Steps(captures) => recording.steps = to_capture(captures),
            }
        }
        self.session()?.set_recording(recording).map_err(convert::error)
    }

    fn take(&mut self, _: Resource<Debuggee>, limit: u32) -> Result<TraceRecords, Error> {
        let limit = usize::try_from(limit.min(inspection::MAX_LIST)).unwrap_or(usize::MAX);
        let Drained { records, dropped, more } = self.session()?.drain_records(DrainLimit::Records(limit));
        let broken = || Error::HostFailure("a record cannot be read".to_owned());
        Ok(TraceRecords { items: decode(&records).ok_or_else(broken)?, dropped, more })
    }

    fn drain(&mut self, _: Resource<Debuggee>, limit: u32) -> Result<PackedRecords, Error> {
        let limit = DrainLimit::Bytes(usize::try_from(limit).unwrap_or(usize::MAX));
        let Drained { records, dropped, more } = self.session()?.drain_records(limit);
        Ok(PackedRecords { format: FORMAT, data: records, dropped, more })
    }
}

/// Decodes packed records; none if they do not follow the format.
fn decode(mut rest: &[u8]) -> Option<Vec<TraceRecord>> {
    let mut records = Vec::new();
    while !rest.is_empty() {
        let size = usize::try_from(Packed(rest).u32()?).ok()?;
        let (record, behind) = rest.split_at_checked(size)?;
        records.push(Packed(record).record()?);
        rest = behind;
    }
    Some(records)
}

/// Packed bytes, from which numbers and values are taken one after the other.
struct Packed<'b>(&'b [u8]);

impl<'b> Packed<'b> {
    fn bytes(&mut self, length: usize) -> Option<&'b [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn record(&mut self) -> Option<TraceRecord> {
        let (_, breakpoint) = (self.u32()?, self.u32()?);
        let location = Location { module: self.u32()?, pc: self.u32()? };
        let (mut locals, mut operands, mut memory) = (Vec::new(), Vec::new(), Vec::new());
        if !self.0.is_empty() {
            let (n_locals, n_operands, n_ranges) = (self.u32()?, self.u32()?, self.u32()?);
            locals = self.values(n_locals)?;
            operands = self.values(n_operands)?;
            for _ in 0..n_ranges {
                let length = usize::try_from(self.u32()?).ok()?;
                memory.push(self.bytes(length)?.to_vec());
            }
        }
        if !self.0.is_empty() {
            return None;
        }
        let breakpoint = Some(breakpoint).filter(|id| *id != 0);
        Some(TraceRecord { breakpoint, location, locals, operands, memory })
    }

    fn values(&mut self, count: u32) -> Option<Vec<Value>> {
        (0..count).map(|_| self.value()).collect()
    }

    fn value(&mut self) -> Option<Value> {
        let [tag] = self.array()?;
        Some(match tag {
            0 => Value::I32(i32::from_le_bytes(self.array()?)),
            1 => Value::I64(i64::from_le_bytes(self.array()?)),
            2 => Value::F32(u32::from_le_bytes(self.array()?)),
            3 => Value::F64(u64::from_le_bytes(self.array()?)),
            4 => Value::V128((u64::from_le_bytes(self.array()?), u64::from_le_bytes(self.array()?))),
            5 => Value::Null(self.kind()?),
            6 => Value::Reference(Reference { kind: self.kind()?, id: None }),
            7 => Value::Unset(self.kind()?),
            _ => return None,
        })
    }

    fn kind(&mut self) -> Option<ReferenceKind> {
        let [kind] = self.array()?;
        Some(match kind {
            0 => ReferenceKind::Funcref,
            1 => ReferenceKind::Externref,
            2 => ReferenceKind::Anyref,
            3 => ReferenceKind::Exnref,
            4 => ReferenceKind::Contref,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `wit/vectors/records.txt` says of a value.
    fn words(value: &Value) -> String {
        let kind = |kind: &ReferenceKind| format!("{kind:?}").to_lowercase().replace("referencekind::", "");
        match value {
            Value::I32(value) => format!("i32 {value}"),
            Value::I64(value) => format!("i64 {value}"),
            Value::F32(bits) => format!("f32 {bits:#x}"),
            Value::F64(bits) => format!("f64 {bits:#x}"),
            Value::V128((low, high)) => format!("v128 {low:#x} {high:#x}"),
            Value::Null(of) => format!("null {}", kind(of)),
            Value::Reference(reference) => format!("reference {}", kind(&reference.kind)),
            Value::Unset(of) => format!("unset {}", kind(of)),
            Value::Other(text) => text.clone(),
        }
    }

    #[test]
    fn records_are_those_of_the_contract() {
        const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/vectors/records.txt");
        let text = std::fs::read_to_string(PATH).unwrap_or_else(|error| panic!("{PATH}: {error}"));
        let mut lines = text.lines();
        let mut n_records = 0;
        while let Some(line) = lines.next() {
            let Some(digits) = line.strip_prefix("bytes ") else { continue };
            let digits: Vec<char> = digits.chars().filter(|digit| *digit != ' ').collect();
            let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).expect("hexadecimal");
            let bytes: Vec<u8> = digits.chunks(2).map(byte).collect();
            let expected = lines.next().expect("a meaning");
            assert_eq!(meaning(bytes), expected, "{line}");
            n_records += 1;
        }
        assert!(n_records > 10);
    }

    fn list(what: &str, parts: &[String]) -> String {
        if parts.is_empty() { String::new() } else { format!(", {what} {}", parts.join("; ")) }
    }

    fn describe(
        breakpoint: Option<u32>,
        location: Location,
        locals: &[String],
        operands: &[String],
        memory: &[&[u8]],
    ) -> String {
        let tracepoint = breakpoint.map_or("step".to_owned(), |id| format!("breakpoint {id}"));
        let range = |bytes: &&[u8]| match bytes {
            [] => "none".to_owned(),
            bytes => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
        };
        let memory: Vec<String> = memory.iter().map(range).collect();
        let Location { module, pc } = location;
        format!(
            "{tracepoint}, module {module}, pc {pc}{}{}{}",
            list("locals", locals),
            list("operands", operands),
            list("memory", &memory)
        )
    }

    fn meaning(bytes: Vec<u8>) -> String {
        let Some([record]) = decode(&bytes).and_then(|records| <[_; 1]>::try_from(records).ok()) else {
            return "broken".to_owned();
        };
        let all = |values: &[Value]| values.iter().map(words).collect::<Vec<_>>();
        let memory: Vec<&[u8]> = record.memory.iter().map(Vec::as_slice).collect();
        describe(record.breakpoint, record.location, &all(&record.locals), &all(&record.operands), &memory)
    }
}
