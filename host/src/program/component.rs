//! Programs that are components: links WASI 0.2 and 0.3, finds the command or the function to call, and
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
use wasmtime::component::{Accessor, Component, InstancePre, Linker};
use wasmtime_wasi::{I32Exit, p2, p3};

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
            let (version, interface) = command_version(path, component)?;
            let entry_point = EntryPoint::ComponentExport(format!("{interface}#run"));
            let instance = link(path, component)?;
            let refuse = |error| ProgramError::Link { path: path.to_owned(), message: format!("{error:#}") };
            let body: Body = match version {
                Version::P2 => {
                    let command = p2::bindings::CommandPre::new(instance).map_err(refuse)?;
                    Box::new(move |store| {
                        Box::pin(async move {
                            let command = command.instantiate_async(&mut *store).await?;
                            completion(command.wasi_cli_run().call_run(&mut *store).await?)
                        })
                    })
                }
                Version::P3 => {
                    let command = p3::bindings::CommandPre::new(instance).map_err(refuse)?;
                    Box::new(move |store| {
                        Box::pin(async move {
                            let command = command.instantiate_async(&mut *store).await?;
                            let run = async |accessor: &Accessor<ProgramData>| {
                                command.wasi_cli_run().call_run(accessor).await
                            };
                            completion(store.run_concurrent(run).await??)
                        })
                    })
                }
            };
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

/// The end of a command. One that returns an error, which has no message, ends like one that calls
/// `exit(1)`.
fn completion(result: Result<(), ()>) -> wasmtime::Result<Completion> {
    match result {
        Ok(()) => Ok(Completion::default()),
        Err(()) => Err(I32Exit(1).into()),
    }
}

fn link(path: &str, component: &Component) -> Result<InstancePre<ProgramData>, ProgramError> {
    let engine = component.engine();
    let mut linker: Linker<ProgramData> = Linker::new(engine);
    p2::add_to_linker_async(&mut linker)
        .and_then(|()| p3::add_to_linker(&mut linker))
        .map_err(|error| ProgramError::Engine { message: format!("{error:#}") })?;
    linker.instantiate_pre(component).map_err(|error| {
        let unknown = unknown_imports(engine, component);
        if unknown.is_empty() {
            ProgramError::Link { path: path.to_owned(), message: format!("{error:#}") }
        } else {
            ProgramError::UnknownImports { path: path.to_owned(), imports: elide(unknown) }
        }
    })
}

/// The names of the imports that are not of WASI 0.2 or 0.3.
fn unknown_imports(engine: &Engine, component: &Component) -> Vec<String> {
    const PACKAGES: [&str; 6] =
        ["wasi:io/", "wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:random/", "wasi:sockets/"];
    component
        .component_type()
        .imports(engine)
        .filter(|(_, item)| !matches!(item.ty, ComponentItem::Type(_)))
        .map(|(name, _)| name.to_owned())
        .filter(|name| {
            !(PACKAGES.iter().any(|package| name.starts_with(package))
                && ["@0.2.", "@0.3."].iter().any(|version| name.contains(version)))
        })
        .collect()
}

/// A version of WASI that commands are written for.
enum Version {
    P2,
    P3,
}

/// Finds the version of `wasi:cli/run` that a component exports, and the name of that export. One
/// without it is refused, and the error says what it is instead.
fn command_version(path: &str, component: &Component) -> Result<(Version, String), ProgramError> {
    let ty = component.component_type();
    let names: Vec<String> = ty.exports(component.engine()).map(|(name, _)| name.to_owned()).collect();
    if let Some(name) = names.iter().find(|name| name.starts_with("wasi:cli/run@0.2.")) {
        return Ok((Version::P2, name.clone()));
    }
    if let Some(name) = names.iter().find(|name| name.starts_with("wasi:cli/run@0.3.")) {
        return Ok((Version::P3, name.clone()));
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
