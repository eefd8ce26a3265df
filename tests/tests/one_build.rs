//! One build of the engine serves `cargo run`, `cargo test` and the benchmarks.
//!
//! A dependency is compiled once for each set of features that is asked for, and with it everything
//! that depends on it. Which features those are depends on the packages that a command selects, and
//! on whether it needs what only tests depend on.

use std::collections::BTreeSet;
use std::process::Command;
use stillpoint_tests::folder;

/// The packages that a command compiles, each with its features.
fn packages(selection: &[&str]) -> BTreeSet<String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(folder().join(".."))
        .args(["tree", "--offline", "--locked", "--prefix", "none", "--format", "{p} {f}"])
        .args(selection)
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo writes text");
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn every_command_asks_for_the_same_features() {
    let test = packages(&["--edges", "normal,build,dev"]);
    let name = |package: &str| package.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let host: BTreeSet<_> =
        packages(&["--edges", "normal,build", "--package", "stillpoint"]).iter().map(|p| name(p)).collect();
    assert!(host.iter().any(|package| package.starts_with("wasmtime v")), "{host:#?}");
    let others = [
        ("cargo run", &["--edges", "normal,build"][..]),
        ("cargo test -p stillpoint", &["--edges", "normal,build,dev", "--package", "stillpoint"]),
    ];
    for (command, selection) in others {
        let all = packages(selection);
        let others: Vec<_> = all.difference(&test).filter(|package| host.contains(&name(package))).cloned().collect();
        assert!(
            others.is_empty(),
            "`{command}` compiles these with other features than `cargo test`; tests/Cargo.toml and host/Cargo.toml \
             have a place for what is missing:\n{}",
            others.join("\n")
        );
    }
}
