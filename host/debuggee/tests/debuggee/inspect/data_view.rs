//! A paused program that is only data: the seam behind which core dumps and recordings can stand.
//!
//! A program is copied through [`View`] at a stop and goes on to its end; the copy is then asked
//! the same questions through the same trait, without a store. Invariant: nothing here has a store
//! but the program that is copied.

use crate::support::harness::{program, run};
use std::ops::Range;
use stillpoint_debuggee::{
    BreakpointSpec, Change, ComponentInstance, Error, Export, Found, Frame, FrameId, Function, Global, How, Import,
    InstanceId, InstanceInfo, Location, MemoryInfo, ModuleId, ModuleInfo, Object, ReferenceId, StopReason, TableInfo,
    TagInfo, Value, View,
};

const PROGRAM: &str = r#"
    (module $m
      (memory 1) (data (i32.const 8) "still here")
      (global $g (mut i64) (i64.const 7))
      (func $inner (param i32) (result i32) (local f64) (i32.add (local.get 0) (i32.const 1)))
      (func (export "main") (drop (call $inner (i32.const 41)))))
"#;

/// Everything that a dump of this program would hold.
struct Dump {
    modules: Vec<ModuleInfo>,
    instances: Vec<InstanceInfo>,
    frames: Vec<(Frame, Vec<Value>, Vec<Value>)>,
    memory: (MemoryInfo, Vec<u8>),
    functions: Vec<Function>,
    globals: Vec<Global>,
    exports: Vec<Export>,
}

impl Dump {
    fn of(view: &mut dyn View) -> Result<Dump, Error> {
        let InstanceInfo { id: instance, module, .. } = view.instances().swap_remove(0);
        let memory = view.memory(instance, 0)?;
        let size = usize::try_from(memory.size).expect("the memory is small");
        let mut frames = Vec::new();
        for frame in view.frames(0, u32::MAX)? {
            frames.push((frame, view.locals(frame.id)?, view.operands(frame.id)?));
        }
        Ok(Dump {
            modules: view.modules(),
            instances: view.instances(),
            frames,
            memory: (memory, view.read_memory(instance, 0, 0, size)?),
            functions: view.functions(module, 0, u32::MAX)?,
            globals: view.globals(instance, 0, u32::MAX)?,
            exports: view.exports(instance)?,
        })
    }

    fn frame(&self, id: FrameId) -> Result<&(Frame, Vec<Value>, Vec<Value>), Error> {
        self.frames.iter().find(|(frame, ..)| frame.id == id).ok_or(Error::StaleFrame)
    }

    fn bytes(&self, address: u64) -> Result<&[u8], Error> {
        let (info, bytes) = &self.memory;
        let start = usize::try_from(address).unwrap_or(usize::MAX);
        bytes.get(start..).ok_or(Error::OutOfBounds { size: info.size })
    }
}

fn part<V: Clone>(list: &[V], first: u32, limit: u32) -> Vec<V> {
    let to_usize = |number| usize::try_from(number).unwrap_or(usize::MAX);
    list.iter().skip(to_usize(first)).take(to_usize(limit)).cloned().collect()
}

impl View for Dump {
    fn modules(&mut self) -> Vec<ModuleInfo> {
        self.modules.clone()
    }

    fn instances(&mut self) -> Vec<InstanceInfo> {
        self.instances.clone()
    }

    fn depth(&mut self) -> Result<u32, Error> {
        Ok(u32::try_from(self.frames.len()).expect("there are few"))
    }

    fn frames(&mut self, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
        Ok(part(&self.frames, first, limit).into_iter().map(|(frame, ..)| frame).collect())
    }

    fn locals(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        Ok(self.frame(frame)?.1.clone())
    }

    fn operands(&mut self, frame: FrameId) -> Result<Vec<Value>, Error> {
        Ok(self.frame(frame)?.2.clone())
    }

    fn memory(&mut self, _: InstanceId, _: u32) -> Result<MemoryInfo, Error> {
        Ok(self.memory.0)
    }

    fn read_memory(&mut self, _: InstanceId, _: u32, address: u64, length: usize) -> Result<Vec<u8>, Error> {
        let rest = self.bytes(address)?;
        Ok(rest.get(..length).unwrap_or(rest).to_vec())
    }

    fn search_memory(
        &mut self,
        _: InstanceId,
        _: u32,
        range: Range<u64>,
        pattern: &[u8],
        limit: usize,
    ) -> Result<Found, Error> {
        let begins = self.bytes(range.start)?.windows(pattern.len()).zip(range).filter(|(bytes, _)| *bytes == pattern);
        Ok(Found { addresses: begins.map(|(_, address)| address).take(limit).collect(), next: None })
    }

    fn component(&mut self) -> Result<Vec<ComponentInstance>, Error> {
        Ok(Vec::new())
    }

    fn imports(&mut self, _: InstanceId) -> Result<Vec<Import>, Error> {
        Ok(Vec::new())
    }

    fn exports(&mut self, _: InstanceId) -> Result<Vec<Export>, Error> {
        Ok(self.exports.clone())
    }

    fn functions(&mut self, _: ModuleId, first: u32, limit: u32) -> Result<Vec<Function>, Error> {
        Ok(part(&self.functions, first, limit))
    }

    fn globals(&mut self, _: InstanceId, first: u32, limit: u32) -> Result<Vec<Global>, Error> {
        Ok(part(&self.globals, first, limit))
    }

    fn table(&mut self, _: InstanceId, table: u32) -> Result<TableInfo, Error> {
        Err(Error::NoTable(table))
    }

    fn table_elements(&mut self, _: InstanceId, table: u32, _: u64, _: u32) -> Result<Vec<Value>, Error> {
        Err(Error::NoTable(table))
    }

    fn tags(&mut self, _: InstanceId) -> Result<Vec<TagInfo>, Error> {
        Ok(Vec::new())
    }

    fn object(&mut self, reference: ReferenceId) -> Result<Object, Error> {
        Err(Error::NoReference(reference))
    }

    fn array_elements(&mut self, reference: ReferenceId, _: u32, _: u32) -> Result<Vec<Value>, Error> {
        Err(Error::NoReference(reference))
    }

    fn pending_exception(&mut self) -> Result<Option<Value>, Error> {
        Ok(None)
    }
}

/// A debugger's report of a paused program, which knows nothing but the trait.
fn report(view: &mut dyn View) -> Result<String, Error> {
    let mut text = String::new();
    let InstanceInfo { id: instance, module, .. } = view.instances().swap_remove(0);
    let names: Vec<Option<String>> =
        view.functions(module, 0, u32::MAX)?.into_iter().map(|function| function.name).collect();
    for frame in view.frames(0, 10)? {
        let name = names.get(usize::try_from(frame.function).expect("there are few")).cloned().flatten();
        let (locals, operands) = (view.locals(frame.id)?, view.operands(frame.id)?);
        text += &format!("{name:?} {} {locals:?} {operands:?}\n", frame.location.pc);
    }
    text += &format!("{:?}\n", view.globals(instance, 0, 10)?);
    let found = view.search_memory(instance, 0, 0..100, b"here", 10)?;
    text += &format!("{found:?} {:?}\n", view.read_memory(instance, 0, 65534, 10)?);
    text += &format!("{:?}", view.read_memory(instance, 0, 65537, 1));
    Ok(text)
}

#[test]
fn a_copy_of_a_program_answers_as_the_program_did() {
    run(|| async {
        let mut program = program(PROGRAM);
        let at = inner_begins();
        program.edit_breakpoints(&[Change::Add(BreakpointSpec::at(at))]).unwrap().remove(0).unwrap();
        assert!(matches!(program.resume(How::Continue).await.unwrap().reason, StopReason::Breakpoint(_)));
        let (live, dump) = program.query(|paused| (report(paused), Dump::of(paused))).await.unwrap();
        program.finish().await.unwrap();
        drop(program);
        let live = live.unwrap();
        assert!(live.contains(r#"Some("inner")"#) && live.contains("[I32(41), F64(0)]"), "{live}");
        assert!(live.contains("addresses: [14]"), "{live}");
        assert_eq!(report(&mut dump.unwrap()).unwrap(), live);
    });
}

/// The first instruction of `$inner`.
fn inner_begins() -> Location {
    let binary = wat::parse_str(PROGRAM).unwrap();
    let bodies = wasmparser::Parser::new(0).parse_all(&binary).filter_map(|payload| match payload.unwrap() {
        wasmparser::Payload::CodeSectionEntry(body) => Some(body.get_operators_reader().unwrap().original_position()),
        _ => None,
    });
    Location { module: ModuleId(0), pc: u32::try_from(bodies.into_iter().next().unwrap()).unwrap() }
}
