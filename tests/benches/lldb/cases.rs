//! The table of cases: which program runs, what LLDB is told, and what is taken off.
//!
//! Invariant: a case names no contender. What LLDB is told is the same for both, and so is what it must have said.

use crate::shared::Named;

/// One row of the table.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What one event is, in words.
    pub(crate) what: &'static str,
    pub(crate) does: Does,
    /// How many rounds are measured at most.
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

/// What is done in a round.
pub(crate) enum Does {
    /// The program of `programs/c/stops.c`, and two scripts: the time of the first is taken from that of the second.
    Scripts {
        arguments: [&'static str; 2],
        base: Script,
        whole: Script,
        n_events: u32,
        /// What the second script makes LLDB say, and how many times more often than the first.
        says: (&'static str, usize),
    },
    /// LLDB connects to resvg and quits; the time of an LLDB that only starts and quits is taken off.
    Attach { from: From, cache: Cache },
}

/// Some commands, then others so many times.
pub(crate) struct Script(&'static [&'static str], &'static [&'static str], usize);

impl Script {
    pub(crate) fn lines(&self) -> Vec<&'static str> {
        let Script(first, again, times) = self;
        first.iter().chain(std::iter::repeat_n(*again, *times).flatten()).copied().collect()
    }
}

/// Where the clock of an attach begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// The start of the process that runs the program.
    Start,
    /// The line that says where it listens.
    Ready,
}

/// What the contender's compile cache holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// Nothing.
    Cold,
    /// All that the contender puts there.
    Warm,
}

/// To the loop.
const TURNS: &[&str] = &["breakpoint set -n turns", "continue"];

/// All cases, in the table's order.
pub(crate) const CASES: [Case; 8] = [
    Case {
        name: "stepi",
        what: "one `stepi`",
        does: Does::Scripts {
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
        does: Does::Scripts {
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
        does: Does::Scripts {
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
        does: Does::Scripts {
            arguments: ["1001", "0"],
            base: Script(&["breakpoint set -n leaf -c 'i == 0'", "continue"], &[], 0),
            whole: Script(&["breakpoint set -n leaf -c 'i == 1000'", "continue"], &[], 0),
            n_events: 1000,
            // All that came before were misses.
            says: ("`leaf(i=1000)", 1),
        },
        rounds: u32::MAX,
    },
    Case {
        name: "backtrace",
        what: "one `bt` of 65 frames at a new stop; a second one at the same stop would be LLDB alone",
        does: Does::Scripts {
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
        does: Does::Attach { from: From::Ready, cache: Cache::Warm },
        rounds: u32::MAX,
    },
    Case {
        name: "attach-warm",
        what: "from the start of the process to LLDB's first prompt, resvg, what can be compiled in the cache",
        does: Does::Attach { from: From::Start, cache: Cache::Warm },
        rounds: u32::MAX,
    },
    Case {
        name: "attach-cold",
        what: "the same with an empty cache; three rounds at most",
        does: Does::Attach { from: From::Start, cache: Cache::Cold },
        rounds: 3,
    },
];
