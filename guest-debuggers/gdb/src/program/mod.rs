//! [`Program`]: the program as the protocol has it: one thread that is stopped or runs, with frames, breakpoints and an address
//! space.
//!
//! Invariant: what is remembered of a stop (frames, memories) is dropped when the program goes on.

mod breakpoints;
mod memories;
mod modules;
mod why;

use std::cell::{Cell, OnceCell};

pub(crate) use breakpoints::WatchKind;
use breakpoints::{Breakpoints, Watchpoints};
use memories::Memories;
pub(crate) use modules::Modules;
use stillpoint_kit::bindings::stillpoint::debugger::inspection;
use stillpoint_kit::{Exit, Frame, FrameId, How, Location, Result, Running, Session, Stop, StopReason, Value};
pub(crate) use why::Why;

use crate::options::Exceptions;

/// How many frames a client is told of; LLDB takes a second for a hundred thousand.
const FRAMES: u32 = 50_000;

/// The program.
pub(crate) struct Program<'s> {
    pub(crate) session: &'s Session,
    stop: Stop,
    running: Option<Running>,
    /// How it was resumed last.
    how: How,
    /// How a client wants it resumed; the server does it when the packet is done with.
    pub(crate) wanted: Option<How>,
    /// Whether a client has asked for an interrupt since the program was resumed.
    is_interrupted: bool,
    /// Whether the last stop but the present one was a trap.
    has_trapped: bool,
    frames: OnceCell<Vec<Frame>>,
    /// The frame whose variables a client has asked for last.
    selected: Cell<usize>,
    memories: OnceCell<Memories>,
    pub(crate) modules: Modules,
    breakpoints: Breakpoints,
    watchpoints: Watchpoints,
    pub(crate) exceptions: Exceptions,
}

impl<'s> Program<'s> {
    /// The program at its entry, with a name for its module in case that it has none.
    pub(crate) fn new(session: &'s Session, exceptions: Exceptions, name: Option<String>) -> Result<Program<'s>> {
        Ok(Program {
            session,
            stop: session.debuggee().last_stop().map_err(stillpoint_kit::Error::from)?,
            running: None,
            how: How::Continue,
            wanted: None,
            is_interrupted: false,
            has_trapped: false,
            frames: OnceCell::new(),
            selected: Cell::new(0),
            memories: OnceCell::new(),
            modules: Modules::read(session, name)?,
            breakpoints: Breakpoints::default(),
            watchpoints: Watchpoints::default(),
            exceptions,
        })
    }

    /// Whether frames of one stop can belong to code with different memories.
    pub(crate) fn has_several_memories(&self) -> Result<bool> {
        self.modules.define_several_memories(self.session)
    }

    /// The stop that the program is at, or was at when it was resumed.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// What to wait for while the program runs.
    pub(crate) fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// Brings a program to where a new client can look at it: to its first instruction, if it has not begun. Whether it is there:
    /// one that runs is asked to stop, and forgets what was set when it has.
    pub(crate) fn hold(&mut self) -> Result<bool> {
        if self.running.is_some() {
            self.interrupt()?;
            return Ok(false);
        }
        if matches!(self.stop.reason, StopReason::Entry) {
            let stop = self.session.resume(How::StepInstruction)?;
            self.arrive(stop)?;
        }
        self.forget()?;
        Ok(true)
    }

    /// Drops what a client has set that is gone: it is not the next one's.
    pub(crate) fn forget(&mut self) -> Result {
        if !self.stop.is_exit() {
            self.breakpoints.clear();
            self.watchpoints.clear(self.session)?;
        }
        Ok(())
    }

    /// Runs on in the background.
    pub(crate) fn start(&mut self, how: How) -> Result {
        self.breakpoints.apply(self.session, !matches!(how, How::StepInstruction))?;
        self.running = Some(self.session.start(how)?);
        self.how = how;
        self.is_interrupted = false;
        self.frames.take();
        self.memories.take();
        self.selected.set(0);
        Ok(())
    }

    /// Runs on in the same way as before.
    pub(crate) fn go_on(&mut self) -> Result {
        self.start(self.how)
    }

    /// Runs on without anything that would stop it but its end, for as long as there is no client.
    pub(crate) fn let_go(&mut self) -> Result {
        if self.running.is_none() && !self.stop.is_exit() {
            self.forget()?;
            self.start(How::Continue)?;
        }
        Ok(())
    }

    /// Takes the stop of the program that runs, once it is there.
    pub(crate) fn finish(&mut self) -> Result {
        if let Some(running) = self.running.take() {
            let stop = self.session.finish(running)?;
            self.arrive(stop)?;
        }
        Ok(())
    }

    fn arrive(&mut self, stop: Stop) -> Result {
        self.has_trapped = matches!(self.stop.reason, StopReason::Trap(_));
        self.stop = stop;
        self.frames.take();
        self.memories.take();
        self.selected.set(0);
        self.modules.refresh(self.session)?;
        Ok(())
    }

    /// Asks the program that runs to stop; once for every run.
    pub(crate) fn interrupt(&mut self) -> Result {
        if !std::mem::replace(&mut self.is_interrupted, true) {
            // It may have ended just now; then its end is the stop.
            let _ = self.session.interrupt();
        }
        Ok(())
    }

    /// Whether a client wants to know of the present stop.
    pub(crate) fn is_wanted(&self) -> bool {
        match &self.stop.reason {
            StopReason::Exception(thrown) => self.exceptions.want(thrown.caught),
            // One that the client has taken back may still be armed; where it is, a step ends all the same.
            StopReason::Breakpoint(ids) => matches!(self.how, How::StepInstruction) || self.breakpoints.are_wanted(ids),
            _ => true,
        }
    }

    /// Why it stopped.
    pub(crate) fn why(&self) -> Why {
        match &self.stop.reason {
            StopReason::Breakpoint(ids) if !self.breakpoints.are_wanted(ids) => Why::Step,
            reason => Why::of(reason, &self.watchpoints, self.has_trapped),
        }
    }

    /// Whether it has ended.
    pub(crate) fn exit(&self) -> Option<&Exit> {
        match &self.stop.reason {
            StopReason::Exited(exit) => Some(exit),
            _ => None,
        }
    }

    /// Where it is, as an address: where a client believes it to be, if it has set a breakpoint beside an instruction.
    pub(crate) fn pc(&self) -> u64 {
        let Some(location) = self.stop.location else { return 0 };
        let address = modules::address(location);
        match &self.stop.reason {
            StopReason::Breakpoint(ids) => self.breakpoints.address(ids).unwrap_or(address),
            _ => address,
        }
    }

    /// The frames, innermost first.
    pub(crate) fn frames(&self) -> &[Frame] {
        self.frames.get_or_init(|| inspection::backtrace(self.session.debuggee(), 0, FRAMES).unwrap_or_default())
    }

    /// The addresses of the instructions that the frames are at, innermost first: never none.
    pub(crate) fn call_stack(&self) -> Vec<u64> {
        let callers = self.frames().iter().skip(1).map(|frame| modules::address(frame.location));
        std::iter::once(self.pc()).chain(callers).collect()
    }

    /// A local of a frame, little-endian; none if there is no such local.
    pub(crate) fn local(&self, frame: usize, index: usize) -> Option<Vec<u8>> {
        let locals = self.session.locals(self.select(frame)?).ok()?;
        locals.get(index).map(bytes)
    }

    /// A value on a frame's operand stack, counted from the bottom.
    pub(crate) fn operand(&self, frame: usize, index: usize) -> Option<Vec<u8>> {
        let operands = self.session.operands(self.select(frame)?).ok()?;
        operands.get(index).map(bytes)
    }

    /// A global of the instance that a frame's function belongs to.
    pub(crate) fn global(&self, frame: usize, index: usize) -> Option<Vec<u8>> {
        self.select(frame)?;
        let instance = self.frames().get(frame)?.instance;
        let index = u32::try_from(index).ok()?;
        let globals = inspection::globals(self.session.debuggee(), instance, index, 1).ok()?;
        globals.first().map(|global| bytes(&global.value))
    }

    /// Makes a frame the one whose memory unmarked addresses mean.
    fn select(&self, frame: usize) -> Option<FrameId> {
        let id = self.frames().get(frame)?.id;
        self.selected.set(frame);
        Some(id)
    }

    /// The memories as they are at this stop.
    pub(crate) fn memories(&self) -> &Memories {
        self.memories.get_or_init(|| Memories::of(self.session, &self.modules))
    }

    /// The instance whose memory addresses without a number mean: that of the selected frame.
    pub(crate) fn instance(&self) -> Option<u32> {
        self.frames().get(self.selected.get()).map(|frame| frame.instance)
    }

    /// Sets a breakpoint at an address; whether that can be.
    pub(crate) fn add_breakpoint(&mut self, address: u64) -> bool {
        match self.modules.location(address) {
            Some(location) if self.modules.is_code(self.session, location) => {
                self.breakpoints.add(address, location);
                true
            }
            _ => false,
        }
    }

    /// Takes a breakpoint back; whether there was one.
    pub(crate) fn remove_breakpoint(&mut self, address: u64) -> bool {
        self.breakpoints.remove(address)
    }

    /// Watches part of a memory; whether that can be.
    pub(crate) fn add_watchpoint(&mut self, address: u64, length: u64, kind: WatchKind) -> bool {
        let Some(place) = self.memories().place(address, self.instance()) else { return false };
        self.watchpoints.add(self.session, address, length, kind, place)
    }

    /// Watches it no longer; whether it was watched.
    pub(crate) fn remove_watchpoint(&mut self, address: u64, length: u64, kind: WatchKind) -> bool {
        self.watchpoints.remove(self.session, address, length, kind)
    }

    /// Bytes of code or of a memory; fewer at the end of it, none outside.
    pub(crate) fn read(&self, address: u64, length: usize) -> Option<Vec<u8>> {
        let length = length as u64;
        if let Some(Location { module, pc }) = self.modules.location(address) {
            return inspection::bytecode(self.session.debuggee(), module, pc.into(), length).ok();
        }
        let place = self.memories().place(address, self.instance())?;
        self.session.read_memory(place.instance, place.memory, place.address, length).ok()
    }

    /// Writes to a memory, all bytes or none.
    pub(crate) fn write(&self, address: u64, bytes: &[u8]) -> bool {
        let Some(place) = self.memories().place(address, self.instance()) else { return false };
        self.session.write_memory(place.instance, place.memory, place.address, bytes).is_ok()
    }
}

/// A value's bytes, little-endian. A reference is its number, and null is 0.
fn bytes(value: &Value) -> Vec<u8> {
    match *value {
        Value::I32(value) => value.to_le_bytes().to_vec(),
        Value::I64(value) => value.to_le_bytes().to_vec(),
        Value::F32(bits) => bits.to_le_bytes().to_vec(),
        Value::F64(bits) => bits.to_le_bytes().to_vec(),
        Value::V128((low, high)) => [low.to_le_bytes(), high.to_le_bytes()].concat(),
        Value::Null(_) => 0_u64.to_le_bytes().to_vec(),
        Value::Reference(reference) => reference.id.to_le_bytes().to_vec(),
    }
}
