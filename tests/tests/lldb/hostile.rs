//! Clients that are not LLDB, or that break the protocol's rules. Whatever they send, the program
//! has the same output and exit code as without a client.

use stillpoint_tests::lldb::{Client, Server, packet};

use crate::{expect_lines, invoke, lines};

/// Checks that the program has not moved and that the connection still works, and runs the program
/// to its end.
#[track_caller]
pub(crate) fn expect_good_session(mut client: Client, server: Server, what: &str) {
    let stop = client.ask("?");
    assert!(stop.starts_with('T') || stop.starts_with('S'), "{what}: {stop}");
    assert_eq!(client.ask("vCont;c"), "W00", "{what}");
    expect_lines(server, what);
}

#[test]
fn lldb_port_with_garbage_on_it() {
    let every_byte: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let texts = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".as_slice(),
        b"\0\0\0\0",
        b"$$$$",
        b"####",
        b"}*}*}*",
        &every_byte,
    ];
    for garbage in texts {
        // Before a client comes, and as a client.
        let server = lines();
        Client::connect(&server).send(garbage);
        let mut client = Client::greet(&server);
        client.send(garbage);
        drop(client);
        expect_lines(server, &String::from_utf8_lossy(&garbage[..garbage.len().min(20)]));
    }
}

#[test]
fn lldb_port_with_garbage_before_a_good_session() {
    let server = lines();
    let mut client = Client::connect(&server);
    client.send(b"hello\0\xff\xfe\r\n");
    client.wait_for_hang_up();
    expect_good_session(Client::greet(&server), server, "garbage first");
}

#[test]
fn lldb_port_with_garbage_in_a_good_session() {
    let server = lines();
    let mut client = Client::greet(&server);
    client.send(b"hello\0\xff\xfe\r\n");
    expect_good_session(client, server, "garbage in between");
}

#[test]
fn lldb_port_with_half_a_packet_and_a_closed_connection() {
    for half in ["$", "$q", "$qSupported", "$?#", "$?#3", "$m0,1}", "$x4000000000000000,20*", "$vCont;c#a"] {
        let server = lines();
        let mut client = Client::greet(&server);
        client.send(half.as_bytes());
        client.close_writing();
        drop(client);
        expect_lines(server, half);
    }
}

#[test]
fn lldb_port_with_half_a_packet_and_the_rest_later() {
    let server = lines();
    let mut client = Client::greet(&server);
    for byte in packet("qSupported:xmlRegisters=i386,arm,mips,arc;multiprocess+") {
        assert!(client.send(&[byte]));
    }
    assert!(client.reply().is_some_and(|reply| reply.contains("PacketSize=")));
    expect_good_session(client, server, "a byte at a time");
}

#[test]
fn lldb_port_with_a_packet_of_10_megabytes() {
    for (start, what) in
        [("$", "no start"), ("$m0,", "an address"), ("$M0,5:", "data"), ("$qXfer:features:read:", "a name")]
    {
        let server = lines();
        let mut client = Client::greet(&server);
        let mut bytes = start.as_bytes().to_vec();
        bytes.resize(10 << 20, b'0');
        bytes.extend_from_slice(b"#00");
        // The server may close the connection before it has read everything, but must not wait for
        // ever.
        client.send(&bytes);
        drop(client);
        expect_lines(server, what);
    }
}

#[test]
fn lldb_port_with_many_packets_in_one_piece() {
    let server = lines();
    let mut client = Client::greet(&server);
    let bytes: Vec<u8> = std::iter::repeat_n(packet("qfThreadInfo"), 1000).flatten().collect();
    client.send(&bytes);
    for number in 0..1000 {
        let reply = client.reply().unwrap_or_else(|| panic!("the server hung up after {number} packets"));
        assert!(reply.starts_with('m'), "{reply}");
    }
    expect_good_session(client, server, "a thousand packets");
}

#[test]
fn lldb_port_with_wrong_checksums() {
    // With acknowledgements switched on, a damaged packet is asked for again.
    let server = lines();
    let mut client = Client::connect(&server);
    client.send(b"+$?#00");
    client.send(b"$?#zz");
    client.send(b"$vCont;c#00");
    assert_eq!(client.ask("QStartNoAckMode"), "OK");
    client.send(b"+");
    let stop = client.ask("?");
    assert!(stop.starts_with('T') || stop.starts_with('S'), "{stop}");
    assert_eq!(client.ask("vCont;c"), "W00");
    expect_lines(server, "wrong checksums");
}

#[test]
fn lldb_port_with_wrong_checksums_and_no_acknowledgements() {
    let server = lines();
    let mut client = Client::greet(&server);
    for damaged in ["$M0,1:00#00", "$k#00", "$D#00", "$vCont;c#00", "$vKill;1#zz", "$c#64"] {
        client.send(damaged.as_bytes());
    }
    expect_good_session(client, server, "wrong checksums");
}

#[test]
fn lldb_port_with_a_client_that_never_listens() {
    let server = lines();
    let mut client = Client::greet(&server);
    // A few bytes ask for far more than the system buffers for a client.
    let bytes: Vec<u8> = std::iter::repeat_n(packet("x0,10000"), 1000).flatten().collect();
    client.send(&bytes);
    assert!(client.reply().is_some());
    drop(client);
    expect_lines(server, "deaf");
}

#[test]
fn lldb_port_flooded_with_interrupts_while_stopped() {
    let server = lines();
    let mut client = Client::greet(&server);
    client.send(&[3; 100_000]);
    drop(client);
    expect_lines(server, "interrupts");
}

#[test]
fn lldb_port_flooded_with_interrupts_while_running() {
    let server = invoke(&[], "turns", "lines.wat", &["3000000"]);
    let mut client = Client::greet(&server);
    for _ in 0..50 {
        client.send(&packet("vCont;c"));
        client.send(&[3; 100]);
        // At least one of the interrupts stops the program, unless it has ended already.
        match client.reply() {
            Some(reply) if reply.starts_with('W') => break,
            reply => assert!(reply.as_ref().is_some_and(|reply| reply.starts_with('T')), "{reply:?}"),
        }
    }
    drop(client);
    server.expect_code(0);
}

#[test]
fn lldb_port_with_packets_that_nobody_knows() {
    let server = lines();
    let mut client = Client::greet(&server);
    let packets = [
        "",
        "~",
        "!",
        "bc",
        "bs",
        "d",
        "jNothing",
        "qNothing",
        "QNothing:1",
        "vNothing",
        "vCont;q",
        "vFile:open:2f,0,0",
        "qXfer:auxv:read::0,10",
        "qXfer:features:read:nothing.xml:0,10",
        "vAttach;1",
        "vRun;",
        "_M1000,rwx",
        "_m0",
        "t",
        "QPassSignals:1",
        "qCRC:0,10",
        "qSearch:memory:0;10;00",
        "QSaveRegisterState",
        "QRestoreRegisterState:1",
        "qGetTLSAddr:1,2,3",
        "A4,0,2f2f",
        "jModulesInfo:[{]",
        "qSymbol:zz:zz",
        "\u{7f}",
        "qWasm",
        "qWasmNothing:0;0",
    ];
    for body in packets {
        let reply = client.ask(body);
        assert!(reply.is_empty() || reply.starts_with('E') || reply == "OK", "{body:?}: {reply}");
    }
    expect_good_session(client, server, "unknown packets");
}

#[test]
fn lldb_port_with_monitor_commands_that_nobody_knows() {
    let server = lines();
    let mut client = Client::greet(&server);
    for command in ["00", "", "68656c70", "657863657074696f6e73", "657863657074696f6e7320736f6d65", "zz", "6"] {
        let mut reply = client.ask(&format!("qRcmd,{command}"));
        while reply.starts_with('O') && reply != "OK" {
            reply = client.reply().expect("what a command prints comes before its end");
        }
        assert!(reply.is_empty() || reply == "OK" || reply.starts_with('E'), "{command}: {reply}");
    }
    expect_good_session(client, server, "monitor commands");
}

#[test]
fn lldb_port_with_nonsense_in_packets() {
    let server = lines();
    let mut client = Client::greet(&server);
    let numbers = [
        "",
        "-1",
        "zz",
        "0",
        "1",
        "ffffffff",
        "100000000",
        "7fffffffffffffff",
        "4000000000000000",
        "40000000ffffffff",
        "ffffffffffffffff",
        "10000000000000000",
        "fffffffffffffffffffffffffffffffff",
    ];
    for first in numbers {
        for packet in [
            "qMemoryRegionInfo:",
            "p",
            "qRegisterInfo",
            "qWasmCallStack:",
            "Hg",
            "Hc",
            "T",
            "qThreadStopInfo",
            "jThreadExtendedInfo:",
        ] {
            client.ask(&format!("{packet}{first}"));
        }
        for second in numbers {
            for packet in ["m", "x", "Z0,", "z0,", "Z1,", "Z2,", "z2,", "Z3,", "Z4,", "Z9,", "qXfer:libraries:read::"] {
                client.ask(&format!("{packet}{first},{second}"));
            }
            for packet in ["qWasmLocal:", "qWasmGlobal:", "qWasmStackValue:", "P"] {
                client.ask(&format!("{packet}{first};{second}"));
            }
            // Data without a byte, or with fewer bytes than the packet says.
            for data in ["", "zz", "0"] {
                client.ask(&format!("M{first},{second}:{data}"));
            }
        }
    }
    // Breakpoints that were set by chance are removed when the session ends.
    drop(client);
    expect_lines(server, "nonsense");
}

#[test]
fn lldb_port_reads_are_as_long_as_there_is_memory() {
    let server = lines();
    let mut client = Client::greet(&server);
    assert_eq!(client.ask("m0,8"), "6f6e650a74776f0a");
    let last = client.ask("mfffe,2");
    assert_eq!(last, "0000");
    for outside in ["m10000,1", "mffff,2", "m100000000,1", "m8000000000000000,1", "mffffffffffffffff,2"] {
        let reply = client.ask(outside);
        // A read that begins inside the memory may return less than was asked for.
        assert!(reply.starts_with('E') || outside == "mffff,2" && reply == "00", "{outside}: {reply}");
    }
    assert_eq!(client.ask("m4000000000000000,4"), "0061736d");
    expect_good_session(client, server, "reads");
}

#[test]
fn lldb_port_serves_one_client_at_a_time() {
    let server = lines();
    let mut first = Client::greet(&server);
    let mut second = Client::connect(&server);
    second.send(b"+");
    second.send(&packet("vCont;c"));
    second.send(&packet("k"));
    let stop = first.ask("?");
    assert!(stop.starts_with('T') || stop.starts_with('S'), "{stop}");
    assert_eq!(first.ask("m0,4"), "6f6e650a");
    drop(second);
    expect_good_session(first, server, "a second client");
}
