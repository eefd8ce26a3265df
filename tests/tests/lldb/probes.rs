//! Connections that are no debugger's: they cost neither the program nor the session of a client
//! anything.

use stillpoint_tests::lldb::{Client, packet, serve, serve_with_stdin};
use stillpoint_tests::unoptimized_c_program;

use crate::hostile::expect_good_session;
use crate::{expect_lines, lines, wat};

const HTTP: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What connects and says this, and leaves, is no client.
const PROBES: [&[u8]; 10] = [
    b"",
    b"+",
    b"-",
    b"\x03\x03",
    b"$half a packet",
    b"$?#00",
    b"\x16\x03\x01\x02\x00",
    b"SSH-2.0-probe\r\n",
    b"\x03\x00\x00\x0b\x06",
    HTTP,
];

#[test]
fn report_port_probe_uses_up_no_session() {
    for probe in PROBES {
        let server = lines();
        for _ in 0..3 {
            Client::connect(&server).send(probe);
        }
        expect_good_session(Client::greet(&server), server, &probe.escape_ascii().to_string());
    }
}

#[test]
fn report_http_request_is_hung_up_on_and_told_of_once() {
    let server = lines();
    for _ in 0..2 {
        let mut browser = Client::connect(&server);
        browser.send(HTTP);
        browser.wait_for_hang_up();
    }
    let mut client = Client::greet(&server);
    assert_eq!(client.ask("vCont;c"), "W00");
    let finished = server.expect_code(0);
    assert_eq!(finished.text(), "one\ntwo\n");
    assert_eq!(finished.stderr.matches("is no debugger, it sent \"GET / HTTP/1.1").count(), 1, "{}", finished.stderr);
}

/// More of them than are kept: those that wait longest make room.
#[test]
fn report_half_open_connections_keep_no_client_out() {
    for count in [1, 15, 16, 17, 50] {
        let server = lines();
        let silent: Vec<Client> = (0..count).map(|_| Client::connect(&server)).collect();
        let mut waiting = Client::connect(&server);
        waiting.send(b"+$qSuppo");
        expect_good_session(Client::greet(&server), server, &format!("{count} silent connections"));
        drop(silent);
    }
}

#[test]
fn report_probe_during_a_session_changes_nothing() {
    let server = serve(["--once=false".to_owned(), wat("lines.wat")]);
    let mut first = Client::greet(&server);
    for probe in PROBES {
        Client::connect(&server).send(probe);
    }
    let open = Client::connect(&server);
    assert_eq!(first.ask("m0,4"), "6f6e650a");
    let stop = first.ask("?");
    drop(first);
    // The next client comes after all those, and finds the program where the first has left it.
    let mut second = Client::greet(&server);
    assert_eq!(second.ask("?"), stop);
    drop(open);
    assert_eq!(second.ask("vCont;c"), "W00");
    expect_lines(server, "a second client");
}

/// Only a client would interrupt it.
#[test]
fn report_probe_does_not_stop_a_program_that_runs_unattended() {
    let Some(program) = unoptimized_c_program("wait") else { return };
    let mut server = serve_with_stdin(["--once=false".into(), program.into_os_string()]);
    let mut client = Client::greet(&server);
    client.send(&packet("vCont;c"));
    server.running().wait_for_stdout("waiting\n");
    assert_eq!(client.ask("D"), "OK");
    drop(client);
    let mut browser = Client::connect(&server);
    browser.send(HTTP);
    // Now the debugger has seen it.
    browser.wait_for_hang_up();
    let silent = Client::connect(&server);
    server.running_mut().type_input("hello\n");
    server.running_mut().end_input();
    assert_eq!(server.expect_code(5).text(), "waiting\n");
    drop(silent);
}

/// An LLDB without XML support never asks for the list of modules.
#[test]
fn report_client_that_asks_for_no_modules_is_told_of() {
    const TOLD: &str = "without having asked for its modules";
    for (packets, times) in
        [(&["vCont;s:1", "vCont;s:1", "vCont;c"][..], 1), (&["qXfer:libraries:read::0,fff", "vCont;s:1", "vCont;c"], 0)]
    {
        let server = lines();
        let mut client = Client::greet(&server);
        for packet in packets {
            client.ask(packet);
        }
        let finished = server.expect_code(0);
        assert_eq!(finished.text(), "one\ntwo\n");
        assert_eq!(finished.stderr.matches(TOLD).count(), times, "{packets:?}:\n{}", finished.stderr);
    }
}
