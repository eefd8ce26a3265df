//! Clients that send random packets, well formed and not. Nothing that they send asks for a change
//! of the program, so it has the same output and exit code as without a client.

use stillpoint_tests::lldb::{Client, packet};

use crate::{invoke, wat};

/// How many clients there are for each program.
const CLIENTS: u64 = 12;

/// Addresses of memories, of instructions and between them, of nothing, and at the ends of the
/// address space.
const ADDRESSES: [&str; 16] = [
    "0",
    "8",
    "10",
    "ffff",
    "10000",
    "100000000",
    "200000020",
    "4000000000000000",
    "4000000000000031",
    "4000000000000042",
    "400000000000009c",
    "40000000000000a0",
    "4000000100000031",
    "40000000ffffffff",
    "7fffffffffffffff",
    "ffffffffffffffff",
];

const LENGTHS: [&str; 8] = ["0", "1", "4", "200", "ffff", "20000", "ffffffff", "ffffffffffffffff"];

/// Whole packets: those without arguments, and those that resume the program.
const WHOLE: [&str; 24] = [
    "vCont;c",
    "vCont;s:1",
    "vCont;c:p1.-1",
    "vCont;s:p1.1",
    "vCont;C02:1",
    "vCont;s",
    "c",
    "s",
    "?",
    "g",
    "p0",
    "p1",
    "qC",
    "Hg0",
    "Hg1",
    "Hc-1",
    "T1",
    "qfThreadInfo",
    "qsThreadInfo",
    "jThreadsInfo",
    "qWasmCallStack:1",
    "qProcessInfo",
    "qHostInfo",
    "vMustReplyEmpty",
];

/// A xorshift generator, for the same clients in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).expect("it is small")).expect("it is small")
    }

    fn of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// The body of a random packet.
    fn body(&mut self) -> String {
        let (address, length) = (self.of(&ADDRESSES), self.of(&LENGTHS));
        match self.below(12) {
            0 | 1 => format!("Z0,{address},1"),
            2 => format!("z0,{address},1"),
            3 => format!("{}{},{address},{length}", self.of(&["Z", "z"]), self.of(&["2", "3", "4"])),
            4 => format!("{}{address},{length}", self.of(&["m", "x"])),
            5 => format!(
                "{}:{};{}",
                self.of(&["qWasmLocal", "qWasmGlobal", "qWasmStackValue"]),
                self.below(5),
                self.below(6)
            ),
            6 => format!("qMemoryRegionInfo:{address}"),
            7 => format!("qXfer:libraries:read::{length},{}", self.of(&LENGTHS)),
            8 => self.damaged(),
            _ => self.of(&WHOLE).to_owned(),
        }
    }

    /// A body in which one letter was exchanged, unless the result asks for a change or an end.
    fn damaged(&mut self) -> String {
        let mut body = self.body().into_bytes();
        let position = self.below(body.len());
        body[position] = b"0f:;,-pZzmxqvs.*}"[self.below(17)];
        let body = String::from_utf8_lossy(&body).into_owned();
        let is_change = body.starts_with(['M', 'X', 'G', 'P', 'k', 'D', 'R', 'r']) || body.starts_with("vKill");
        if is_change { "?".to_owned() } else { body }
    }
}

/// Runs one client after another, each with a program of its own.
#[track_caller]
fn clients(function: &str, file: &str, arguments: &[&str], output: &str) {
    for number in 1..=CLIENTS {
        let mut random = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let server = invoke(&["--exceptions=all"], function, file, arguments);
        let mut client = Client::greet(&server);
        let mut sent = Vec::new();
        for _ in 0..random.below(60) {
            let bytes = match random.below(20) {
                0 => vec![3; random.below(5) + 1],
                1 => vec![b'a'; random.below(30)],
                _ => packet(&random.body()),
            };
            sent.push(String::from_utf8_lossy(&bytes).into_owned());
            if !client.send(&bytes) {
                break;
            }
        }
        // Some clients read the replies and some do not, because that makes a difference to the
        // server.
        if random.below(2) == 0 {
            client.close_writing();
            client.wait_for_hang_up();
        }
        drop(client);
        assert_eq!(server.expect_code(0).text(), output, "client {number}: {sent:?}");
    }
}

#[test]
fn lldb_port_with_packets_at_random_and_recursion() {
    clients("fac", "events.wat", &["12"], "479001600\n");
}

#[test]
fn lldb_port_with_packets_at_random_and_exceptions() {
    clients("catcher", "events.wat", &["7"], "7\n");
}

#[test]
fn lldb_port_with_packets_at_random_and_several_memories() {
    clients("total", "memories.wat", &[], "333\n");
}

#[test]
fn lldb_port_with_packets_at_random_and_a_loop() {
    clients("turns", "lines.wat", &["30000"], "");
}

#[test]
fn lldb_port_with_packets_at_random_and_a_component() {
    for number in 1..=CLIENTS {
        let mut random = Random(number);
        let server = stillpoint_tests::lldb::serve([wat("workers.wat")]);
        let mut client = Client::greet(&server);
        for _ in 0..40 {
            client.send(&packet(&random.body()));
        }
        drop(client);
        server.expect_code(0);
    }
}
