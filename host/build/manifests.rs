//! Which debuggers are built in: those whose manifest has a table `[package.metadata.stillpoint]`.
//!
//! ```toml
//! [package.metadata.stillpoint]
//! about = "its line for `stillpoint debuggers`"
//! grants = ["modify"]                            # beside the default; may be left out
//! ```
//!
//! The files are read with the crate `toml` and not through `cargo metadata`: the build script then
//! needs no second process and no JSON before it knows what to do, and the check can be tested on a
//! string.
//!
//! Invariant: every error names the file and the key.

use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// What a manifest may grant, and the field of `Grants` that it sets.
const GRANTS: [(&str, &str); 2] = [("modify", "modify"), ("listen-on-loopback", "listen_on_loopback")];

/// What the packages of built-in debuggers are called; the debugger is called by the rest.
const PREFIX: &str = "stillpoint-";

/// A debugger that says of itself that it is built in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BuiltIn {
    /// Its package.
    pub(crate) package: String,
    /// What users call it.
    pub(crate) name: String,
    /// Its line for `stillpoint debuggers`.
    pub(crate) about: String,
    /// The fields of `Grants` that are true for it.
    pub(crate) grants: Vec<&'static str>,
}

/// The built-in debuggers of a folder of packages, in the order of their names.
///
/// # Errors
/// A file or folder cannot be read, or a manifest is wrong.
pub(crate) fn read(folder: &Path) -> Result<Vec<BuiltIn>, String> {
    let fail = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| fail(folder, error))? {
        let package = entry.map_err(|error| fail(folder, error))?.file_name();
        let path = folder.join(&package).join("Cargo.toml");
        if !path.is_file() {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| fail(&path, error))?;
        let shown = format!("guest-debuggers/{}/Cargo.toml", package.display());
        found.extend(parse(&text).map_err(|message| format!("{shown}: {message}"))?);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// What one manifest says; nothing if its package is not a built-in debugger.
pub(crate) fn parse(manifest: &str) -> Result<Option<BuiltIn>, String> {
    let manifest: Table = manifest.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| manifest.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1);
        format!("line {line}: {}", error.message())
    })?;
    let package = manifest.get("package");
    let Some(said) = package.and_then(|package| package.get("metadata")?.get("stillpoint")) else { return Ok(None) };
    let said = said.as_table().ok_or("package.metadata.stillpoint must be a table")?;
    if let Some(key) = said.keys().find(|key| !["about", "grants"].contains(&key.as_str())) {
        return Err(format!("package.metadata.stillpoint.{key}: unknown; the keys are `about` and `grants`"));
    }
    let package = package.and_then(|package| package.get("name")).and_then(Value::as_str).unwrap_or_default();
    let name = package.strip_prefix(PREFIX).filter(|name| !["", "none"].contains(name)).ok_or_else(|| {
        format!("package.name: must be `{PREFIX}` and what users call the debugger, which must not be `none`")
    })?;
    let about = said.get("about").and_then(Value::as_str).unwrap_or_default().trim();
    if about.is_empty() || about.contains('\n') {
        return Err("package.metadata.stillpoint.about: must be one line of text, which `stillpoint debuggers` \
                    shows"
            .to_owned());
    }
    Ok(Some(BuiltIn {
        package: package.to_owned(),
        name: name.to_owned(),
        about: about.to_owned(),
        grants: grants(said.get("grants"))?,
    }))
}

/// The fields of `Grants` for a list of grants.
fn grants(list: Option<&Value>) -> Result<Vec<&'static str>, String> {
    let key = "package.metadata.stillpoint.grants";
    let known = GRANTS.map(|(name, _)| format!("`{name}`")).join(" and ");
    let Some(list) = list else { return Ok(Vec::new()) };
    let list = list.as_array().ok_or_else(|| format!("{key}: must be a list; it may have {known}"))?;
    let mut fields = Vec::new();
    for grant in list {
        let grant = grant.as_str().unwrap_or("what is no text");
        let field = GRANTS.iter().find(|(name, _)| *name == grant);
        let (name, field) = field.ok_or_else(|| format!("{key}: `{grant}` cannot be granted; it may have {known}"))?;
        if fields.contains(field) {
            return Err(format!("{key}: `{name}` is there twice"));
        }
        fields.push(*field);
    }
    Ok(fields)
}
