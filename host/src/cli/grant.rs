//! The values of `--allow`: what a debugger is given.
//!
//! Invariant: a grant is parsed here and nowhere else; afterwards nothing reads its text again.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use stillpoint::plugin::Right;
use stillpoint::program::{DirectoryGrant, EnvironmentVariable};

/// Something that a debugger is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// `listen=ADDR`: it may listen for connections on this address.
    Listen(SocketAddr),
    /// `dir=HOST::GUEST`: it may use this directory.
    Directory(DirectoryGrant),
    /// `env=NAME`: it sees this variable of the environment.
    Environment(EnvironmentVariable),
    /// The name of a right over the program.
    Right(Right),
}

impl FromStr for Grant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let forms =
            "the forms are listen=ADDR, dir=HOST::GUEST, env=NAME and a right: control, inspect, modify or messages";
        if let Ok(right) = text.parse() {
            return Ok(Self::Right(right));
        }
        let (kind, value) = text.split_once('=').ok_or_else(|| forms.to_owned())?;
        match kind {
            "listen" => parse_address(value).map(Self::Listen),
            "dir" => value.parse().map(Self::Directory),
            "env" => value.parse().map(Self::Environment),
            _ => Err(format!("`{kind}` is nothing that can be granted; {forms}")),
        }
    }
}

/// Parses `IP:PORT`, `localhost:PORT`, or `PORT` of 127.0.0.1.
pub(crate) fn parse_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| format!("`{text}` is no address; write IP:PORT, [IPv6]:PORT, or PORT for 127.0.0.1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&match Grant::from_str(text) {
            Ok(grant) => format!("{grant:?}"),
            Err(message) => format!("error: {message}"),
        });
    }

    #[test]
    fn grants() {
        check("listen=127.0.0.1:80", expect!["Listen(127.0.0.1:80)"]);
        check("listen=4000", expect!["Listen(127.0.0.1:4000)"]);
        check("listen=localhost:4000", expect!["Listen(127.0.0.1:4000)"]);
        check("listen=[::1]:9", expect!["Listen([::1]:9)"]);
        check("dir=/tmp::/x", expect![[r#"Directory(DirectoryGrant { host: "/tmp", guest: "/x" })"#]]);
        check("env=HOME", expect![[r#"Environment(EnvironmentVariable { name: "HOME", value: None })"#]]);
        check("env=A=b", expect![[r#"Environment(EnvironmentVariable { name: "A", value: Some("b") })"#]]);
    }

    #[test]
    fn refusals() {
        check(
            "",
            expect![
                "error: the forms are listen=ADDR, dir=HOST::GUEST, env=NAME and a right: control, inspect, modify or messages"
            ],
        );
        check(
            "listen",
            expect![
                "error: the forms are listen=ADDR, dir=HOST::GUEST, env=NAME and a right: control, inspect, modify or messages"
            ],
        );
        check(
            "net=all",
            expect![
                "error: `net` is nothing that can be granted; the forms are listen=ADDR, dir=HOST::GUEST, env=NAME and a right: control, inspect, modify or messages"
            ],
        );
        check(
            "listen=example.org:80",
            expect!["error: `example.org:80` is no address; write IP:PORT, [IPv6]:PORT, or PORT for 127.0.0.1"],
        );
        check(
            "listen=70000",
            expect!["error: `70000` is no address; write IP:PORT, [IPv6]:PORT, or PORT for 127.0.0.1"],
        );
        check("dir=::", expect!["error: the form is HOST or HOST::GUEST, neither of them empty"]);
        check("env=", expect!["error: the form is NAME or NAME=VALUE, and the name is empty"]);
    }
}
