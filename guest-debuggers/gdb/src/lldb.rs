//! The packets that LLDB has added to the base protocol, and its stop replies.
//!
//! Source: LLDB's `lldbgdbremote.md`, and the GDB manual for `x` and the stop reply. Invariant: a
//! stop reply carries everything that LLDB would otherwise ask for at every stop, as far as LLDB
//! reads it from there.

use std::fmt::Write as _;

use gdbstub::common::Signal;

use crate::program::{Modules, Program, StopReply, WatchKind};
use crate::wire::{PACKET_SIZE, hex, number, push_escaped, push_hex};

/// LLDB caches memory in lines of this many bytes, and reads whole aligned lines.
const CACHE_LINE: u64 = 512;

/// The error reply for memory that cannot be read or written.
const NO_MEMORY: &[u8] = b"E0e";

/// Tells the form of `qWasmGlobal` that names a module from the one that names a frame.
const INSTANCE: &[u8] = b";instance:";

/// The folder of the paths that modules are given. A bare name LLDB would look up in its own
/// working directory, and would take any file of that name there for the module.
const DIRECTORY: &str = "/wasm";

/// Appended to the reply to `qSupported`: says that the bytes in the reply to `x` follow a `b`, and
/// that `qWasmGlobal` may name a module instead of a frame.
pub(crate) const FEATURES: &[u8] = b";binary-upload+;qWasmInstance+";

/// Answers a packet if it is one of those that are handled here.
pub(crate) fn answer(program: &mut Program<'_>, payload: &[u8]) -> Option<Vec<u8>> {
    let (name, rest) = split(payload);
    Some(match name {
        b"?" | b"qThreadStopInfo" => stop_packet(program),
        b"m" => read(program, rest, false),
        b"x" => read(program, rest, true),
        // A write with all of its data is for the base protocol, which would also execute one whose
        // data is incomplete.
        b"M" if !is_whole_write(rest) => b"E16".to_vec(),
        b"qMemoryRegionInfo" => region(program, rest),
        b"qWasmGlobal" if rest.windows(INSTANCE.len()).any(|part| part == INSTANCE) => global(program, rest),
        b"qWatchpointSupportInfo" => b"num:32;".to_vec(),
        b"QListThreadsInStopReply" | b"QEnableErrorStrings" | b"QThreadSuffixSupported" => b"OK".to_vec(),
        b"qGDBServerVersion" => format!("name:stillpoint;version:{};", env!("CARGO_PKG_VERSION")).into_bytes(),
        _ => return None,
    })
}

/// Removes the `;thread:ID;` that LLDB appends to packets about registers: there is one thread
/// only. Because LLDB may append it, it need not select the thread with a packet of its own at
/// every stop.
pub(crate) fn without_thread(mut payload: Vec<u8>) -> Vec<u8> {
    const SUFFIX: &[u8] = b";thread:";
    if matches!(payload.first(), Some(b'p' | b'P' | b'g' | b'G'))
        && let Some(end) = payload.windows(SUFFIX.len()).position(|part| part == SUFFIX)
    {
        payload.truncate(end);
    }
    payload
}

/// Splits a packet into its name and its arguments.
fn split(payload: &[u8]) -> (&[u8], &[u8]) {
    let is_short = matches!(payload.first(), Some(b'm' | b'M' | b'x' | b'?'));
    let length =
        if is_short { 1 } else { payload.iter().position(|byte| matches!(byte, b':' | b';')).unwrap_or(payload.len()) };
    let (name, rest) = payload.split_at(length);
    // This name ends where its argument begins, without a separator.
    if name.starts_with(b"qThreadStopInfo") {
        return name.split_at(b"qThreadStopInfo".len());
    }
    (name, rest.strip_prefix(b":").unwrap_or(rest))
}

/// Parses `ADDRESS,LENGTH`, both hexadecimal.
fn address_and_length(text: &[u8]) -> Option<(u64, u64)> {
    let mut parts = text.splitn(2, |byte| *byte == b',').map(number);
    Some((parts.next()??, parts.next()??))
}

/// Answers `m` and `x`, whose arguments are `ADDRESS,LENGTH`: with the bytes as digits, or in
/// binary after a `b`.
fn read(program: &Program<'_>, arguments: &[u8], is_binary: bool) -> Vec<u8> {
    let Some((address, length)) = address_and_length(arguments) else { return NO_MEMORY.to_vec() };
    if is_binary && length == 0 {
        // LLDB asks in this way whether the packet is supported.
        return b"b".to_vec();
    }
    let max_length = if is_binary { PACKET_SIZE } else { PACKET_SIZE / 2 };
    let length = usize::try_from(length).unwrap_or(max_length).min(max_length);
    match program.read(address, length) {
        Some(bytes) if bytes.is_empty() && length > 0 => NO_MEMORY.to_vec(),
        Some(bytes) if is_binary => {
            let mut reply = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 1);
            reply.push(b'b');
            push_escaped(&mut reply, &bytes);
            reply
        }
        Some(bytes) => hex(&bytes),
        None => NO_MEMORY.to_vec(),
    }
}

/// Whether arguments are `ADDRESS,LENGTH:DATA` with as much data, two digits a byte, as the length
/// says.
fn is_whole_write(arguments: &[u8]) -> bool {
    let mut parts = arguments.splitn(2, |byte| *byte == b':');
    let (Some(range), Some(data)) = (parts.next(), parts.next()) else { return false };
    let Some((_, length)) = address_and_length(range) else { return false };
    length.checked_mul(2) == u64::try_from(data.len()).ok() && data.iter().all(u8::is_ascii_hexdigit)
}

fn region(program: &Program<'_>, arguments: &[u8]) -> Vec<u8> {
    let Some(address) = number(arguments) else { return b"E16".to_vec() };
    let region = program.memories().region(address, program.instance(), &program.modules);
    let mut reply = format!("start:{:x};size:{:x};", region.begin, region.size);
    if !region.permissions.is_empty() {
        let name = hex(region.name.as_bytes());
        // Writing to a string does not fail.
        let _ = write!(reply, "permissions:{};name:{};", region.permissions, String::from_utf8_lossy(&name));
    }
    reply.into_bytes()
}

/// Answers `qWasmGlobal:INDEX;instance:ID;`, both decimal. The id is the one in addresses of code:
/// a module's.
fn global(program: &Program<'_>, arguments: &[u8]) -> Vec<u8> {
    let parse = || -> Option<(u32, u32)> {
        let (index, id) = std::str::from_utf8(arguments).ok()?.split_once(";instance:")?;
        Some((index.parse().ok()?, id.strip_suffix(';').unwrap_or(id).parse().ok()?))
    };
    let Some((index, module)) = parse() else { return b"E16".to_vec() };
    program.global_of_module(module, index).map_or_else(|| b"E03".to_vec(), |value| hex(&value))
}

/// The stop reply: why and where the program has stopped. It answers the packet that resumed the
/// program, and the question for the last stop.
pub(crate) fn stop_packet(program: &mut Program<'_>) -> Vec<u8> {
    let (signal, details) = match program.stop_reply() {
        StopReply::Exit(code, None) => return format!("W{code:02x}").into_bytes(),
        StopReply::Exit(code, Some(text)) => {
            return format!("W{code:02x};{}", description(first_line(&text))).into_bytes();
        }
        StopReply::Killed => return b"X09".to_vec(),
        StopReply::Step => (Signal::SIGTRAP, "reason:trace;".to_owned()),
        StopReply::Breakpoint => (Signal::SIGTRAP, "swbreak:;reason:breakpoint;".to_owned()),
        StopReply::Watchpoint(address, kind) => {
            let kind = match kind {
                WatchKind::Write => "watch",
                WatchKind::Read => "rwatch",
                WatchKind::Access => "awatch",
            };
            (Signal::SIGTRAP, format!("{kind}:{address:x};"))
        }
        StopReply::Interrupt => (Signal::SIGINT, "reason:signal;".to_owned()),
        StopReply::Fault(signal, text) => (signal, format!("reason:exception;{}", description(&text))),
        StopReply::Other(text) => (Signal::SIGTRAP, format!("reason:exception;{}", description(&text))),
    };
    let pc = program.pc();
    let mut reply =
        format!("T{:02x}thread:1;{details}00:{:016x};threads:1;thread-pcs:{pc:x};", signal.0, pc.swap_bytes());
    if program.modules.take_changed() {
        reply.push_str("library:1;");
    }
    let mut reply = reply.into_bytes();
    expedite(program, &mut reply);
    reply
}

fn description(text: &str) -> String {
    format!("description:{};", String::from_utf8_lossy(&hex(text.as_bytes())))
}

/// Adds the memory that LLDB reads after almost every stop: around the stack pointer, where the
/// variables of the innermost frame are, and the code around the pc, which a step over a line looks
/// at. By LLVM's convention the stack pointer is the first global.
fn expedite(program: &Program<'_>, reply: &mut Vec<u8>) {
    let pointer = program.global(0, 0).and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)));
    for (address, n_lines) in pointer.map(|pointer| (pointer.into(), 2)).into_iter().chain([(program.pc(), 1)]) {
        let begin = address & !(CACHE_LINE - 1);
        let Some(bytes) = program.read(begin, n_lines * CACHE_LINE as usize).filter(|bytes| !bytes.is_empty()) else {
            continue;
        };
        reply.extend_from_slice(format!("memory:{begin:#x}=").as_bytes());
        push_hex(reply, &bytes);
        reply.push(b';');
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The list of modules in LLDB's XML format.
pub(crate) fn library_list(modules: &Modules) -> String {
    let mut list = "<library-list>".to_owned();
    for (address, name, _) in modules.all() {
        let _ = write!(
            list,
            "<library name=\"{DIRECTORY}/{}\"><section address=\"{address:#x}\"/></library>",
            escape(name)
        );
    }
    list.push_str("</library-list>");
    list
}

/// Escapes text for the value of an XML attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\0'..' ' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_packets() {
        let parts = |payload: &'static [u8]| split(payload);
        assert_eq!(parts(b"m4000,2"), (&b"m"[..], &b"4000,2"[..]));
        assert_eq!(parts(b"x0,0"), (&b"x"[..], &b"0,0"[..]));
        assert_eq!(parts(b"qMemoryRegionInfo:10"), (&b"qMemoryRegionInfo"[..], &b"10"[..]));
        assert_eq!(parts(b"qThreadStopInfo1"), (&b"qThreadStopInfo"[..], &b"1"[..]));
        assert_eq!(parts(b"?"), (&b"?"[..], &b""[..]));
        assert_eq!(parts(b""), (&b""[..], &b""[..]));
    }

    #[test]
    fn writes_are_whole_or_refused() {
        for whole in ["0,0:", "10,2:beef", "4000000000000000,1:0A"] {
            assert!(is_whole_write(whole.as_bytes()), "{whole}");
        }
        for damaged in
            ["", "0", "0,1", ",1:00", "0,:00", "0,1:", "0,1:0", "0,1:0000", "0,2:00", "0,1:zz", "0,8000000000000000:"]
        {
            assert!(!is_whole_write(damaged.as_bytes()), "{damaged}");
        }
    }

    #[test]
    fn packets_about_registers() {
        let without = |payload: &[u8]| without_thread(payload.to_vec());
        assert_eq!(without(b"p0;thread:0001;"), b"p0");
        assert_eq!(without(b"P0=4b02000000000040;thread:0001;"), b"P0=4b02000000000040");
        assert_eq!(without(b"g"), b"g");
        assert_eq!(without(b"qX;thread:0001;"), b"qX;thread:0001;");
    }

    #[test]
    fn names_in_xml() {
        assert_eq!(escape("a<b>&\"c\"\n\u{fffe}"), "a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}\u{fffd}");
    }
}
