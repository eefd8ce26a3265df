//! The calls of `recording`. At the end, records are kept as at first.

use crate::ask;
use crate::table::{Table, answer};
use stillpoint_kit::bindings::stillpoint::debugger::recording;
use stillpoint_kit::{MemoryRange, RecordCapture, RecordingOption, WhenFull};

/// The largest buffer for records, in bytes.
const MAX_CAPACITY: u32 = 64 << 20;

pub(super) fn ask(table: &Table<'_>) {
    use RecordingOption::{Capacity, Steps};
    let (stop, dropping) = (RecordingOption::WhenFull(WhenFull::Stop), RecordingOption::WhenFull(WhenFull::Drop));
    let everything = |memory: Vec<RecordCapture>| {
        let mut captures = vec![RecordCapture::Locals, RecordCapture::Operands];
        captures.extend(memory);
        Steps(captures)
    };
    for (about, options) in [
        ("capacity 0, drop", vec![Capacity(0), dropping.clone(), everything(Vec::new())]),
        ("capacity 1, stop", vec![Capacity(1), stop.clone()]),
        ("64 MiB", vec![Capacity(MAX_CAPACITY)]),
        ("64 MiB and one", vec![Capacity(MAX_CAPACITY + 1), stop.clone()]),
        ("2^32-1 bytes", vec![dropping.clone(), Capacity(u32::MAX)]),
        (
            "16 ranges of 64 KiB where nothing is",
            vec![Capacity(1), everything(vec![range(u32::MAX, u64::MAX, 65_536); 16])],
        ),
        ("17 ranges", vec![everything(vec![range(0, 0, 1); 17])]),
        ("a range of 64 KiB and one", vec![everything(vec![range(0, 0, 65_537)])]),
        ("a range of 2^32-1", vec![everything(vec![range(0, 0, u32::MAX)])]),
        ("capacity twice", vec![Capacity(1), Capacity(2)]),
        ("stop and drop", vec![stop.clone(), dropping]),
        ("steps twice", vec![everything(Vec::new()), Steps(Vec::new())]),
        ("locals twice", vec![Steps(vec![RecordCapture::Locals; 2])]),
        ("1,000,000 options", vec![stop; 1_000_000]),
        ("nothing", Vec::new()),
    ] {
        let set = recording::set_recording(table.debuggee, &options);
        table.row("recording::set-recording", &[about.to_owned()], answer(&set));
    }
    for limit in [0, 1, u32::MAX] {
        let _ = ask!(table, recording::take(limit));
    }
    for limit in [0, 1, u32::MAX] {
        let _ = ask!(table, recording::drain(limit));
    }
}

pub(super) fn range(memory: u32, address: u64, length: u32) -> RecordCapture {
    RecordCapture::Memory(MemoryRange { memory, address, length })
}
