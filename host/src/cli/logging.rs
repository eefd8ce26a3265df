//! Logging to standard error, as the variable `STILLPOINT_LOG` asks for. Without it nothing is
//! logged.
//!
//! Invariant: a wrong value brings a warning and nothing else; logging never keeps a program from
//! running.

use super::output;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

const VARIABLE: &str = "STILLPOINT_LOG";

/// Starts logging, if the environment asks for it.
pub(crate) fn start() {
    let Some(value) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) else { return };
    let value = value.to_string_lossy();
    match filter(&value) {
        Ok(filter) => {
            let started = tracing_subscriber::fmt()
                .with_env_filter(filter)
                .with_writer(std::io::stderr)
                .with_ansi(std::io::stderr().is_terminal())
                .try_init();
            if let Err(error) = started {
                output::warn(&format!("warning: {VARIABLE}: logging cannot be started: {error}"));
            }
        }
        Err(error) => output::warn(&format!(
            "warning: {VARIABLE}={value}: {error}; use error, warn, info, debug, trace, or TARGET=LEVEL"
        )),
    }
}

/// Reads the variable's value. A level alone is that of this project's messages; for the engine's,
/// their target has to be named.
fn filter(value: &str) -> Result<EnvFilter, String> {
    let directives = match value.parse::<LevelFilter>() {
        Ok(level) => format!("stillpoint={level}"),
        // A name without a level would log all of that target. It is more likely a misspelt level.
        Err(_) if !value.contains('=') => return Err("this is no level".to_owned()),
        Err(_) => value.to_owned(),
    };
    EnvFilter::builder().parse(directives).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        assert_eq!(filter("debug").unwrap().to_string(), "stillpoint=debug");
        assert_eq!(filter("wasmtime=trace").unwrap().to_string(), "wasmtime=trace");
        assert!(filter("a=b=c").is_err());
        assert_eq!(filter("bogus").unwrap_err(), "this is no level");
    }
}
