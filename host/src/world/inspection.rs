//! `inspection`: reads the program's state.
//!
//! Invariant: what a debugger asks for bounds nothing; what is there, and [`MAX_READ`], bound what is returned.

use super::interfaces::inspection::{Host, Instance, Memory, Module};
use super::interfaces::types::{Error, Frame, FrameId, Value};
use super::{Debuggee, World, convert};
use crate::debuggee::{self, InstanceId, ModuleId, State, View};
use wasmtime::component::Resource;

/// How many bytes one read returns at most: 16 MiB.
const MAX_READ: usize = 16 << 20;

/// A length that a debugger asked for, cut to what one read returns.
fn capped(length: u64) -> usize {
    usize::try_from(length).map_or(MAX_READ, |length| length.min(MAX_READ))
}

impl Host for World {
    async fn modules(&mut self, _: Resource<Debuggee>) -> Result<Vec<Module>, Error> {
        let session = self.here()?;
        let modules = match session.state() {
            State::Exited => session.modules(),
            State::Paused | State::Running => self.view(|view| view.modules()).await?,
        };
        Ok(modules.into_iter().map(module).collect())
    }

    fn bytecode(&mut self, _: Resource<Debuggee>, module: u32, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        self.here()?.bytecode(ModuleId(module), offset, capped(length)).map_err(convert::error)
    }

    async fn instances(&mut self, _: Resource<Debuggee>) -> Result<Vec<Instance>, Error> {
        let instances = self.view(|view| view.instances()).await?;
        Ok(instances.iter().map(instance).collect())
    }

    async fn depth(&mut self, _: Resource<Debuggee>) -> Result<u32, Error> {
        self.view(|view| view.depth()).await?.map_err(convert::error)
    }

    async fn backtrace(&mut self, _: Resource<Debuggee>, first: u32, limit: u32) -> Result<Vec<Frame>, Error> {
        let frames = self.view(move |view| view.frames(first, limit)).await?.map_err(convert::error)?;
        Ok(frames.iter().map(convert::frame).collect())
    }

    async fn locals(&mut self, _: Resource<Debuggee>, frame: FrameId) -> Result<Vec<Value>, Error> {
        self.values(frame, |view, frame| view.locals(frame)).await
    }

    async fn operands(&mut self, _: Resource<Debuggee>, frame: FrameId) -> Result<Vec<Value>, Error> {
        self.values(frame, |view, frame| view.operands(frame)).await
    }

    async fn memory_info(&mut self, _: Resource<Debuggee>, instance: u32, memory: u32) -> Result<Memory, Error> {
        let info = self.view(move |view| view.memory(InstanceId(instance), memory)).await?.map_err(convert::error)?;
        Ok(Memory { size: info.size, memory64: info.memory64, shared: info.shared })
    }

    async fn read_memory(
        &mut self,
        _: Resource<Debuggee>,
        instance: u32,
        memory: u32,
        address: u64,
        length: u64,
    ) -> Result<Vec<u8>, Error> {
        let length = capped(length);
        self.view(move |view| view.read_memory(InstanceId(instance), memory, address, length))
            .await?
            .map_err(convert::error)
    }
}

impl World {
    /// The values that a function of the view finds in a frame.
    async fn values(
        &mut self,
        frame: FrameId,
        read: fn(&mut dyn View, debuggee::FrameId) -> Result<Vec<debuggee::Value>, debuggee::Error>,
    ) -> Result<Vec<Value>, Error> {
        let frame = debuggee::FrameId { stop: frame.stop, index: frame.index };
        let values = self.view(move |view| read(view, frame)).await?.map_err(convert::error)?;
        Ok(values.iter().map(convert::value).collect())
    }
}

fn module(module: debuggee::ModuleInfo) -> Module {
    Module { id: module.id.0, name: module.name, size: module.size }
}

fn instance(instance: &debuggee::InstanceInfo) -> Instance {
    Instance { id: instance.id.0, module: instance.module.0, memories: instance.n_memories }
}
