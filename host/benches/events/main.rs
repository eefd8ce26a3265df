//! What one debug event costs: Stillpoint, the peer (`wasmtime-internal-debugger`) and the engine's floor (a bare
//! [`wasmtime::DebugHandler`]), side by side. `cargo bench --bench events` prints the table; `host/benches/README.md` says how to
//! read it.
//!
//! Invariant: the contenders run the same compiled program and see the same. Each debugger checks its stops and
//! a checksum of what it read against the bare handler's; a difference ends the benchmark.

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

use anyhow::{Context as _, Result, bail};
use cases::CASES;
use clap::Parser;
use measure::{Contenders, Measured};
use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Times debug events: Stillpoint, the peer and a bare handler of the engine, interleaved; prints a table of medians.
#[derive(Parser)]
#[command(name = "events", bin_name = "cargo bench --bench events --")]
struct Arguments {
    /// Measures this case only (repeatable); without it, all of them.
    #[arg(long = "case", value_name = "NAME")]
    cases: Vec<String>,
    /// Writes one line of JSON for each case to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How many rounds are measured; one more comes before them to warm up.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How many events a run has, for every contender, where a case lets that be chosen; otherwise each contender's number is
    /// in the table of cases.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    events: Option<u32>,
    /// Measures this contender only (repeatable), to profile it; the bare handler runs all the same, to say what has to be seen.
    #[arg(long = "only", value_name = "CONTENDER", value_enum)]
    only: Vec<Contender>,
    /// Hosts the peer on a runtime of several threads, as its command line does. Its messages then cross threads: without this they do
    /// not, which is the kinder way.
    #[arg(long)]
    peer_threads: bool,
    /// Says which cases there are, and measures nothing.
    #[arg(long)]
    list: bool,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Who is measured.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Contender {
    Ours,
    Peer,
    Floor,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// The command line asks for what cannot be; `clap` exits with 2 for its own errors as well.
#[derive(Debug)]
struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

fn run(arguments: &Arguments) -> Result<()> {
    if arguments.list {
        for case in &CASES {
            println!("{:18}{}", case.name, case.what);
        }
        return Ok(());
    }
    for name in &arguments.cases {
        if !CASES.iter().any(|case| case.name == name) {
            let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
            bail!(Usage(format!("--case {name}: there is no such case; the cases are {}", names.join(", "))));
        }
    }
    // Opened before minutes of measuring, not after.
    let json = match &arguments.json {
        Some(path) => Some(File::create(path).map_err(|error| {
            let path = path.display();
            Usage(format!("--json {path}: the file cannot be written; name another one: {error}"))
        })?),
        None => None,
    };
    let is_chosen = |name: &str| arguments.cases.is_empty() || arguments.cases.iter().any(|chosen| chosen == name);

    let guests = guests::build()?;
    let contenders = Contenders::new(&guests, arguments.peer_threads, &arguments.only)?;
    let mut rows: Vec<Measured> = Vec::new();
    for case in CASES.iter().filter(|case| is_chosen(case.name)) {
        eprintln!("measuring {} ...", case.name);
        let row = contenders.measure(case, arguments.rounds, arguments.events);
        rows.push(row.with_context(|| format!("case {}", case.name))?);
    }
    print!("{}", report::table(&rows, arguments.rounds));
    if let Some(mut json) = json {
        json.write_all(report::json(&rows).as_bytes()).context("--json: the file cannot be written")?;
    }
    Ok(())
}
