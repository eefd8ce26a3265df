//! The arguments of `state`, and the functions that they name.
//!
//! Invariant: an argument that is not understood is an error that lists what is accepted.

use stillpoint_kit::{Code, Function};

const ACCEPTED: &str = "--at FUNCTION, --json, --help";

/// The options of `state`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The name of the function to stop at; if none, `main`, or else `_start`.
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

    /// The functions to stop at: those of this name, or else those whose path ends in it, such as
    /// `demo::solve` for `solve`.
    pub(crate) fn functions<'c>(&self, code: &'c Code) -> Result<Vec<&'c Function>, String> {
        let named = |name: &str| -> Vec<&Function> {
            let exact: Vec<_> = code.functions().filter(|function| function.name == name).collect();
            if !exact.is_empty() {
                return exact;
            }
            code.functions().filter(|function| is_path_to(&function.name, name)).collect()
        };
        let Some(at) = &self.at else {
            let beginnings = ["main", "_start"].map(named).into_iter().find(|found| !found.is_empty());
            return beginnings
                .ok_or_else(|| "the program has no function called main or _start; say one with --at".to_owned());
        };
        match named(at) {
            found if found.is_empty() => Err(format!("--at: the program has no function called {at:?}")),
            found => Ok(found),
        }
    }
}

/// Whether `name` is the last part of a path.
fn is_path_to(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|before| before.ends_with("::") || before.ends_with('#'))
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

    #[test]
    fn paths() {
        assert!(is_path_to("demo::solve", "solve"));
        assert!(is_path_to("wasi:cli/run@0.2.0#run", "run"));
        assert!(!is_path_to("resolve", "solve"));
        assert!(!is_path_to("demo::solve", "demo"));
    }
}
