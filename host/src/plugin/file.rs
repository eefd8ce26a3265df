//! Reads from a debugger component what it asks for, before any of its code runs.
//!
//! A pure function from bytes to [`DebuggerFile`], and the check against what the user granted.
//! Linking and running are elsewhere.
//!
//! Invariant: a file that [`DebuggerFile::accept`] accepts imports only interfaces that this host
//! has, in a version that it has, under rights that were granted.

use super::about::{ABOUT, About};
use std::fmt;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::Types;
use wasmparser::{CanonicalFunction, CanonicalOption, Encoding, Parser, Payload, Validator, WasmFeatures};

/// The version of the contract (the package `stillpoint:debugger`) that this host implements.
pub const WORLD_VERSION: Version = Version { major: 0, minor: 1, patch: 0 };

/// The package of the contract.
const PACKAGE: &str = "stillpoint:debugger/";

/// The contract's interfaces, each with the right that its functions need; none for those that
/// every debugger has.
const INTERFACES: [(&str, Option<Right>); 13] = [
    ("common", None),
    ("program", None),
    ("host", None),
    ("execution", Some(Right::Control)),
    ("background", Some(Right::Control)),
    ("breakpoints", Some(Right::Control)),
    ("recording", Some(Right::Control)),
    ("watchpoints", Some(Right::Control)),
    ("inspection", Some(Right::Inspect)),
    ("calls", Some(Right::Modify)),
    ("background-calls", Some(Right::Modify)),
    ("modification", Some(Right::Modify)),
    ("messages", Some(Right::Messages)),
];

/// The packages of WASI that every debugger may import. Without further grants they give it nothing
/// of the machine.
const WASI_PACKAGES: [&str; 6] =
    ["wasi:io/", "wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:random/", "wasi:sockets/"];

/// A right that a debugger asks for by its imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// To decide where the program stops, to run it and to end it.
    Control,
    /// To read the program's state.
    Inspect,
    /// To change the program's state.
    Modify,
    /// To print messages to the user.
    Messages,
}

impl std::str::FromStr for Right {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Control, Self::Inspect, Self::Modify, Self::Messages];
        let named = all.into_iter().find(|right| right.to_string() == text);
        named.ok_or_else(|| format!("`{text}` is no right; they are control, inspect, modify and messages"))
    }
}

impl fmt::Display for Right {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Control => "control",
            Self::Inspect => "inspect",
            Self::Modify => "modify",
            Self::Messages => "messages",
        })
    }
}

/// A version of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Incremented by incompatible changes, once it is not 0.
    pub major: u64,
    /// Incremented by additions; before version 1.0, by incompatible changes.
    pub minor: u64,
    /// Before version 1.0, incremented by additions.
    pub patch: u64,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|number| number.parse::<u64>().ok());
        let version = Self { major: numbers.next()??, minor: numbers.next()??, patch: numbers.next()?? };
        numbers.next().is_none().then_some(version)
    }

    /// Whether a host of this version has everything that a file of the version `other` can import.
    fn serves(self, other: Self) -> bool {
        self.major == other.major
            && if self.major == 0 {
                self.minor == other.minor && self.patch >= other.patch
            } else {
                (self.minor, self.patch) >= (other.minor, other.patch)
            }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// An interface of the contract that a debugger imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedInterface {
    /// The interface's name without package and version: `inspection`.
    pub name: String,
    /// The imported functions, in the file's order: `depth`, `[method]running.subscribe`.
    pub functions: Vec<String>,
}

impl ImportedInterface {
    /// The right that the import asks for; none if it imports only types.
    #[must_use]
    pub fn right(&self) -> Option<Right> {
        if self.functions.is_empty() {
            return None;
        }
        INTERFACES.iter().find(|(name, _)| *name == self.name).and_then(|(_, right)| *right)
    }
}

/// The imports of a debugger component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebuggerFile {
    /// The version of the contract that it was built for: the highest that one of its imports
    /// names.
    pub version: Version,
    /// The interfaces of the contract that it imports.
    pub imports: Vec<ImportedInterface>,
    /// The rights that these imports need, in ascending order, each once.
    pub rights: Vec<Right>,
    /// The WASI interfaces that it imports, with their versions.
    pub wasi: Vec<String>,
    /// The imports that this host does not have.
    pub unknown: Vec<String>,
    /// What it says of itself, if it says something.
    pub about: Option<About>,
}

/// Why a file is not a debugger that this host can run. The texts do not name the file: the caller
/// knows it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DebuggerFileError {
    /// The file is not a WebAssembly binary.
    #[error("this is not a WebAssembly component; give a debugger component (.wasm)")]
    NotWebAssembly,
    /// The file ends too early, at this byte.
    #[error("the file ends in the middle, at byte {0}; build or copy it again")]
    Truncated(usize),
    /// The file is a core module.
    #[error(
        "this is a core module, but a debugger is a component; build it for wasm32-wasip2, or make a component of it"
    )]
    CoreModule,
    /// The file is not a valid component, for this reason.
    #[error("this is not a valid component: {0}; build it again")]
    Invalid(String),
    /// The component imports nothing of the contract.
    #[error("this component is not a debugger: it imports nothing of stillpoint:debugger")]
    NotDebugger,
    /// The component exports no function `run`.
    #[error(
        "the debugger exports no function `run(debuggee, args)`; build it for a world of stillpoint:debugger, such \
         as `controlling`"
    )]
    NoRun,
    /// The component exports a function `run` of another type.
    #[error(
        "the debugger exports a `run` of another type: this host calls `run(debuggee, args) -> result<_, error>`; \
         build it for a world of stillpoint:debugger, such as `controlling`"
    )]
    OtherRun,
    /// The component uses functions of the asynchronous canonical ABI.
    #[error(
        "the debugger uses the component model's asynchronous ABI (WASI 0.3), which this host does not have for debuggers; \
         build it with plain, synchronous functions"
    )]
    Async,
    /// The component was built for another version of the contract.
    #[error(
        "the debugger was built for version {found} of stillpoint:debugger, this host has {WORLD_VERSION}; build it for \
         that{}",
        update(*is_newer)
    )]
    Version {
        /// The version that it was built for.
        found: String,
        /// Whether a later host may have it.
        is_newer: bool,
    },
    /// The component names no version of the contract.
    #[error("the debugger imports stillpoint:debugger without a version; build it from the package, which has one")]
    NoVersion,
    /// The component has these imports, which this host does not have.
    #[error(
        "the debugger imports what this host does not have: {}; a debugger can import stillpoint:debugger@{WORLD_VERSION} \
         and WASI 0.2 (io, cli, clocks, filesystem, random, sockets){}",
        .0.join(", "), advice(.0)
    )]
    UnknownImports(Vec<String>),
    /// The component needs a right that was not granted.
    #[error("the debugger asks for the right `{right}` (it imports {interface}), which it was not granted")]
    NotGranted {
        /// The right.
        right: Right,
        /// The imported interface that needs it.
        interface: String,
    },
}

fn update(is_newer: bool) -> &'static str {
    if is_newer { ", or update Stillpoint" } else { "" }
}

/// What can be done about imports that this host does not have.
fn advice(unknown: &[String]) -> &'static str {
    if unknown.iter().any(|name| name.starts_with("wasi:http/")) {
        "; if a tool has added wasi:http by itself, switch that off (componentize-js: disableFeatures: ['http', \
         'fetch-event'])"
    } else if unknown.iter().any(|name| name.starts_with("wasi:") && name.contains("@0.3.")) {
        "; WASI 0.3 is not supported for debuggers: build it for WASI 0.2"
    } else {
        ""
    }
}

impl DebuggerFile {
    /// Reads a component in binary format.
    ///
    /// # Errors
    /// When it is not a component, not valid or not a debugger, or when an import's version cannot
    /// be read.
    pub fn read(bytes: &[u8]) -> Result<Self, DebuggerFileError> {
        check_header(bytes)?;
        let outline = Outline::read(bytes)?;
        let types = Validator::new_with_features(WasmFeatures::all())
            .validate_all(bytes)
            .map_err(|error| DebuggerFileError::Invalid(error.to_string()))?;

        let mut file = Self {
            version: Version { major: 0, minor: 0, patch: 0 },
            imports: vec![],
            rights: vec![],
            wasi: vec![],
            unknown: vec![],
            about: outline.about.and_then(About::read),
        };
        let mut imports_world = false;
        for name in outline.imports {
            if let Some(rest) = name.strip_prefix(PACKAGE) {
                imports_world = true;
                file.add_interface(rest, functions(&types, name))?;
            } else if is_wasi(name) {
                file.wasi.push(name.to_owned());
            } else if !is_type(&types, name) {
                file.unknown.push(name.to_owned());
            }
        }
        if !imports_world {
            return Err(DebuggerFileError::NotDebugger);
        }
        check_run(&types)?;
        if outline.is_async {
            return Err(DebuggerFileError::Async);
        }
        file.rights = file.imports.iter().filter_map(ImportedInterface::right).collect();
        file.rights.sort_unstable();
        file.rights.dedup();
        Ok(file)
    }

    /// Checks whether this host can run it with these rights.
    ///
    /// # Errors
    /// The first thing that does not fit, in this order: the version, unknown imports, rights.
    pub fn accept(&self, granted: &[Right]) -> Result<(), DebuggerFileError> {
        if !WORLD_VERSION.serves(self.version) {
            let is_newer = self.version > WORLD_VERSION;
            return Err(DebuggerFileError::Version { found: self.version.to_string(), is_newer });
        }
        if !self.unknown.is_empty() {
            return Err(DebuggerFileError::UnknownImports(self.unknown.clone()));
        }
        for import in &self.imports {
            if let Some(right) = import.right()
                && !granted.contains(&right)
            {
                return Err(DebuggerFileError::NotGranted { right, interface: format!("{PACKAGE}{}", import.name) });
            }
        }
        Ok(())
    }

    /// Adds an import of the contract; `rest` is `name@version`.
    fn add_interface(&mut self, rest: &str, functions: Vec<String>) -> Result<(), DebuggerFileError> {
        let (name, version) = rest.split_once('@').ok_or(DebuggerFileError::NoVersion)?;
        let parsed = Version::parse(version)
            .ok_or_else(|| DebuggerFileError::Version { found: version.to_owned(), is_newer: false })?;
        self.version = self.version.max(parsed);
        if INTERFACES.iter().any(|(known, _)| *known == name) {
            self.imports.push(ImportedInterface { name: name.to_owned(), functions });
        } else {
            self.unknown.push(format!("{PACKAGE}{rest}"));
        }
        Ok(())
    }
}

fn check_header(bytes: &[u8]) -> Result<(), DebuggerFileError> {
    const MAGIC: &[u8] = b"\0asm";
    if !bytes.starts_with(MAGIC) {
        return Err(match bytes.is_empty() || !MAGIC.starts_with(bytes) {
            true => DebuggerFileError::NotWebAssembly,
            false => DebuggerFileError::Truncated(bytes.len()),
        });
    }
    if bytes.len() < 8 {
        return Err(DebuggerFileError::Truncated(bytes.len()));
    }
    Ok(())
}

/// What is read from a component before it is validated.
struct Outline<'a> {
    /// The names in the outermost component's import sections.
    imports: Vec<&'a str>,
    /// Whether it lifts or lowers functions in the asynchronous ABI.
    is_async: bool,
    /// The contents of the first section that says what the debugger is.
    about: Option<&'a [u8]>,
}

impl<'a> Outline<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, DebuggerFileError> {
        let fault = |error: wasmparser::Error| {
            if error.message().contains("unexpected end") {
                DebuggerFileError::Truncated(bytes.len())
            } else {
                DebuggerFileError::Invalid(error.to_string())
            }
        };
        let mut imports = Vec::new();
        let (mut is_async, mut about) = (false, None);
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(fault)? {
                Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                    return Err(DebuggerFileError::CoreModule);
                }
                Payload::Version { .. } => depth = depth.saturating_add(1),
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        imports.push(import.map_err(fault)?.name.name);
                    }
                }
                Payload::ComponentCanonicalSection(section) => {
                    for function in section {
                        is_async |= is_asynchronous(&function.map_err(fault)?);
                    }
                }
                Payload::CustomSection(section) if section.name() == ABOUT => {
                    about = about.or(Some(section.data()));
                }
                _ => {}
            }
        }
        Ok(Self { imports, is_async, about })
    }
}

/// Whether a canonical function is of the asynchronous ABI.
fn is_asynchronous(function: &CanonicalFunction) -> bool {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            options.iter().any(|option| matches!(option, CanonicalOption::Async))
        }
        CanonicalFunction::TaskReturn { .. } => true,
        _ => false,
    }
}

fn is_wasi(name: &str) -> bool {
    WASI_PACKAGES.iter().any(|package| name.starts_with(package)) && name.contains("@0.2.")
}

/// Whether an import is a type. Such an import stands for a type of another import and needs
/// nothing from the host.
fn is_type(types: &Types, name: &str) -> bool {
    types.component_item_for_import(name).is_some_and(|item| matches!(item.ty, ComponentEntityType::Type { .. }))
}

/// The names of the functions of an imported interface.
fn functions(types: &Types, name: &str) -> Vec<String> {
    let Some(item) = types.component_item_for_import(name) else { return Vec::new() };
    let ComponentEntityType::Instance(id) = item.ty else { return Vec::new() };
    let Some(instance) = types.as_ref().get(id) else { return Vec::new() };
    let functions = instance.exports.iter().filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)));
    functions.map(|(name, _)| name.clone()).collect()
}

fn check_run(types: &Types) -> Result<(), DebuggerFileError> {
    let item = types.component_item_for_export("run").ok_or(DebuggerFileError::NoRun)?;
    let ComponentEntityType::Func(id) = item.ty else { return Err(DebuggerFileError::NoRun) };
    let ty = types.as_ref().get(id).ok_or(DebuggerFileError::NoRun)?;
    if ty.async_ {
        return Err(DebuggerFileError::Async);
    }
    match (ty.params.len(), ty.result.is_some()) {
        (2, true) => Ok(()),
        _ => Err(DebuggerFileError::OtherRun),
    }
}

#[cfg(test)]
mod tests;
