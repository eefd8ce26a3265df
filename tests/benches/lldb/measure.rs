//! Runs LLDB against the contenders in turn, and measures the times.
//!
//! Invariant: a time is that of a whole LLDB process that has printed what the case expects; the
//! time that is subtracted from it was measured in the same round.

use crate::cases::{Cache, Case, ClockStart, Script, Task};
use crate::contenders::{Contender, Contenders};
use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The time that one LLDB process may take.
const LLDB_TIMEOUT: Duration = Duration::from_secs(300);

/// The programs to debug; none for one that is missing.
pub(crate) struct Programs {
    pub(crate) stops: Option<PathBuf>,
    pub(crate) resvg: Option<PathBuf>,
}

/// The result of a case.
pub(crate) struct Measured {
    pub(crate) case: &'static Case,
    /// Milliseconds per event, one figure per round, ascending; none if the contender was not asked
    /// for.
    pub(crate) ours: Option<Vec<f64>>,
    pub(crate) peer: Option<Vec<f64>>,
}

/// LLDB and the contenders that it connects to.
pub(crate) struct Bench<'a> {
    pub(crate) lldb: PathBuf,
    pub(crate) contenders: Contenders,
    pub(crate) programs: Programs,
    /// The contenders to measure; both if empty.
    pub(crate) only: &'a [Contender],
}

impl Bench<'_> {
    /// Measures a case: a round to warm up, then the others; none if its program is missing.
    pub(crate) fn measure(&self, case: &'static Case, rounds: u32) -> Result<Option<Measured>> {
        let program = match case.task {
            Task::Scripts { .. } => &self.programs.stops,
            Task::Attach { .. } => &self.programs.resvg,
        };
        let Some(program) = program else { return Ok(None) };
        let mut times = [Contender::Ours, Contender::Peer]
            .map(|who| (self.only.is_empty() || self.only.contains(&who)).then(Vec::new));
        for round in 0..=rounds.min(case.rounds) {
            for (who, times) in [Contender::Ours, Contender::Peer].into_iter().zip(&mut times) {
                let Some(times) = times else { continue };
                let time = match &case.task {
                    Task::Scripts { arguments, base, whole, n_events, says } => {
                        self.scripts(who, program, arguments, [base, whole], *says)? / f64::from(*n_events)
                    }
                    // A cold start needs no round to warm up.
                    Task::Attach { cache: Cache::Cold, .. } if round == 0 => continue,
                    Task::Attach { from, cache } => self.attach(who, program, *from, *cache)?,
                };
                if round > 0 {
                    times.push(time * 1e3);
                }
            }
        }
        let [ours, peer] = times.map(|times| {
            times.map(|mut times| {
                times.sort_by(f64::total_cmp);
                times
            })
        });
        Ok(Some(Measured { case, ours, peer }))
    }

    /// Runs both scripts of a case; returns how many seconds the second takes longer.
    fn scripts(
        &self,
        who: Contender,
        program: &Path,
        arguments: &[&str],
        [base, whole]: [&Script; 2],
        (text, times): (&str, usize),
    ) -> Result<f64> {
        let cache = self.contenders.kept_cache(who)?;
        let run = |script: &Script| {
            let server = self.contenders.start(who, program, arguments, &cache)?;
            let connect = connect(&server.address);
            let script = std::iter::once(connect.as_str()).chain(script.lines());
            self.lldb(script, server.killer())
        };
        let (base_time, base_said) = run(base)?;
        let (time, said) = run(whole)?;
        let more = said.matches(text).count().checked_sub(base_said.matches(text).count());
        ensure!(more == Some(times), "LLDB was to say {text:?} {times} times more often, not {more:?} times:\n{said}");
        Ok(time.as_secs_f64() - base_time.as_secs_f64())
    }

    /// Connects and quits; returns how many seconds that takes longer than an LLDB that only quits.
    fn attach(&self, who: Contender, program: &Path, from: ClockStart, cache: Cache) -> Result<f64> {
        let (base, _) = self.lldb(["version"].into_iter(), || {})?;
        let empty = tempfile::tempdir().context("a folder for a cache")?;
        let cache = match cache {
            Cache::Cold => empty.path().to_owned(),
            Cache::Warm => self.contenders.kept_cache(who)?,
        };
        let server = self.contenders.start(who, program, &["--version"], &cache)?;
        let (mut time, said) = self.lldb([connect(&server.address).as_str()].into_iter(), server.killer())?;
        ensure!(said.contains("Process 1 stopped"), "LLDB has not connected:\n{said}");
        if from == ClockStart::Start {
            time += server.ready_after;
        }
        Ok(time.as_secs_f64() - base.as_secs_f64())
    }

    /// Runs LLDB on a script; returns how long the process took, and its output. If it takes too
    /// long, `end` is called to end the server that it waits for.
    fn lldb<'s>(
        &self,
        script: impl Iterator<Item = &'s str>,
        end: impl FnOnce() + Send + 'static,
    ) -> Result<(Duration, String)> {
        let mut command = Command::new(&self.lldb);
        command.args(["--batch", "--no-lldbinit", "--no-use-colors"]);
        for line in script {
            command.args(["--one-line", line]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (done, is_done) = mpsc::channel::<()>();
        let watch = thread::spawn(move || {
            let late = is_done.recv_timeout(LLDB_TIMEOUT) == Err(RecvTimeoutError::Timeout);
            if late {
                end();
            }
            late
        });
        let started = Instant::now();
        let output = command.output();
        let time = started.elapsed();
        drop(done);
        let was_late = watch.join().unwrap_or(true);
        let output = output.with_context(|| format!("{}: cannot be started", self.lldb.display()))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(!was_late, "LLDB has not ended within {LLDB_TIMEOUT:?}:\n{said}");
        Ok((time, said))
    }
}

fn connect(address: &str) -> String {
    format!("process connect --plugin wasm connect://{address}")
}
