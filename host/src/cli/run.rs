//! `stillpoint run`, and the commands that are short for it: from the arguments to a running
//! program, and from the way it ended to an exit code.
//!
//! Invariant: whatever can be wrong with the debugger, the program or the arguments is found before
//! any code of either runs.

use super::arguments::{CommonArguments, FailurePolicy, RunArguments, StackSize};
use super::debugger::{self, Choice, PreparedDebugger, Requests};
use super::{DEBUGGER_FAILED, advice, input, output, progress, signals, usage};
use anyhow::Context as _;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use stillpoint::program::{
    Compiled, DEMO, Entry, ExitStatus, Mode, Wasi, WasmFile, engine, engine_with_stack, open_cache,
};

/// What the demo is called in messages, and by itself.
const DEMO_NAME: &str = "demo";

/// Runs a program and returns the exit code.
pub(crate) fn run(arguments: RunArguments) -> anyhow::Result<i32> {
    signals::watch()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the threads that run the program cannot be started")?;
    let outcome = runtime.block_on(async { tokio::spawn(start(arguments)).await });
    // The process ends right after this. Waiting for the runtime's threads could take forever: one
    // may be blocked in a read of standard input.
    runtime.shutdown_background();
    outcome.context("an internal error ended the run")?
}

async fn start(arguments: RunArguments) -> anyhow::Result<i32> {
    let RunArguments { debugger, debugger_arguments, allow, deny, common } = arguments;
    let CommonArguments {
        debugger_output,
        on_failure,
        directories,
        environment,
        invoke,
        argv0,
        stack,
        no_cache,
        program,
    } = common;

    let choice = Choice::parse(&debugger)?;
    let cache = if no_cache {
        None
    } else {
        open_cache().inspect_err(|error| output::warn(&format!("warning: {}", advice::cache(error)))).ok()
    };
    let (path, program_arguments) = match program.split_first() {
        None => (None, Vec::new()),
        Some((path, rest)) => (Some(Path::new(path)), texts(rest)?),
    };
    let file = match path {
        None => WasmFile::from_bytes(DEMO_NAME, DEMO.to_vec())?,
        Some(path) => input::read(path)?,
    };
    // This creates the debugger's output file, so the program's file has to be read before.
    let requests = Requests {
        arguments: debugger_arguments,
        output: debugger_output,
        grants: allow,
        denied: deny,
        on_failure,
        program: path.filter(|path| !input::is_standard_input(path)).map(PathBuf::from),
    };
    let debugger_cache = cache.clone();
    let line = format!("compiling the debugger {}", choice.name());
    let debugger = progress::blocking(line, move || debugger::prepare(&choice, requests, debugger_cache))
        .await
        .context("an internal error ended the compilation")??;

    let name = file.name().to_owned();
    let entry = match invoke {
        None => Entry::Command,
        Some(function) => Entry::Invoke { function, arguments: program_arguments.clone() },
    };
    let wasi = Wasi {
        argv0: argv0.unwrap_or_else(|| path.map_or_else(|| DEMO_NAME.to_owned(), base_name)),
        arguments: program_arguments,
        environment,
        directories,
    };
    let data = wasi.data()?;

    let file = if debugger.as_ref().is_some_and(PreparedDebugger::shows_sources) {
        let (file, missing) = file.with_debug_info();
        for missing in missing {
            output::warn(&format!("warning: {}", advice::missing_debug_file(&name, &missing)));
        }
        file
    } else {
        file
    };
    let mode = if debugger.is_some() { Mode::Debug } else { Mode::Plain };
    let line = format!("compiling {name} ({})", output::show_size(file.binary().len()));
    let engine_cache = cache.clone();
    let compile = move || {
        let engine = match stack {
            None => engine(mode, engine_cache),
            Some(StackSize(size)) => engine_with_stack(mode, size, engine_cache),
        };
        Compiled::new(&engine?, mode, file)
    };
    let compiled = progress::blocking(line, compile).await.context("an internal error ended the compilation")??;
    if let Some(cache) = &cache {
        tracing::debug!(hits = cache.cache_hits(), misses = cache.cache_misses(), "compile cache");
    }
    let launch = compiled.launch(&wasi, &entry);
    let prepared = compiled.prepare(data, &entry)?;

    tracing::debug!(program = name, ?entry, "starting");
    let debugger::Ended { status, debugger_failed } = debugger::run(prepared, launch, debugger).await?;
    tracing::debug!(?status, "ended");
    if let ExitStatus::Returned(completion) = &status {
        let lines = completion.lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        output::print(&lines)?;
    }
    if let Some(message) = status.message(&name) {
        output::warn(&format!("error: {message}"));
    }
    let fails = debugger_failed && on_failure == Some(FailurePolicy::Fail);
    Ok(if fails { DEBUGGER_FAILED } else { status.exit_code() })
}

/// The program's arguments as the text that WASI requires.
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

/// The name that a program gets by default: that of its file, without the directory.
fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
