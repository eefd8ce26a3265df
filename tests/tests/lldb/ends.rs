//! How a session ends: by detaching, by killing, with a client that dies, and with the next client.

use std::time::Duration;

use stillpoint_tests::lldb::{Client, LldbConsole, Script, Server, packet, serve, serve_with_stdin};
use stillpoint_tests::unoptimized_c_program;

use crate::{STATIONS, invoke, stations, waiting};

/// `stations`, with options for `stillpoint gdb`.
fn stations_with(options: &[&str]) -> Option<Server> {
    let program = unoptimized_c_program("stations")?.display().to_string();
    Some(serve(options.iter().copied().chain([program.as_str()])))
}

/// Stops at a breakpoint in a loop that will hit it again.
fn in_the_loop() -> Script {
    Script::new()
        .ask("breakpoint set --name visit", "Breakpoint 1")
        .ask("continue", "stop reason = breakpoint 1.1")
        .ask("next", "stop reason = step over")
}

#[test]
fn lldb_detach_lets_the_program_finish() {
    for script in [Script::new(), in_the_loop()] {
        let Some(server) = stations() else { return };
        if script.ask("process detach", "Process 1 detached").run(&server).is_some() {
            assert_eq!(server.expect_code(0).text(), STATIONS);
        }
    }
}

#[test]
fn lldb_kill_ends_the_program() {
    for script in [Script::new(), in_the_loop()] {
        let Some(server) = stations() else { return };
        if script.ask("process kill", "Process 1 exited with status = 9").run(&server).is_some() {
            let finished = server.expect_code(1);
            assert_eq!(finished.text(), "");
            assert!(finished.stderr.contains("the debugger ended it"), "{}", finished.stderr);
        }
    }
}

#[test]
fn lldb_that_ends_without_a_word_lets_the_program_finish() {
    let Some(server) = stations() else { return };
    if in_the_loop().run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), STATIONS);
    }
}

#[test]
fn lldb_that_dies_mid_stop_lets_the_program_finish() {
    for options in [&[][..], &["--on-failure=detach"]] {
        let Some(server) = stations_with(options) else { return };
        let Some(mut lldb) = LldbConsole::connect(&server) else { return };
        lldb.ask("breakpoint set --name visit", "Breakpoint 1");
        lldb.ask("continue", "stop reason = breakpoint 1.1");
        lldb.kill();
        assert_eq!(server.expect_code(0).text(), STATIONS);
    }
}

#[test]
fn lldb_that_dies_at_entry_lets_the_program_finish() {
    let Some(server) = stations() else { return };
    let Some(lldb) = LldbConsole::connect(&server) else { return };
    lldb.kill();
    assert_eq!(server.expect_code(0).text(), STATIONS);
}

#[test]
fn lldb_that_dies_mid_stop_ends_the_program_where_that_is_wanted() {
    let Some(server) = stations_with(&["--on-failure=kill"]) else { return };
    let Some(mut lldb) = LldbConsole::connect(&server) else { return };
    lldb.ask("breakpoint set --name visit", "Breakpoint 1");
    lldb.ask("continue", "stop reason = breakpoint 1.1");
    lldb.kill();
    let finished = server.expect_code(1);
    assert_eq!(finished.text(), "");
    assert!(finished.stderr.contains("its debugger failed"), "{}", finished.stderr);
}

#[test]
fn lldb_that_dies_mid_stop_leaves_the_stop_to_the_next_where_there_may_be_one() {
    let Some(server) = stations_with(&["--once=false"]) else { return };
    let Some(mut lldb) = LldbConsole::connect(&server) else { return };
    lldb.ask("breakpoint set --name visit", "Breakpoint 1");
    lldb.ask("continue", "stop reason = breakpoint 1.1");
    lldb.kill();
    let script = Script::new()
        .ask("thread backtrace", "visit(…index=0)")
        // The breakpoints were removed with the client that had set them.
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), STATIONS);
    }
}

#[test]
fn lldb_that_dies_while_the_program_runs_lets_it_run() {
    let Some(program) = unoptimized_c_program("spin") else { return };
    let server = serve(["--once=false".into(), program.into_os_string()]);
    let Some(mut lldb) = LldbConsole::connect(&server) else { return };
    lldb.resume();
    server.running().wait_for_stdout("spinning\n");
    lldb.kill();
    // The next client finds the program still spinning.
    let script = Script::new()
        .ask("thread backtrace", "spin at spin.c")
        .ask("memory write --size 4 &going 0", "")
        .ask("continue", "exited with status = 4");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(4).text(), "spinning\nstopped\n");
    }
}

#[test]
fn lldb_that_dies_while_the_program_runs_ends_it_where_that_is_wanted() {
    let Some(program) = unoptimized_c_program("spin") else { return };
    let server = serve(["--on-failure=kill".into(), program.into_os_string()]);
    let Some(mut lldb) = LldbConsole::connect(&server) else { return };
    lldb.resume();
    server.running().wait_for_stdout("spinning\n");
    lldb.kill();
    assert_eq!(server.expect_code(1).text(), "spinning\n");
}

#[test]
fn lldb_that_dies_while_the_program_waits_in_the_host_leaves_it_waiting() {
    let Some((mut server, lldb)) = waiting() else { return };
    lldb.kill();
    server.running().wait_for_stderr("the program goes on without it");
    server.running_mut().type_input("hello\n");
    server.running_mut().end_input();
    assert_eq!(server.expect_code(5).text(), "waiting\n");
}

/// Tests both packets that LLDB sends when the program has not stopped in time.
#[test]
fn lldb_kill_ends_a_program_that_waits_in_the_host() {
    let Some(program) = unoptimized_c_program("wait") else { return };
    for kill in ["k", "vKill;1"] {
        let server = serve_with_stdin([&program]);
        let mut client = Client::greet(&server);
        client.send(&packet("vCont;c"));
        server.running().wait_for_stdout("waiting\n");
        client.send(&[3]);
        // If the stop is quicker than the second packet, it is answered first.
        let mut answer = client.ask(kill);
        if answer.starts_with('T') {
            answer = client.reply().unwrap_or_default();
        }
        assert_eq!(answer, "X09");
        let finished = server.expect_code(1);
        assert!(finished.stderr.contains("the debugger ended it"), "{}", finished.stderr);
    }
}

#[test]
fn lldb_second_client_connects_after_a_detach() {
    let Some(program) = unoptimized_c_program("spin") else { return };
    let server = serve(["--once=false".into(), program.into_os_string()]);
    let first = Script::new()
        .ask("breakpoint set --name spin", "Breakpoint 1")
        .ask("continue", "stop reason = breakpoint 1.1")
        .ask("process detach", "detached");
    if first.run(&server).is_none() {
        return;
    }
    server.running().wait_for_stdout("spinning\n");
    let second = Script::new()
        .ask("thread backtrace", "spin at spin.c…main at spin.c")
        .ask("image list", "spin.wasm")
        .ask("expression going = 0", "= 0")
        .ask("process detach", "detached");
    if second.run(&server).is_some() {
        assert_eq!(server.expect_code(4).text(), "spinning\nstopped\n");
    }
}

#[test]
fn lldb_detach_leaves_a_program_that_waits_in_the_host() {
    let Some(program) = unoptimized_c_program("wait") else { return };
    let mut server = serve_with_stdin([program]);
    let mut client = Client::greet(&server);
    client.send(&packet("vCont;c"));
    server.running().wait_for_stdout("waiting\n");
    assert_eq!(client.ask("D"), "OK");
    server.running_mut().type_input("hello\n");
    server.running_mut().end_input();
    assert_eq!(server.expect_code(5).text(), "waiting\n");
}

/// The client is listened to, and the program stops for it.
#[test]
fn lldb_client_that_comes_while_the_program_waits_in_the_host() {
    let Some(program) = unoptimized_c_program("wait") else { return };
    let mut server = serve_with_stdin(["--once=false".into(), program.into_os_string()]);
    let mut first = Client::greet(&server);
    first.send(&packet("vCont;c"));
    server.running().wait_for_stdout("waiting\n");
    drop(first);
    let mut second = Client::connect(&server);
    assert_eq!(second.ask("D"), "OK");
    drop(second);
    let mut third = Client::connect(&server);
    third.send(&packet("?"));
    // On a busy machine the debugger may hear of the client only after the program has read a line
    // and waits in the host again; the next line brings it out once more.
    let is_answered = (0..60).any(|_| {
        server.running_mut().type_input("hello\n");
        third.has_reply_within(Duration::from_secs(1))
    });
    assert!(is_answered, "the server does not reply");
    let stop = third.reply().expect("the program has stopped");
    assert!(stop.starts_with("T02"), "{stop}");
    server.running_mut().end_input();
    assert_eq!(third.ask("vCont;c"), "W05");
    assert_eq!(server.expect_code(5).text(), "waiting\n");
}

#[test]
fn lldb_is_told_once_why_the_program_failed() {
    let server = invoke(&[], "by-zero", "traps.wat", &[]);
    let mut client = Client::greet(&server);
    let trap = client.ask("vCont;c");
    assert!(trap.starts_with("T08") && trap.contains(";reason:exception;description:"), "{trap}");
    let end = client.ask("vCont;c");
    assert!(end.starts_with("W86;description:"), "{end}");
    assert_eq!(end.matches(';').count(), 2, "{end}");
    server.expect_code(134);
}
