//! The engine's floor: a bare handler that does what a case asks for in Rust, inside the event.
//!
//! Invariant: the other contenders are checked against it: they have to see what it sees.

use crate::cases::Look;
use crate::program::{Data, Marks, Program, Seen};
use anyhow::{Context as _, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use wasmtime::{AsContextMut, DebugEvent, DebugHandler, FrameHandle, Module, ModulePC, StoreContextMut};

/// The range of bytes that one read of memory takes.
const READ: std::ops::Range<usize> = 16..16 + (64 << 10);

/// The number of records that the buffer holds.
const RECORDS: usize = 4096;

/// The results of a run of the bare handler.
pub(crate) struct Run {
    /// The time from before the store is made to the program's end.
    pub(crate) whole: Duration,
    pub(crate) marks: Marks,
    pub(crate) seen: Seen,
}

/// The contender.
pub(crate) struct Floor {
    runtime: Runtime,
}

impl Floor {
    pub(crate) fn new() -> Result<Floor> {
        Ok(Floor { runtime: tokio::runtime::Builder::new_current_thread().build()? })
    }

    /// Runs a program under the bare handler. `count` is the case's detail, or the number of reads
    /// or pairs.
    pub(crate) fn run(&self, program: &Program, look: Look, argument: u32, count: u32) -> Result<Run> {
        let started = Instant::now();
        let (mut store, marks) = program.store()?;
        let handler = Handler {
            look,
            count,
            module: program.module.clone(),
            pcs: program.pcs.iter().map(|pc| ModulePC::new(*pc)).collect(),
        };
        let is_stepping = matches!(look, Look::Nothing | Look::Pc | Look::PcAndLocals | Look::Record);
        store.data_mut().buffer.resize(READ.len(), 0);
        store.data_mut().records.reserve(RECORDS);
        let mut edit = store.edit_breakpoints().context("the engine has no guest_debug")?;
        match handler.pcs.first() {
            Some(_) if is_stepping => edit.single_step(true)?,
            Some(pc) => edit.add_breakpoint(&program.module, *pc)?,
            None => {}
        }
        drop(edit);
        store.set_debug_handler(handler);
        let body = program.body(argument);
        self.runtime.block_on(body(&mut store))?;
        let whole = started.elapsed();
        Ok(Run { whole, marks, seen: store.data().seen })
    }
}

/// The handler. The engine clones it at every event.
#[derive(Clone)]
struct Handler {
    look: Look,
    count: u32,
    module: Module,
    pcs: Arc<[ModulePC]>,
}

impl DebugHandler for Handler {
    type Data = Data;

    async fn handle(&self, mut store: StoreContextMut<'_, Data>, event: DebugEvent<'_>) {
        if matches!(event, DebugEvent::Breakpoint) {
            let sum = self.look(&mut store).expect("a bare handler reads what is there");
            let seen = &mut store.data_mut().seen;
            seen.stops += 1;
            seen.sum = seen.sum.wrapping_add(sum);
        }
    }
}

impl Handler {
    fn look(&self, store: &mut StoreContextMut<'_, Data>) -> Result<u64> {
        match self.look {
            Look::Nothing | Look::Stop | Look::Start => Ok(0),
            Look::Pc => Ok(u64::from(innermost_pc(store)?)),
            Look::PcAndLocals => {
                let frame = innermost(store)?;
                let mut sum = u64::from(pc(store, &frame)?);
                for index in 0..frame.num_locals(store.as_context_mut())? {
                    sum = sum.wrapping_add(local(store, &frame, index)?);
                }
                Ok(sum)
            }
            Look::PcAndLocal => {
                let frame = innermost(store)?;
                let value = local(store, &frame, self.count)?;
                assert_ne!(value, u64::from(u32::MAX), "a condition that should not hold");
                Ok(u64::from(pc(store, &frame)?).wrapping_add(value))
            }
            Look::PcAndOperand => {
                let frame = innermost(store)?;
                let below_top = frame.num_stacks(store.as_context_mut())?.checked_sub(2).context("too few operands")?;
                let address =
                    frame.stack(store.as_context_mut(), below_top)?.i32().context("an operand that is no i32")?;
                Ok(u64::from(pc(store, &frame)?).wrapping_add(u64::from(address.cast_unsigned())))
            }
            Look::Record => {
                let pc = innermost_pc(store)?;
                let records = &mut store.data_mut().records;
                if records.len() == RECORDS {
                    records.clear();
                }
                records.push(pc);
                Ok(u64::from(pc))
            }
            Look::Frames => {
                let mut sum = 0_u64;
                let mut next = Some(innermost(store)?);
                for _ in 0..self.count {
                    let Some(frame) = next else { break };
                    sum = sum.wrapping_add(u64::from(pc(store, &frame)?));
                    next = frame.parent(store.as_context_mut())?;
                }
                Ok(sum)
            }
            Look::Memory => {
                let instance = innermost(store)?.instance(store.as_context_mut())?;
                let memory = instance.debug_memory(store.as_context_mut(), 0).context("no memory")?;
                let mut sum = 0_u64;
                for _ in 0..self.count {
                    let (bytes, data) = memory.data_and_store_mut(store.as_context_mut());
                    data.buffer.copy_from_slice(&bytes[READ]);
                    let read = std::hint::black_box(&data.buffer);
                    let ends = u64::from(read[0]) + u64::from(read[read.len() - 1]);
                    sum = sum.wrapping_add(read.len() as u64 + ends);
                }
                Ok(sum)
            }
            Look::Breakpoints => {
                let mut edit = store.as_context_mut().edit_breakpoints().context("no guest_debug")?;
                for pc in &self.pcs[1..] {
                    edit.add_breakpoint(&self.module, *pc)?;
                }
                Ok(self.pcs.len() as u64 - 1)
            }
            Look::Pairs => self.pair(store),
        }
    }

    /// Handles a stop of [`Look::Pairs`]: at the breakpoint, sets another one at the next
    /// instruction; at that one, removes it. After the last pair, removes the first breakpoint as
    /// well.
    fn pair(&self, store: &mut StoreContextMut<'_, Data>) -> Result<u64> {
        let pc = innermost_pc(store)?;
        let stops = store.data().seen.stops + 1;
        let [first, second] = self.pcs[..] else { anyhow::bail!("a pair needs two places") };
        let mut edit = store.as_context_mut().edit_breakpoints().context("no guest_debug")?;
        if pc == first.raw() {
            edit.add_breakpoint(&self.module, second)?;
        } else {
            edit.remove_breakpoint(&self.module, second)?;
        }
        if stops == 2 * u64::from(self.count) {
            edit.remove_breakpoint(&self.module, first)?;
        }
        Ok(u64::from(pc))
    }
}

fn innermost(store: &mut StoreContextMut<'_, Data>) -> Result<FrameHandle> {
    store.debug_exit_frames().next().context("no frame")
}

fn pc(store: &mut StoreContextMut<'_, Data>, frame: &FrameHandle) -> Result<u32> {
    let place = frame.wasm_function_index_and_pc(store.as_context_mut())?;
    Ok(place.context("a frame without a pc")?.1.raw())
}

fn innermost_pc(store: &mut StoreContextMut<'_, Data>) -> Result<u32> {
    let frame = innermost(store)?;
    pc(store, &frame)
}

fn local(store: &mut StoreContextMut<'_, Data>, frame: &FrameHandle, index: u32) -> Result<u64> {
    let value = frame.local(store.as_context_mut(), index)?;
    Ok(u64::from(value.i32().context("a local that is no i32")?.cast_unsigned()))
}
