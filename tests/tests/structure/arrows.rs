//! The arrows between rooms: what each may use of the others, and which crates it may know.

use crate::map::{Map, Room, maps};
use crate::sources::{code, rooms_used, rust_files, words};
use std::collections::BTreeSet;

/// Crates that a room knows only if the map says so.
const CRATES: [&str; 9] = [
    "wasmtime",
    "wasmtime_wasi",
    "wasmtime_wasi_io",
    "wasmparser",
    "wiggle",
    "tokio",
    "clap",
    "bindgen",
    // `host/src` says `crate::debuggee`, so that the arrow is seen.
    "stillpoint_debuggee",
];

/// Words of the engine's debug API, which only the room `engine` of the pausable store may say.
/// Registering a handler is not among them: that is how the room `run` gets its events.
const DEBUG_API: [&str; 14] = [
    "FrameHandle",
    "BreakpointEdit",
    "debug_exit_frames",
    "debug_all_instances",
    "debug_all_modules",
    "debug_bytecode",
    "debug_function",
    "debug_global",
    "debug_index_in_store",
    "debug_memory",
    "debug_shared_memory",
    "debug_table",
    "debug_tag",
    "take_pending_exception",
];

/// Words of futures, which only the room `run` of the pausable store may say.
const FUTURES: [&str; 7] = ["async", "await", "Future", "Poll", "Waker", "poll_fn", "tokio"];

/// Words of stores, which rooms that have none do not say.
const STORES: [&str; 5] = ["Store", "StoreContext", "StoreContextMut", "AsContext", "AsContextMut"];

#[test]
fn rooms_use_only_what_the_map_allows() {
    let mut wrong = Vec::new();
    for Map { folder, rooms } in maps() {
        let names: BTreeSet<&str> = rooms.iter().map(|room| room.name.as_str()).collect();
        for Room { name, may_use, .. } in &rooms {
            for path in rust_files(&folder.join(name)) {
                let code = code(&path);
                let file = path.display();
                // `super` is for the same room.
                let depth = path.strip_prefix(&folder).map_or(0, |path| path.components().count());
                let up = "super::".repeat(if path.ends_with("mod.rs") { depth - 1 } else { depth });
                if code.contains(&up) {
                    wrong.push(format!("{file}: `{up}` leaves the room"));
                }
                for used in rooms_used(&code) {
                    if !names.contains(used.as_str()) && !may_use.contains(&used) {
                        wrong.push(format!("{file}: `crate::{used}` is no room"));
                    } else if used != *name && !may_use.contains(&used) {
                        wrong.push(format!("{file}: {name} must not use {used}"));
                    }
                }
                for word in words(&code).filter(|word| CRATES.contains(word) && !may_use.contains(*word)) {
                    wrong.push(format!("{file}: {name} must not know {word}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An arrow that nothing uses is not part of the picture.
#[test]
fn every_arrow_on_the_map_is_used() {
    let mut unused = Vec::new();
    for Map { folder, rooms } in maps() {
        for Room { name, may_use, .. } in &rooms {
            let mut used = BTreeSet::new();
            for file in rust_files(&folder.join(name)) {
                let code = code(&file);
                used.extend(rooms_used(&code));
                used.extend(words(&code).filter(|word| CRATES.contains(word)).map(str::to_owned));
            }
            unused.extend(may_use.difference(&used).map(|to| format!("{name} does not use {to}")));
        }
    }
    assert!(unused.is_empty(), "ARCHITECTURE.md allows what nobody needs:\n{}", unused.join("\n"));
}

/// The floors of the pausable store, and of the host, are one-way: whoever may be used is further
/// down in the table.
#[test]
fn rooms_use_only_rooms_below_them() {
    for Map { rooms, folder } in maps() {
        for (floor, Room { name, may_use, .. }) in rooms.iter().enumerate() {
            let above: Vec<&str> = rooms[..floor].iter().map(|room| room.name.as_str()).collect();
            let up: Vec<&str> = above.into_iter().filter(|above| may_use.contains(*above)).collect();
            assert!(up.is_empty(), "{}: {name} uses {up:?}, which stands above it", folder.display());
        }
    }
}

#[test]
fn the_debug_api_stays_in_its_room() {
    only("engine", &DEBUG_API);
}

#[test]
fn futures_stay_in_their_room() {
    only("run", &FUTURES);
}

#[test]
fn rooms_of_plain_data_have_no_store() {
    let store = pausable_store();
    for room in ["plain", "binary", "condition"] {
        let found = said(&store, room, &STORES);
        assert!(found.is_empty(), "{room} has no store: {found:?}");
    }
}

fn pausable_store() -> Map {
    maps().into_iter().next().expect("the pausable store has a map")
}

/// Checks that no other room of the pausable store says some words.
fn only(room: &str, forbidden: &[&str]) {
    let store = pausable_store();
    for Room { name, .. } in store.rooms.iter().filter(|other| other.name != room) {
        let found = said(&store, name, forbidden);
        assert!(found.is_empty(), "only {room} may say this: {found:?}");
    }
}

/// Where a room of the pausable store says some words.
fn said(store: &Map, room: &str, forbidden: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files(&store.folder.join(room)) {
        let code = code(&file);
        let said = words(&code).filter(|word| forbidden.contains(word));
        found.extend(said.map(|word| format!("{}: {word}", file.display())));
    }
    found
}
