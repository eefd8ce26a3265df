//! The arguments of `trace`.
//!
//! Invariant: what is not understood is an error that says what is.

use std::num::NonZeroU64;

use regex_lite::Regex;

const ACCEPTED: &str = "--calls, --instructions, --only REGEX, --limit N, --help";

/// What makes a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Calls,
    Instructions,
}

/// What to trace.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    /// After how many lines to stop; never if none.
    pub(crate) limit: Option<NonZeroU64>,
    /// Which functions; all if none.
    pub(crate) only: Option<Regex>,
}

impl Options {
    /// Reads the arguments; none if help was asked for.
    pub(crate) fn parse(arguments: &[String]) -> Result<Option<Options>, String> {
        let mut result = Options::default();
        let mut options = stillpoint_kit::Options::new(arguments, ACCEPTED);
        while let Some(flag) = options.next_flag()? {
            match flag.as_str() {
                "--calls" => result.mode = Mode::Calls,
                "--instructions" => result.mode = Mode::Instructions,
                "--only" => result.only = Some(options.value("a regular expression")?),
                "--limit" => result.limit = Some(options.value("a number above 0")?),
                "--help" | "-h" => return Ok(None),
                _ => return Err(options.unknown()),
            }
        }
        Ok(Some(result))
    }

    /// Whether a function of this name is to be traced.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(name))
    }

    /// The error for a `--only` that leaves nothing to trace.
    pub(crate) fn nothing_matches(&self) -> String {
        let only = self.only.as_ref().map_or("", Regex::as_str);
        format!("--only: no function of the program has a name that matches {only:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Option<Options>, String> {
        Options::parse(&arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_accepted() {
        let options = parse(&[]).expect("accepted").expect("not help");
        assert_eq!((options.mode, options.limit), (Mode::Calls, None));
        assert!(options.wants("anything"));
        let options =
            parse(&["--instructions", "--only", "^demo::", "--limit=7"]).expect("accepted").expect("not help");
        assert_eq!((options.mode, options.limit), (Mode::Instructions, NonZeroU64::new(7)));
        assert!(options.wants("demo::fib") && !options.wants("core::fmt"));
        assert!(parse(&["-h"]).expect("accepted").is_none());
    }

    #[test]
    fn what_is_refused() {
        for (arguments, wrong) in [
            (&["--call"][..], "--call"),
            (&["--limit", "0"], "--limit: \"0\" is not a number above 0"),
            (&["--limit"], "--limit needs a number"),
            (&["--only", "["], "--only: \"[\" is not a regular expression"),
            (&["demo"], "\"demo\""),
        ] {
            let error = parse(arguments).expect_err("refused");
            assert!(error.contains(wrong) && error.contains(ACCEPTED), "{error}");
        }
    }
}
