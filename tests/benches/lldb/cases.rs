//! The table of cases: the program that runs, the commands for LLDB, and the time that is
//! subtracted.
//!
//! Invariant: a case names no contender. Both get the same commands and have to make LLDB print the
//! same.

use crate::shared::Named;

/// One row of the table.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The event that is measured, in words.
    pub(crate) what: &'static str,
    pub(crate) task: Task,
    /// The largest number of rounds.
    pub(crate) rounds: u32,
}

impl Named for Case {
    fn name(&self) -> &'static str {
        self.name
    }

    fn what(&self) -> &'static str {
        self.what
    }
}

/// The work of one round.
pub(crate) enum Task {
    /// Runs the program of `programs/c/stops.c` under two scripts, and subtracts the time of the
    /// first from that of the second.
    Scripts {
        arguments: [&'static str; 2],
        base: Script,
        whole: Script,
        n_events: u32,
        /// A text that the second script makes LLDB print, and how many times more often than the
        /// first.
        says: (&'static str, usize),
    },
    /// Connects LLDB to resvg and quits; subtracts the time of an LLDB that only starts and quits.
    Attach { from: ClockStart, cache: Cache },
}

/// A script: some commands, then others repeated so many times.
pub(crate) struct Script(&'static [&'static str], &'static [&'static str], usize);

impl Script {
    pub(crate) fn lines(&self) -> Vec<&'static str> {
        let Script(first, again, times) = self;
        first.iter().chain(std::iter::repeat_n(*again, *times).flatten()).copied().collect()
    }
}

/// The event that starts the clock of an attach.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockStart {
    /// The start of the process that runs the program.
    Start,
    /// The line of that process that says where it listens.
    Ready,
}

/// The state of the contender's compile cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// Empty.
    Cold,
    /// Filled with everything that the contender puts there.
    Warm,
}

/// Goes to the loop.
const TURNS: &[&str] = &["breakpoint set -n turns", "continue"];

/// All cases, in the table's order.
pub(crate) const CASES: [Case; 8] = [
    Case {
        name: "stepi",
        what: "one `stepi`",
        task: Task::Scripts {
            arguments: ["100", "0"],
            base: Script(TURNS, &[], 0),
            whole: Script(TURNS, &["stepi"], 200),
            n_events: 200,
            says: ("stop reason = instruction step into", 200),
        },
        rounds: u32::MAX,
    },
    Case {
        name: "next",
        what: "one `next`, of five lines in a loop, one of which calls a function",
        task: Task::Scripts {
            arguments: ["100", "0"],
            base: Script(TURNS, &[], 0),
            whole: Script(TURNS, &["next"], 100),
            n_events: 100,
            says: ("stop reason = step over", 100),
        },
        rounds: u32::MAX,
    },
    Case {
        name: "finish",
        what: "one `continue` to a breakpoint in a function, and one `finish`",
        task: Task::Scripts {
            arguments: ["200", "0"],
            base: Script(&["breakpoint set -n leaf"], &[], 0),
            whole: Script(&["breakpoint set -n leaf"], &["continue", "finish"], 100),
            n_events: 100,
            says: ("stop reason = step out", 100),
        },
        rounds: u32::MAX,
    },
    Case {
        name: "condition-miss",
        what: "one hit of a breakpoint whose condition, evaluated by LLDB, is false",
        task: Task::Scripts {
            arguments: ["1001", "0"],
            base: Script(&["breakpoint set -n leaf -c 'i == 0'", "continue"], &[], 0),
            whole: Script(&["breakpoint set -n leaf -c 'i == 1000'", "continue"], &[], 0),
            n_events: 1000,
            // LLDB stops at the last hit only; all before it were misses.
            says: ("`leaf(i=1000)", 1),
        },
        rounds: u32::MAX,
    },
    Case {
        name: "backtrace",
        what: "one `bt` of 65 frames at a new stop; a second one at the same stop would be LLDB alone",
        task: Task::Scripts {
            arguments: ["1", "60"],
            base: Script(&["breakpoint set -n leaf", "continue"], &["stepi"], 20),
            whole: Script(&["breakpoint set -n leaf", "continue"], &["stepi", "bt"], 20),
            n_events: 20,
            says: ("frame #64: ", 20),
        },
        rounds: u32::MAX,
    },
    Case {
        name: "attach",
        what: "from the line that says where it listens to LLDB's first prompt, resvg",
        task: Task::Attach { from: ClockStart::Ready, cache: Cache::Warm },
        rounds: u32::MAX,
    },
    Case {
        name: "attach-warm",
        what: "from the start of the process to LLDB's first prompt, resvg, what can be compiled in the cache",
        task: Task::Attach { from: ClockStart::Start, cache: Cache::Warm },
        rounds: u32::MAX,
    },
    Case {
        name: "attach-cold",
        what: "the same with an empty cache; three rounds at most",
        task: Task::Attach { from: ClockStart::Start, cache: Cache::Cold },
        rounds: 3,
    },
];
