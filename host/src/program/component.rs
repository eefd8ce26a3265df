//! Programs that are components: links WASI 0.2, finds the command or the function to call, and
//! makes the body that runs the program.
//!
//! Invariant: everything that can be refused without running the program is refused before its body
//! exists.

use super::core::elide;
use super::invoke::clause;
use super::prepare::{Body, Entry};
use super::wave::{ComponentCall, list_functions};
use super::{Completion, OtherComponent, ProgramData, ProgramError};
use crate::debuggee::EntryPoint;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2;
use wasmtime_wasi::p2::bindings::CommandPre;

/// The beginning of the name of every import that is specific to debuggers.
const DEBUGGER_PACKAGE: &str = "stillpoint:debugger/";

/// Makes the body for a component, and says what it calls.
pub(super) fn body(path: &str, component: &Component, entry: &Entry) -> Result<(Body, EntryPoint), ProgramError> {
    let engine = component.engine();
    let ty = component.component_type();
    if ty.imports(engine).any(|(name, _)| name.starts_with(DEBUGGER_PACKAGE)) {
        return Err(ProgramError::IsDebugger { path: path.to_owned() });
    }
    match entry {
        Entry::Command => {
            let interface = check_command(path, component)?;
            let entry_point = EntryPoint::ComponentExport(format!("{interface}#run"));
            let command = CommandPre::new(link(path, component)?)
                .map_err(|error| ProgramError::Link { path: path.to_owned(), message: format!("{error:#}") })?;
            let body: Body = Box::new(move |store| {
                Box::pin(async move {
                    let command = command.instantiate_async(&mut *store).await?;
                    match command.wasi_cli_run().call_run(&mut *store).await? {
                        Ok(()) => Ok(Completion::default()),
                        // A command that returns an error, which has no message, ends like one that
                        // calls `exit(1)`.
                        Err(()) => Err(I32Exit(1).into()),
                    }
                })
            });
            Ok((body, entry_point))
        }
        Entry::Invoke { function, arguments: _ } => {
            let call = ComponentCall::new(path, component, function)?;
            let entry_point = EntryPoint::ComponentExport(call.export_name().to_owned());
            let instance = link(path, component)?;
            let body: Body = Box::new(move |store| {
                Box::pin(async move {
                    let instance = instance.instantiate_async(&mut *store).await?;
                    Ok(Completion { lines: call.run(store, &instance).await?, values: Vec::new() })
                })
            });
            Ok((body, entry_point))
        }
    }
}

fn link(path: &str, component: &Component) -> Result<InstancePre<ProgramData>, ProgramError> {
    let engine = component.engine();
    let mut linker: Linker<ProgramData> = Linker::new(engine);
    p2::add_to_linker_async(&mut linker).map_err(|error| ProgramError::Engine { message: format!("{error:#}") })?;
    linker.instantiate_pre(component).map_err(|error| {
        let unknown = unknown_imports(engine, component);
        if unknown.is_empty() {
            ProgramError::Link { path: path.to_owned(), message: format!("{error:#}") }
        } else {
            ProgramError::UnknownImports { path: path.to_owned(), imports: elide(unknown) }
        }
    })
}

/// The names of the imports that are not of WASI 0.2.
fn unknown_imports(engine: &Engine, component: &Component) -> Vec<String> {
    const PACKAGES: [&str; 6] =
        ["wasi:io/", "wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:random/", "wasi:sockets/"];
    component
        .component_type()
        .imports(engine)
        .filter(|(_, item)| !matches!(item.ty, ComponentItem::Type(_)))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !(PACKAGES.iter().any(|package| name.starts_with(package)) && name.contains("@0.2.")))
        .collect()
}

/// Refuses a component without `wasi:cli/run`, and says what it is instead. Returns the name under
/// which it exports that interface.
fn check_command(path: &str, component: &Component) -> Result<String, ProgramError> {
    let ty = component.component_type();
    let names: Vec<String> = ty.exports(component.engine()).map(|(name, _)| name.to_owned()).collect();
    if let Some(name) = names.iter().find(|name| name.starts_with("wasi:cli/run@0.2.")) {
        return Ok(name.clone());
    }
    let functions = list_functions(component);
    let kind = if names.iter().any(|name| name.starts_with("wasi:cli/run@")) {
        OtherComponent::OtherWasi
    } else if names.iter().any(|name| name.starts_with("wasi:http/incoming-handler@")) {
        OtherComponent::HttpServer
    } else if functions.is_empty() {
        OtherComponent::Empty
    } else {
        OtherComponent::Library
    };
    Err(ProgramError::NotCommand { path: path.to_owned(), found: clause(functions), kind })
}
