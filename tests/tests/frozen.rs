//! Debuggers of every version of the contract: each loads for ever, and sees what it saw.
//!
//! The goldens hold what they print. A missing golden counts as an empty one, and fails.

use expect_test::expect_file;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use stillpoint_tests::{folder, guest, stillpoint};

/// The versions whose folder must not be edited any more.
const TAGGED: [&str; 0] = [];

/// The folders of `tests/frozen`, by their versions.
fn versions() -> BTreeMap<String, PathBuf> {
    let entries = std::fs::read_dir(folder().join("frozen")).expect("the folder of the versions");
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir());
    folders.map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path)).collect()
}

#[test]
fn debuggers_of_every_version_load_for_ever() {
    let versions = versions();
    assert!(versions.contains_key("0.1.0"), "{versions:?}");
    for version in versions.keys() {
        let package = format!("stillpoint-frozen-{}", version.replace('.', "-"));
        let debugger = guest(&package, "wasm32-wasip2", &format!("{}.wasm", package.replace('-', "_")));
        let line = ["run", "--allow", "modify", "--on-failure", "fail", "--debugger-arg", "one", "--invoke", "main"];
        let program = folder().join("programs/wat/frozen.wat");
        let finished = stillpoint(line).arg("--debugger").arg(&debugger).arg(&program).run().expect_code(125);
        assert_eq!(finished.text(), "10\n", "the program's own result");
        let printed = finished.stderr.replace(&debugger.display().to_string(), "DEBUGGER");
        expect_file![folder().join(format!("goldens/frozen/{version}.txt"))].assert_eq(&printed);
    }
}

/// The contract that is not tagged yet has its copy.
#[test]
fn the_newest_version_is_the_contract() {
    for (version, path) in versions().iter().filter(|(version, _)| !TAGGED.contains(&version.as_str())) {
        for part in [".", "deps"] {
            let (today, frozen) = (wit(&folder().join("../wit").join(part)), wit(&path.join("wit").join(part)));
            let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&frozen), names(&today), "tests/frozen/{version}/wit");
            for (name, text) in &today {
                assert!(
                    frozen.get(name) == Some(text),
                    "tests/frozen/{version}/wit/{part}/{name} is not wit/{part}/{name}"
                );
            }
        }
    }
}

/// The WIT files of a folder.
fn wit(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let files = paths.filter(|path| path.extension().is_some_and(|extension| extension == "wit"));
    let file = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).expect("a file of the contract"))
    };
    files.map(file).collect()
}
