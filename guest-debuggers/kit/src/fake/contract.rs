//! The contract's functions, as the fake host answers them.
//!
//! Invariant: every function of the contract is here, so that none of the bindings is ever called
//! outside of a component.

use super::{ask, no_answer};
use crate::bindings::stillpoint::debugger as bindings;
pub(crate) use bindings::common;
use bindings::common::{Error, FrameId, InstanceId, ModuleId, Value};
use bindings::program::Debuggee;

type Answer<T> = Result<T, Error>;

/// Functions for which no script has anything.
macro_rules! unanswered {
    ($interface:literal: $($name:ident($($argument:ty),*) -> $result:ty;)*) => {
        $(
            #[allow(dead_code)]
            pub(crate) fn $name(_: &Debuggee $(, _: $argument)*) -> Answer<$result> {
                Err(no_answer(&format!("{}.{}", $interface, stringify!($name).replace('_', "-"))))
            }
        )*
    };
}

/// A page of a list: the elements from the position `first` on.
macro_rules! page {
    ($page:path, $all:expr, $first:expr, $limit:expr) => {{
        let (all, first) = ($all, $first as usize);
        let end = all.len().min(first.saturating_add($limit.min(crate::pages::MAX_PAGE) as usize));
        let next = (end < all.len()).then_some(end as _);
        $page { items: all.get(first..end).unwrap_or_default().to_vec(), next }
    }};
}

/// The part of some bytes that a read returns.
fn part(bytes: &[u8], first: u64, length: u32) -> Answer<Vec<u8>> {
    let beyond = || Error::OutOfBounds(bytes.len() as u64);
    let rest = usize::try_from(first).ok().and_then(|first| bytes.get(first..)).ok_or_else(beyond)?;
    Ok(rest.get(..length as usize).unwrap_or(rest).to_vec())
}

pub(crate) mod messages {
    use super::super::PROGRAM;

    /// Outside of a fake host's program, the text is the test's.
    pub(crate) fn print(text: &str) {
        PROGRAM.with_borrow_mut(|program| match program {
            Some(program) => program.printed.push_str(text),
            None => eprint!("{text}"),
        });
    }
}

pub(crate) mod host {

    pub(crate) fn version() -> String {
        "0.1.0".to_owned()
    }

    pub(crate) fn has_feature(_: &str) -> bool {
        false
    }

    /// Those that the kit itself keeps to.
    pub(crate) fn limit(name: &str) -> Option<u64> {
        Some(match name {
            "page" => 65_536,
            "read" => 16 << 20,
            "captured-frames" => 1000,
            _ => return None,
        })
    }
}

pub(crate) mod program {
    use super::{Answer, ask, bindings, common};
    pub(crate) use bindings::program::*;

    pub(crate) fn current_state(_: &Debuggee) -> State {
        ask("", |program| Ok(program.state())).unwrap_or(State::Exited)
    }

    pub(crate) fn last_stop(_: &Debuggee) -> Answer<common::Stop> {
        ask("program.last-stop", |program| program.kept()?.last_stop())
    }

    pub(crate) fn launch_info(_: &Debuggee) -> Answer<Launch> {
        ask("program.launch-info", |program| program.kept()?.launch())
    }
}

pub(crate) mod execution {
    use super::{Answer, Debuggee, ask, bindings, common, no_answer};
    pub(crate) use bindings::execution::*;

    pub(crate) fn set_captures(_: &Debuggee, captures: &[StopCapture]) -> Answer<()> {
        if captures.contains(&StopCapture::Operands) {
            return Err(no_answer("stop-capture.operands"));
        }
        ask("execution.set-captures", |program| {
            program.paused()?.set_captures(captures);
            Ok(())
        })
    }

    pub(crate) fn resume(_: &Debuggee, how: How) -> Answer<common::Stop> {
        ask("execution.resume", |program| program.paused()?.resume(how))
    }

    pub(crate) fn terminate(_: &Debuggee) -> Answer<()> {
        ask("execution.terminate", |program| {
            program.paused()?.terminate();
            Ok(())
        })
    }

    pub(crate) fn detach(_: &Debuggee) -> Answer<()> {
        ask("execution.detach", |program| {
            program.paused()?.detach();
            Ok(())
        })
    }

    unanswered! { "execution": interrupt() -> (); }
}

pub(crate) mod background {
    use super::{Answer, Debuggee, bindings, common, execution, no_answer};
    pub(crate) use bindings::background::*;

    unanswered! { "background": start(execution::How) -> Running; }

    pub(crate) fn finish(_: Running) -> Answer<common::Stop> {
        Err(no_answer("background.finish"))
    }
}

pub(crate) mod calls {
    use super::{Answer, Debuggee, Value, bindings, common, execution, no_answer};
    pub(crate) use bindings::calls::*;

    unanswered! { "calls": call(Callee, &[Value], execution::How) -> common::Stop; }
}

pub(crate) mod background_calls {
    use super::{Answer, Debuggee, Value, background, calls, execution, no_answer};

    unanswered! { "background-calls": start_call(calls::Callee, &[Value], execution::How) -> background::Running; }
}

pub(crate) mod breakpoints {
    use super::{Answer, Debuggee, ask, bindings};
    pub(crate) use bindings::breakpoints::*;

    pub(crate) fn add(_: &Debuggee, specs: &[BreakpointSpec]) -> Answer<Vec<Answer<u32>>> {
        ask("breakpoints.add", |program| {
            let program = program.paused()?;
            Ok(specs.iter().map(|spec| program.add_breakpoint(spec)).collect())
        })
    }

    pub(crate) fn remove(_: &Debuggee, ids: &[u32]) -> Answer<Vec<Answer<()>>> {
        ask("breakpoints.remove", |program| {
            let program = program.paused()?;
            Ok(ids.iter().map(|id| program.remove_breakpoint(*id)).collect())
        })
    }

    pub(crate) fn list_breakpoints(_: &Debuggee, first: u32, limit: u32) -> Answer<BreakpointPage> {
        ask("breakpoints.list-breakpoints", |program| {
            let mut items = program.kept()?.breakpoints();
            items.retain(|breakpoint| breakpoint.id >= first);
            let next = items.get(limit as usize).map(|breakpoint| breakpoint.id);
            items.truncate(limit as usize);
            Ok(BreakpointPage { items, next })
        })
    }
}

pub(crate) mod watchpoints {
    use super::{Answer, Debuggee, bindings, no_answer};
    pub(crate) use bindings::watchpoints::*;

    unanswered! {
        "watchpoints":
        add(&[WatchSpec]) -> Vec<Answer<u32>>;
        remove(&[u32]) -> Vec<Answer<()>>;
        list_watchpoints(u32, u32) -> WatchpointPage;
    }
}

pub(crate) mod recording {
    use super::{Answer, Debuggee, bindings, no_answer};
    pub(crate) use bindings::recording::*;

    unanswered! {
        "recording":
        set_recording(&[RecordingOption]) -> ();
        take(u32) -> TraceRecords;
        drain(u32) -> PackedRecords;
    }
}

pub(crate) mod inspection {
    use super::{
        Answer, Debuggee, Error, FrameId, InstanceId, ModuleId, Value, ask, bindings, common, no_answer, part,
    };
    pub(crate) use bindings::inspection::*;

    pub(crate) fn list_modules(_: &Debuggee, first: ModuleId, limit: u32) -> Answer<ModulePage> {
        ask("inspection.list-modules", |program| {
            let modules = &program.kept()?.modules;
            let modules: Vec<Module> = (0..).zip(modules).map(|(id, module)| module.info(id)).collect();
            Ok(page!(ModulePage, modules, first, limit))
        })
    }

    pub(crate) fn list_functions(_: &Debuggee, module: ModuleId, first: u32, limit: u32) -> Answer<FunctionPage> {
        ask("inspection.list-functions", |program| {
            Ok(page!(FunctionPage, &program.kept()?.module(module)?.functions, first, limit))
        })
    }

    pub(crate) fn entry_point(_: &Debuggee) -> Answer<Option<EntryFunction>> {
        ask("inspection.entry-point", |program| program.paused()?.entry_point().map(Some))
    }

    pub(crate) fn read_bytecode(_: &Debuggee, module: ModuleId, offset: u32, length: u32) -> Answer<Vec<u8>> {
        ask("inspection.read-bytecode", |program| match &program.kept()?.module(module)?.binary {
            Some(binary) => part(binary, offset.into(), length),
            None => Err(no_answer("inspection.read-bytecode")),
        })
    }

    pub(crate) fn list_instances(_: &Debuggee, first: u32, limit: u32) -> Answer<InstancePage> {
        ask("inspection.list-instances", |program| {
            let instance = |(id, module): (ModuleId, &super::super::FakeModule)| Instance {
                id: id + 1,
                module: id,
                counts: Counts {
                    functions: module.functions.len() as u32,
                    tables: 0,
                    memories: module.memories.len() as u32,
                    globals: 0,
                    tags: 0,
                    data_segments: 0,
                    element_segments: 0,
                },
            };
            let instances: Vec<Instance> = (0..).zip(&program.paused()?.modules).map(instance).collect();
            Ok(page!(InstancePage, instances, first, limit))
        })
    }

    pub(crate) fn depth(_: &Debuggee) -> Answer<u32> {
        ask("inspection.depth", |program| Ok(program.paused()?.frames().len() as u32))
    }

    pub(crate) fn list_frames(_: &Debuggee, first: u32, limit: u32) -> Answer<FramePage> {
        ask("inspection.list-frames", |program| Ok(page!(FramePage, program.paused()?.frames(), first, limit)))
    }

    pub(crate) fn read_locals(_: &Debuggee, frame: FrameId) -> Answer<Vec<Value>> {
        ask("inspection.read-locals", |program| program.paused()?.locals(frame))
    }

    /// Those of the module's own functions; the host has provided them.
    pub(crate) fn list_imports(_: &Debuggee, instance: InstanceId, first: u32, limit: u32) -> Answer<ImportPage> {
        ask("inspection.list-imports", |program| {
            let program = program.paused()?;
            let module = instance.checked_sub(1).and_then(|module| program.modules.get(module as usize));
            let functions = &module.ok_or(Error::NoInstance(instance))?.functions;
            let imports = functions.iter().filter_map(|function| {
                let ImportName { module, name } = function.imported.clone()?;
                let entity = Entity { kind: EntityKind::Function, index: function.index };
                Some(Import { module, name, entity, source: Source::Host })
            });
            Ok(page!(ImportPage, imports.collect::<Vec<_>>(), first, limit))
        })
    }

    pub(crate) fn memory_info(_: &Debuggee, instance: InstanceId, memory: u32) -> Answer<Memory> {
        ask("inspection.memory-info", |program| {
            let size = program.paused()?.memory(instance, memory)?.len() as u64;
            Ok(Memory { size, page_size: 65_536, maximum: None, is_memory64: false, is_shared: false })
        })
    }

    pub(crate) fn read_memory(
        _: &Debuggee,
        instance: InstanceId,
        memory: u32,
        address: u64,
        length: u32,
    ) -> Answer<Vec<u8>> {
        ask("inspection.read-memory", |program| part(program.paused()?.memory(instance, memory)?, address, length))
    }

    unanswered! {
        "inspection":
        read_operands(FrameId) -> Vec<Value>;
        search_memory(InstanceId, u32, u64, u64, &[u8], u32) -> AddressPage;
        list_components(u32, u32) -> ComponentPage;
        list_exports(InstanceId, u32, u32) -> ExportPage;
        list_globals(InstanceId, u32, u32) -> GlobalPage;
        table_info(InstanceId, u32) -> Table;
        list_table_elements(InstanceId, u32, u64, u32) -> ValuePage;
        list_tags(InstanceId, u32, u32) -> TagPage;
        dereference(u64) -> Object;
        list_array_elements(u64, u32, u32) -> ValuePage;
        pending_exception() -> Option<common::Reference>;
    }
}

pub(crate) mod modification {
    use super::{Answer, Debuggee, Error, InstanceId, Value, ask, common, no_answer};

    pub(crate) fn write_memory(
        _: &Debuggee,
        instance: InstanceId,
        memory: u32,
        address: u64,
        bytes: &[u8],
    ) -> Answer<()> {
        ask("modification.write-memory", |program| {
            let memory = program.paused()?.memory(instance, memory)?;
            let beyond = Error::OutOfBounds(memory.len() as u64);
            let rest = usize::try_from(address).ok().and_then(|address| memory.get_mut(address..));
            rest.and_then(|rest| rest.get_mut(..bytes.len())).ok_or(beyond)?.copy_from_slice(bytes);
            Ok(())
        })
    }

    unanswered! {
        "modification":
        grow_memory(InstanceId, u32, u64) -> u64;
        set_global(InstanceId, u32, &Value) -> ();
        set_table_element(InstanceId, u32, u64, &Value) -> ();
        grow_table(InstanceId, u32, u64, &Value) -> u64;
        set_element(u64, u32, &Value) -> ();
        make_tag(&[common::ValueType]) -> u64;
        make_exception(u64, &[Value]) -> common::Reference;
        replace_exception(u64) -> bool;
    }
}
