//! The data of a program's store, and the WASI that a program sees.
//!
//! Invariant: a program gets its arguments, the variables and directories that were named, and the
//! standard streams; no network.

use super::ProgramError;
use std::path::PathBuf;
use std::str::FromStr;
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder, WasiCtxView, WasiView};

/// The data of a program's store.
pub struct ProgramData {
    wasi: WasiP1Ctx,
}

impl std::fmt::Debug for ProgramData {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ProgramData").finish_non_exhaustive()
    }
}

impl ProgramData {
    /// Makes it with a WASI context of the caller's own, for example one with streams into buffers.
    #[must_use]
    pub fn with_wasi(wasi: WasiP1Ctx) -> Self {
        Self { wasi }
    }

    pub(super) fn wasi_mut(&mut self) -> &mut WasiP1Ctx {
        &mut self.wasi
    }
}

impl WasiView for ProgramData {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.ctx()
    }
}

/// A directory of the host that a program or a debugger may use: `HOST[::GUEST]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryGrant {
    /// The path on the host.
    pub host: PathBuf,
    /// The path that the program sees.
    pub guest: String,
}

impl FromStr for DirectoryGrant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, guest) = text.split_once("::").unwrap_or((text, text));
        if host.is_empty() || guest.is_empty() {
            return Err("the form is HOST or HOST::GUEST, neither of them empty".to_owned());
        }
        Ok(Self { host: PathBuf::from(host), guest: guest.to_owned() })
    }
}

/// An environment variable of a program or a debugger: `NAME=VALUE`, or `NAME` for the value of
/// this process's variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentVariable {
    /// The variable's name.
    pub name: String,
    /// The variable's value. With none, it has the value that it has in this process, and is not
    /// set if it is not set here.
    pub value: Option<String>,
}

impl FromStr for EnvironmentVariable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err("the form is NAME or NAME=VALUE, and the name is empty".to_owned());
        }
        Ok(Self { name: name.to_owned(), value })
    }
}

/// The parts of the system that a program gets, in addition to the standard streams.
#[derive(Clone, Debug, Default)]
pub struct Wasi {
    /// The first of the program's arguments: the name under which it is run.
    pub argv0: String,
    /// The other arguments.
    pub arguments: Vec<String>,
    /// The environment. A later variable replaces an earlier one of the same name.
    pub environment: Vec<EnvironmentVariable>,
    /// The directories.
    pub directories: Vec<DirectoryGrant>,
}

impl Wasi {
    /// The data of a store for a program that uses the standard streams of this process.
    ///
    /// # Errors
    /// `Directory` and `Environment` of [`ProgramError`].
    pub fn data(&self) -> Result<ProgramData, ProgramError> {
        let mut builder = WasiCtxBuilder::new();
        builder.inherit_stdio();
        self.apply(&mut builder)?;
        Ok(ProgramData::with_wasi(builder.build_p1()))
    }

    /// Sets everything but the standard streams in a builder.
    ///
    /// # Errors
    /// As [`Wasi::data`].
    pub fn apply(&self, builder: &mut WasiCtxBuilder) -> Result<(), ProgramError> {
        builder.arg(&self.argv0).args(&self.arguments);
        for (name, value) in self.variables()? {
            builder.env(name, value);
        }
        for directory in &self.directories {
            builder.preopened_dir(&directory.host, &directory.guest, FsPerms::ReadWrite).map_err(|error| {
                ProgramError::Directory { host: directory.host.display().to_string(), message: format!("{error:#}") }
            })?;
        }
        Ok(())
    }

    fn variables(&self) -> Result<Vec<(&str, String)>, ProgramError> {
        let mut variables: Vec<(&str, String)> = Vec::new();
        for variable in &self.environment {
            let value = match &variable.value {
                Some(value) => value.clone(),
                None => match std::env::var_os(&variable.name) {
                    None => continue,
                    Some(value) => {
                        value.into_string().map_err(|_| ProgramError::Environment { name: variable.name.clone() })?
                    }
                },
            };
            variables.retain(|(name, _)| *name != variable.name);
            variables.push((&variable.name, value));
        }
        Ok(variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories() {
        let parse = DirectoryGrant::from_str;
        assert_eq!(parse("a/b").unwrap(), DirectoryGrant { host: "a/b".into(), guest: "a/b".to_owned() });
        assert_eq!(parse("/tmp::/").unwrap(), DirectoryGrant { host: "/tmp".into(), guest: "/".to_owned() });
        assert_eq!(parse("C:/x::y").unwrap(), DirectoryGrant { host: "C:/x".into(), guest: "y".to_owned() });
        for bad in ["", "::", "a::", "::b"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn variables() {
        let parse = EnvironmentVariable::from_str;
        let variable = |name: &str, value: Option<&str>| EnvironmentVariable {
            name: name.to_owned(),
            value: value.map(str::to_owned),
        };
        assert_eq!(parse("A=b=c").unwrap(), variable("A", Some("b=c")));
        assert_eq!(parse("A=").unwrap(), variable("A", Some("")));
        assert_eq!(parse("A").unwrap(), variable("A", None));
        assert!(parse("=b").is_err());
        assert!(parse("").is_err());

        let wasi = Wasi {
            environment: vec![
                variable("A", Some("1")),
                variable("STILLPOINT_SURELY_NOT_SET", None),
                variable("B", Some("2")),
                variable("A", Some("3")),
            ],
            ..Wasi::default()
        };
        assert_eq!(wasi.variables().unwrap(), [("B", "2".to_owned()), ("A", "3".to_owned())]);
    }

    #[test]
    fn a_missing_directory_is_named() {
        let wasi = Wasi { directories: vec!["does/not/exist::x".parse().unwrap()], ..Wasi::default() };
        let error = wasi.data().unwrap_err();
        assert!(error.to_string().starts_with("does/not/exist: the directory cannot be opened"), "{error}");
        assert!(error.is_usage());
    }
}
