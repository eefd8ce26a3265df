//! Breakpoints and watchpoints: how they are described, and the parts of [`Session`] that set, list
//! and remove them.
//!
//! Invariant: a specification has each kind of option at most once; the last one that was said
//! counts.

use std::mem::discriminant;

use crate::code::{Code, Function};
use crate::contract::common::{Accesses, BreakpointId, Error as HostError, Location, ModuleId, WatchpointId};
use crate::contract::{breakpoints, watchpoints};
use crate::error::Error;
use crate::pages;
use crate::session::Session;
use breakpoints::{Breakpoint, BreakpointOption, BreakpointSpec, RecordCapture};
use watchpoints::{WatchOption, WatchSpec, WatchTarget, Watchpoint};

/// What the host answers for each of several things: an id, or why it was refused.
pub type Answers<T> = Vec<Result<T, Error>>;

impl BreakpointSpec {
    /// A breakpoint that stops the program each time it comes to the location.
    pub fn at(location: Location) -> BreakpointSpec {
        BreakpointSpec { location, options: Vec::new() }
    }

    /// Only where this expression is true; a hit at which it is not counts for nothing else. The
    /// host evaluates it; `wit/conditions.md` describes its language.
    #[must_use]
    pub fn when(self, condition: impl Into<String>) -> BreakpointSpec {
        self.with(BreakpointOption::Condition(condition.into()))
    }

    /// Lets so many hits pass first.
    #[must_use]
    pub fn ignore(self, hits: u32) -> BreakpointSpec {
        self.with(BreakpointOption::Ignore(hits))
    }

    /// After those, only at every n-th hit, beginning with the n-th; at least 1.
    #[must_use]
    pub fn every(self, hits: u32) -> BreakpointSpec {
        self.with(BreakpointOption::Every(hits))
    }

    /// Removes the breakpoint when it is first taken.
    #[must_use]
    pub fn one_shot(self) -> BreakpointSpec {
        self.with(BreakpointOption::OneShot)
    }

    /// Counts in [`Breakpoint::taken`] instead of stopping the program.
    #[must_use]
    pub fn counting(self) -> BreakpointSpec {
        self.with(BreakpointOption::Count)
    }

    /// Makes a record that contains this, instead of stopping the program: a tracepoint. See
    /// [`Session::drain`].
    #[must_use]
    pub fn capturing(self, contents: impl IntoIterator<Item = RecordCapture>) -> BreakpointSpec {
        self.with(BreakpointOption::Capture(contents.into_iter().collect()))
    }

    fn with(mut self, option: BreakpointOption) -> BreakpointSpec {
        self.options.retain(|other| discriminant(other) != discriminant(&option));
        self.options.push(option);
        self
    }
}

impl From<Location> for BreakpointSpec {
    fn from(location: Location) -> Self {
        BreakpointSpec::at(location)
    }
}

impl From<&Function> for BreakpointSpec {
    fn from(function: &Function) -> Self {
        BreakpointSpec::at(function.location())
    }
}

impl WatchSpec {
    /// A watchpoint that stops the program at each access of these kinds.
    pub fn new(target: WatchTarget, kinds: Accesses) -> WatchSpec {
        WatchSpec { target, kinds, options: Vec::new() }
    }

    /// Only at accesses that change a byte of the target.
    #[must_use]
    pub fn on_change(self) -> WatchSpec {
        self.with(WatchOption::OnChange)
    }

    /// Lets so many hits pass first.
    #[must_use]
    pub fn ignore(self, hits: u32) -> WatchSpec {
        self.with(WatchOption::Ignore(hits))
    }

    /// After those, only at every n-th hit, beginning with the n-th; at least 1.
    #[must_use]
    pub fn every(self, hits: u32) -> WatchSpec {
        self.with(WatchOption::Every(hits))
    }

    /// Removes the watchpoint when the program first stops for it.
    #[must_use]
    pub fn one_shot(self) -> WatchSpec {
        self.with(WatchOption::OneShot)
    }

    fn with(mut self, option: WatchOption) -> WatchSpec {
        self.options.retain(|other| discriminant(other) != discriminant(&option));
        self.options.push(option);
        self
    }
}

impl Session {
    /// Sets breakpoints in one call of the host, and answers for each of them. Takes locations or
    /// functions, for breakpoints that always stop the program, or whole specifications.
    ///
    /// # Errors
    /// Of the whole call: `running`, `exited`, `detached`. Of a breakpoint: `no-module`,
    /// `not-an-instruction`, `bad-condition`, `bad-option`, `too-large`.
    pub fn add_breakpoints(
        &self,
        specs: impl IntoIterator<Item = impl Into<BreakpointSpec>>,
    ) -> Result<Answers<BreakpointId>, Error> {
        let specs: Vec<BreakpointSpec> = specs.into_iter().map(Into::into).collect();
        Ok(answers(breakpoints::add(self.debuggee(), &specs)?))
    }

    /// Sets one breakpoint.
    ///
    /// # Errors
    /// As [`add_breakpoints`](Session::add_breakpoints), those of the call and those of the
    /// breakpoint.
    pub fn add_breakpoint(&self, spec: impl Into<BreakpointSpec>) -> Result<BreakpointId, Error> {
        only(self.add_breakpoints([spec])?)
    }

    /// Removes breakpoints in one call of the host, and answers for each of them.
    ///
    /// # Errors
    /// Of the whole call: `running`, `exited`, `detached`. Of a breakpoint: `no-breakpoint`.
    pub fn remove_breakpoints(&self, ids: &[BreakpointId]) -> Result<Answers<()>, Error> {
        Ok(answers(breakpoints::remove(self.debuggee(), ids)?))
    }

    /// Removes one breakpoint.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `no-breakpoint`.
    pub fn remove_breakpoint(&self, id: BreakpointId) -> Result<(), Error> {
        only(self.remove_breakpoints(&[id])?)
    }

    /// All breakpoints with their counters, in the order of their ids; also after the program's
    /// end.
    ///
    /// # Errors
    /// `running`, `detached`.
    pub fn breakpoints(&self) -> Result<Vec<Breakpoint>, Error> {
        pages::whole(|first, limit| breakpoints::list_breakpoints(self.debuggee(), first, limit))
    }

    /// Sets a breakpoint at the first instruction of every function that matches, in one call of
    /// the host.
    ///
    /// # Errors
    /// Of the whole call: `running`, `exited`, `detached`. Functions at which the host refused a
    /// breakpoint are in [`FunctionBreakpoints::refused`].
    pub fn break_at_functions(
        &self,
        code: &Code,
        mut matches: impl FnMut(&Function) -> bool,
    ) -> Result<FunctionBreakpoints, Error> {
        self.break_at(code.functions().filter(|function| matches(function)))
    }

    /// Sets a breakpoint at the first instruction of each of the functions, in one call of the
    /// host.
    ///
    /// # Errors
    /// As [`break_at_functions`](Session::break_at_functions).
    pub fn break_at<'f>(
        &self,
        functions: impl IntoIterator<Item = &'f Function>,
    ) -> Result<FunctionBreakpoints, Error> {
        self.act_at(functions, |spec| spec)
    }

    /// Counts how often each of the functions is entered, without stopping the program. Sets a
    /// counting breakpoint at the first instruction of each, in one call of the host; the counts
    /// are [`Breakpoint::taken`] of [`breakpoints`](Session::breakpoints).
    ///
    /// # Errors
    /// As [`break_at_functions`](Session::break_at_functions).
    pub fn count_at<'f>(
        &self,
        functions: impl IntoIterator<Item = &'f Function>,
    ) -> Result<FunctionBreakpoints, Error> {
        self.act_at(functions, BreakpointSpec::counting)
    }

    fn act_at<'f>(
        &self,
        functions: impl IntoIterator<Item = &'f Function>,
        with: impl Fn(BreakpointSpec) -> BreakpointSpec,
    ) -> Result<FunctionBreakpoints, Error> {
        let functions: Vec<&Function> = functions.into_iter().collect();
        let answers = self.add_breakpoints(functions.iter().map(|function| with((*function).into())))?;
        let mut result = FunctionBreakpoints::default();
        for (function, answer) in functions.into_iter().zip(answers) {
            match answer {
                Ok(id) => result.set.push((id, function.module, function.index)),
                Err(error) => result.refused.push((function.name.clone(), error)),
            }
        }
        Ok(result)
    }

    /// Sets watchpoints in one call of the host, and answers for each of them.
    ///
    /// # Errors
    /// Of the whole call: `running`, `exited`, `detached`, `too-large`. Of a watchpoint:
    /// `in-host-call`, `no-instance`, `no-memory`, `no-global`, `out-of-bounds`, `bad-option`,
    /// `bad-watchpoint`, `too-large`.
    pub fn add_watchpoints(&self, specs: &[WatchSpec]) -> Result<Answers<WatchpointId>, Error> {
        Ok(answers(watchpoints::add(self.debuggee(), specs)?))
    }

    /// Sets one watchpoint.
    ///
    /// # Errors
    /// As [`add_watchpoints`](Session::add_watchpoints), those of the call and those of the
    /// watchpoint.
    pub fn add_watchpoint(&self, spec: WatchSpec) -> Result<WatchpointId, Error> {
        only(self.add_watchpoints(&[spec])?)
    }

    /// Removes watchpoints in one call of the host, and answers for each of them.
    ///
    /// # Errors
    /// Of the whole call: `running`, `exited`, `detached`, `too-large`. Of a watchpoint:
    /// `no-watchpoint`.
    pub fn remove_watchpoints(&self, ids: &[WatchpointId]) -> Result<Answers<()>, Error> {
        Ok(answers(watchpoints::remove(self.debuggee(), ids)?))
    }

    /// Removes one watchpoint.
    ///
    /// # Errors
    /// `running`, `exited`, `detached`, `no-watchpoint`.
    pub fn remove_watchpoint(&self, id: WatchpointId) -> Result<(), Error> {
        only(self.remove_watchpoints(&[id])?)
    }

    /// All watchpoints with their counters, in the order of their ids; also after the program's
    /// end.
    ///
    /// # Errors
    /// `running`, `detached`.
    pub fn watchpoints(&self) -> Result<Vec<Watchpoint>, Error> {
        pages::whole(|first, limit| watchpoints::list_watchpoints(self.debuggee(), first, limit))
    }
}

fn answers<T>(answers: Vec<Result<T, HostError>>) -> Answers<T> {
    answers.into_iter().map(|answer| answer.map_err(Error::from)).collect()
}

/// The answer for a single thing.
fn only<T>(mut answers: Answers<T>) -> Result<T, Error> {
    let none = || Err(Error::Host(HostError::HostFailure("it answered for nothing".to_owned())));
    answers.pop().unwrap_or_else(none)
}

/// The breakpoints that [`Session::break_at_functions`] and its relatives have set.
#[must_use = "the host may have refused some of the breakpoints: look at `refused`"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionBreakpoints {
    /// Each breakpoint with the module and the index of its function.
    pub set: Vec<(BreakpointId, ModuleId, u32)>,
    /// The names of the functions at which the host refused a breakpoint, with its reasons.
    pub refused: Vec<(String, Error)>,
}

impl FunctionBreakpoints {
    /// All of them, unless one was refused: for a debugger that cannot do without.
    ///
    /// # Errors
    /// The reason of the first breakpoint that the host refused.
    pub fn all(self) -> Result<Vec<(BreakpointId, ModuleId, u32)>, Error> {
        match self.refused.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(self.set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_said_once() {
        let spec = BreakpointSpec::at(Location { module: 0, pc: 7 });
        assert!(spec.options.is_empty());
        let spec = spec.when("local[0] > 3").every(5).one_shot().when("local[0] > 4").one_shot();
        assert_eq!(
            spec.options,
            [
                BreakpointOption::Every(5),
                BreakpointOption::Condition("local[0] > 4".to_owned()),
                BreakpointOption::OneShot
            ]
        );
    }

    #[test]
    fn a_refusal_can_be_an_error() {
        let set = vec![(1, 0, 7)];
        let breakpoints = FunctionBreakpoints { set: set.clone(), refused: Vec::new() };
        assert_eq!(breakpoints.all(), Ok(set.clone()));
        let full = Error::Host(HostError::TooLarge(1));
        let breakpoints = FunctionBreakpoints { set, refused: vec![("f".to_owned(), full.clone())] };
        assert_eq!(breakpoints.all(), Err(full));
    }
}
