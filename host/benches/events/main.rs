//! Measures the cost of one debug event for Stillpoint, for the peer
//! (`wasmtime-internal-debugger`), and for the engine's floor (a bare [`wasmtime::DebugHandler`]).
//! `cargo bench --bench events` prints the table; `host/benches/README.md` says how to read it.
//!
//! Invariant: the contenders run the same compiled program and see the same. Each debugger compares
//! its number of stops and a checksum of what it read with the bare handler's. A difference ends
//! the benchmark.

mod cases;
mod floor;
mod guests;
mod large;
mod measure;
mod native;
mod ours;
mod peer;
mod program;
mod report;
mod resvg;
#[path = "../shared/mod.rs"]
mod shared;

use anyhow::{Context as _, Result};
use cases::CASES;
use clap::Parser;
use measure::{Contenders, Measured};
use shared::Choice;
use std::io::Write as _;
use std::process::ExitCode;

/// Times debug events: Stillpoint, the peer and a bare handler of the engine, interleaved; prints a
/// table of medians.
#[derive(Parser)]
#[command(name = "events", bin_name = "cargo bench --bench events --")]
struct Arguments {
    #[command(flatten)]
    choice: Choice,
    /// How many events a run has, for every contender, where a case lets that be chosen; otherwise
    /// each contender's number is in the table of cases.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    events: Option<u32>,
    /// Measures this contender only (repeatable), to profile it; the bare handler runs all the
    /// same, to say what has to be seen.
    #[arg(long = "only", value_name = "CONTENDER", value_enum)]
    only: Vec<Contender>,
    /// Hosts the peer on a runtime of several threads, as its command line does. Its messages then
    /// cross threads: without this they do not, which is the kinder way.
    #[arg(long)]
    peer_threads: bool,
}

/// A contender.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Contender {
    Ours,
    Peer,
    Floor,
}

fn main() -> ExitCode {
    shared::exit_code(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let Some(cases) = arguments.choice.cases(&CASES)? else { return Ok(()) };
    let json = arguments.choice.json()?;

    let guests = guests::build()?;
    let contenders = Contenders::new(&guests, arguments.peer_threads, &arguments.only)?;
    let mut rows: Vec<Measured> = Vec::new();
    for case in cases {
        eprintln!("measuring {} ...", case.name);
        let row = contenders.measure(case, arguments.choice.rounds, arguments.events);
        rows.push(row.with_context(|| format!("case {}", case.name))?);
    }
    print!("{}", report::table(&rows, arguments.choice.rounds));
    if let Some(mut json) = json {
        json.write_all(report::json(&rows).as_bytes()).context("--json: the file cannot be written")?;
    }
    Ok(())
}
