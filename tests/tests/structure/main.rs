//! The shape of the project, as ARCHITECTURE.md draws it: the rooms, their files, and what each
//! room may use.
//!
//! The page is the law: its tables are read here and compared with the sources. Invariant: a file
//! or an arrow that the page does not have, and one that it has and the sources do not, fails a
//! test.

mod arrows;
mod conversions;
mod map;
mod sources;
