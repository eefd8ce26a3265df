//! The tables of ARCHITECTURE.md that name rooms, and their comparison with the folders.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A table of rooms, and the folder that has them.
pub(crate) struct Map {
    pub(crate) folder: PathBuf,
    /// By name, in the order of the table.
    pub(crate) rooms: Vec<Room>,
}

/// One row.
pub(crate) struct Room {
    pub(crate) name: String,
    /// Rooms and crates.
    pub(crate) may_use: BTreeSet<String>,
    files: BTreeSet<String>,
}

/// The folders that have a table each, as the headings name them.
const FOLDERS: [&str; 2] = ["host/debuggee/src", "host/src"];

/// Reads all tables.
pub(crate) fn maps() -> Vec<Map> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    FOLDERS.into_iter().map(|folder| Map { folder: root().join(folder), rooms: rooms(&page, folder) }).collect()
}

fn root() -> &'static Path {
    stillpoint_tests::folder().parent().expect("the crate is in the project's folder")
}

/// The rows of the table below the heading that names a folder.
fn rooms(page: &str, folder: &str) -> Vec<Room> {
    let is_heading = |line: &&str| line.starts_with('#') && line.contains(&format!("`{folder}`"));
    let lines = page.lines().skip_while(|line| !is_heading(line)).skip(1);
    let table = lines.take_while(|line| !line.starts_with('#')).filter(|line| line.starts_with("| `"));
    let rooms: Vec<Room> = table.map(room).collect();
    assert!(!rooms.is_empty(), "ARCHITECTURE.md has no table below a heading that names `{folder}`");
    rooms
}

fn room(row: &str) -> Room {
    let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
    let [name, may_use, files] = cells[..] else { panic!("a row of rooms has three cells: {row}") };
    let name = quoted(name).into_iter().next().expect("a room has a name");
    Room { name: name.trim_end_matches('/').to_owned(), may_use: quoted(may_use), files: quoted(files) }
}

/// The words in backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The Rust files of a folder, by their paths in it without the ending. The file of a folder itself
/// (`mod.rs`) goes by the folder's name: its row or the files beside it say what it is.
fn files(folder: &Path) -> BTreeSet<String> {
    let names = crate::sources::rust_files(folder).into_iter().map(|file| {
        let path = file.strip_prefix(folder).expect("it is in the folder").with_extension("");
        path.to_str().expect("file names are text").replace('\\', "/")
    });
    names.filter(|name| name.rsplit('/').next() != Some("mod")).collect()
}

#[test]
fn every_room_and_every_file_is_on_the_map() {
    let mut wrong = Vec::new();
    for map in maps() {
        let on_the_map: BTreeMap<&str, &Room> = map.rooms.iter().map(|room| (room.name.as_str(), room)).collect();
        for entry in fs::read_dir(&map.folder).expect("the folder is there") {
            let path = entry.expect("the folder is readable").path();
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            if path.is_dir() && !on_the_map.contains_key(name.as_str()) {
                wrong.push(format!("{}: the map has no such room", path.display()));
            }
        }
        for room in &map.rooms {
            let found = files(&map.folder.join(&room.name));
            let missing = found.difference(&room.files).map(|file| format!("{}/{file} is not on the map", room.name));
            let gone = room.files.difference(&found).map(|file| format!("the map's {}/{file} is not there", room.name));
            wrong.extend(missing.chain(gone));
        }
    }
    assert!(wrong.is_empty(), "ARCHITECTURE.md and the sources differ:\n{}", wrong.join("\n"));
}

#[test]
fn rows_are_read_as_they_are_written() {
    let page = "## Rooms of `a/b`\n\n| room | may use | files |\n| --- | --- | --- |\n\
                | `x/` | `y`, `wasmtime` | `one` does this, `two/three` that |\n| `y/` | nothing | `four` |\n## Next\n| `z/` | | |";
    let rooms = rooms(page, "a/b");
    let names: Vec<&str> = rooms.iter().map(|room| room.name.as_str()).collect();
    assert_eq!(names, ["x", "y"]);
    assert_eq!(rooms[0].may_use, quoted("`wasmtime` `y`"));
    assert_eq!(rooms[0].files, quoted("`one` `two/three`"));
    assert!(rooms[1].may_use.is_empty());
}
