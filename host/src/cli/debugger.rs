//! The command line's side of debuggers: choosing one, listing them, and running a program under
//! one.
//!
//! Invariant: no other file of the command line knows how debuggers are embedded and run.

use super::arguments::FailurePolicy;
use super::escaped::Escaped;
use super::grant::Grant;
use super::{advice, input, inspect, output, usage};
use anyhow::Context as _;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stillpoint::debuggee::{Debuggee, Exit, Launch, State};
use stillpoint::plugin::file::{DebuggerFile, DebuggerFileError};
use stillpoint::plugin::{
    BUILT_IN, BuiltIn, Engine, Grants, Limits, OnFailure, Output, Plugin, Problem, Right, Ticker,
};
use stillpoint::program::{ExitStatus, Prepared, WasmFile, classify_exit};
use wasmtime::Cache;

/// The value of `--debugger` that asks for no debugger.
const NONE: &str = "none";

/// A debugger that was checked and may run, and what it is given.
pub(crate) struct PreparedDebugger {
    plugin: Plugin,
    on_failure: OnFailure,
    arguments: Vec<String>,
    output: Output,
    /// The file that `output` writes to, if the user named one.
    output_file: Option<PathBuf>,
    /// Whether somebody looks at the program through it, who wants to see sources.
    shows_sources: bool,
    /// Addresses that a server for native debuggers may listen on and that other machines may
    /// reach.
    exposed: Vec<SocketAddr>,
}

impl PreparedDebugger {
    /// Whether somebody looks at the program through it, who wants to see sources.
    pub(crate) fn shows_sources(&self) -> bool {
        self.shows_sources
    }
}

/// The debugger that the user chose.
#[derive(Debug)]
pub(crate) enum Choice {
    /// No debugger.
    None,
    /// A debugger that is part of this binary.
    BuiltIn(BuiltIn),
    /// A debugger in a file.
    File(PathBuf),
}

impl Choice {
    /// The name by which the user chose it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::None => NONE.to_owned(),
            Self::BuiltIn(built_in) => built_in.name.to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// Reads the value of `--debugger`: `none`, a built-in name, or a path.
    pub(crate) fn parse(text: &OsStr) -> anyhow::Result<Self> {
        if text == NONE {
            return Ok(Self::None);
        }
        if let Some(built_in) = BUILT_IN.iter().find(|built_in| text == built_in.name) {
            return Ok(Self::BuiltIn(*built_in));
        }
        let path = Path::new(text);
        if text.is_empty() {
            return Err(usage("--debugger: the value is empty; give a name, a file or `none`"));
        }
        // A single word that is not the name of a file is a misspelt name rather than a missing
        // file.
        let bare = path.components().count() == 1 && path.extension().is_none();
        if bare && !path.exists() {
            let names = BUILT_IN.iter().map(|built_in| built_in.name).chain([NONE]).collect::<Vec<_>>().join(", ");
            return Err(usage(format!(
                "--debugger {}: no debugger of this name is built in, and there is no such file; built in are: {names}",
                text.display()
            )));
        }
        Ok(Self::File(path.to_owned()))
    }
}

/// The command line's requests about the debugger.
pub(crate) struct Requests {
    /// The debugger's own arguments.
    pub(crate) arguments: Vec<String>,
    /// The file that it prints to; none for standard error.
    pub(crate) output: Option<PathBuf>,
    /// The parts of this machine that it may use, and the rights that it gets beyond the default.
    pub(crate) grants: Vec<Grant>,
    /// Rights that it must not have.
    pub(crate) denied: Vec<Right>,
    /// What happens to the program when the debugger fails.
    pub(crate) on_failure: Option<FailurePolicy>,
    /// The program's file, if it comes from one. No output is written over it.
    pub(crate) program: Option<PathBuf>,
}

/// Reads, checks and compiles the debugger, and opens its output. None of its code runs.
pub(crate) fn prepare(
    choice: &Choice,
    requests: Requests,
    cache: Option<Cache>,
) -> anyhow::Result<Option<PreparedDebugger>> {
    let (name, file) = match choice {
        Choice::None => {
            for (given, flag) in [
                (!requests.arguments.is_empty(), "--debugger-arg"),
                (requests.output.is_some(), "--debugger-output"),
                (!requests.grants.is_empty(), "--allow"),
                (!requests.denied.is_empty(), "--deny"),
                (requests.on_failure.is_some(), "--on-failure"),
            ] {
                if given {
                    return Err(usage(format!(
                        "{flag}: there is no debugger to use it with `--debugger none`; leave one out"
                    )));
                }
            }
            return Ok(None);
        }
        Choice::BuiltIn(built_in) => {
            (built_in.name.to_owned(), WasmFile::from_bytes(built_in.name, built_in.component.to_vec())?)
        }
        Choice::File(path) => {
            (path.display().to_string(), WasmFile::read(path).map_err(|error| anyhow::anyhow!("--debugger {error}"))?)
        }
    };
    let is_allowed = |right: &&Right| requests.grants.contains(&Grant::Right(**right));
    if let Some(right) = requests.denied.iter().find(is_allowed) {
        return Err(usage(format!("--deny {right}: --allow gives the same right; leave one of them out")));
    }
    let own = match choice {
        Choice::BuiltIn(built_in) => built_in.grants(),
        Choice::None | Choice::File(_) => Grants::default(),
    };
    let is_server = own.listen_on_loopback;
    let grants = grants(own, requests.grants, &requests.denied);
    let shows_sources = is_server || !grants.listen.is_empty();
    let mut exposed = grants.listen.clone();
    exposed.retain(|address| is_server && !address.ip().is_loopback());
    let plugin =
        Plugin::load(&Engine::new(cache)?, &name, file.binary(), grants).map_err(|error| match error.problem {
            Problem::NotGranted { right, .. } if requests.denied.contains(&right) => {
                usage(format!("--deny {right}: {name} needs this right; leave the flag out, or use another debugger"))
            }
            Problem::NotGranted { .. } | Problem::Directory { .. } => usage(advice::debugger(&error)),
            _ => anyhow::Error::msg(advice::debugger(&error)),
        })?;
    // A server computes for its client, which may stay at one stop for hours. The limit on the time
    // between two resumes would end it although nothing is wrong.
    let computing = if is_server { Duration::from_secs(24 * 60 * 60) } else { Limits::default().computing };
    let plugin = plugin.with_limits(Limits { computing, ..Limits::default() });
    let output = open_output(requests.output.as_deref(), choice, requests.program.as_deref())?;
    let on_failure = requests.on_failure.map(OnFailure::from).unwrap_or_default();
    let plugin = plugin.with_on_failure(on_failure);
    Ok(Some(PreparedDebugger {
        plugin,
        on_failure,
        arguments: requests.arguments,
        output,
        output_file: requests.output,
        shows_sources,
        exposed,
    }))
}

/// Opens the debugger's output: standard error, or a file that is neither the program nor the
/// debugger.
fn open_output(path: Option<&Path>, choice: &Choice, program: Option<&Path>) -> anyhow::Result<Output> {
    let Some(path) = path else {
        // The program may print to standard error as well, and its standard output may be the same
        // file (`2>&1`).
        return Ok(if std::io::stderr().is_terminal() {
            Output::by_line(Escaped::new(std::io::stderr()))
        } else {
            Output::by_line(std::io::stderr())
        });
    };
    let debugger = match choice {
        Choice::File(file) => Some(file.as_path()),
        Choice::None | Choice::BuiltIn(_) => None,
    };
    for (what, input) in [("program", program), ("debugger", debugger)] {
        if input.is_some_and(|input| is_same_file(input, path)) {
            return Err(usage(format!(
                "--debugger-output {}: this is the {what} itself, and would be written over; name another file",
                path.display()
            )));
        }
    }
    let file = File::create(path).with_context(|| {
        format!("--debugger-output {}: the file cannot be written; name another one", path.display())
    })?;
    Ok(if file.is_terminal() { Output::by_line(Escaped::new(file)) } else { Output::new(file) })
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        // A file that does not exist yet is neither input.
        _ => false,
    }
}

/// Adds what the user allowed to a debugger's own grants, and takes away what the user denied.
fn grants(mut grants: Grants, allowed: Vec<Grant>, denied: &[Right]) -> Grants {
    let mut set = |right: Right, on: bool| {
        *match right {
            Right::Control => &mut grants.control,
            Right::Inspect => &mut grants.inspect,
            Right::Modify => &mut grants.modify,
            Right::Messages => &mut grants.messages,
        } = on;
    };
    for grant in &allowed {
        if let Grant::Right(right) = grant {
            set(*right, true);
        }
    }
    for right in denied {
        set(*right, false);
    }
    for grant in allowed {
        match grant {
            Grant::Right(_) => {}
            Grant::Listen(address) => grants.listen.push(address),
            Grant::Directory(directory) => grants.dirs.push((directory.host, directory.guest)),
            Grant::Environment(variable) => {
                // A variable that is not set in this process is not set for the debugger either.
                if let Some(value) = variable.value.or_else(|| std::env::var(&variable.name).ok()) {
                    grants.env.push((variable.name, value));
                }
            }
        }
    }
    grants
}

/// How a program and its debugger ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) debugger_failed: bool,
}

/// Runs a program to its end, under a debugger if there is one.
pub(crate) async fn run(
    program: Prepared,
    launch: Launch,
    debugger: Option<PreparedDebugger>,
) -> anyhow::Result<Ended> {
    let Some(PreparedDebugger { plugin, on_failure, arguments, output, output_file, shows_sources: _, exposed }) =
        debugger
    else {
        let symbols = program.symbols.clone();
        let status = ExitStatus::describe(&program.run().await, &symbols, None);
        return Ok(Ended { status, debugger_failed: false });
    };
    for address in exposed {
        output::warn(&format!(
            "warning: {} may listen on {address}: anyone who reaches this port can read and change the program",
            plugin.name()
        ));
    }
    let Prepared { store, body, component, entry_point, symbols } = program;
    // Makes the program yield now and then, so that the debugger's timers are polled.
    let _ticker =
        Ticker::new([store.engine().clone()]).context("the clock of the program's engine cannot be started")?;
    let status = Arc::new(Mutex::new(None));
    let sink = Arc::clone(&status);
    // The engine's backtrace of a deep stack has its innermost frames only.
    let outlines = Arc::new(Mutex::new(None));
    let outline = Arc::clone(&outlines);
    let mut debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let result = body(store).await;
            let outline = outline.lock().unwrap_or_else(PoisonError::into_inner).take();
            let status = ExitStatus::describe(&result, &symbols, outline.as_ref());
            *sink.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
            result
        })
    })?
    .entry_point(entry_point)
    .launch(launch)
    .outline_deep_stacks(outlines)
    .exit_codes(classify_exit)
    .exit_values(|completion| completion.values.clone());
    if let Some(component) = component {
        debuggee = debuggee.component(component);
    }
    let (result, session) = plugin.debug(Box::new(debuggee), &arguments, output.clone()).await;
    output.flush();
    if let (Some(file), Some(error)) = (output_file, output.failure()) {
        let file = file.display();
        output::warn(&format!(
            "warning: --debugger-output {file}: {error}; what the debugger printed is not all there"
        ));
    }
    let killed = result.is_err() && on_failure == OnFailure::Kill;
    if let Err(failure) = &result {
        let has_ended = status.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        let consequence = match session.as_ref().map(|session| session.state()) {
            Ok(State::Exited) if has_ended => "the program had ended before",
            Ok(_) if killed => "the program is ended",
            Ok(State::Exited) => "it has ended the program",
            Ok(State::Paused | State::Running) => "the program goes on without it",
            Err(_) => "it has lost the program",
        };
        // The consequence is in the first line: a backtrace may follow.
        let failure = failure.to_string();
        let (first, rest) = failure.split_at(failure.find('\n').unwrap_or(failure.len()));
        output::warn(&format!("{}: {first}; {consequence}{rest}", plugin.name()));
    }
    let exit = session?.finish().await?;
    let status = status.lock().unwrap_or_else(PoisonError::into_inner).take();
    let status = match (status, exit) {
        (Some(status), _) => status,
        (None, Exit::Killed) if killed => ExitStatus::Failed("it was ended because its debugger failed".to_owned()),
        (None, Exit::Killed) => ExitStatus::Failed("the debugger ended it".to_owned()),
        (None, exit) => ExitStatus::Failed(format!("{exit:?}")),
    };
    Ok(Ended { status, debugger_failed: result.is_err() })
}

/// Prints the debuggers that are built in, or what one debugger says of itself.
pub(crate) fn list(debugger: Option<&OsStr>) -> anyhow::Result<()> {
    // The name stands alone here, and not behind a flag.
    let parse = |text| Choice::parse(text).map_err(|error| usage(error.to_string().replacen("--debugger ", "", 1)));
    match debugger.map(parse).transpose()? {
        None => output::print(&table()?),
        Some(choice) => output::print(&about(&choice)?),
    }
}

fn table() -> anyhow::Result<String> {
    let mut text = String::new();
    let width = BUILT_IN.iter().map(|built_in| built_in.name.len()).chain([NONE.len()]).max().unwrap_or(0);
    for built_in in BUILT_IN {
        writeln!(text, "{:width$}  {}", built_in.name, built_in.about)?;
    }
    writeln!(text, "{NONE:width$}  no debugger: the program runs at full speed")?;
    Ok(text)
}

fn about(choice: &Choice) -> anyhow::Result<String> {
    let name = choice.name();
    let refusal = |error: DebuggerFileError| anyhow::anyhow!("{name}: {error}");
    let file = match choice {
        Choice::None => return Ok("none: no debugger; the program runs at full speed\n".to_owned()),
        Choice::BuiltIn(built_in) => DebuggerFile::read(built_in.component).map_err(refusal)?,
        Choice::File(path) => DebuggerFile::read(input::read(path)?.binary()).map_err(refusal)?,
    };
    let mut text = format!("{name}\n");
    match &file.about {
        Some(about) => {
            inspect::write_about(&mut text, about)?;
            inspect::write_help(&mut text, about)?;
        }
        None => writeln!(text, "  it says nothing of itself")?,
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check_refused(choice: &str, requests: Requests, expected: Expect) {
        let error = Choice::parse(OsStr::new(choice)).and_then(|choice| prepare(&choice, requests, None).map(|_| ()));
        expected.assert_eq(&format!("{:#}", error.unwrap_err()));
    }

    fn nothing() -> Requests {
        Requests {
            arguments: Vec::new(),
            output: None,
            grants: Vec::new(),
            denied: Vec::new(),
            on_failure: None,
            program: None,
        }
    }

    #[test]
    fn names_and_files() {
        assert!(matches!(Choice::parse(OsStr::new("none")).unwrap(), Choice::None));
        assert!(matches!(Choice::parse(OsStr::new("no/such.wasm")).unwrap(), Choice::File(_)));
        for built_in in BUILT_IN {
            assert!(matches!(Choice::parse(OsStr::new(built_in.name)).unwrap(), Choice::BuiltIn(_)));
        }
        let message = Choice::parse(OsStr::new("misspelt")).unwrap_err().to_string();
        assert!(message.starts_with("--debugger misspelt: no debugger of this name is built in"), "{message}");
        assert!(message.ends_with("none"), "{message}");
    }

    #[test]
    fn wrong_files() {
        let directory = tempfile::tempdir().unwrap();
        let refusal = |name: &str, content: &[u8]| {
            let path = directory.path().join(name);
            std::fs::write(&path, content).unwrap();
            let error = prepare(&Choice::File(path.clone()), nothing(), None).err().unwrap();
            format!("{error:#}").replace(&path.display().to_string(), name)
        };
        expect!["--debugger empty.wasm: the file is empty; give a WebAssembly file (.wasm or .wat)"]
            .assert_eq(&refusal("empty.wasm", b""));
        expect!["--debugger text.txt: this is not WebAssembly, neither binary nor text; give a .wasm or .wat file, or compile the program for a WebAssembly target first"].assert_eq(&refusal("text.txt", b"hello"));
        expect!["--debugger module.wat: this is a core module, but a debugger is a component; build it for wasm32-wasip2, or make a component of it"].assert_eq(&refusal("module.wat", b"(module)"));
        expect!["--debugger component.wat: this component is not a debugger: it imports nothing of stillpoint:debugger; if it is the program, give it without --debugger"].assert_eq(&refusal("component.wat", b"(component)"));
        check_refused(
            "no/such.wasm",
            nothing(),
            expect!["--debugger no/such.wasm: there is no such file; check the path"],
        );
    }

    #[test]
    fn nothing_for_no_debugger() {
        check_refused(
            "none",
            Requests { arguments: vec!["x".to_owned()], ..nothing() },
            expect!["--debugger-arg: there is no debugger to use it with `--debugger none`; leave one out"],
        );
        check_refused(
            "none",
            Requests { output: Some("x".into()), ..nothing() },
            expect!["--debugger-output: there is no debugger to use it with `--debugger none`; leave one out"],
        );
        check_refused(
            "none",
            Requests { grants: vec!["env=A".parse().unwrap()], ..nothing() },
            expect!["--allow: there is no debugger to use it with `--debugger none`; leave one out"],
        );
        check_refused(
            "none",
            Requests { denied: vec![Right::Control], ..nothing() },
            expect!["--deny: there is no debugger to use it with `--debugger none`; leave one out"],
        );
        check_refused(
            "none",
            Requests { on_failure: Some(FailurePolicy::Detach), ..nothing() },
            expect!["--on-failure: there is no debugger to use it with `--debugger none`; leave one out"],
        );
        assert!(prepare(&Choice::None, nothing(), None).unwrap().is_none());
    }
}
