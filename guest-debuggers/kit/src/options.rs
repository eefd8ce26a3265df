//! Parses the arguments that the user gave to a debugger.
//!
//! Invariant: every error names the wrong argument and lists what is accepted.

use std::fmt::Display;
use std::str::FromStr;

use lexopt::Arg;

/// One argument of a debugger: a flag, or a word that stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A flag with its dashes.
    Flag(String),
    /// A word that is no flag and no flag's value.
    Word(String),
}

/// Parses the arguments of a debugger, one after the other: flags and, for a debugger that takes
/// some, words. A value may follow its flag (`--top 5`) or be joined to it (`--top=5`). Everything
/// after `--` is a word.
///
/// ```
/// # fn main() -> stillpoint_kit::Result {
/// # let arguments = ["--top=5".to_string()];
/// # let mut top = 10;
/// let mut options = stillpoint_kit::OptionParser::new(&arguments, "--top N, --help");
/// while let Some(flag) = options.next_flag()? {
///     match flag.as_str() {
///         "--top" => top = options.value::<usize>("a number")?,
///         _ => return Err(options.unknown().into()),
///     }
/// }
/// # assert_eq!(top, 5);
/// # Ok(())
/// # }
/// ```
///
/// A debugger that takes words as well asks for the [next argument](OptionParser::next_argument) of
/// either kind.
pub struct OptionParser {
    parser: lexopt::Parser,
    accepted: &'static str,
    /// The argument that was read last.
    current: String,
}

impl OptionParser {
    /// A parser before the first argument. `accepted` is the list of flags that error messages
    /// show.
    pub fn new(arguments: &[impl AsRef<str>], accepted: &'static str) -> OptionParser {
        let arguments = arguments.iter().map(|argument| argument.as_ref().to_owned());
        OptionParser { parser: lexopt::Parser::from_args(arguments), accepted, current: String::new() }
    }

    /// The next flag with its dashes; none after the last.
    ///
    /// # Errors
    /// An argument that is not a flag, and a value joined to a flag that takes none.
    pub fn next_flag(&mut self) -> Result<Option<String>, String> {
        match self.next_argument()? {
            None => Ok(None),
            Some(Argument::Flag(flag)) => Ok(Some(flag)),
            Some(Argument::Word(word)) => Err(self.explain(format_args!("unexpected argument {word:?}"))),
        }
    }

    /// The next argument, a flag or a word; none after the last.
    ///
    /// # Errors
    /// A value joined to a flag that takes none.
    pub fn next_argument(&mut self) -> Result<Option<Argument>, String> {
        let argument = match self.parser.next() {
            Err(error) => return Err(self.explain(error)),
            Ok(None) => return Ok(None),
            Ok(Some(Arg::Long(name))) => Argument::Flag(format!("--{name}")),
            Ok(Some(Arg::Short(name))) => Argument::Flag(format!("-{name}")),
            Ok(Some(Arg::Value(word))) => Argument::Word(word.to_string_lossy().into_owned()),
        };
        match &argument {
            Argument::Flag(name) | Argument::Word(name) => self.current.clone_from(name),
        }
        Ok(Some(argument))
    }

    /// The value of the flag that was read last. `what` is the word for a right value in error
    /// messages.
    ///
    /// # Errors
    /// There is no value, or it cannot be parsed as a `T`.
    pub fn value<T: FromStr<Err: Display>>(&mut self, what: &str) -> Result<T, String> {
        let Ok(value) = self.parser.value() else {
            return Err(self.explain(format_args!("{} needs {what} after it", self.current)));
        };
        self.parsed(&self.current, &value.to_string_lossy(), what)
    }

    /// The value that is joined to the flag that was read last; none if it has none. For a flag
    /// such as `--once[=BOOL]`, whose value may be left out.
    ///
    /// # Errors
    /// It cannot be parsed as a `T`.
    pub fn joined_value<T: FromStr<Err: Display>>(&mut self, what: &str) -> Result<Option<T>, String> {
        let Some(value) = self.parser.optional_value() else { return Ok(None) };
        self.parsed(&self.current, &value.to_string_lossy(), what).map(Some)
    }

    /// The error message for the argument that was read last, if the debugger does not know it.
    pub fn unknown(&self) -> String {
        self.explain(match self.current.starts_with('-') {
            true => format!("unknown option {}", self.current),
            false => format!("unexpected argument {:?}", self.current),
        })
    }

    fn parsed<T: FromStr<Err: Display>>(&self, flag: &str, value: &str, what: &str) -> Result<T, String> {
        value.parse().map_err(|error| self.explain(format_args!("{flag}: {value:?} is not {what}: {error}")))
    }

    fn explain(&self, error: impl Display) -> String {
        format!("{error} (accepted are: {})", self.accepted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> OptionParser {
        OptionParser::new(arguments, "--top N, --help")
    }

    #[test]
    fn values_follow_or_are_joined() {
        let mut options = options(&["--top", "5", "--top=-6", "-h"]);
        assert_eq!(options.next_flag(), Ok(Some("--top".to_owned())));
        assert_eq!(options.value::<i32>("a number"), Ok(5));
        assert_eq!(options.next_flag(), Ok(Some("--top".to_owned())));
        assert_eq!(options.value::<i32>("a number"), Ok(-6));
        assert_eq!(options.next_flag(), Ok(Some("-h".to_owned())));
        assert_eq!(options.next_flag(), Ok(None));
    }

    #[test]
    fn words_stand_among_flags() {
        let mut options = options(&["first", "--once", "--top=false", "-", "--", "--once"]);
        let flag = |text: &str| Ok(Some(Argument::Flag(text.to_owned())));
        let word = |text: &str| Ok(Some(Argument::Word(text.to_owned())));
        assert_eq!(options.next_argument(), word("first"));
        assert_eq!(options.unknown(), "unexpected argument \"first\" (accepted are: --top N, --help)");
        assert_eq!(options.next_argument(), flag("--once"));
        assert_eq!(options.joined_value::<bool>("true or false"), Ok(None));
        assert_eq!(options.next_argument(), flag("--top"));
        assert_eq!(options.joined_value::<bool>("true or false"), Ok(Some(false)));
        assert_eq!(options.next_argument(), word("-"));
        assert_eq!(options.next_argument(), word("--once"));
        assert_eq!(options.next_argument(), Ok(None));
    }

    #[test]
    fn errors_name_the_argument_and_what_is_accepted() {
        let mut wrong = options(&["--top", "many"]);
        wrong.next_flag().expect("a flag");
        assert_eq!(
            wrong.value::<u32>("a number"),
            Err("--top: \"many\" is not a number: invalid digit found in string (accepted are: --top N, --help)".into())
        );
        let mut missing = options(&["--top"]);
        missing.next_flag().expect("a flag");
        assert_eq!(
            missing.value::<u32>("a number"),
            Err("--top needs a number after it (accepted are: --top N, --help)".into())
        );
        let mut unknown = options(&["--bottom"]);
        unknown.next_flag().expect("a flag");
        assert_eq!(unknown.unknown(), "unknown option --bottom (accepted are: --top N, --help)");
        assert_eq!(
            options(&["stray"]).next_flag(),
            Err("unexpected argument \"stray\" (accepted are: --top N, --help)".into())
        );
        let mut joined = options(&["--help=3"]);
        joined.next_flag().expect("a flag");
        let error = joined.next_flag().expect_err("a value that nobody asked for");
        assert!(error.contains("--help") && error.contains("accepted are"), "{error}");
    }
}
