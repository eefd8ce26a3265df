//! `stillpoint inspect`: shows what a file holds.
//!
//! Invariant: the file's code is not run. A debugger is compiled and linked, because only that shows
//! whether this host can run it.

use super::input;
use super::output::{self, show_size};
use super::progress;
use std::fmt::Write as _;
use std::path::Path;
use stillpoint::names;
use stillpoint::plugin::file::{DebuggerFile, Right, WORLD_VERSION};
use stillpoint::plugin::{About, Engine, Grants, Plugin, Problem};
use stillpoint::program::{Analysis, CoreModule, FileKind, Item, ItemKind, Role, WasmFile, analyze, open_cache};
use wasmtime::Cache;

/// Every right that there is.
const ALL_RIGHTS: [Right; 4] = [Right::Control, Right::Inspect, Right::Modify, Right::Messages];

/// Prints what a file holds.
pub(crate) fn run(path: &Path) -> anyhow::Result<()> {
    let file = input::read(path)?;
    let analysis = analyze(&file)?;
    let line = format!("compiling {} ({})", file.name(), show_size(file.binary().len()));
    let text = progress::blocking_alone(line, move || {
        // Only a debugger is compiled.
        let cache = if analysis.role == Role::Debugger { open_cache().ok() } else { None };
        describe(&file, &analysis, cache)
    })?;
    output::print(&text)
}

fn describe(file: &WasmFile, analysis: &Analysis, cache: Option<Cache>) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write_description(&mut text, file, analysis, cache);
    text
}

fn write_description(
    text: &mut String,
    file: &WasmFile,
    analysis: &Analysis,
    cache: Option<Cache>,
) -> std::fmt::Result {
    let kind = match analysis.kind {
        FileKind::Module => "core module",
        FileKind::Component => "component",
    };
    let format = if file.is_text() { ", text format" } else { "" };
    writeln!(text, "{}", file.name())?;
    writeln!(text, "  kind     {kind}{format}, {}", role(&analysis.role))?;
    match analysis.size {
        size @ 0..1000 => writeln!(text, "  size     {}", show_size(size))?,
        size => writeln!(text, "  size     {} ({size} bytes)", show_size(size))?,
    }
    writeln!(text, "  modules  {}", analysis.modules.len())?;
    for (index, module) in analysis.modules.iter().enumerate() {
        writeln!(text, "    {}", line(&show_module(index, module)))?;
    }
    for missing in file.missing_debug_files() {
        if let Some(path) = missing.path {
            writeln!(text, "  missing  {} (debug information)", path.display())?;
        }
    }
    if analysis.role == Role::Debugger {
        match DebuggerFile::read(file.binary()) {
            Ok(debugger) => return write_debugger(text, file, &debugger, cache),
            Err(error) => writeln!(text, "  verdict  this host refuses it: {error}")?,
        }
    }
    write_imports(text, analysis)?;
    write_exports(text, analysis)
}

fn role(role: &Role) -> String {
    match role {
        Role::Command(Some(version)) => format!("a command for WASI {version}"),
        Role::Command(None) => "a command without WASI".to_owned(),
        Role::Reactor => "a reactor (call its functions with --invoke)".to_owned(),
        Role::Debugger => "a debugger".to_owned(),
        Role::Library => "a library".to_owned(),
    }
}

fn show_module(index: usize, module: &CoreModule) -> String {
    let name = module.name.as_deref().unwrap_or("without a name");
    let names = match module.n_names {
        0 => "no function names".to_owned(),
        n_names => format!("{n_names} function names"),
    };
    let dwarf: usize = module.dwarf.iter().map(|section| section.size).sum();
    let debug = match (dwarf, &module.external) {
        (0, None) => "no DWARF".to_owned(),
        (0, Some(file)) => format!("no DWARF, debug information in {file}"),
        (size, None) => format!("DWARF {}", show_size(size)),
        (size, Some(file)) => format!("DWARF {}, more in {file}", show_size(size)),
    };
    format!("{index}: {name}, {}, {} functions, {names}, {debug}", show_size(module.size), module.n_functions)
}

fn write_imports(text: &mut String, analysis: &Analysis) -> std::fmt::Result {
    if analysis.imports.is_empty() {
        return writeln!(text, "  imports  none");
    }
    writeln!(text, "  imports")?;
    let mut previous = None;
    for item in &analysis.imports {
        if let Some(module) = &item.module {
            if previous != Some(module) {
                let n_items = analysis.imports.iter().filter(|other| other.module.as_ref() == Some(module)).count();
                writeln!(text, "    {} ({n_items})", line(module))?;
                previous = Some(module);
            }
            writeln!(text, "      {}", line(&show_item(item)))?;
        } else {
            write_item(text, item)?;
        }
    }
    Ok(())
}

fn write_exports(text: &mut String, analysis: &Analysis) -> std::fmt::Result {
    if analysis.exports.is_empty() {
        return writeln!(text, "  exports  none");
    }
    writeln!(text, "  exports")?;
    analysis.exports.iter().try_for_each(|item| write_item(text, item))
}

fn write_item(text: &mut String, item: &Item) -> std::fmt::Result {
    writeln!(text, "    {}", line(&show_item(item)))?;
    item.members.iter().try_for_each(|member| writeln!(text, "      {}", line(&show_item(member))))
}

/// What a file says, on one line and not longer than anybody reads.
fn line(text: &str) -> String {
    const MAX_LENGTH: usize = 300;
    let shown = names::on_one_line(text);
    match shown.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown.into_owned(),
    }
}

fn show_item(item: &Item) -> String {
    let Item { name, ty, .. } = item;
    match item.kind {
        ItemKind::Function if item.is_async => format!("async {name}{ty}"),
        ItemKind::Function => format!("{name}{ty}"),
        ItemKind::Interface => name.clone(),
        ItemKind::Table => format!("{name}: table of {ty}"),
        ItemKind::Memory => format!("{name}: memory of {ty}"),
        ItemKind::Global => format!("{name}: global {ty}"),
        ItemKind::Tag => format!("{name}: tag {ty}"),
        ItemKind::Type => format!("{name}: type {ty}"),
        ItemKind::Module => format!("{name}: core module"),
        ItemKind::Component => format!("{name}: component"),
        _ => format!("{name}: {ty}"),
    }
}

/// Writes what a debugger asks for: its imports of the contract, each under the right that it
/// needs.
fn write_debugger(
    text: &mut String,
    file: &WasmFile,
    debugger: &DebuggerFile,
    cache: Option<Cache>,
) -> std::fmt::Result {
    if let Some(about) = &debugger.about {
        write_about(text, about)?;
    }
    writeln!(text, "  world    stillpoint:debugger {} (this host has {WORLD_VERSION})", debugger.version)?;
    let rights = debugger.rights.iter().map(Right::to_string).collect::<Vec<_>>();
    writeln!(text, "  rights   {}", if rights.is_empty() { "none".to_owned() } else { rights.join(", ") })?;
    for right in &debugger.rights {
        for import in debugger.imports.iter().filter(|import| import.right() == Some(*right)) {
            writeln!(text, "    {right}: {} ({})", import.name, import.functions.join(", "))?;
        }
    }
    writeln!(
        text,
        "  wasi     {}",
        if debugger.wasi.is_empty() { "none" } else { "over an empty world, unless --allow gives something" }
    )?;
    for interface in &debugger.wasi {
        writeln!(text, "    {interface}")?;
    }
    let missing = debugger.rights.iter().filter(|right| !Grants::default().rights().contains(right));
    let flags: Vec<_> = missing.map(|right| format!("--allow {right}")).collect();
    match debugger.accept(&ALL_RIGHTS).map_err(Problem::from).and_then(|()| compile(file, cache)) {
        Ok(()) if flags.is_empty() => {
            writeln!(text, "  verdict  this host runs it with the rights that every debugger gets")
        }
        Ok(()) => writeln!(text, "  verdict  this host runs it with `{}`", flags.join(" ")),
        Err(problem) => writeln!(text, "  verdict  this host refuses it: {problem}"),
    }?;
    // Last, so that no text of the debugger's comes between its name and its rights.
    debugger.about.as_ref().map_or(Ok(()), |about| write_help(text, about))
}

/// Compiles and links a debugger with every right, as `run` does.
fn compile(file: &WasmFile, cache: Option<Cache>) -> Result<(), Problem> {
    let grants = Grants { modify: true, ..Grants::default() };
    let load = || Plugin::load(&Engine::new(cache)?, file.name(), file.binary(), grants).map(drop);
    load().map_err(|error| error.problem)
}

/// Writes what a debugger says of itself, without its help.
pub(super) fn write_about(text: &mut String, about: &About) -> std::fmt::Result {
    let About { name, version, description, homepage, help: _ } = about;
    if let Some(name) = name {
        let version = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        writeln!(text, "  name     {name}{version}")?;
    }
    if let Some(description) = description {
        writeln!(text, "  about    {description}")?;
    }
    if let Some(homepage) = homepage {
        writeln!(text, "  home     {homepage}")?;
    }
    Ok(())
}

/// Writes a debugger's text of help.
pub(super) fn write_help(text: &mut String, about: &About) -> std::fmt::Result {
    let Some(help) = &about.help else { return Ok(()) };
    writeln!(text, "  help")?;
    help.lines().try_for_each(|line| writeln!(text, "    {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let file = WasmFile::from_bytes("x.wat", text.as_bytes().to_vec()).unwrap();
        expected.assert_eq(&describe(&file, &analyze(&file).unwrap(), None));
    }

    #[test]
    fn a_program() {
        check(
            r#"(module $m
                (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
                (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
                (memory (export "memory") 1)
                (func $start (export "_start"))
                (@custom ".debug_info" "abcd"))"#,
            expect![[r#"
                x.wat
                  kind     core module, text format, a command for WASI 0.1
                  size     172 bytes
                  modules  1
                    0: m, 172 bytes, 1 functions, 1 function names, DWARF 4 bytes
                  imports
                    wasi_snapshot_preview1 (2)
                      proc_exit(i32)
                      sched_yield() -> i32
                  exports
                    memory: memory of 1 pages of 64 KiB or more
                    _start()
            "#]],
        );
    }

    /// A name from the file is on its line, whatever it holds, and not longer than anybody reads.
    #[test]
    fn names_do_not_forge_lines() {
        let name = format!("x\\n  verdict  forged\\u{{202e}}{}", "y".repeat(1000));
        let text = format!(r#"(module (@name "{name}") (func (export "{name}")))"#);
        let file = WasmFile::from_bytes("x.wat", text.into_bytes()).unwrap();
        let shown = describe(&file, &analyze(&file).unwrap(), None);
        assert!(shown.contains("x\\n  verdict  forged\\u{202e}yyy"), "{shown}");
        assert!(shown.lines().all(|line| !line.starts_with("  verdict") && line.len() < 400), "{shown}");
    }

    #[test]
    fn an_empty_component() {
        check(
            "(component)",
            expect![[r#"
                x.wat
                  kind     component, text format, a library
                  size     8 bytes
                  modules  0
                  imports  none
                  exports  none
            "#]],
        );
    }

    #[test]
    fn a_debugger() {
        let common = include_str!("../../tests/plugin/common.wat").replace("@VERSION@", "0.1.0");
        let imports = r#"
            (import "stillpoint:debugger/program@0.1.0" (instance $program
                (export "debuggee" (type (sub resource)))))
            (alias export $program "debuggee" (type $debuggee))
            (import "stillpoint:debugger/messages@0.1.0" (instance (export "print" (func (param "text" string)))))
            (import "wasi:cli/environment@0.2.3" (instance))"#;
        let imports = format!("{common} {imports}");
        let run = r#"
            (core module $m
                (@custom "stillpoint:debugger" "name: x\nversion: 1.0\ndescription: does nothing\n\nx: help\n  --y")
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
                (func (export "run") (param i32 i32 i32) (result i32) unreachable))
            (core instance $i (instantiate $m))
            (func (export "run") (param "debuggee" (own $debuggee)) (param "args" (list string))
                (result (result (error $error)))
                (canon lift (core func $i "run") (memory $i "memory") (realloc (func $i "realloc"))))"#;
        check(
            &format!("(component {imports} {run})"),
            expect![[r#"
                x.wat
                  kind     component, text format, a debugger
                  size     1.1 kB (1127 bytes)
                  modules  1
                    0: m, 169 bytes, 2 functions, no function names, no DWARF
                  name     x 1.0
                  about    does nothing
                  world    stillpoint:debugger 0.1.0 (this host has 0.1.0)
                  rights   messages
                    messages: messages (print)
                  wasi     over an empty world, unless --allow gives something
                    wasi:cli/environment@0.2.3
                  verdict  this host runs it with the rights that every debugger gets
                  help
                    x: help
                      --y
            "#]],
        );
        let modify = r#"
            (import "stillpoint:debugger/modification@0.1.0" (instance
                (alias outer 1 $debuggee (type $debuggee'))
                (export "debuggee" (type $debuggee (eq $debuggee')))
                (alias outer 1 $error (type $error'))
                (export "error" (type $error (eq $error')))
                (export "grow-memory" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32)
                    (param "memory" u32) (param "pages" u64) (result (result u64 (error $error)))))))"#;
        check(
            &format!("(component {imports} {modify} {run})"),
            expect![[r#"
                x.wat
                  kind     component, text format, a debugger
                  size     1.3 kB (1277 bytes)
                  modules  1
                    0: m, 169 bytes, 2 functions, no function names, no DWARF
                  name     x 1.0
                  about    does nothing
                  world    stillpoint:debugger 0.1.0 (this host has 0.1.0)
                  rights   modify, messages
                    modify: modification (grow-memory)
                    messages: messages (print)
                  wasi     over an empty world, unless --allow gives something
                    wasi:cli/environment@0.2.3
                  verdict  this host runs it with `--allow modify`
                  help
                    x: help
                      --y
            "#]],
        );
        let other = r#"(import "stillpoint:debugger/inspection@0.1.0" (instance (export "depth" (func))))"#;
        check(
            &format!("(component {imports} {other} {run})"),
            expect![[r#"
                x.wat
                  kind     component, text format, a debugger
                  size     1.2 kB (1190 bytes)
                  modules  1
                    0: m, 169 bytes, 2 functions, no function names, no DWARF
                  name     x 1.0
                  about    does nothing
                  world    stillpoint:debugger 0.1.0 (this host has 0.1.0)
                  rights   inspect, messages
                    inspect: inspection (depth)
                    messages: messages (print)
                  wasi     over an empty world, unless --allow gives something
                    wasi:cli/environment@0.2.3
                  verdict  this host refuses it: the debugger does not fit this host: component imports instance `stillpoint:debugger/inspection@0.1.0`, but a matching implementation was not found in the linker: instance export `depth` has the wrong type: type mismatch with parameters: expected 1-tuple, found 0-tuple; build it again for this version of stillpoint:debugger
                  help
                    x: help
                      --y
            "#]],
        );
        check(
            &format!("(component {imports})"),
            expect![[r#"
                x.wat
                  kind     component, text format, a debugger
                  size     845 bytes
                  modules  0
                  verdict  this host refuses it: the debugger exports no function `run(debuggee, args)`; build it for a world of stillpoint:debugger, such as `controlling`
                  imports
                    stillpoint:debugger/common@0.1.0
                    stillpoint:debugger/program@0.1.0
                    stillpoint:debugger/messages@0.1.0
                      print(text: string)
                    wasi:cli/environment@0.2.3
                  exports  none
            "#]],
        );
    }
}
