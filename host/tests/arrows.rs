//! The dependency arrows between the rooms of `host/src`, as ARCHITECTURE.md draws them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use of the others, and the crates that it must not know.
const ROOMS: [(&str, &[&str], &[&str]); 4] = [
    ("cli", &["plugin", "program", "world", "debuggee"], &[]),
    ("plugin", &["world", "debuggee"], &["clap"]),
    ("program", &["debuggee"], &["clap"]),
    ("world", &["debuggee"], &["clap"]),
];

#[test]
fn rooms_use_only_what_the_arrows_allow() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, allowed, forbidden_crates) in ROOMS {
        for file in rust_files(&source.join(room)) {
            let text = without_comments(&fs::read_to_string(&file).expect("the file is readable"));
            for used in rooms_used(&text) {
                let known = used == "debuggee" || ROOMS.iter().any(|(name, ..)| *name == used);
                if known && used != room && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{}: {room} must not use {used}", file.display()));
                }
            }
            for name in forbidden_crates {
                if words(&text).any(|word| word == *name) {
                    wrong.push(format!("{}: {room} must not know {name}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every folder of `host/src` is a room with arrows; a new one needs a line above.
#[test]
fn every_folder_is_a_room() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders: BTreeSet<String> = fs::read_dir(source)
        .expect("host/src is there")
        .map(|entry| entry.expect("the folder is readable"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let rooms: BTreeSet<String> = ROOMS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert!(folders.is_subset(&rooms), "folders without arrows: {:?}", folders.difference(&rooms));
    assert!(folders.contains("world"));
}

#[test]
fn the_reader_of_arrows_finds_what_it_should() {
    let text = "use crate::{world::{a, b}, plugin, debuggee::Stop as S};\nfn f() { crate::cli::run(); }";
    let found: Vec<String> = rooms_used(text).into_iter().collect();
    assert_eq!(found, ["cli", "debuggee", "plugin", "world"]);
    assert_eq!(without_comments("a // crate::world\nb").trim_end(), "a \nb");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    for entry in entries {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code)).collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The first path segments after every `crate::`, through the braces of a `use`.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
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
