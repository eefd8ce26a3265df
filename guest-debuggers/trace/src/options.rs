//! The arguments of `trace`.
//!
//! Invariant: an argument that is not understood is an error that lists what is accepted.

use std::num::NonZeroU64;

use regex_lite::Regex;
use stillpoint_kit::Function;

const ACCEPTED: &str = "--calls, --instructions, --only REGEX, --limit N, --help";

/// The unit of the trace: a line stands for a call or for an instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Calls,
    Instructions,
}

/// The options of `trace`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    /// After how many lines to stop tracing; never if none.
    pub(crate) limit: Option<NonZeroU64>,
    /// The functions to trace; all if none.
    pub(crate) only: Option<Regex>,
}

impl Options {
    /// Parses the arguments; none if the user asks for help.
    pub(crate) fn parse(arguments: &[impl AsRef<str>]) -> Result<Option<Options>, String> {
        let mut options = Options::default();
        let mut parser = stillpoint_kit::OptionParser::new(arguments, ACCEPTED);
        while let Some(flag) = parser.next_flag()? {
            match flag.as_str() {
                "--calls" => options.mode = Mode::Calls,
                "--instructions" => options.mode = Mode::Instructions,
                "--only" => options.only = Some(parser.value("a regular expression")?),
                "--limit" => options.limit = Some(parser.value("a number above 0")?),
                "--help" | "-h" => return Ok(None),
                _ => return Err(parser.unknown()),
            }
        }
        Ok(Some(options))
    }

    /// Whether a function is to be traced.
    pub(crate) fn wants(&self, function: &Function) -> bool {
        self.only.as_ref().is_none_or(|only| function.is_called(|name| only.is_match(name)))
    }

    /// Whether calls of an imported function of this name are to be traced.
    pub(crate) fn wants_import(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(name))
    }

    /// The error when no function is to be traced; none without `--only`, because a program may
    /// have no functions of its own.
    pub(crate) fn nothing_matches(&self) -> Option<String> {
        let only = self.only.as_ref()?;
        Some(format!("--only: no function of the program has a name that matches {:?}", only.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>, String> {
        Options::parse(&line.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn what_is_accepted() {
        let options = parse("").expect("accepted").expect("not help");
        assert_eq!((options.mode, options.limit), (Mode::Calls, None));
        assert!(options.wants_import("anything") && options.nothing_matches().is_none());
        let options = parse("--instructions --only ^demo:: --limit=7").expect("accepted").expect("not help");
        assert_eq!((options.mode, options.limit), (Mode::Instructions, NonZeroU64::new(7)));
        assert!(options.wants_import("demo::fib") && !options.wants_import("core::fmt"));
        assert!(options.nothing_matches().is_some());
        assert!(parse("-h").expect("accepted").is_none());
    }

    #[test]
    fn what_is_refused() {
        for (line, wrong) in [
            ("--call", "--call"),
            ("--limit 0", "--limit: \"0\" is not a number above 0"),
            ("--limit", "--limit needs a number"),
            ("--only [", "--only: \"[\" is not a regular expression"),
            ("demo", "\"demo\""),
        ] {
            let error = parse(line).expect_err("refused");
            assert!(error.contains(wrong) && error.contains(ACCEPTED), "{error}");
        }
    }
}
