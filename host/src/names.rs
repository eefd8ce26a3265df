//! Names from outside, made fit for a user: those of functions and modules, and of all else that a
//! file holds.
//!
//! Invariant: a name is on one line and does nothing to a terminal.

use std::borrow::Cow;

/// A function's name: demangled and without its hash if it is one of Rust's.
pub(crate) fn function(name: &str) -> String {
    match rustc_demangle::try_demangle(name) {
        Ok(demangled) => on_one_line(&format!("{demangled:#}")).into_owned(),
        Err(_) => on_one_line(name).into_owned(),
    }
}

/// A module's name without the parts that come from the name of the compiler's output file: `.wasm`,
/// and Cargo's hash before that. None if nothing is left.
pub(crate) fn module(name: &str) -> Option<String> {
    let name = name.strip_suffix(".wasm").unwrap_or(name);
    let name = match name.rsplit_once('-') {
        Some((front, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => front,
        _ => name,
    };
    Some(on_one_line(name).into_owned()).filter(|name| !name.is_empty())
}

/// Whether a character has no width, or changes the order in which text is read. With those, a text
/// can look like another one.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Replaces characters that end a line, act on a terminal or are invisible by escapes.
#[must_use]
pub fn on_one_line(name: &str) -> Cow<'_, str> {
    escaped(name, |character| character.is_control() || is_invisible(character))
}

/// Replaces the characters that are unfit by escapes of the form `\u{1b}`.
pub fn escaped(text: &str, is_unfit: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_unfit) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match is_unfit(character) {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_what_compilers_add() {
        assert_eq!(function("_ZN4demo5solve17h0123456789abcdefE"), "demo::solve");
        assert_eq!(function("_RNvCs9pv848UzQwQ_4demo5solve"), "demo::solve");
        assert_eq!(function("memcpy"), "memcpy");
        assert_eq!(function("two\nlines\u{1b}[31m\u{202e}"), "two\\nlines\\u{1b}[31m\\u{202e}");
        assert_eq!(module("demo-3ff150d69d3d9b5f.wasm").as_deref(), Some("demo"));
        let adapter = "wit-component:adapter:wasi_snapshot_preview1";
        assert_eq!(module(adapter).as_deref(), Some(adapter));
        assert_eq!(module("tar-gz.wasm").as_deref(), Some("tar-gz"));
        assert_eq!(module(".wasm"), None);
    }
}
