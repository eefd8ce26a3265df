//! The table of cases: what each contender does in each case, and how often.
//!
//! Invariant: the contenders of a row read the same from the program, each in the quickest way that
//! it has.

use crate::native;
use crate::shared::Named;

/// One row of the table.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Describes one event.
    pub(crate) what: &'static str,
    pub(crate) source: Source,
    pub(crate) per: Per,
    /// A number for what is read at a stop: how many frames, or the index of a local. 0 for other
    /// cases.
    pub(crate) detail: u32,
    pub(crate) ours: Does,
    /// None if the peer cannot do this.
    pub(crate) peer: Option<Does>,
    /// The work of the bare handler, and the number of events; none if its time would mean nothing.
    pub(crate) floor: (Look, Option<u32>),
}

impl Named for Case {
    fn name(&self) -> &'static str {
        self.name
    }

    fn what(&self) -> &'static str {
        self.what
    }
}

/// The program that is debugged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A loop of twelve instructions over three locals.
    Loop,
    /// A loop with one store, always to the same address.
    Stores,
    /// A loop that runs 50 calls deep.
    Deep,
    /// A program with two pages of memory and one place to stop at.
    Memory,
    /// A module of 20 MB with one place to stop at.
    Large,
    /// A real program: resvg.
    Resvg,
}

/// The event that is counted, and how its time is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Per {
    /// A stop between the program's two calls of `mark`, in which the clock is read. Each turn of
    /// the program's loop has `in_a_turn` stops.
    Stop { in_a_turn: u32 },
    /// One of many reads at the one stop between the two marks. The time of the resume that ends
    /// the stop is divided among them.
    Look,
    /// The one stop between the two marks, with everything that is done at it and the resume that
    /// ends it.
    Once,
    /// Two resumes. A real program has no marks, so the time of a run with n pairs is subtracted
    /// from that of a run with 2n. The start and the rest of the program, which both have in
    /// common, cancel out.
    Pair,
    /// The start, from a new engine to the debugger's first code.
    Start,
}

/// The work of a debugger: the name of the order that its component is given, and the number of
/// events.
#[derive(Clone, Copy)]
pub(crate) struct Does(pub(crate) &'static str, pub(crate) u32);

/// The work of the bare handler at each stop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Nothing,
    /// As `Nothing`, but at a breakpoint instead of at every instruction.
    Stop,
    Pc,
    PcAndLocals,
    /// Reads the pc and the local whose index is the case's detail.
    PcAndLocal,
    /// Reads the pc and the operand below the top of the stack.
    PcAndOperand,
    /// Reads the pc and keeps it in a buffer of 4096.
    Record,
    /// Reads the pcs of as many frames as the case's detail says.
    Frames,
    /// Copies 64 KiB.
    Memory,
    /// Sets 1000 breakpoints in one edit session.
    Breakpoints,
    /// Sets a breakpoint at the next instruction and removes it at the stop there: two edit
    /// sessions for each pair.
    Pairs,
    /// Installs no handler: takes the compiled code from the cache and registers it in a store.
    Start,
}

const STEPS: Per = Per::Stop { in_a_turn: 12 };
const HITS: Per = Per::Stop { in_a_turn: 1 };

/// All cases, in the order of the table.
pub(crate) const CASES: [Case; 13] = [
    Case {
        name: "step",
        what: "one step, nothing read",
        source: Source::Loop,
        per: STEPS,
        detail: 0,
        ours: Does("step", 300_000),
        peer: Some(Does("step", 60_000)),
        floor: (Look::Nothing, Some(1_200_000)),
    },
    Case {
        name: "step-pc",
        what: "one step and its location",
        source: Source::Loop,
        per: STEPS,
        detail: 0,
        ours: Does("step-pc", 300_000),
        peer: Some(Does("step-pc", 36_000)),
        floor: (Look::Pc, Some(1_200_000)),
    },
    Case {
        name: "step-locals",
        what: "one step, its location and its three locals",
        source: Source::Loop,
        per: STEPS,
        detail: 0,
        ours: Does("step-locals", 180_000),
        peer: Some(Does("step-locals", 24_000)),
        floor: (Look::PcAndLocals, Some(1_200_000)),
    },
    Case {
        name: "step-native",
        what: "one step, nothing read, by a loop in Rust instead of a component",
        source: Source::Loop,
        per: STEPS,
        detail: 0,
        ours: Does(native::ORDER, 600_000),
        peer: Some(Does(native::ORDER, 300_000)),
        floor: (Look::Nothing, Some(1_200_000)),
    },
    Case {
        name: "call",
        what: "one call of `last-stop`: what a stop costs between the component and the host, without the program",
        source: Source::Memory,
        per: Per::Look,
        detail: 0,
        ours: Does("call", 300_000),
        peer: None,
        floor: (Look::Stop, None),
    },
    Case {
        name: "record",
        what: "one step, recorded with its pc and delivered in batches; the peer has no records, so one step and its pc",
        source: Source::Loop,
        per: STEPS,
        detail: 0,
        ours: Does("record", 1_200_000),
        peer: Some(Does("step-pc", 36_000)),
        floor: (Look::Record, Some(1_200_000)),
    },
    Case {
        name: "condition-miss",
        what: "one hit of a breakpoint whose condition on a local is false",
        source: Source::Loop,
        per: HITS,
        detail: 1,
        ours: Does("condition", 600_000),
        peer: Some(Does("condition", 20_000)),
        floor: (Look::PcAndLocal, Some(600_000)),
    },
    Case {
        name: "watch-miss",
        what: "one store that a write watchpoint on another place has to look at; the peer has no watchpoints",
        source: Source::Stores,
        per: HITS,
        detail: 0,
        ours: Does("watch", 600_000),
        peer: None,
        floor: (Look::PcAndOperand, Some(600_000)),
    },
    Case {
        name: "backtrace-50",
        what: "one breakpoint stop and its 50 frames with their locations",
        source: Source::Deep,
        per: HITS,
        detail: 50,
        ours: Does("backtrace", 10_000),
        peer: Some(Does("backtrace", 600)),
        floor: (Look::Frames, Some(20_000)),
    },
    Case {
        name: "memory-64k",
        what: "64 KiB of the program's memory, read into the debugger",
        source: Source::Memory,
        per: Per::Look,
        detail: 0,
        ours: Does("memory", 5_000),
        peer: Some(Does("memory", 5_000)),
        floor: (Look::Memory, Some(20_000)),
    },
    Case {
        name: "breakpoints-1000",
        what: "1000 breakpoints set in a module of 20 MB, until the program runs on with them",
        source: Source::Large,
        per: Per::Once,
        detail: 0,
        ours: Does("breakpoints", 1),
        peer: Some(Does("breakpoints", 1)),
        floor: (Look::Breakpoints, Some(1)),
    },
    Case {
        name: "step-continue",
        what: "a continue to a breakpoint and a step, on resvg",
        source: Source::Resvg,
        per: Per::Pair,
        detail: 0,
        ours: Does("step-continue", 500),
        peer: Some(Does("step-continue", 20)),
        floor: (Look::Pairs, Some(200)),
    },
    Case {
        name: "start-warm",
        what: "from a new engine to the debugger's first code, resvg and debugger compiled in the cache",
        source: Source::Resvg,
        per: Per::Start,
        detail: 0,
        ours: Does("start", 1),
        peer: Some(Does("start", 1)),
        floor: (Look::Start, Some(1)),
    },
];
