//! `stillpoint run`, and what is short for it: from arguments to a running program, and from its ending to an exit code.
//!
//! Invariant: everything that can be refused, of the debugger, the program and the arguments, is refused before
//! anything runs.

use super::arguments::{CommonArguments, RunArguments};
use super::debugger::{self, Choice, Wishes};
use super::{output, progress, signals, usage};
use anyhow::Context as _;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use stillpoint::program::{Compiled, DEMO, Ending, Entry, Mode, Wasi, WasmFile, engine, open_cache};

/// Runs a program and returns the exit code.
pub(crate) fn run(arguments: RunArguments) -> anyhow::Result<i32> {
    signals::watch()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the threads that run the program cannot be started")?;
    let outcome = runtime.block_on(async { tokio::spawn(start(arguments)).await });
    // The process ends right after this: do not wait for a thread that still reads standard input, say.
    runtime.shutdown_background();
    outcome.context("an internal error ended the run")?
}

async fn start(arguments: RunArguments) -> anyhow::Result<i32> {
    let RunArguments { debugger, debugger_arguments, allow, deny, common } = arguments;
    let CommonArguments { debugger_output, on_failure, directories, environment, invoke, argv0, no_cache, program } =
        common;

    let choice = Choice::parse(&debugger)?;
    let cache = if no_cache {
        None
    } else {
        open_cache().inspect_err(|error| output::complain(&format!("warning: {error}"))).ok()
    };
    let (file, program_arguments) = match program.split_first() {
        None => (WasmFile::from_bytes("demo", DEMO.to_vec())?, Vec::new()),
        Some((path, rest)) => (WasmFile::read(Path::new(path))?, texts(rest)?),
    };
    // After the program's file was read: this creates the debugger's output file.
    let wishes = Wishes {
        arguments: debugger_arguments,
        output: debugger_output,
        grants: allow,
        denied: deny,
        on_failure: on_failure.map(Into::into),
        program: program.first().map(PathBuf::from),
    };
    let debugger_cache = cache.clone();
    let line = format!("compiling the debugger {}", choice.name());
    let request = progress::blocking(line, move || debugger::request(&choice, wishes, debugger_cache))
        .await
        .context("an internal error ended the compilation")??;

    let name = file.name().to_owned();
    let entry = match invoke {
        None => Entry::Command,
        Some(function) => Entry::Invoke { function, arguments: program_arguments.clone() },
    };
    let wasi = Wasi {
        argv0: argv0.unwrap_or_else(|| base_name(&name)),
        arguments: program_arguments,
        environment,
        directories,
    };
    let state = wasi.state()?;

    let mode = if request.is_some() { Mode::debug(&file) } else { Mode::Plain };
    if mode == Mode::DebugUncollected {
        output::complain(&format!(
            "warning: {name} has locals of non-nullable reference types, which the engine's collector misreads in a program that is \
             debugged; it runs without a collector, so that dead objects stay in memory"
        ));
    }
    let line = format!("compiling {name} ({})", output::show_size(file.binary().len()));
    let engine_cache = cache.clone();
    let compile = move || Compiled::new(&engine(mode, engine_cache)?, mode, file);
    let compiled = progress::blocking(line, compile).await.context("an internal error ended the compilation")??;
    if let Some(cache) = &cache {
        tracing::debug!(hits = cache.cache_hits(), misses = cache.cache_misses(), "compile cache");
    }
    let prepared = compiled.prepare(state, &entry)?;

    tracing::debug!(program = name, ?entry, "starting");
    let ending = debugger::run(prepared, request).await?;
    tracing::debug!(?ending, "ended");
    if let Ending::Returned(completion) = &ending {
        let lines = completion.lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        output::print(&lines)?;
    }
    if let Some(message) = ending.message(&name) {
        output::complain(&format!("error: {message}"));
    }
    Ok(ending.exit_code())
}

/// The program's arguments, which WASI wants as text.
fn texts(arguments: &[OsString]) -> anyhow::Result<Vec<String>> {
    arguments
        .iter()
        .map(|argument| {
            argument.clone().into_string().map_err(|argument| {
                usage(format!("the program's argument {argument:?} is not valid UTF-8; give it as UTF-8 text"))
            })
        })
        .collect()
}

/// What a program is called by default: its file's name without the directory.
fn base_name(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}
