//! The arguments of `count`.
//!
//! Invariant: an argument that is not understood is an error that lists what is accepted.

use regex_lite::Regex;
use stillpoint_kit::Function;

const ACCEPTED: &str = "--top N, --only REGEX, --help";

/// The options of `count`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// How many functions to show; all if none.
    pub(crate) top: Option<usize>,
    only: Option<Regex>,
}

impl Options {
    /// Parses the arguments; none if the user asks for help.
    pub(crate) fn parse(arguments: &[impl AsRef<str>]) -> Result<Option<Options>, String> {
        let mut options = Options::default();
        let mut parser = stillpoint_kit::OptionParser::new(arguments, ACCEPTED);
        while let Some(flag) = parser.next_flag()? {
            match flag.as_str() {
                "--top" => options.top = Some(parser.value("a number")?),
                "--only" => options.only = Some(parser.value("a regular expression")?),
                "--help" | "-h" => return Ok(None),
                _ => return Err(parser.unknown()),
            }
        }
        Ok(Some(options))
    }

    /// Whether a function is to be counted.
    pub(crate) fn wants(&self, function: &Function) -> bool {
        self.only.as_ref().is_none_or(|only| function.is_called(|name| only.is_match(name)))
    }

    /// The expression that names have to match; none if all functions are counted.
    pub(crate) fn only(&self) -> Option<&str> {
        self.only.as_ref().map(Regex::as_str)
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
        let options = parse("--top 3 --only=^a").expect("accepted").expect("not help");
        assert_eq!(options.top, Some(3));
        assert_eq!(options.only.map(|only| only.as_str().to_owned()), Some("^a".to_owned()));
        assert!(parse("--help").expect("accepted").is_none());
    }

    #[test]
    fn what_is_refused() {
        for (line, wrong) in [
            ("--tops", "--tops"),
            ("--top x", "--top: \"x\" is not a number"),
            ("--only", "--only needs a regular expression"),
            ("--only (", "--only: \"(\" is not a regular expression"),
            ("5", "\"5\""),
        ] {
            let error = parse(line).expect_err("refused");
            assert!(error.contains(wrong) && error.contains(ACCEPTED), "{error}");
        }
    }
}
