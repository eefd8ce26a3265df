//! The program as a target of [`gdbstub`]: one thread, one register, the address space of
//! `program`.
//!
//! Invariant: no error here ends the session: a request that cannot be met gets an error reply.

use gdbstub::arch::lldb::{Encoding, Format, Generic, Register};
use gdbstub::common::{Endianness, Pid, Signal, Tid};
use gdbstub::outputln;
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::multithread::{
    MultiThreadBase, MultiThreadResume, MultiThreadResumeOps, MultiThreadSchedulerLocking,
    MultiThreadSchedulerLockingOps, MultiThreadSingleStep, MultiThreadSingleStepOps,
};
use gdbstub::target::ext::base::single_register_access::{SingleRegisterAccess, SingleRegisterAccessOps};
use gdbstub::target::ext::breakpoints::{
    Breakpoints, BreakpointsOps, HwWatchpoint, HwWatchpointOps, SwBreakpoint, SwBreakpointOps,
    WatchKind as GdbWatchKind,
};
use gdbstub::target::ext::host_info::{HostInfo, HostInfoOps, HostInfoResponse};
use gdbstub::target::ext::libraries::{Libraries, LibrariesOps};
use gdbstub::target::ext::lldb_register_info_override::{
    Callback, CallbackToken, LldbRegisterInfoOverride, LldbRegisterInfoOverrideOps,
};
use gdbstub::target::ext::monitor_cmd::{ConsoleOutput, MonitorCmd, MonitorCmdOps};
use gdbstub::target::ext::process_info::{ProcessInfo, ProcessInfoOps, ProcessInfoResponse};
use gdbstub::target::ext::wasm::{Wasm, WasmOps};
use gdbstub::target::{Target, TargetError, TargetResult};
use gdbstub_arch::wasm::reg::WasmRegisters;
use gdbstub_arch::wasm::reg::id::WasmRegId;
use stillpoint_kit::How;

use crate::lldb;
use crate::options::Exceptions;
use crate::program::{Program, WatchKind};

/// The target triple for which LLDB chooses its plugin for WebAssembly.
const TRIPLE: &str = "wasm32-unknown-unknown-wasm";

/// The only thread.
pub(crate) const THREAD: Tid = Tid::MIN;

impl Target for Program<'_> {
    type Arch = gdbstub_arch::wasm::Wasm;
    type Error = String;

    fn base_ops(&mut self) -> BaseOps<'_, Self::Arch, String> {
        BaseOps::MultiThread(self)
    }

    fn use_rle(&self) -> bool {
        // Run-length encoding costs more time than it saves on a local connection.
        false
    }

    fn use_fork_stop_reason(&self) -> bool {
        false
    }

    fn use_vfork_stop_reason(&self) -> bool {
        false
    }

    fn use_vforkdone_stop_reason(&self) -> bool {
        false
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    fn support_host_info(&mut self) -> Option<HostInfoOps<'_, Self>> {
        Some(self)
    }

    fn support_libraries(&mut self) -> Option<LibrariesOps<'_, Self>> {
        Some(self)
    }

    fn support_lldb_register_info_override(&mut self) -> Option<LldbRegisterInfoOverrideOps<'_, Self>> {
        Some(self)
    }

    fn support_monitor_cmd(&mut self) -> Option<MonitorCmdOps<'_, Self>> {
        Some(self)
    }

    fn support_process_info(&mut self) -> Option<ProcessInfoOps<'_, Self>> {
        Some(self)
    }

    fn support_wasm(&mut self) -> Option<WasmOps<'_, Self>> {
        Some(self)
    }
}

impl MultiThreadBase for Program<'_> {
    fn read_registers(&mut self, registers: &mut WasmRegisters, _: Tid) -> TargetResult<(), Self> {
        registers.pc = self.pc();
        Ok(())
    }

    fn write_registers(&mut self, _: &WasmRegisters, _: Tid) -> TargetResult<(), Self> {
        // WebAssembly has no way to jump to an arbitrary instruction.
        Err(TargetError::NonFatal)
    }

    fn read_addrs(&mut self, address: u64, data: &mut [u8], _: Tid) -> TargetResult<usize, Self> {
        let read = self.read(address, data.len()).filter(|read| !read.is_empty()).ok_or(TargetError::NonFatal)?;
        let part = data.get_mut(..read.len()).ok_or(TargetError::NonFatal)?;
        part.copy_from_slice(&read);
        Ok(read.len())
    }

    fn write_addrs(&mut self, address: u64, data: &[u8], _: Tid) -> TargetResult<(), Self> {
        if self.write(address, data) { Ok(()) } else { Err(TargetError::NonFatal) }
    }

    fn list_active_threads(&mut self, thread: &mut dyn FnMut(Tid)) -> Result<(), String> {
        thread(THREAD);
        Ok(())
    }

    fn support_single_register_access(&mut self) -> Option<SingleRegisterAccessOps<'_, Tid, Self>> {
        Some(self)
    }

    fn support_resume(&mut self) -> Option<MultiThreadResumeOps<'_, Self>> {
        Some(self)
    }
}

impl SingleRegisterAccess<Tid> for Program<'_> {
    fn read_register(&mut self, _: Tid, _: WasmRegId, bytes: &mut [u8]) -> TargetResult<usize, Self> {
        let pc = self.pc().to_le_bytes();
        bytes.get_mut(..pc.len()).ok_or(TargetError::NonFatal)?.copy_from_slice(&pc);
        Ok(pc.len())
    }

    fn write_register(&mut self, _: Tid, _: WasmRegId, _: &[u8]) -> TargetResult<(), Self> {
        Err(TargetError::NonFatal)
    }
}

impl MultiThreadResume for Program<'_> {
    fn resume(&mut self) -> Result<(), String> {
        self.requested.get_or_insert(How::Continue);
        Ok(())
    }

    fn clear_resume_actions(&mut self) -> Result<(), String> {
        self.requested = None;
        Ok(())
    }

    fn set_resume_action_continue(&mut self, _: Tid, _: Option<Signal>) -> Result<(), String> {
        self.requested = Some(How::Continue);
        Ok(())
    }

    fn support_single_step(&mut self) -> Option<MultiThreadSingleStepOps<'_, Self>> {
        Some(self)
    }

    fn support_scheduler_locking(&mut self) -> Option<MultiThreadSchedulerLockingOps<'_, Self>> {
        Some(self)
    }
}

impl MultiThreadSingleStep for Program<'_> {
    fn set_resume_action_step(&mut self, _: Tid, _: Option<Signal>) -> Result<(), String> {
        self.requested = Some(How::StepInstruction);
        Ok(())
    }
}

impl MultiThreadSchedulerLocking for Program<'_> {
    fn set_resume_action_scheduler_lock(&mut self) -> Result<(), String> {
        // There is no other thread.
        Ok(())
    }
}

impl Breakpoints for Program<'_> {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_watchpoint(&mut self) -> Option<HwWatchpointOps<'_, Self>> {
        Some(self)
    }
}

impl SwBreakpoint for Program<'_> {
    fn add_sw_breakpoint(&mut self, address: u64, _: usize) -> TargetResult<bool, Self> {
        Ok(self.add_breakpoint(address))
    }

    fn remove_sw_breakpoint(&mut self, address: u64, _: usize) -> TargetResult<bool, Self> {
        Ok(self.remove_breakpoint(address))
    }
}

impl HwWatchpoint for Program<'_> {
    fn add_hw_watchpoint(&mut self, address: u64, length: u64, kind: GdbWatchKind) -> TargetResult<bool, Self> {
        Ok(self.add_watchpoint(address, length, watch_kind(kind)))
    }

    fn remove_hw_watchpoint(&mut self, address: u64, length: u64, kind: GdbWatchKind) -> TargetResult<bool, Self> {
        Ok(self.remove_watchpoint(address, length, watch_kind(kind)))
    }
}

fn watch_kind(kind: GdbWatchKind) -> WatchKind {
    match kind {
        GdbWatchKind::Write => WatchKind::Write,
        GdbWatchKind::Read => WatchKind::Read,
        GdbWatchKind::ReadWrite => WatchKind::Access,
    }
}

impl LldbRegisterInfoOverride for Program<'_> {
    fn lldb_register_info<'a>(&mut self, number: usize, info: Callback<'a>) -> Result<CallbackToken<'a>, String> {
        if number != 0 {
            return Ok(info.done());
        }
        Ok(info.write(Register {
            name: "pc",
            alt_name: None,
            bitsize: 64,
            offset: 0,
            encoding: Encoding::Uint,
            format: Format::Hex,
            set: "General Purpose Registers",
            gcc: Some(16),
            dwarf: Some(16),
            generic: Some(Generic::Pc),
            container_regs: None,
            invalidate_regs: None,
        }))
    }
}

impl Libraries for Program<'_> {
    fn get_libraries(&self, offset: u64, length: usize, bytes: &mut [u8]) -> TargetResult<usize, Self> {
        let list = lldb::library_list(&self.modules);
        let rest = usize::try_from(offset).ok().and_then(|offset| list.as_bytes().get(offset..)).unwrap_or_default();
        let part = rest.get(..length.min(bytes.len())).unwrap_or(rest);
        bytes.get_mut(..part.len()).ok_or(TargetError::NonFatal)?.copy_from_slice(part);
        Ok(part.len())
    }
}

impl Wasm for Program<'_> {
    fn wasm_call_stack(&self, _: Tid, next_pc: &mut dyn FnMut(u64)) -> Result<(), String> {
        self.call_stack().into_iter().for_each(next_pc);
        Ok(())
    }

    fn read_wasm_local(&self, _: Tid, frame: usize, index: usize, bytes: &mut [u8]) -> Result<usize, String> {
        Ok(copy_value(self.local(frame, index), bytes))
    }

    fn read_wasm_stack(&self, _: Tid, frame: usize, index: usize, bytes: &mut [u8]) -> Result<usize, String> {
        Ok(copy_value(self.operand(frame, index), bytes))
    }

    fn read_wasm_global(&self, _: Tid, frame: usize, index: usize, bytes: &mut [u8]) -> Result<usize, String> {
        Ok(copy_value(self.global(frame, index), bytes))
    }
}

/// Copies a value into a buffer and returns its length in bytes: 0 if there is no value or no room
/// for it.
fn copy_value(value: Option<Vec<u8>>, bytes: &mut [u8]) -> usize {
    let value = value.unwrap_or_default();
    match bytes.get_mut(..value.len()) {
        Some(target) => {
            target.copy_from_slice(&value);
            value.len()
        }
        None => 0,
    }
}

impl HostInfo for Program<'_> {
    fn host_info(&self, write: &mut dyn FnMut(&HostInfoResponse<'_>)) -> Result<(), String> {
        write(&HostInfoResponse::Triple(TRIPLE));
        write(&HostInfoResponse::Endianness(Endianness::Little));
        write(&HostInfoResponse::PointerSize(4));
        Ok(())
    }
}

impl ProcessInfo for Program<'_> {
    fn process_info(&self, write: &mut dyn FnMut(&ProcessInfoResponse<'_>)) -> Result<(), String> {
        write(&ProcessInfoResponse::Pid(Pid::MIN));
        write(&ProcessInfoResponse::Triple(TRIPLE));
        write(&ProcessInfoResponse::Endianness(Endianness::Little));
        write(&ProcessInfoResponse::PointerSize(4));
        Ok(())
    }
}

impl MonitorCmd for Program<'_> {
    fn handle_monitor_cmd(&mut self, command: &[u8], mut output: ConsoleOutput<'_>) -> Result<(), String> {
        let text = String::from_utf8_lossy(command);
        let words: Vec<_> = text.split_whitespace().collect();
        match words[..] {
            ["exceptions", which] if which.parse::<Exceptions>().is_ok() => {
                self.exceptions = which.parse().unwrap_or(self.exceptions);
                outputln!(output, "exceptions that stop the program: {which}");
            }
            _ => outputln!(output, "monitor commands: exceptions uncaught|all|none"),
        }
        Ok(())
    }
}
