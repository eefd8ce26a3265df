//! Runs the contenders of a case in turn and takes the times.
//!
//! Invariant: the contenders are interleaved (A B C A B C …), so that a slow minute of the machine
//! slows down all of them. The order of every run says what the bare handler saw in the same
//! program with the same arguments.

use crate::Contender;
use crate::cases::{Case, Does, Look, Per, Source};
use crate::floor::Floor;
use crate::guests::Guests;
use crate::ours::Ours;
use crate::peer::Peer;
use crate::program::{Program, Seen, cache, config};
use anyhow::{Context as _, Result, ensure};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use wasmtime::Engine;

/// All contenders, ready to run.
pub(crate) struct Contenders<'a> {
    guests: &'a Guests,
    engine: Engine,
    ours: Ours,
    peer: Peer,
    floor: Floor,
    /// The contenders to measure; all of them if empty.
    only: &'a [Contender],
    /// The program that was built last. Cases that share a program are next to each other in the
    /// table.
    program: RefCell<Option<(Source, Rc<Program>)>>,
}

/// The figures of a case.
pub(crate) struct Measured {
    pub(crate) case: &'static Case,
    pub(crate) ours: Figure,
    pub(crate) peer: Figure,
    pub(crate) floor: Figure,
}

/// Nanoseconds per event, one figure for each round, ascending. The error says what is missing.
pub(crate) type Figure = Result<Vec<f64>, &'static str>;

/// A contender and what it does.
#[derive(Clone, Copy)]
enum Who {
    Ours(&'static str),
    Peer(&'static str),
    Floor(Look),
}

/// The runs of one contender in a case.
struct Plan {
    who: Who,
    n_events: u32,
    runs: Vec<Run>,
}

/// One run of a program.
struct Run {
    /// The program's argument.
    argument: u32,
    /// The case's detail, or the number of reads or pairs.
    count: u32,
    /// The component's arguments.
    args: Vec<String>,
}

impl<'a> Contenders<'a> {
    pub(crate) fn new(guests: &'a Guests, peer_threads: bool, only: &'a [Contender]) -> Result<Contenders<'a>> {
        Ok(Contenders {
            guests,
            engine: Engine::new(config().cache(Some(cache(&guests.target)?)))?,
            ours: Ours::new(guests)?,
            peer: Peer::new(guests, peer_threads)?,
            floor: Floor::new()?,
            only,
            program: RefCell::new(None),
        })
    }

    /// Measures a case: one round to warm up, and then `rounds` rounds.
    pub(crate) fn measure(&self, case: &'static Case, rounds: u32, events: Option<u32>) -> Result<Measured> {
        let program = match self.program(case.source)? {
            Ok(program) => program,
            Err(missing) => {
                return Ok(Measured { case, ours: Err(missing), peer: Err(missing), floor: Err(missing) });
            }
        };
        let Does(ours, n_ours) = case.ours;
        let (look, n_floor) = case.floor;
        let sides = [
            (Contender::Ours, Some((Who::Ours(ours), n_ours))),
            (Contender::Peer, case.peer.map(|Does(peer, n_peer)| (Who::Peer(peer), n_peer))),
            (Contender::Floor, n_floor.map(|n_floor| (Who::Floor(look), n_floor))),
        ];
        let mut contenders = Vec::new();
        for (contender, side) in sides {
            let is_in = self.only.is_empty() || self.only.contains(&contender);
            contenders.push(match side {
                Some((who, n_events)) if is_in => {
                    Ok((self.plan(case, &program, who, events.unwrap_or(n_events))?, Vec::new()))
                }
                Some(_) => Err("to be asked for (--only)"),
                None => Err("what it does not have"),
            });
        }
        for round in 0..=rounds {
            for (plan, times) in contenders.iter_mut().flatten() {
                let time = self.time(case, &program, plan)?;
                if round > 0 {
                    times.push(time.as_secs_f64() * 1e9 / f64::from(plan.n_events));
                }
            }
        }
        let mut figures = contenders.into_iter().map(|contender| {
            let (_, mut times) = contender?;
            times.sort_by(f64::total_cmp);
            Ok(times)
        });
        let mut next = || figures.next().context("three contenders");
        Ok(Measured { case, ours: next()?, peer: next()?, floor: next()? })
    }

    fn program(&self, source: Source) -> Result<Result<Rc<Program>, &'static str>> {
        if let Some((built, program)) = &*self.program.borrow()
            && *built == source
        {
            return Ok(Ok(Rc::clone(program)));
        }
        Ok(Program::of(source, &self.engine)?.map(|program| {
            let program = Rc::new(program);
            *self.program.borrow_mut() = Some((source, Rc::clone(&program)));
            program
        }))
    }

    /// Plans the runs in which a contender has its number of events. The bare handler runs each
    /// first, to say what has to be seen.
    fn plan(&self, case: &Case, program: &Program, who: Who, n_events: u32) -> Result<Plan> {
        let sizes = match case.per {
            Per::Stop { in_a_turn } => vec![(n_events.div_ceil(in_a_turn), case.detail)],
            Per::Look => vec![(0, n_events)],
            Per::Once | Per::Start => vec![(0, case.detail)],
            Per::Pair => vec![(0, n_events), (0, 2 * n_events)],
        };
        let mut plan = Plan { who, n_events, runs: Vec::new() };
        for (argument, count) in sizes {
            let mut seen = Seen::default();
            if case.per != Per::Start {
                let run = self.floor.run(program, case.floor.0, argument, count)?;
                seen = run.seen;
                if let Per::Stop { in_a_turn } = case.per {
                    plan.n_events = u32::try_from(run.marks.between()?.1)?;
                    ensure!(plan.n_events >= argument * in_a_turn, "the program has fewer stops than its loop has");
                }
            }
            let order = match who {
                Who::Ours(order) | Who::Peer(order) => order,
                Who::Floor(_) => "",
            };
            let mut args = vec![order.to_owned(), seen.stops.to_string(), seen.sum.to_string(), count.to_string()];
            args.extend(program.pcs.iter().map(ToString::to_string));
            plan.runs.push(Run { argument, count, args });
        }
        if matches!(case.per, Per::Once | Per::Start) {
            plan.n_events = 1;
        }
        Ok(plan)
    }

    /// Makes one measurement: the time of all events of the plan.
    fn time(&self, case: &Case, program: &Program, plan: &Plan) -> Result<Duration> {
        if case.per == Per::Start {
            return self.time_start(&plan.runs[0].args, plan.who);
        }
        let whole = case.per == Per::Pair;
        let mut times = Vec::new();
        for run in &plan.runs {
            times.push(match plan.who {
                Who::Ours(_) => self.ours.run(program, run.argument, &run.args, whole).context("Stillpoint")?,
                Who::Peer(_) => self.peer.run(program, run.argument, &run.args, whole).context("the peer")?,
                Who::Floor(look) => {
                    let run = self.floor.run(program, look, run.argument, run.count)?;
                    if whole { run.whole } else { run.marks.between()?.0 }
                }
            });
        }
        match times[..] {
            [time] => Ok(time),
            [n, twice] => Ok(twice.saturating_sub(n)),
            _ => unreachable!("a plan has one run or two"),
        }
    }

    fn time_start(&self, args: &[String], who: Who) -> Result<Duration> {
        let started = Instant::now();
        let engine = Engine::new(config().cache(Some(cache(&self.guests.target)?)))?;
        let program = Program::to_load(&engine)?;
        let arrived = match who {
            Who::Ours(_) => self.ours.start(self.guests, &program, args).context("Stillpoint")?,
            Who::Peer(_) => self.peer.start(self.guests, &program, args).context("the peer")?,
            Who::Floor(_) => {
                let _registered = program.store()?;
                Instant::now()
            }
        };
        Ok(arrived - started)
    }
}
