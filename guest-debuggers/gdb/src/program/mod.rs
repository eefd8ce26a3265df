//! [`Program`]: the program in the protocol's terms: one thread that is stopped or runs, with
//! frames, breakpoints and an address space.
//!
//! Invariant: what is cached at a stop (frames, memories) is dropped when the program is resumed.

mod breakpoints;
mod imports;
mod instructions;
mod memories;
mod modules;
mod stop_reply;

use std::cell::{Cell, OnceCell, RefCell};

pub(crate) use breakpoints::WatchKind;
use breakpoints::{Breakpoints, Watchpoints};
use memories::Memories;
pub(crate) use modules::Modules;
use stillpoint_kit::{Code, Exit, Frame, FrameId, How, InstanceId, Result, Running, Session, Stop, StopReason, Value};
pub(crate) use stop_reply::StopReply;

use crate::options::Exceptions;

/// The most frames that a client is told of: LLDB takes a second for a hundred thousand.
const MAX_FRAMES: usize = 50_000;

/// The program under debug, and what the client wants of it.
pub(crate) struct Program<'s> {
    pub(crate) session: &'s Session,
    stop: Stop,
    running: Option<Running>,
    /// How it was last resumed.
    last_how: How,
    /// How the client wants it resumed. The server resumes it once the packet is dealt with.
    pub(crate) requested: Option<How>,
    /// Whether the client has asked for an interrupt since the program was resumed.
    is_interrupted: bool,
    /// Whether the stop before the present one was a trap.
    has_trapped: bool,
    frames: OnceCell<Vec<Frame>>,
    /// The instance of the frame whose variables, or of the module whose globals, the client has
    /// last asked for since the stop.
    selected: Cell<Option<InstanceId>>,
    memories: OnceCell<Memories>,
    pub(crate) modules: Modules,
    breakpoints: Breakpoints,
    watchpoints: Watchpoints,
    pub(crate) exceptions: Exceptions,
    /// The names of tags; read when the program first stops for an exception.
    code: RefCell<Code>,
}

impl<'s> Program<'s> {
    /// The program at its entry. `name` is for its module, if that has no name of its own.
    pub(crate) fn new(session: &'s Session, exceptions: Exceptions, name: Option<String>) -> Result<Program<'s>> {
        Ok(Program {
            session,
            stop: session.last_stop()?,
            running: None,
            last_how: How::Continue,
            requested: None,
            is_interrupted: false,
            has_trapped: false,
            frames: OnceCell::new(),
            selected: Cell::new(None),
            memories: OnceCell::new(),
            modules: Modules::read(session, name)?,
            breakpoints: Breakpoints::default(),
            watchpoints: Watchpoints::default(),
            exceptions,
            code: RefCell::default(),
        })
    }

    /// Whether the frames of one stop can belong to code with different memories.
    pub(crate) fn has_several_memories(&self) -> Result<bool> {
        self.modules.define_several_memories(self.session)
    }

    /// The program's stop; while it runs, the one before.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The run to wait for, while the program runs.
    pub(crate) fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// Gets the program ready for a new client, and returns whether it is: one that has not begun
    /// goes to its first instruction; one that runs is asked to stop, and
    /// [`clear_client_state`](Self::clear_client_state) is left to be called when it has.
    pub(crate) fn prepare_for_client(&mut self) -> Result<bool> {
        if self.running.is_some() {
            self.interrupt()?;
            return Ok(false);
        }
        if matches!(self.stop.reason, StopReason::Entry) {
            let stop = self.session.resume(How::StepInstruction)?;
            self.record_stop(stop)?;
        }
        self.clear_client_state()?;
        Ok(true)
    }

    /// Removes the breakpoints and watchpoints of a client that has left: the next client has not
    /// set them.
    pub(crate) fn clear_client_state(&mut self) -> Result {
        if !self.stop.is_exit() {
            self.breakpoints.clear();
            self.watchpoints.clear(self.session)?;
        }
        Ok(())
    }

    /// Resumes the program in the background.
    pub(crate) fn start(&mut self, how: How) -> Result {
        self.breakpoints.apply(self.session, &self.modules, !matches!(how, How::StepInstruction))?;
        self.running = Some(self.session.start(how)?);
        self.last_how = how;
        self.is_interrupted = false;
        self.frames.take();
        self.memories.take();
        self.selected.set(None);
        Ok(())
    }

    /// Resumes the program in the same way as the last time.
    pub(crate) fn resume_again(&mut self) -> Result {
        self.start(self.last_how)
    }

    /// Lets a program without a client run on, with nothing left to stop it but its end.
    pub(crate) fn run_unattended(&mut self) -> Result {
        if self.running.is_none() && !self.stop.is_exit() {
            self.clear_client_state()?;
            self.start(How::Continue)?;
        }
        Ok(())
    }

    /// Takes the stop that has ended the program's run.
    pub(crate) fn finish(&mut self) -> Result {
        if let Some(running) = self.running.take() {
            let stop = self.session.finish(running)?;
            self.record_stop(stop)?;
        }
        Ok(())
    }

    fn record_stop(&mut self, stop: Stop) -> Result {
        self.has_trapped = matches!(self.stop.reason, StopReason::Trap(_));
        self.stop = stop;
        self.frames.take();
        self.memories.take();
        self.selected.set(None);
        self.modules.refresh(self.session)?;
        Ok(())
    }

    /// Asks the running program to stop; only the first call of a run does anything.
    pub(crate) fn interrupt(&mut self) -> Result {
        if !std::mem::replace(&mut self.is_interrupted, true) {
            // An error means that the program has just ended; then its end is the stop.
            let _ = self.session.interrupt();
        }
        Ok(())
    }

    /// Whether the present stop is one for the client to know of.
    pub(crate) fn should_report(&self) -> bool {
        match &self.stop.reason {
            StopReason::Exception(thrown) => self.exceptions.want(thrown.caught),
            // A breakpoint that the client has removed may still be armed. If the program was to do
            // a single step, that has ended here all the same.
            StopReason::Breakpoint(ids) => {
                matches!(self.last_how, How::StepInstruction) || self.breakpoints.are_wanted(ids)
            }
            _ => true,
        }
    }

    /// Why the program has stopped.
    pub(crate) fn stop_reply(&self) -> StopReply {
        match &self.stop.reason {
            StopReason::Breakpoint(ids) if !self.breakpoints.are_wanted(ids) => StopReply::Step,
            reason => match StopReply::new(reason, &self.watchpoints, self.has_trapped) {
                StopReply::Fault(signal, text) if matches!(reason, StopReason::Exception(_)) => {
                    StopReply::Fault(signal, self.with_tag_name(text))
                }
                reply => reply,
            },
        }
    }

    /// The text about an exception, with the name of its tag if it has one that can be found out.
    fn with_tag_name(&self, text: String) -> String {
        let code = &mut *self.code.borrow_mut();
        let name = code.refresh(self.session).and_then(|_| match self.session.thrown_tag()? {
            Some(tag) => self.session.tag_name(code, tag),
            None => Ok(None),
        });
        match name {
            Ok(Some(name)) => text.replacen("exception", &format!("exception {name}"), 1),
            _ => text,
        }
    }

    /// How the program ended, if it has.
    pub(crate) fn exit(&self) -> Option<&Exit> {
        match &self.stop.reason {
            StopReason::Exited(exit) => Some(exit),
            _ => None,
        }
    }

    /// The address of the present instruction, for the register. If the client has set a breakpoint
    /// beside an instruction and it was hit, this is the address that the client knows: it looks
    /// there for its breakpoint.
    pub(crate) fn pc(&self) -> u64 {
        let Some(location) = self.stop.location() else { return 0 };
        let address = modules::address(location);
        match &self.stop.reason {
            StopReason::Breakpoint(ids) => self.breakpoints.address(ids).unwrap_or(address),
            _ => address,
        }
    }

    /// The frames, innermost first.
    pub(crate) fn frames(&self) -> &[Frame] {
        self.frames.get_or_init(|| {
            let frames = self.session.backtrace().take(MAX_FRAMES).map(|frame| frame.map(|frame| *frame));
            frames.collect::<Result<_, _>>().unwrap_or_default()
        })
    }

    /// The addresses of the instructions that the frames are at, innermost first: real ones in every
    /// case, because the client finds lines and variables by them. There is always at least one.
    pub(crate) fn call_stack(&self) -> Vec<u64> {
        let innermost = self.stop.location().map_or(0, modules::address);
        let callers = self.frames().iter().skip(1).map(|frame| modules::address(frame.location));
        std::iter::once(innermost).chain(callers).collect()
    }

    /// A local of a frame, little-endian; none if the frame has no such local.
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
        self.global_of(self.frames().get(frame)?.instance, u32::try_from(index).ok()?)
    }

    /// A global of the instance of a module, and of no other if there are several: of the one that
    /// was last selected, else of the one whose code runs, the innermost frame first.
    pub(crate) fn global_of_module(&self, module: u32, index: u32) -> Option<Vec<u8>> {
        let instances = self.session.instances().ok()?;
        let is_one = |id: &InstanceId| instances.iter().any(|known| known.id == *id && known.module == module);
        let selected = self.instance().filter(is_one);
        let running = || self.frames().iter().map(|frame| frame.instance).find(is_one);
        let only = || {
            let mut all = instances.iter().filter(|instance| instance.module == module);
            all.next().filter(|_| all.next().is_none()).map(|instance| instance.id)
        };
        let instance = selected.or_else(running).or_else(only)?;
        self.selected.set(Some(instance));
        self.global_of(instance, index)
    }

    fn global_of(&self, instance: InstanceId, index: u32) -> Option<Vec<u8>> {
        self.session.global(instance, index).ok().map(|global| bytes(&global.value))
    }

    /// Makes a frame the selected one: addresses without a number mean its memory 0.
    fn select(&self, frame: usize) -> Option<FrameId> {
        let frame = self.frames().get(frame)?;
        self.selected.set(Some(frame.instance));
        Some(frame.id)
    }

    /// The memories as they are at this stop.
    pub(crate) fn memories(&self) -> &Memories {
        self.memories.get_or_init(|| Memories::read(self.session, &self.modules))
    }

    /// The instance whose memory 0 is meant by addresses without a number: the selected one, and
    /// that of the innermost frame until one is selected.
    pub(crate) fn instance(&self) -> Option<InstanceId> {
        self.selected.get().or_else(|| self.frames().first().map(|frame| frame.instance))
    }

    /// Sets a breakpoint at an address; returns whether that is possible.
    pub(crate) fn add_breakpoint(&mut self, address: u64) -> bool {
        if self.breakpoints.add_again(address) {
            return true;
        }
        let location = self.modules.location(address);
        let Some(location) = location.and_then(|location| self.modules.breakpoint(self.session, location)) else {
            return false;
        };
        self.breakpoints.add(address, location);
        true
    }

    /// Removes a breakpoint; returns whether there was one.
    pub(crate) fn remove_breakpoint(&mut self, address: u64) -> bool {
        self.breakpoints.remove(address)
    }

    /// Sets a watchpoint on part of a memory; returns whether that is possible.
    pub(crate) fn add_watchpoint(&mut self, address: u64, length: u64, kind: WatchKind) -> bool {
        let Some(target) = self.memories().resolve(address, self.instance()) else { return false };
        self.watchpoints.add(self.session, address, length, kind, target)
    }

    /// Removes a watchpoint; returns whether there was one.
    pub(crate) fn remove_watchpoint(&mut self, address: u64, length: u64, kind: WatchKind) -> bool {
        self.watchpoints.remove(self.session, address, length, kind)
    }

    /// Reads bytes of code or of a memory; fewer at its end, and none outside.
    pub(crate) fn read(&self, address: u64, length: usize) -> Option<Vec<u8>> {
        let length = length as u64;
        if let Some(location) = self.modules.location(address) {
            return self.modules.read_code(self.session, location, length);
        }
        let target = self.memories().resolve(address, self.instance())?;
        self.session.read_memory(target.instance, target.memory, target.address, length).ok()
    }

    /// Writes to a memory, all bytes or none.
    pub(crate) fn write(&self, address: u64, bytes: &[u8]) -> bool {
        let Some(target) = self.memories().resolve(address, self.instance()) else { return false };
        self.session.write_memory(target.instance, target.memory, target.address, bytes).is_ok()
    }
}

/// A value's bytes, little-endian. A reference is shown as its id; null, a local that is not set
/// yet, and whatever else has no bytes, as 0.
fn bytes(value: &Value) -> Vec<u8> {
    match *value {
        Value::I32(value) => value.to_le_bytes().to_vec(),
        Value::I64(value) => value.to_le_bytes().to_vec(),
        Value::F32(bits) => bits.to_le_bytes().to_vec(),
        Value::F64(bits) => bits.to_le_bytes().to_vec(),
        Value::V128((low, high)) => [low.to_le_bytes(), high.to_le_bytes()].concat(),
        Value::Null(_) | Value::Unset(_) | Value::Other(_) => 0_u64.to_le_bytes().to_vec(),
        Value::Reference(reference) => reference.id.unwrap_or_default().to_le_bytes().to_vec(),
    }
}
