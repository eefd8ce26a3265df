//! Decodes the records of tracepoints and of recorded steps.
//!
//! The format is described in `wit/records.md`. Invariant: bytes that do not follow it give one
//! error and never a panic; the records before them are intact.

use std::iter::FusedIterator;

use crate::contract::common::{BreakpointId, Location, Reference, ReferenceKind, Value};
use crate::contract::recording::{self, PackedRecords, RecordingOption, TraceRecords};
use crate::error::Error;
use crate::session::Session;

/// The format that this module reads.
const FORMAT: u8 = 1;

impl Session {
    /// Sets how records are kept from now on, those of tracepoints and those of every instruction
    /// under [`How::Record`](crate::How::Record): as these options say, and otherwise as at first.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `too-large`.
    pub fn set_recording(&self, options: &[RecordingOption]) -> Result<(), Error> {
        Ok(recording::set_recording(self.debuggee(), options)?)
    }

    /// Takes records out of the host's buffer: at most `limit` of them and at most 65,536.
    /// [`drain`](Session::drain) does the same many times faster. Works after the program's end as
    /// well.
    ///
    /// # Errors
    /// `running`, `detached`.
    pub fn take_records(&self, limit: u32) -> Result<TraceRecords, Error> {
        Ok(recording::take(self.debuggee(), limit)?)
    }

    /// Takes packed records out of the host's buffer: at most `limit` bytes of them, but at least
    /// one record if there is any. [`PackedRecords::iter`] reads them. Works after the program's
    /// end as well.
    ///
    /// # Errors
    /// `running`, `detached`; [`Error::RecordFormat`] if the host packs them in a way that this kit
    /// does not know.
    pub fn drain(&self, limit: u32) -> Result<PackedRecords, Error> {
        let records = recording::drain(self.debuggee(), limit)?;
        if records.format != FORMAT {
            return Err(Error::RecordFormat(records.format));
        }
        Ok(records)
    }
}

/// One record: the program's state before one instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'r> {
    /// The tracepoint that made the record; none for a recorded step.
    pub breakpoint: Option<BreakpointId>,
    /// The instruction that was about to run.
    pub location: Location,
    /// The locals of the innermost frame, parameters first; empty unless asked for.
    pub locals: PackedValues<'r>,
    /// The operand stack of the innermost frame, bottom first; empty unless asked for.
    pub operands: PackedValues<'r>,
    /// The memory ranges, in the order in which they were asked for. A range that reaches past the
    /// end of its memory is shorter than that.
    pub memory: Vec<&'r [u8]>,
}

/// A list of values that are decoded as they are iterated over, so that a record allocates nothing
/// for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PackedValues<'r> {
    length: usize,
    bytes: &'r [u8],
}

/// An iterator over the records of one drain; see [`PackedRecords::iter`].
#[derive(Clone, Debug)]
pub struct RecordIter<'r> {
    rest: &'r [u8],
}

impl PackedRecords {
    /// Iterates over the records, oldest first. An error ends the iteration.
    pub fn iter(&self) -> RecordIter<'_> {
        RecordIter { rest: &self.data }
    }
}

impl<'r> IntoIterator for &'r PackedRecords {
    type Item = Result<Record<'r>, Error>;
    type IntoIter = RecordIter<'r>;

    fn into_iter(self) -> RecordIter<'r> {
        self.iter()
    }
}

impl<'r> Iterator for RecordIter<'r> {
    type Item = Result<Record<'r>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let record = self.decode_next();
        if record.is_err() {
            self.rest = &[];
        }
        Some(record)
    }
}

impl FusedIterator for RecordIter<'_> {}

impl<'r> RecordIter<'r> {
    fn decode_next(&mut self) -> Result<Record<'r>, Error> {
        // The size includes the four bytes of the size field itself.
        let size = Decoder(self.rest).number()?;
        let (record, rest) = self.rest.split_at_checked(size).ok_or(CUT_SHORT)?;
        let mut decoder = Decoder(record);
        decoder.u32()?;
        let breakpoint = Some(decoder.u32()?).filter(|id| *id != 0);
        let location = Location { module: decoder.u32()?, pc: decoder.u32()? };
        let (locals, operands) = (PackedValues::default(), PackedValues::default());
        let mut record = Record { breakpoint, location, locals, operands, memory: Vec::new() };
        if !decoder.0.is_empty() {
            let (n_locals, n_operands, n_ranges) = (decoder.number()?, decoder.number()?, decoder.number()?);
            record.locals = decoder.values(n_locals)?;
            record.operands = decoder.values(n_operands)?;
            for _ in 0..n_ranges {
                let length = decoder.number()?;
                record.memory.push(decoder.bytes(length)?);
            }
        }
        if !decoder.0.is_empty() {
            return Err(Error::Record("it is longer than what is in it"));
        }
        self.rest = rest;
        Ok(record)
    }
}

impl<'r> PackedValues<'r> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Iterates over the values.
    pub fn iter(&self) -> impl Iterator<Item = Value> + Clone + use<'r> {
        let mut decoder = Decoder(self.bytes);
        // They were decoded once already when the record was read, so that no error is left to
        // come.
        std::iter::from_fn(move || decoder.value().ok())
    }
}

const CUT_SHORT: Error = Error::Record("it is cut short");

/// Takes numbers and values off the front of some bytes.
#[derive(Clone)]
struct Decoder<'r>(&'r [u8]);

impl<'r> Decoder<'r> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (array, rest) = self.0.split_first_chunk().ok_or(CUT_SHORT)?;
        self.0 = rest;
        Ok(*array)
    }

    fn bytes(&mut self, length: usize) -> Result<&'r [u8], Error> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(CUT_SHORT)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A size, a length or a count, as a `usize`.
    fn number(&mut self) -> Result<usize, Error> {
        usize::try_from(self.u32()?).map_err(|_| CUT_SHORT)
    }

    fn values(&mut self, length: usize) -> Result<PackedValues<'r>, Error> {
        let begin = self.0;
        for _ in 0..length {
            self.value()?;
        }
        let (bytes, _) = begin.split_at(begin.len() - self.0.len());
        Ok(PackedValues { length, bytes })
    }

    fn value(&mut self) -> Result<Value, Error> {
        let [tag] = self.array()?;
        Ok(match tag {
            0 => Value::I32(i32::from_le_bytes(self.array()?)),
            1 => Value::I64(i64::from_le_bytes(self.array()?)),
            2 => Value::F32(self.u32()?),
            3 => Value::F64(u64::from_le_bytes(self.array()?)),
            4 => Value::V128((u64::from_le_bytes(self.array()?), u64::from_le_bytes(self.array()?))),
            5 => Value::Null(self.kind()?),
            6 => Value::Reference(Reference { kind: self.kind()?, id: None }),
            7 => Value::Unset(self.kind()?),
            _ => return Err(Error::Record("a value has an unknown tag")),
        })
    }

    fn kind(&mut self) -> Result<ReferenceKind, Error> {
        let [kind] = self.array()?;
        Ok(match kind {
            0 => ReferenceKind::Funcref,
            1 => ReferenceKind::Externref,
            2 => ReferenceKind::Anyref,
            3 => ReferenceKind::Exnref,
            4 => ReferenceKind::Contref,
            _ => return Err(Error::Record("a reference has an unknown kind")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Location = Location { module: 7, pc: 0x1234 };

    /// One record; `rest` are the bytes after its location.
    fn packed(id: u32, rest: &[u8]) -> Vec<u8> {
        let size = 16 + rest.len() as u32;
        let mut bytes: Vec<u8> = [size, id, HERE.module, HERE.pc].into_iter().flat_map(u32::to_le_bytes).collect();
        bytes.extend_from_slice(rest);
        bytes
    }

    /// The bytes after the location, for a record that carries something.
    fn carried(locals: &[&[u8]], operands: &[&[u8]], memory: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for count in [locals.len(), operands.len(), memory.len()] {
            bytes.extend_from_slice(&(count as u32).to_le_bytes());
        }
        bytes.extend(locals.iter().chain(operands).copied().flatten());
        for range in memory {
            bytes.extend_from_slice(&(range.len() as u32).to_le_bytes());
            bytes.extend_from_slice(range);
        }
        bytes
    }

    fn records(data: Vec<u8>) -> PackedRecords {
        PackedRecords { format: FORMAT, data, dropped: 0, more: false }
    }

    #[test]
    fn places_alone() {
        assert_eq!(records(Vec::new()).iter().next(), None);
        let records = records([packed(0, &[]), packed(5, &[])].concat());
        let read: Vec<_> = records.iter().map(|record| record.expect("it is whole")).collect();
        assert_eq!(read.iter().map(|record| record.breakpoint).collect::<Vec<_>>(), [None, Some(5)]);
        for record in read {
            assert_eq!(record.location, HERE);
            assert!(record.locals.is_empty() && record.operands.is_empty() && record.memory.is_empty());
        }
    }

    #[test]
    fn every_kind_of_value() {
        let wide: Vec<u8> = std::iter::once(4).chain(0..16).collect();
        let null = |kind: u8| [5, kind];
        let reference = |kind: u8| [6, kind];
        let nulls: Vec<_> = (0..5).map(null).collect();
        let references: Vec<_> = (0..5).map(reference).collect();
        let numbers: [&[u8]; 5] = [
            &[0, 0xfe, 0xff, 0xff, 0xff],
            &[1, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[2, 1, 0, 0xc0, 0x7f],
            &[3, 1, 0, 0, 0, 0, 0, 0xf8, 0x7f],
            &wide,
        ];
        let kinds: Vec<&[u8]> = nulls.iter().chain(&references).map(<[u8; 2]>::as_slice).collect();
        let records = records(packed(9, &carried(&numbers, &kinds, &[b"abc", b""])));
        let record = records.iter().next().expect("there is one").expect("it is whole");
        assert_eq!(record.breakpoint, Some(9));
        assert_eq!((record.locals.len(), record.operands.len()), (5, 10));
        assert_eq!(
            record.locals.iter().collect::<Vec<_>>(),
            [
                Value::I32(-2),
                Value::I64(-3),
                Value::F32(0x7fc0_0001),
                Value::F64(0x7ff8_0000_0000_0001),
                Value::V128((0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)),
            ]
        );
        use ReferenceKind::{Anyref, Contref, Exnref, Externref, Funcref};
        let kinds = [Funcref, Externref, Anyref, Exnref, Contref];
        let expected: Vec<_> = kinds
            .map(Value::Null)
            .into_iter()
            .chain(kinds.map(|kind| Value::Reference(Reference { kind, id: None })))
            .collect();
        assert_eq!(record.operands.iter().collect::<Vec<_>>(), expected);
        assert_eq!(record.memory, [b"abc".as_slice(), b""]);
    }

    #[test]
    fn every_cut_is_one_error_after_what_is_whole() {
        let second = packed(2, &carried(&[&[0, 1, 2, 3, 4]], &[&[5, 0]], &[b"abc"]));
        let data = [packed(1, &[]), second].concat();
        for length in 17..data.len() {
            let records = records(data[..length].to_vec());
            let read: Vec<_> = records.iter().collect();
            assert_eq!(read.len(), 2, "cut after {length} bytes");
            assert_eq!(read[0].as_ref().map(|record| record.breakpoint), Ok(Some(1)));
            assert_eq!(read[1], Err(CUT_SHORT));
        }
    }

    #[test]
    fn a_cut_inside_a_record_whose_size_agrees() {
        let whole = carried(&[&[0, 1, 2, 3, 4]], &[&[5, 0]], &[b"abc"]);
        for length in 1..whole.len() {
            let records = records(packed(2, &whole[..length]));
            assert_eq!(records.iter().collect::<Vec<_>>(), [Err(CUT_SHORT)], "cut after {length} bytes");
        }
    }

    #[test]
    fn what_the_format_does_not_know() {
        let error = |rest: &[u8]| {
            let records = records(packed(2, rest));
            let read: Vec<_> = records.iter().map(|record| record.map(|_| ()).map_err(|e| e.to_string())).collect();
            assert_eq!(read.len(), 1);
            read[0].clone().expect_err("it is wrong")
        };
        assert_eq!(error(&carried(&[&[8, 0]], &[], &[])), "a record could not be read: a value has an unknown tag");
        assert_eq!(
            error(&carried(&[], &[&[5, 5]], &[])),
            "a record could not be read: a reference has an unknown kind"
        );
        let long = [carried(&[], &[], &[]), vec![0]].concat();
        assert_eq!(error(&long), "a record could not be read: it is longer than what is in it");
        // Impossible counts must neither allocate nor loop.
        let many = [0xff; 12];
        assert!(error(&many).contains("unknown tag") || error(&many).contains("cut short"));
        for size in 0..16_u32 {
            let mut data = packed(2, &[]);
            data[..4].copy_from_slice(&size.to_le_bytes());
            let records = records(data);
            assert_eq!(records.iter().collect::<Vec<_>>(), [Err(CUT_SHORT)], "size {size}");
        }
    }

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
        const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/vectors/records.txt");
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
        let records = records(bytes);
        let read: Vec<_> = records.iter().collect();
        let [Ok(record)] = read.as_slice() else { return "broken".to_owned() };
        let all = |values: PackedValues<'_>| values.iter().map(|value| words(&value)).collect::<Vec<_>>();
        describe(record.breakpoint, record.location, &all(record.locals), &all(record.operands), &record.memory)
    }
}
