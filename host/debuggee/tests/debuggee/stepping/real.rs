//! The stepper against the oracle, deep in a real program: resvg draws a picture.

use crate::stepping::oracle::{Length, compare};
use crate::support::resvg::{PICTURE, debuggee, deep, engine, resvg};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use wasmtime::Module;

#[tokio::test]
async fn step_resvg_as_the_oracle_does() {
    let Some(path) = resvg() else { return };
    let binary = std::fs::read(&path).expect("the program can be read");
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("in.svg"), PICTURE).expect("the picture can be written");
    let engine = engine();
    let module = Module::new(&engine, &binary).expect("the program is valid");
    let first = Some(deep(&binary));
    for seed in 0..3 {
        let length = Length { n_resumes: 800, n_instructions: 3000, first };
        let make = || (debuggee(&engine, &module, folder.path()), Arc::new(AtomicU64::new(0)));
        let n_moves = compare(&make, seed, length).await;
        assert_eq!(n_moves, 800, "seed {seed}: the walk ended too soon");
    }
}
