//! Programs that are core modules: links WASI 0.1, finds the function to call, and makes the body
//! that runs the program.
//!
//! Invariant: everything that can be refused without running the program is refused before its body
//! exists.

use super::invoke::{Signature, list_functions, parse_arguments, show_value};
use super::prepare::{Body, Entry};
use super::{Completion, ProgramData, ProgramError};
use crate::debuggee::{EntryPoint, ModuleId, Value};
use wasmparser::{Parser, Payload};
use wasmtime::{ExternType, FuncType, InstancePre, Linker, Module, Store, UnknownImportError, Val};
use wasmtime_wasi::{I32Exit, p0, p1};

/// The call that is made once the module is instantiated.
enum ModuleCall {
    /// None: the module's start function was the program.
    Nothing,
    /// An export without parameters and results.
    Start(&'static str),
    /// An export with arguments. Its results are shown.
    Function { name: String, arguments: Vec<Val>, n_results: usize },
}

impl ModuleCall {
    /// The same for the eyes of a debugger. The module is the only one of its store.
    fn entry_point(&self) -> EntryPoint {
        let module = ModuleId(0);
        match self {
            ModuleCall::Nothing => EntryPoint::Start { module },
            ModuleCall::Start(name) => EntryPoint::Export { module, name: (*name).to_owned() },
            ModuleCall::Function { name, .. } => EntryPoint::Export { module, name: name.clone() },
        }
    }
}

/// Makes the body for a module, and says what it calls.
pub(super) fn body(
    path: &str,
    binary: &[u8],
    module: &Module,
    store: &mut Store<ProgramData>,
    entry: &Entry,
) -> Result<(Body, EntryPoint), ProgramError> {
    let instance = link(path, module, store)?;
    let initialize = match function(module, "_initialize") {
        Some(ty) => {
            check_entry(path, "_initialize", &ty)?;
            true
        }
        None => false,
    };
    let call = match entry {
        Entry::Command => match function(module, "_start") {
            Some(ty) => {
                check_entry(path, "_start", &ty)?;
                ModuleCall::Start("_start")
            }
            None if has_start_section(binary) => ModuleCall::Nothing,
            None => return Err(ProgramError::NoStart { path: path.to_owned(), functions: list_functions(module) }),
        },
        Entry::Invoke { function: name, arguments } => {
            let ty = function(module, name).ok_or_else(|| ProgramError::NoFunction {
                path: path.to_owned(),
                function: name.clone(),
                functions: list_functions(module),
            })?;
            let arguments = parse_arguments(&ty, arguments).map_err(|message| ProgramError::Arguments {
                function: name.clone(),
                message,
                functions: list_functions(module),
            })?;
            ModuleCall::Function { name: name.clone(), arguments, n_results: ty.results().len() }
        }
    };
    let entry_point = call.entry_point();
    Ok((Box::new(move |store| Box::pin(run(store, instance, initialize, call))), entry_point))
}

async fn run(
    store: &mut Store<ProgramData>,
    instance: InstancePre<ProgramData>,
    initialize: bool,
    call: ModuleCall,
) -> wasmtime::Result<Completion> {
    let instance = instance.instantiate_async(&mut *store).await?;
    if initialize {
        let function = instance.get_typed_func::<(), ()>(&mut *store, "_initialize")?;
        function.call_async(&mut *store, ()).await?;
    }
    match call {
        ModuleCall::Nothing => Ok(Completion::default()),
        ModuleCall::Start(name) => {
            let function = instance.get_typed_func::<(), ()>(&mut *store, name)?;
            function.call_async(&mut *store, ()).await?;
            Ok(Completion::default())
        }
        ModuleCall::Function { name, arguments, n_results } => {
            let function = instance
                .get_func(&mut *store, &name)
                .ok_or_else(|| wasmtime::format_err!("the exported function `{name}` has gone"))?;
            let mut results = vec![Val::I32(0); n_results];
            function.call_async(&mut *store, &arguments, &mut results).await?;
            Ok(Completion {
                lines: results.iter().map(show_value).collect(),
                values: results.iter().map(Value::of).collect(),
            })
        }
    }
}

fn link(path: &str, module: &Module, store: &mut Store<ProgramData>) -> Result<InstancePre<ProgramData>, ProgramError> {
    let mut linker: Linker<ProgramData> = Linker::new(module.engine());
    p1::add_to_linker_async(&mut linker, ProgramData::wasi_mut)
        .and_then(|()| p0::add_to_linker_async(&mut linker, ProgramData::wasi_mut))
        .and_then(|()| add_exit(&mut linker))
        .map_err(|error| ProgramError::Engine { message: format!("{error:#}") })?;
    linker.instantiate_pre(module).map_err(|error| {
        if !error.is::<UnknownImportError>() {
            return ProgramError::Link { path: path.to_owned(), message: format!("{error:#}") };
        }
        let unknown = module
            .imports()
            .filter(|import| linker.get_by_import(&mut *store, import).is_none())
            .map(|import| format!("{}.{}{}", import.module(), import.name(), show_extern(&import.ty())));
        ProgramError::UnknownImports { path: path.to_owned(), imports: elide(unknown.collect()) }
    })
}

/// Lets a program exit with every code. The engine's own functions refuse those from 126 on, and the
/// program then fails instead of exiting.
fn add_exit(linker: &mut Linker<ProgramData>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    for module in ["wasi_snapshot_preview1", "wasi_unstable"] {
        linker.func_wrap(module, "proc_exit", |code: i32| -> wasmtime::Result<()> { Err(I32Exit(code).into()) })?;
    }
    linker.allow_shadowing(false);
    Ok(())
}

/// Joins the first items of a list with commas and counts the rest.
pub(super) fn elide(items: Vec<String>) -> String {
    const SHOWN: usize = 8;
    let more = items.len().saturating_sub(SHOWN);
    let shown = items.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown}, and {more} more") }
}

fn show_extern(ty: &ExternType) -> String {
    match ty {
        ExternType::Func(ty) => Signature(ty.clone()).to_string(),
        ExternType::Global(_) => " (a global)".to_owned(),
        ExternType::Table(_) => " (a table)".to_owned(),
        ExternType::Memory(_) => " (a memory)".to_owned(),
        ExternType::Tag(_) => " (a tag)".to_owned(),
    }
}

fn function(module: &Module, name: &str) -> Option<FuncType> {
    match module.get_export(name)? {
        ExternType::Func(ty) => Some(ty),
        _ => None,
    }
}

fn check_entry(path: &str, function: &str, ty: &FuncType) -> Result<(), ProgramError> {
    if ty.params().len() == 0 && ty.results().len() == 0 {
        return Ok(());
    }
    Err(ProgramError::EntryType {
        path: path.to_owned(),
        function: function.to_owned(),
        signature: Signature(ty.clone()).to_string(),
    })
}

/// Whether the module runs a function when it is instantiated. The module has to be valid.
fn has_start_section(binary: &[u8]) -> bool {
    Parser::new(0).parse_all(binary).any(|payload| matches!(payload, Ok(Payload::StartSection { .. })))
}
