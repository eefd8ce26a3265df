//! `stillpoint inspect`: shows what a file holds.
//!
//! Invariant: nothing is compiled or run.

use super::output::{self, show_size};
use std::fmt::Write as _;
use std::path::Path;
use stillpoint::plugin::file::{DebuggerFile, Right, WORLD_VERSION};
use stillpoint::program::{Analysis, CoreModule, FileKind, Item, ItemKind, Role, WasmFile, analyze};

/// Prints what a file holds.
pub(crate) fn run(path: &Path) -> anyhow::Result<()> {
    let file = WasmFile::read(path)?;
    let analysis = analyze(&file)?;
    output::print(&describe(&file, &analysis))
}

fn describe(file: &WasmFile, analysis: &Analysis) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write_description(&mut text, file, analysis);
    text
}

fn write_description(text: &mut String, file: &WasmFile, analysis: &Analysis) -> std::fmt::Result {
    let kind = match analysis.kind {
        FileKind::Module => "core module",
        FileKind::Component => "component",
    };
    let format = if file.is_text() { ", text format" } else { "" };
    writeln!(text, "{}", file.name())?;
    writeln!(text, "  kind     {kind}{format}, {}", role(&analysis.role))?;
    writeln!(text, "  size     {} ({} bytes)", show_size(analysis.size), analysis.size)?;
    if analysis.role == Role::Debugger {
        write_debugger(text, file)?;
    }
    writeln!(text, "  modules  {}", analysis.modules.len())?;
    for (index, module) in analysis.modules.iter().enumerate() {
        writeln!(text, "    {}", show_module(index, module))?;
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
        Role::Library => "a library (call its functions with --invoke)".to_owned(),
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
                writeln!(text, "    {module} ({n_items})")?;
                previous = Some(module);
            }
            writeln!(text, "      {}", show_item(item))?;
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
    writeln!(text, "    {}", show_item(item))?;
    item.members.iter().try_for_each(|member| writeln!(text, "      {}", show_item(member)))
}

fn show_item(item: &Item) -> String {
    let Item { name, ty, .. } = item;
    match item.kind {
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

fn write_debugger(text: &mut String, file: &WasmFile) -> std::fmt::Result {
    let debugger = match DebuggerFile::read(file.binary()) {
        Ok(debugger) => debugger,
        Err(error) => return writeln!(text, "  debugger it cannot be run: {error}"),
    };
    writeln!(text, "  world    stillpoint:debugger {} (this host has {WORLD_VERSION})", debugger.version)?;
    let rights = debugger.rights.iter().map(Right::to_string).collect::<Vec<_>>();
    writeln!(text, "  rights   {}", if rights.is_empty() { "none".to_owned() } else { rights.join(", ") })?;
    for import in debugger.imports.iter().filter(|import| !import.functions.is_empty()) {
        let right = import.right().map(|right| format!(" ({right})")).unwrap_or_default();
        writeln!(text, "    {}{right}: {}", import.name, import.functions.join(", "))?;
    }
    let wasi = if debugger.wasi.is_empty() { "none".to_owned() } else { debugger.wasi.join(", ") };
    writeln!(text, "  wasi     {wasi}")?;
    match debugger.accept(&[Right::Control, Right::Inspect, Right::Messages]) {
        Ok(()) => writeln!(text, "  verdict  this host runs it with its default grants"),
        Err(error) => writeln!(text, "  verdict  this host refuses it: {error}"),
    }
}
