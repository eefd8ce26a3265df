//! Reading the sources as text: files, words and the rooms that a file uses.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files of a folder and of those in it, in order; unit tests in files of their own left
/// out.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    for entry in entries {
        let path = entry.expect("the folder is readable").path();
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code of a file, without its comments and without the unit tests at its end, which may use
/// whatever they test with.
pub(crate) fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("the file is readable");
    let code = text.split("#[cfg(test)]\n#[allow").next().unwrap_or_default();
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    without_comments(code)
}

pub(crate) fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code)).collect::<Vec<_>>().join("\n")
}

pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The first path segments after every `crate::`, through the braces of a `use`; and after
/// `stillpoint::`, as the binary calls the library that it belongs to.
pub(crate) fn rooms_used(text: &str) -> BTreeSet<String> {
    let mut found = segments_after("crate::", text);
    // The contract's package has the same name.
    found.extend(segments_after("stillpoint::", text).into_iter().filter(|segment| segment != "debugger"));
    found
}

fn segments_after(prefix: &str, text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        let rest = &text[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => found.extend(words(rest).next().map(str::to_owned)),
            Some(list) => {
                let mut depth = 0_usize;
                let mut item = String::new();
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => found.extend(words(&std::mem::take(&mut item)).next().map(str::to_owned)),
                        _ if depth == 0 => item.push(c),
                        _ => {}
                    }
                }
                found.extend(words(&item).next().map(str::to_owned));
            }
        }
    }
    found
}

#[test]
fn the_reader_of_arrows_finds_what_it_should() {
    let text = "use crate::{world::{a, b}, plugin, debuggee::Stop as S};\nfn f() { crate::cli::run(); }";
    let found: Vec<String> = rooms_used(text).into_iter().collect();
    assert_eq!(found, ["cli", "debuggee", "plugin", "world"]);
    assert_eq!(rooms_used("use stillpoint::{a, b::c}; stillpoint::debugger::d;").len(), 2);
    assert_eq!(without_comments("a // crate::world\nb").trim_end(), "a \nb");
}
