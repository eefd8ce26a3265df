//! Conversions from one crate's open enumerations into the contract's words, where the compiler
//! does not notice a missing case.

use crate::sources::{code, words};
use std::path::PathBuf;

fn root() -> PathBuf {
    stillpoint_tests::folder().join("..")
}

/// The variants of a public enumeration, in order.
fn variants(file: &str, name: &str) -> Vec<String> {
    let code = code(&root().join(file));
    let body = code.split(&format!("pub enum {name} {{\n")).nth(1).expect("the enumeration is there");
    let body = body.split("\n}\n").next().unwrap_or_default();
    // Fields of a variant are further in; attributes are no names.
    let is_variant = |line: &&str| line.starts_with("    ") && line[4..].starts_with(|c: char| c.is_ascii_uppercase());
    body.lines().filter(is_variant).filter_map(|line| words(line).next()).map(str::to_owned).collect()
}

#[test]
fn every_stop_reason_has_a_word_in_the_contract() {
    let convert = code(&root().join("host/src/world/convert.rs"));
    let variants = variants("host/debuggee/src/plain/stop.rs", "StopReason");
    assert!(variants.len() > 10, "{variants:?}");
    let missing = not_said(&convert, "StopReason", &variants);
    assert!(missing.is_empty(), "world/convert.rs has nothing for {missing:?}");
}

/// Errors that say nothing a debugger could do something about: it gets `host-failure`. `NotExited`
/// is the answer to Rust code alone, which can take a program's store.
const HOST_FAILURES: [&str; 5] = ["NotDebuggable", "StoreLost", "BodyPanicked", "Engine", "NotExited"];

#[test]
fn every_error_has_a_word_in_the_contract_or_is_the_hosts() {
    let convert = code(&root().join("host/src/world/convert.rs"));
    let variants = variants("host/debuggee/src/plain/error.rs", "Error");
    assert!(variants.len() > 20, "{variants:?}");
    let missing = not_said(&convert, "Error", &variants);
    let missing: Vec<_> = missing.into_iter().filter(|variant| !HOST_FAILURES.contains(variant)).collect();
    assert!(missing.is_empty(), "world/convert.rs has nothing for {missing:?}");
}

/// The variants of an enumeration that a text does not name.
fn not_said<'v>(text: &str, name: &str, variants: &'v [String]) -> Vec<&'v str> {
    let path = format!("debuggee::{name}::");
    let said: Vec<&str> = text.split(&path).skip(1).filter_map(|rest| words(rest).next()).collect();
    variants.iter().map(String::as_str).filter(|variant| !said.contains(variant)).collect()
}
