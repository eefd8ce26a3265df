//! Measures LLDB's commands: `stillpoint gdb` and the peer (`wasmtime run -g`) under the same
//! scripts of the same LLDB. `cargo bench -p stillpoint-tests --bench lldb` prints the table;
//! `host/benches/README.md` says how to read it.
//!
//! Invariant: the contenders take turns, run the same program with the same arguments, and have to
//! make LLDB print the same.

mod cases;
mod contenders;
mod measure;
mod report;
#[path = "../../../host/benches/shared/mod.rs"]
mod shared;

use anyhow::{Context as _, Result};
use cases::CASES;
use clap::Parser;
use contenders::{Contender, Contenders};
use measure::{Bench, Measured, Programs};
use shared::Choice;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use stillpoint_tests::{c_program, resvg};

/// Times LLDB's commands against Stillpoint and the peer, interleaved; prints a table of medians.
#[derive(Parser)]
#[command(name = "lldb", bin_name = "cargo bench -p stillpoint-tests --bench lldb --")]
struct Arguments {
    #[command(flatten)]
    choice: Choice,
    /// Measures this contender only (repeatable), to profile it.
    #[arg(long = "only", value_name = "CONTENDER", value_enum)]
    only: Vec<Contender>,
}

fn main() -> ExitCode {
    shared::exit_code(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let Some(cases) = arguments.choice.cases(&CASES)? else { return Ok(()) };
    let json = arguments.choice.json()?;

    let bench = Bench {
        lldb: lldb()?,
        contenders: Contenders::new()?,
        programs: Programs { stops: c_program("stops"), resvg: resvg() },
        only: &arguments.only,
    };
    let mut rows: Vec<Measured> = Vec::new();
    for case in cases {
        eprintln!("measuring {} ...", case.name);
        match bench.measure(case, arguments.choice.rounds).with_context(|| format!("case {}", case.name))? {
            Some(row) => rows.push(row),
            None => eprintln!("{}: not measured: its program is missing", case.name),
        }
    }
    print!("{}", report::table(&rows));
    if let Some(mut json) = json {
        json.write_all(report::json(&rows).as_bytes()).context("--json: the file cannot be written")?;
    }
    Ok(())
}

/// The path of LLDB: from `STILLPOINT_TEST_LLDB`, or `lldb-22`.
fn lldb() -> Result<PathBuf> {
    let path = std::env::var_os("STILLPOINT_TEST_LLDB").map_or_else(|| PathBuf::from("lldb-22"), PathBuf::from);
    let output = Command::new(&path).arg("--version").output();
    output.with_context(|| format!("{}: cannot be run; apt-get install lldb-22", path.display()))?;
    Ok(path)
}
