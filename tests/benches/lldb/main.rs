//! What LLDB's commands cost: `stillpoint gdb` and the peer (`wasmtime run -g`) under the same scripts of the same LLDB.
//! `cargo bench -p stillpoint-tests --bench lldb` prints the table; `host/benches/README.md` says how to read it.
//!
//! Invariant: the contenders take turns, run the same program with the same arguments, and LLDB must have said the same.

mod cases;
mod contenders;
mod measure;
mod report;

use anyhow::{Context as _, Result, bail};
use cases::CASES;
use clap::Parser;
use contenders::{Contender, Contenders};
use measure::{Bench, Measured, Programs};
use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use stillpoint_tests::{c_program, resvg};

/// Times LLDB's commands against Stillpoint and the peer, interleaved; prints a table of medians.
#[derive(Parser)]
#[command(name = "lldb", bin_name = "cargo bench -p stillpoint-tests --bench lldb --")]
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
    /// Measures this contender only (repeatable), to profile it.
    #[arg(long = "only", value_name = "CONTENDER", value_enum)]
    only: Vec<Contender>,
    /// Says which cases there are, and measures nothing.
    #[arg(long)]
    list: bool,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
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

    let bench = Bench {
        lldb: lldb()?,
        contenders: Contenders::new()?,
        programs: Programs { stops: c_program("stops"), resvg: resvg() },
        only: &arguments.only,
    };
    let mut rows: Vec<Measured> = Vec::new();
    for case in CASES.iter().filter(|case| is_chosen(case.name)) {
        eprintln!("measuring {} ...", case.name);
        match bench.measure(case, arguments.rounds).with_context(|| format!("case {}", case.name))? {
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

/// LLDB: `lldb-22`, or what `STILLPOINT_TEST_LLDB` names.
fn lldb() -> Result<PathBuf> {
    let path = std::env::var_os("STILLPOINT_TEST_LLDB").map_or_else(|| PathBuf::from("lldb-22"), PathBuf::from);
    let output = Command::new(&path).arg("--version").output();
    output.with_context(|| format!("{}: cannot be run; apt-get install lldb-22", path.display()))?;
    Ok(path)
}
