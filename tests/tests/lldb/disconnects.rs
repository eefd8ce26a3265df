//! Clients that leave at every point of a session. The program has the same output and exit code as
//! without a client. Whoever leaves before a first packet was whole is no client, and another comes.

use stillpoint_tests::lldb::{Client, Server, packet};

use crate::hostile::expect_good_session;
use crate::{expect_lines, lines};

/// The packets of a session like LLDB's, from the greeting to the program's end. Each gets a reply.
fn session() -> Vec<String> {
    // The server says where the first two instructions are.
    let server = lines();
    let mut client = Client::greet(&server);
    let mut pc = || {
        let register = client.ask("p0;thread:1;");
        let register = if register.len() == 16 { register } else { client.ask("p0") };
        let bytes: Vec<u64> =
            (0..8).filter_map(|index| u64::from_str_radix(register.get(2 * index..2 * index + 2)?, 16).ok()).collect();
        assert_eq!(bytes.len(), 8, "the program counter is {register}");
        let pc = bytes.iter().rev().fold(0, |sum, byte| sum << 8 | byte);
        client.ask("vCont;s:1");
        pc
    };
    let (first, second) = (pc(), pc());
    assert!(first != second && first >> 62 == 1, "{first:#x} {second:#x}");
    drop(client);
    expect_lines(server, "steps");
    let fixed = [
        "QStartNoAckMode",
        "qSupported:xmlRegisters=i386,arm,mips,arc;multiprocess+;fork-events+;vfork-events+;swbreak+;hwbreak+",
        "QThreadSuffixSupported",
        "QListThreadsInStopReply",
        "qHostInfo",
        "vCont?",
        "QEnableErrorStrings",
        "qProcessInfo",
        "?",
        "qRegisterInfo0",
        "qRegisterInfo1",
        "qShlibInfoAddr",
        "qXfer:libraries:read::0,fff",
        "x0,0",
        "qMemoryRegionInfo:0",
        "qfThreadInfo",
        "qsThreadInfo",
        "Hg1",
        "p0",
        "m4000000000000000,200",
        "m0,200",
        "jThreadsInfo",
        "qWasmCallStack:1",
        "qWasmLocal:0;0",
        "qWasmGlobal:0;0",
        "qWasmStackValue:0;0",
        // Writes the letter that is there already.
        "M0,1:6f",
        "Z2,10,4",
    ];
    let ending = [
        format!("Z0,{second:x},1"),
        "vCont;s:1".to_owned(),
        format!("z0,{second:x},1"),
        format!("Z0,{first:x},1"),
        "vCont;c".to_owned(),
        "qWasmCallStack:1".to_owned(),
        "z2,10,4".to_owned(),
        "vCont;c".to_owned(),
    ];
    fixed.iter().map(|&body| body.to_owned()).chain(ending).collect()
}

/// Sends the first packets of a session, and waits for the replies as long as the program lives.
fn begin(server: &Server, packets: &[String]) -> Client {
    let mut client = Client::connect(server);
    client.send(b"+");
    for body in packets {
        client.try_ask(body);
    }
    client
}

#[test]
fn lldb_client_that_disconnects_after_every_packet_of_a_session() {
    let packets = session();
    for length in 0..=packets.len() {
        let server = lines();
        drop(begin(&server, &packets[..length]));
        let what = format!("after {length} packets of {packets:?}");
        match length {
            0 => expect_good_session(Client::greet(&server), server, &what),
            _ => expect_lines(server, &what),
        }
    }
}

#[test]
fn lldb_client_that_disconnects_before_every_reply_of_a_session() {
    let packets = session();
    for length in 0..packets.len() {
        let server = lines();
        let mut client = begin(&server, &packets[..length]);
        client.send(&packet(&packets[length]));
        drop(client);
        expect_lines(server, &format!("before the reply to {:?}", packets[length]));
    }
}

#[test]
fn lldb_client_that_disconnects_inside_every_packet_of_a_session() {
    let packets = session();
    for length in 0..packets.len() {
        let server = lines();
        let mut client = begin(&server, &packets[..length]);
        let bytes = packet(&packets[length]);
        client.send(&bytes[..bytes.len() / 2]);
        drop(client);
        let what = format!("inside {:?}", packets[length]);
        match length {
            0 => expect_good_session(Client::greet(&server), server, &what),
            _ => expect_lines(server, &what),
        }
    }
}
