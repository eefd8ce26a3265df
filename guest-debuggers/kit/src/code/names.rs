//! Chooses a name for each function: that of the name section, made readable, else that of an
//! export, else `func[N]`; and a name for each tag that has one.
//!
//! Invariant: a function always has a name, an empty name is none, and a name is on one line; a
//! broken name section costs names and is no error.

use std::collections::BTreeMap;

use wasmparser::{BinaryReader, ExportSectionReader, ExternalKind, Name, NameSectionReader};

/// The names found so far, by function index.
#[derive(Default)]
pub(super) struct Names {
    functions: Vec<Option<String>>,
    pub(super) module: Option<String>,
    /// By tag index.
    pub(super) tags: BTreeMap<u32, String>,
}

impl Names {
    /// Adds the names of the name section, which replace those of exports.
    pub(super) fn add_name_section(&mut self, contents: &[u8]) {
        for part in NameSectionReader::new(BinaryReader::new(contents, 0)) {
            match part {
                Ok(Name::Module { name, .. }) => self.module = Some(name.to_owned()),
                Ok(Name::Tag(names)) => {
                    for naming in names.into_iter().map_while(Result::ok) {
                        self.set_tag(naming.index, naming.name, true);
                    }
                }
                Ok(Name::Function(names)) => {
                    for naming in names.into_iter().map_while(Result::ok) {
                        self.set(naming.index, readable(naming.name), true);
                    }
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    /// Adds the names of exported functions and tags that have none yet.
    pub(super) fn add_exports(&mut self, contents: &[u8]) {
        let Ok(exports) = ExportSectionReader::new(BinaryReader::new(contents, 0)) else {
            return;
        };
        for export in exports.into_iter().map_while(Result::ok) {
            if matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
                self.set(export.index, export.name.to_owned(), false);
            } else if export.kind == ExternalKind::Tag {
                self.set_tag(export.index, export.name, false);
            }
        }
    }

    /// Takes the name of a function out.
    pub(super) fn take(&mut self, index: u32) -> String {
        let name = self.functions.get_mut(index as usize).and_then(Option::take);
        name.unwrap_or_else(|| format!("func[{index}]"))
    }

    /// Names a tag, also one that has a name already if `over` says so.
    pub(super) fn set_tag(&mut self, index: u32, name: &str, over: bool) {
        if name.is_empty() {
            return;
        }
        let name = on_one_line(name.to_owned());
        if over {
            self.tags.insert(index, name);
        } else {
            self.tags.entry(index).or_insert(name);
        }
    }

    fn set(&mut self, index: u32, name: String, over: bool) {
        // No engine accepts more functions; a larger index is a broken section.
        if index >= 1_000_000 || name.is_empty() {
            return;
        }
        let name = on_one_line(name);
        let index = index as usize;
        if index >= self.functions.len() {
            self.functions.resize_with(index + 1, || None);
        }
        if let Some(slot) = self.functions.get_mut(index)
            && (over || slot.is_none())
        {
            *slot = Some(name);
        }
    }
}

/// Replaces control characters by escapes: a name is part of a line, which it must not end, and
/// must not act on a terminal.
pub(super) fn on_one_line(name: String) -> String {
    if !name.contains(char::is_control) {
        return name;
    }
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        match c.is_control() {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// Demangles a Rust name and removes its hash; leaves any other name as it is.
fn readable(name: &str) -> String {
    match rustc_demangle::try_demangle(name) {
        Ok(demangled) => format!("{demangled:#}"),
        Err(_) => name.to_owned(),
    }
}

/// A module's name without the parts that come from the name of the compiler's output file:
/// `.wasm`, and Cargo's hash before that.
pub(super) fn readable_module(name: &str) -> &str {
    let name = name.strip_suffix(".wasm").unwrap_or(name);
    match name.rsplit_once('-') {
        Some((front, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => front,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_what_compilers_add() {
        assert_eq!(readable("_ZN4demo5solve17h0123456789abcdefE"), "demo::solve");
        assert_eq!(readable("_RNvCs9pv848UzQwQ_4demo5solve"), "demo::solve");
        assert_eq!(readable("memcpy"), "memcpy");
        assert_eq!(readable_module("demo-3ff150d69d3d9b5f.wasm"), "demo");
        assert_eq!(
            readable_module("wit-component:adapter:wasi_snapshot_preview1"),
            "wit-component:adapter:wasi_snapshot_preview1"
        );
        assert_eq!(readable_module("tar-gz.wasm"), "tar-gz");
    }
}
