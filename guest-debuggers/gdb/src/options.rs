//! The arguments of `gdb`.
//!
//! Invariant: an `Options` value is always valid; any other input is an error that names the
//! argument.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use stillpoint_kit::{Argument, OptionParser, Result};

const ACCEPTED: &str = "ADDR, --once[=BOOL], --exceptions WHICH, --launched, --name NAME, --help";

/// Where to listen unless the user gives an address.
const DEFAULT_ADDRESS: &str = "127.0.0.1:1234";

/// Which exceptions stop the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exceptions {
    /// Those that no handler will catch.
    Uncaught,
    /// All.
    All,
    /// None.
    None,
}

impl FromStr for Exceptions {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Exceptions, Self::Err> {
        match text {
            "uncaught" => Ok(Exceptions::Uncaught),
            "all" => Ok(Exceptions::All),
            "none" => Ok(Exceptions::None),
            _ => Err("there are no others"),
        }
    }
}

impl Exceptions {
    /// Whether an exception stops the program. `caught` says whether a handler will catch it.
    pub(crate) fn want(self, caught: bool) -> bool {
        match self {
            Exceptions::Uncaught => !caught,
            Exceptions::All => true,
            Exceptions::None => false,
        }
    }
}

/// The options of `gdb`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) address: SocketAddr,
    pub(crate) once: bool,
    pub(crate) exceptions: Exceptions,
    /// Whether the client has started this process, to connect at once.
    pub(crate) is_launched: bool,
    /// The name for the program's module if it has none of its own.
    pub(crate) name: Option<String>,
}

impl Options {
    /// Parses the arguments; none for `--help`.
    pub(crate) fn parse(arguments: &[impl AsRef<str>]) -> Result<Option<Options>> {
        let mut address = None;
        let mut options = Options {
            address: parse_address(DEFAULT_ADDRESS)?,
            once: true,
            exceptions: Exceptions::Uncaught,
            is_launched: false,
            name: None,
        };
        let mut parser = OptionParser::new(arguments, ACCEPTED);
        while let Some(argument) = parser.next_argument()? {
            match argument {
                Argument::Flag(flag) => match flag.as_str() {
                    "--once" => options.once = parser.joined_value("true or false")?.unwrap_or(true),
                    "--exceptions" => options.exceptions = parser.value("uncaught, all or none")?,
                    "--launched" => options.is_launched = true,
                    "--name" => {
                        let name: String = parser.value("a name")?;
                        if name.is_empty() {
                            return Err("--name: it needs a name".into());
                        }
                        options.name = Some(name);
                    }
                    "--help" | "-h" => return Ok(None),
                    _ => return Err(parser.unknown().into()),
                },
                Argument::Word(word) if address.is_some() => {
                    return Err(format!("{word}: there is an address already").into());
                }
                Argument::Word(word) => address = Some(parse_address(&word)?),
            }
        }
        options.address = address.unwrap_or(options.address);
        Ok(Some(options))
    }
}

/// Parses `IP:PORT`, or `PORT` for one that only this machine reaches.
fn parse_address(text: &str) -> Result<SocketAddr> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric.as_deref().unwrap_or(text).parse().map_err(|_| {
        format!("{text}: not an address to listen on; write IP:PORT, [IPv6]:PORT, or PORT for 127.0.0.1").into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>> {
        Options::parse(&line.split_whitespace().collect::<Vec<_>>())
    }

    fn error(line: &str) -> String {
        parse(line).expect_err(line).to_string()
    }

    #[test]
    fn everything_has_a_default() {
        let options = parse("").expect("it is sound").expect("it is no call for help");
        assert_eq!(options.address.to_string(), DEFAULT_ADDRESS);
        assert!(options.once);
        assert!(!options.is_launched);
        assert_eq!(options.exceptions, Exceptions::Uncaught);
    }

    #[test]
    fn options_in_any_order() {
        let options = parse("--once=false [::1]:0 --exceptions all").expect("it is sound").expect("no call for help");
        assert_eq!(options.address.to_string(), "[::1]:0");
        assert!(!options.once);
        assert_eq!(options.exceptions, Exceptions::All);
        assert_eq!(options.name, None);
        assert_eq!(parse("--name=a.wasm").unwrap().unwrap().name.as_deref(), Some("a.wasm"));
        assert_eq!(parse("--exceptions=none --once 1.2.3.4:5").unwrap().unwrap().exceptions, Exceptions::None);
        assert!(parse("--launched 0").unwrap().unwrap().is_launched);
        assert!(parse("x --help").is_err());
        assert_eq!(parse("--help x").unwrap(), None);
    }

    #[test]
    fn addresses() {
        for (text, address) in [("0", "127.0.0.1:0"), ("localhost:80", "127.0.0.1:80"), ("1.2.3.4:5", "1.2.3.4:5")] {
            assert_eq!(parse_address(text).expect(text).to_string(), address);
        }
    }

    #[test]
    fn errors_name_the_argument() {
        assert_eq!(
            error("nowhere"),
            "nowhere: not an address to listen on; write IP:PORT, [IPv6]:PORT, or PORT for 127.0.0.1"
        );
        assert_eq!(error("--name="), "--name: it needs a name");
        assert_eq!(error("1.2.3.4:5 1.2.3.4:6"), "1.2.3.4:6: there is an address already");
        for (line, wrong) in [
            ("--once=2", "--once: \"2\" is not true or false"),
            ("--exceptions", "--exceptions needs uncaught, all or none"),
            ("--exceptions some", "--exceptions: \"some\" is not uncaught, all or none"),
            ("--name", "--name needs a name"),
            ("--launched=1", "--launched"),
            ("--port 1", "unknown option --port"),
        ] {
            let error = error(line);
            assert!(error.contains(wrong) && error.contains(ACCEPTED), "{error}");
        }
    }
}
