//! What LLDB understands beyond the base protocol.
//!
//! Source: `lldbgdbremote.md` of LLDB, and the GDB manual for `x` and the stop reply. Invariant: stop replies carry what LLDB
//! would ask for at every stop, as far as it takes it from there.

use std::fmt::Write as _;

use gdbstub::common::Signal;

use crate::program::{Modules, Program, WatchKind, Why};
use crate::wire::{PACKET_SIZE, hex, number, push_escaped, push_hex};

/// How many bytes LLDB reads at once where it keeps what it has read, and the alignment of such reads.
const LINE: u64 = 512;

/// The reply for what cannot be read or written.
const NO_MEMORY: &[u8] = b"E0e";

/// Where modules seem to be: a name alone LLDB would look up in its own working directory, and would take a file that it
/// finds there for the module, whatever is in it.
const DIRECTORY: &str = "/wasm";

/// What is added to the list of what we can do: `x` with a `b` before the bytes.
pub(crate) const FEATURES: &[u8] = b";binary-upload+";

/// Answers a packet, if it is one of these.
pub(crate) fn answer(program: &mut Program<'_>, payload: &[u8]) -> Option<Vec<u8>> {
    let (name, rest) = split(payload);
    Some(match name {
        b"?" | b"qThreadStopInfo" => stop_reply(program),
        b"m" => read(program, rest, false),
        b"x" => read(program, rest, true),
        // A whole one is for the base protocol, which takes what there is of any other.
        b"M" if !is_whole_write(rest) => b"E16".to_vec(),
        b"qMemoryRegionInfo" => region(program, rest),
        b"qWatchpointSupportInfo" => b"num:32;".to_vec(),
        b"QListThreadsInStopReply" | b"QEnableErrorStrings" | b"QThreadSuffixSupported" => b"OK".to_vec(),
        b"qGDBServerVersion" => format!("name:stillpoint;version:{};", env!("CARGO_PKG_VERSION")).into_bytes(),
        _ => return None,
    })
}

/// A packet about registers without the thread that it ends with: there is only one. A client that may name it there need not
/// select it with a packet of its own at every stop.
pub(crate) fn without_thread(mut payload: Vec<u8>) -> Vec<u8> {
    const SUFFIX: &[u8] = b";thread:";
    if matches!(payload.first(), Some(b'p' | b'P' | b'g' | b'G'))
        && let Some(end) = payload.windows(SUFFIX.len()).position(|part| part == SUFFIX)
    {
        payload.truncate(end);
    }
    payload
}

/// A packet's name, and what follows it.
fn split(payload: &[u8]) -> (&[u8], &[u8]) {
    let is_short = matches!(payload.first(), Some(b'm' | b'M' | b'x' | b'?'));
    let length =
        if is_short { 1 } else { payload.iter().position(|byte| matches!(byte, b':' | b';')).unwrap_or(payload.len()) };
    let (name, rest) = payload.split_at(length);
    // The name of this one ends where its argument begins.
    if name.starts_with(b"qThreadStopInfo") {
        return name.split_at(b"qThreadStopInfo".len());
    }
    (name, rest.strip_prefix(b":").unwrap_or(rest))
}

/// `ADDRESS,LENGTH`, both hexadecimal.
fn address_and_length(text: &[u8]) -> Option<(u64, u64)> {
    let mut parts = text.splitn(2, |byte| *byte == b',').map(number);
    Some((parts.next()??, parts.next()??))
}

/// `ADDRESS,LENGTH`: bytes as digits, or as they are behind a `b`.
fn read(program: &Program<'_>, arguments: &[u8], is_binary: bool) -> Vec<u8> {
    let Some((address, length)) = address_and_length(arguments) else { return NO_MEMORY.to_vec() };
    if is_binary && length == 0 {
        // The question whether this packet is known.
        return b"b".to_vec();
    }
    let most = if is_binary { PACKET_SIZE } else { PACKET_SIZE / 2 };
    let length = usize::try_from(length).unwrap_or(most).min(most);
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

/// Whether this is `ADDRESS,LENGTH:DATA` with as many bytes of data, two digits each, as the length says.
fn is_whole_write(arguments: &[u8]) -> bool {
    let mut parts = arguments.splitn(2, |byte| *byte == b':');
    let (Some(place), Some(data)) = (parts.next(), parts.next()) else { return false };
    let Some((_, length)) = address_and_length(place) else { return false };
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

/// The reply that says why the program stopped: to the packet that has made it run, and to the question.
pub(crate) fn stop_reply(program: &mut Program<'_>) -> Vec<u8> {
    let (signal, why) = match program.why() {
        Why::Exit(code, None) => return format!("W{code:02x}").into_bytes(),
        Why::Exit(code, Some(text)) => return format!("W{code:02x};{}", description(first_line(&text))).into_bytes(),
        Why::Killed => return b"X09".to_vec(),
        Why::Step => (Signal::SIGTRAP, "reason:trace;".to_owned()),
        Why::Breakpoint => (Signal::SIGTRAP, "swbreak:;reason:breakpoint;".to_owned()),
        Why::Watchpoint(address, kind) => {
            let kind = match kind {
                WatchKind::Write => "watch",
                WatchKind::Read => "rwatch",
                WatchKind::Access => "awatch",
            };
            (Signal::SIGTRAP, format!("{kind}:{address:x};"))
        }
        Why::Interrupt => (Signal::SIGINT, "reason:signal;".to_owned()),
        Why::Fault(signal, text) => (signal, format!("reason:exception;{}", description(&text))),
    };
    let pc = program.pc();
    let mut reply = format!("T{:02x}thread:1;{why}00:{:016x};threads:1;thread-pcs:{pc:x};", signal.0, pc.swap_bytes());
    if program.modules.take_news() {
        reply.push_str("library:1;");
    }
    let mut reply = reply.into_bytes();
    expedite(program, &mut reply);
    reply
}

fn description(text: &str) -> String {
    format!("description:{};", String::from_utf8_lossy(&hex(text.as_bytes())))
}

/// Adds what LLDB reads after many a stop: the memory around the stack pointer, where the variables of the innermost frame are, and
/// the code around the pc, which a step over a line looks at. By the convention of LLVM the stack pointer is the first global.
fn expedite(program: &Program<'_>, reply: &mut Vec<u8>) {
    let pointer = program.global(0, 0).and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)));
    for (address, n_lines) in pointer.map(|pointer| (pointer.into(), 2)).into_iter().chain([(program.pc(), 1)]) {
        let begin = address & !(LINE - 1);
        let Some(bytes) = program.read(begin, n_lines * LINE as usize).filter(|bytes| !bytes.is_empty()) else {
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

/// The list of modules as LLDB reads it, XML.
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

/// Text as the value of an attribute of XML.
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
