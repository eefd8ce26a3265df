//! The parts of a command line and of a report that all benchmarks share. Each of them includes
//! this file.
//!
//! Invariant: a case that does not exist and a file that cannot be written are reported before
//! anything is measured.

use anyhow::{Result, bail};
use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

/// The arguments that choose what is measured, how often, and where the figures are written.
#[derive(clap::Args)]
pub(crate) struct Choice {
    /// Measures this case only (repeatable); without it, all of them.
    #[arg(long = "case", value_name = "NAME")]
    cases: Vec<String>,
    /// Writes one line of JSON for each case to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How many rounds are measured; one more comes before them to warm up.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Says which cases there are, and measures nothing.
    #[arg(long)]
    list: bool,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A row of a benchmark's table of cases.
pub(crate) trait Named {
    fn name(&self) -> &'static str;
    /// Describes one event.
    fn what(&self) -> &'static str;
}

impl Choice {
    /// The cases to measure, in the table's order. None if they were only to be listed; they are
    /// printed then.
    pub(crate) fn cases<'c, C: Named>(&self, all: &'c [C]) -> Result<Option<Vec<&'c C>>> {
        if self.list {
            for case in all {
                println!("{:18}{}", case.name(), case.what());
            }
            return Ok(None);
        }
        for name in &self.cases {
            if !all.iter().any(|case| case.name() == name) {
                let names: Vec<&str> = all.iter().map(Named::name).collect();
                bail!(Usage(format!("--case {name}: there is no such case; the cases are {}", names.join(", "))));
            }
        }
        let is_chosen = |case: &&C| self.cases.is_empty() || self.cases.iter().any(|chosen| chosen == case.name());
        Ok(Some(all.iter().filter(is_chosen).collect()))
    }

    /// Opens the file for the lines of JSON. To be called before minutes are spent on measuring,
    /// not after.
    pub(crate) fn json(&self) -> Result<Option<File>> {
        let Some(path) = &self.json else { return Ok(None) };
        let file = File::create(path).map_err(|error| {
            let path = path.display();
            Usage(format!("--json {path}: the file cannot be written; name another one: {error}"))
        })?;
        Ok(Some(file))
    }
}

/// Prints a benchmark's error, if there is one, and chooses the exit code.
pub(crate) fn exit_code(outcome: Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// An error in the command line. The exit code is 2, as `clap`'s is for the errors that it finds.
#[derive(Debug)]
struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The median of times that are in ascending order.
pub(crate) fn median(times: &[f64]) -> Option<f64> {
    let middle = times.get(times.len() / 2)?;
    let below = times.get(times.len().saturating_sub(1) / 2)?;
    Some((middle + below) / 2.0)
}

/// A number in JSON; `null` if there is none.
pub(crate) fn number_or_null(value: Option<f64>, places: usize) -> String {
    value.map_or("null".to_owned(), |value| format!("{value:.places$}"))
}
