//! The tests of the pausable store; see `debuggee` and `allocations`.
