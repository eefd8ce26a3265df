//! The build script's parts: the manifests of built-in debuggers, and the targets that they are
//! compiled for.

#[path = "../build/manifests.rs"]
mod manifests;
#[cfg(unix)]
#[path = "../build/targets.rs"]
#[allow(dead_code)]
mod targets;

use expect_test::{Expect, expect};
use std::ffi::OsStr;
use std::path::Path;

fn check(metadata: &str, expected: Expect) {
    expected.assert_eq(&match manifests::parse(&format!("[package]\nname = 'stillpoint-new'\n{metadata}")) {
        Ok(Some(found)) => format!("{}: {} {:?}", found.name, found.about, found.grants),
        Ok(None) => "not built in".to_owned(),
        Err(message) => format!("error: {message}"),
    });
}

#[test]
fn manifests() {
    check("", expect!["not built in"]);
    check("[package.metadata.other]\nx = 1", expect!["not built in"]);
    check("[package.metadata.stillpoint]\nabout = 'does it'", expect!["new: does it []"]);
    check(
        "[package.metadata.stillpoint]\nabout = 'does it'\ngrants = ['listen-on-loopback', 'modify']",
        expect![[r#"new: does it ["listen_on_loopback", "modify"]"#]],
    );
}

#[test]
fn wrong_manifests() {
    for value in ["", "about = ''", "about = 1", "about = \"two\\nlines\""] {
        check(
            &format!("[package.metadata.stillpoint]\n{value}"),
            expect![
                "error: package.metadata.stillpoint.about: must be one line of text, which `stillpoint debuggers` shows"
            ],
        );
    }
    check("[package.metadata]\nstillpoint = true", expect!["error: package.metadata.stillpoint must be a table"]);
    check(
        "[package.metadata.stillpoint]\nabuot = 'does it'",
        expect!["error: package.metadata.stillpoint.abuot: unknown; the keys are `about` and `grants`"],
    );
    check(
        "[package.metadata.stillpoint]\nabout = 'does it'\ngrants = 'modify'",
        expect![
            "error: package.metadata.stillpoint.grants: must be a list; it may have `modify` and `listen-on-loopback`"
        ],
    );
    check(
        "[package.metadata.stillpoint]\nabout = 'does it'\ngrants = ['modify', 'network']",
        expect![
            "error: package.metadata.stillpoint.grants: `network` cannot be granted; it may have `modify` and `listen-on-loopback`"
        ],
    );
    check(
        "[package.metadata.stillpoint]\nabout = 'does it'\ngrants = ['modify', 'modify']",
        expect!["error: package.metadata.stillpoint.grants: `modify` is there twice"],
    );
    check("[package.metadata.stillpoint\n", expect!["error: line 3: unclosed table, expected `]`"]);
    for name in ["other", "stillpoint-", "stillpoint-none"] {
        let manifest = format!("package.name = '{name}'\npackage.metadata.stillpoint.about = 'does it'");
        expect!["package.name: must be `stillpoint-` and what users call the debugger, which must not be `none`"]
            .assert_eq(&manifests::parse(&manifest).expect_err("the name is wrong"));
    }
}

/// The file is named by the reader of the folder.
#[test]
fn a_wrong_manifest_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let package = folder.path().join("new");
    std::fs::create_dir(&package).expect("a folder in it");
    std::fs::write(package.join("Cargo.toml"), "[package]\nname = 'stillpoint-new'\nmetadata.stillpoint.grants = []")
        .expect("a file in it");
    let error = manifests::read(folder.path()).expect_err("it says nothing about itself");
    assert!(error.starts_with("guest-debuggers/new/Cargo.toml: package.metadata.stillpoint.about: "), "{error}");
}

/// A package of the folder without the table is none.
#[test]
fn the_kit_is_not_a_debugger() {
    let debuggers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-debuggers");
    let found = manifests::read(&debuggers).expect("they are right");
    assert!(found.iter().any(|debugger| debugger.name == "trace" && debugger.package == "stillpoint-trace"));
    assert!(!found.iter().any(|debugger| debugger.name == "kit"));
}

/// With a rustc that has a target if a file says so, and a rustup that does what a case tells it
/// to. One test: a script that another thread's new process holds open cannot be run.
#[cfg(unix)]
#[test]
fn targets_are_added_by_the_rustup_that_owns_the_toolchain() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a folder");
    let script = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\ncd '{}'\n{text}\n", folder.path().display())).expect("a script");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("it can be run");
        path.into_os_string()
    };
    let rustc = script("rustc", r#"echo "$PWD/lib-$4""#);
    let adds = script("adds", r#"echo "$@" > said; shift 4; for target; do mkdir "lib-$target"; done"#);
    let lies = script("lies", "exit 0");
    let fails = script("fails", "echo 'info: downloading' >&2; echo 'error: no network' >&2; echo >&2; exit 1");
    let nowhere = folder.path().join("nowhere").into_os_string();
    let toolchain = |rustup: &OsStr| targets::Toolchain {
        rustc: rustc.clone(),
        rustup: rustup.to_owned(),
        name: Some("1.95".to_owned()),
        is_fixed: false,
    };
    let check = |toolchain: targets::Toolchain, expected: Expect| {
        expected.assert_eq(&match toolchain.require(&["wasm32-wasip1", "wasm32-wasip2"]) {
            Ok(news) => news.unwrap_or_else(|| "they are there".to_owned()),
            Err(message) => format!("error: {message}"),
        });
    };
    check(
        toolchain(&nowhere),
        expect![
            "error: the Rust compiler lacks wasm32-wasip1 and wasm32-wasip2 (there is no rustup to add it); type: rustup target add --toolchain 1.95 wasm32-wasip1 wasm32-wasip2"
        ],
    );
    check(
        targets::Toolchain { is_fixed: true, ..toolchain(&adds) },
        expect![
            "error: the Rust compiler lacks wasm32-wasip1 and wasm32-wasip2 (STILLPOINT_NO_RUSTUP forbids to add what is missing); type: rustup target add --toolchain 1.95 wasm32-wasip1 wasm32-wasip2"
        ],
    );
    check(
        targets::Toolchain { name: None, ..toolchain(&adds) },
        expect![
            "error: the Rust compiler lacks wasm32-wasip1 and wasm32-wasip2 (it is not one of rustup's); type: rustup target add wasm32-wasip1 wasm32-wasip2"
        ],
    );
    check(
        toolchain(&fails),
        expect![
            "error: the Rust compiler lacks wasm32-wasip1 and wasm32-wasip2 (rustup could not add it: error: no network); type: rustup target add --toolchain 1.95 wasm32-wasip1 wasm32-wasip2"
        ],
    );
    check(
        toolchain(&lies),
        expect![
            "error: the Rust compiler lacks wasm32-wasip1 and wasm32-wasip2 (rustup has added it, but not where this compiler looks); type: rustup target add --toolchain 1.95 wasm32-wasip1 wasm32-wasip2"
        ],
    );
    assert!(!folder.path().join("said").exists(), "rustup was asked where it must not be");

    std::fs::create_dir(folder.path().join("lib-wasm32-wasip1")).expect("a target");
    check(
        toolchain(&adds),
        expect!["rustup has added wasm32-wasip2 to the toolchain 1.95 (STILLPOINT_NO_RUSTUP=1 forbids that)"],
    );
    let said = std::fs::read_to_string(folder.path().join("said")).expect("rustup was asked");
    assert_eq!(said, "target add --toolchain 1.95 wasm32-wasip2\n");
    check(toolchain(&adds), expect!["they are there"]);
}
