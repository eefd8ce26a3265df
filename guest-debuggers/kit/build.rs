//! Finds the contract.
//!
//! It is in `wit` beside this file: in a package a folder, in the repository a link to the one that
//! all share. Where git has made a plain file of the link, as it does on Windows, that one is taken
//! instead.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(without_links)");
    if !Path::new("wit/world.wit").is_file() {
        println!("cargo::rustc-cfg=without_links");
    }
}
