//! The Rust targets that guests are compiled for: looked for, and added through rustup where that
//! may be done.
//!
//! Invariant: a toolchain is changed only by the rustup that it belongs to, never where [`FORBID`]
//! is set, and never without a word; whatever else is wrong, the error is one line that ends with
//! what to type.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::{env, io};

/// The environment variable that forbids to add targets.
pub(crate) const FORBID: &str = "STILLPOINT_NO_RUSTUP";

/// The compiler, and who manages it.
pub(crate) struct Toolchain {
    /// The compiler.
    pub(crate) rustc: OsString,
    /// The command rustup; it need not be there.
    pub(crate) rustup: OsString,
    /// rustup's name of the toolchain; none if the compiler is not rustup's.
    pub(crate) name: Option<String>,
    /// Whether targets may not be added to it.
    pub(crate) is_fixed: bool,
}

impl Toolchain {
    /// The toolchain that runs this build script.
    ///
    /// # Errors
    /// Cargo has not said which compiler it uses.
    pub(crate) fn of_this_build() -> Result<Self, String> {
        Ok(Self {
            rustc: env::var_os("RUSTC").ok_or("RUSTC is not set")?,
            rustup: "rustup".into(),
            // rustup's own cargo and rustc hand it on.
            name: env::var("RUSTUP_TOOLCHAIN").ok(),
            is_fixed: env::var_os(FORBID).is_some_and(|value| !value.is_empty() && value != "0"),
        })
    }

    /// Makes sure that the compiler can compile for these targets, and says what was done for it,
    /// if anything was.
    ///
    /// # Errors
    /// A target is missing and was not added.
    pub(crate) fn require(&self, targets: &[&str]) -> Result<Option<String>, String> {
        let missing = self.missing(targets)?;
        if missing.is_empty() {
            return Ok(None);
        }
        let names = missing.join(" and ");
        let mut to_type = vec!["rustup", "target", "add"];
        to_type.extend(self.name.iter().flat_map(|name| ["--toolchain", name]));
        to_type.extend(&missing);
        let to_type = to_type.join(" ");
        let refused = |why: &str| Err(format!("the Rust compiler lacks {names} ({why}); type: {to_type}"));
        let Some(name) = &self.name else { return refused("it is not one of rustup's") };
        if self.is_fixed {
            return refused(&format!("{FORBID} forbids to add what is missing"));
        }
        let output = Command::new(&self.rustup).args(["target", "add", "--toolchain", name]).args(&missing).output();
        match output {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return refused("there is no rustup to add it"),
            Err(error) => return refused(&format!("rustup cannot be started: {error}")),
            Ok(output) if !output.status.success() => {
                let said = String::from_utf8_lossy(&output.stderr);
                let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
                return refused(&format!("rustup could not add it: {}", last.unwrap_or("it does not say why")));
            }
            Ok(_) => {}
        }
        if !self.missing(&missing)?.is_empty() {
            return refused("rustup has added it, but not where this compiler looks");
        }
        Ok(Some(format!("rustup has added {names} to the toolchain {name} ({FORBID}=1 forbids that)")))
    }

    fn missing<'a>(&self, targets: &[&'a str]) -> Result<Vec<&'a str>, String> {
        let mut missing = Vec::new();
        for target in targets {
            let output = Command::new(&self.rustc).args(["--print", "target-libdir", "--target", target]).output();
            let output = output.map_err(|error| format!("cannot run {}: {error}", self.rustc.display()))?;
            let directory = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if !output.status.success() || !Path::new(&directory).is_dir() {
                missing.push(*target);
            }
        }
        Ok(missing)
    }
}
