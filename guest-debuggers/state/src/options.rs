//! The arguments of `state`.
//!
//! Invariant: an argument that is not understood is an error that lists what is accepted.

const ACCEPTED: &str = "--at FUNCTION, --json, --help";

/// The options of `state`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The name of the function to stop at; none for the beginning of the program.
    pub(crate) at: Option<String>,
    pub(crate) json: bool,
}

impl Options {
    /// Parses the arguments; none if the user asks for help.
    pub(crate) fn parse(arguments: &[impl AsRef<str>]) -> Result<Option<Options>, String> {
        let mut options = Options::default();
        let mut parser = stillpoint_kit::OptionParser::new(arguments, ACCEPTED);
        while let Some(flag) = parser.next_flag()? {
            match flag.as_str() {
                "--at" => options.at = Some(parser.value("the name of a function")?),
                "--json" => options.json = true,
                "--help" | "-h" => return Ok(None),
                _ => return Err(parser.unknown()),
            }
        }
        Ok(Some(options))
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
        let options = parse("--at f --json").expect("accepted").expect("not help");
        assert_eq!((options.at.as_deref(), options.json), (Some("f"), true));
        let options = parse("").expect("accepted").expect("not help");
        assert_eq!((options.at, options.json), (None, false));
        assert!(parse("--help").expect("accepted").is_none());
    }

    #[test]
    fn what_is_refused() {
        for (line, wrong) in [("--att", "--att"), ("--at", "--at needs"), ("5", "\"5\"")] {
            let error = parse(line).expect_err("refused");
            assert!(error.contains(wrong) && error.contains(ACCEPTED), "{error}");
        }
    }
}
