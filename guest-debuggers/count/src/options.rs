//! The arguments of `count`.
//!
//! Invariant: what is not understood is an error that says what is.

use regex_lite::Regex;
use stillpoint_kit::Function;

const ACCEPTED: &str = "--top N, --only REGEX, --help";

/// What to count and what to show.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// How many functions to show; all if none.
    pub(crate) top: Option<usize>,
    only: Option<Regex>,
}

impl Options {
    /// Reads the arguments; none if help was asked for.
    pub(crate) fn parse(arguments: &[String]) -> Result<Option<Options>, String> {
        let mut result = Options::default();
        let mut options = stillpoint_kit::Options::new(arguments, ACCEPTED);
        while let Some(flag) = options.next_flag()? {
            match flag.as_str() {
                "--top" => result.top = Some(options.value("a number")?),
                "--only" => result.only = Some(options.value("a regular expression")?),
                "--help" | "-h" => return Ok(None),
                _ => return Err(options.unknown()),
            }
        }
        Ok(Some(result))
    }

    /// Whether a function is to be counted.
    pub(crate) fn wants(&self, function: &Function) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(&function.name))
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
        let options = parse(&["--top", "3", "--only=^a"]).expect("accepted").expect("not help");
        assert_eq!(options.top, Some(3));
        assert_eq!(options.only.map(|only| only.as_str().to_owned()), Some("^a".to_owned()));
        assert!(parse(&["--help"]).expect("accepted").is_none());
    }

    #[test]
    fn what_is_refused() {
        for (arguments, wrong) in [
            (&["--tops"][..], "--tops"),
            (&["--top", "x"], "--top: \"x\" is not a number"),
            (&["--only"], "--only needs a regular expression"),
            (&["--only", "("], "--only: \"(\" is not a regular expression"),
            (&["5"], "\"5\""),
        ] {
            let error = parse(arguments).expect_err("refused");
            assert!(error.contains(wrong) && error.contains(ACCEPTED), "{error}");
        }
    }
}
