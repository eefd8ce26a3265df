//! Steps by line and by instruction, out of functions and into inlined ones; Ctrl-C; and steps
//! backwards, which are refused.

use stillpoint_tests::lldb::{LldbConsole, Script, Version, serve};
use stillpoint_tests::unoptimized_c_program;

use crate::{STATIONS, on_stations, stations, waiting};

#[test]
fn lldb_step_over_lines() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --name ride", "Breakpoint 1")
            .ask("continue", "ride at stations.c:53")
            .ask("next", "stop reason = step over…ride at stations.c:54")
            .ask("next", "stop reason = step over…ride at stations.c:55")
            .ask("next", "stop reason = step over…ride at stations.c:56")
            .ask("next", "stop reason = step over…ride at stations.c:57")
            .ask("next", "stop reason = step over…ride at stations.c:55")
            .ask("continue", "exited with status = 0"),
    );
}

/// LLDB's fast stepping runs to the next branch that it knows, which the program does not come to.
/// It can be switched off.
#[test]
fn report_next_over_a_switch_and_an_if() {
    for version in Version::ALL {
        let Some(program) = unoptimized_c_program("branches") else { return };
        let server = serve([program.display().to_string()]);
        let script = Script::of(version)
            .ask("settings set target.use-fast-stepping false", "")
            .ask("breakpoint set --one-shot true --name choose", "Breakpoint 1")
            .ask("continue", "choose(key=2) at branches.c:4")
            .ask("next", "choose(key=2) at branches.c:5")
            .ask("next", "choose(key=2) at branches.c:10")
            .ask("next", "choose(key=2) at branches.c:11")
            .ask("next", "choose(key=2) at branches.c:15")
            .ask("next", "choose(key=2) at branches.c:17")
            .ask("continue", "exited with status = 0");
        if script.run(&server).is_none() {
            return;
        }
        server.expect_code(0);
    }
}

#[test]
fn lldb_step_into_a_function_and_finish() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --file stations.c --line 56", "Breakpoint 1")
            .ask("continue", "ride at stations.c:56")
            .ask("step", "stop reason = step in…visit(…) at stations.c:4")
            .ask("next", "stop reason = step over…visit(station=0x…, index=0) at stations.c:4")
            .ask("finish", "stop reason = step out…ride at stations.c:56")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_step_into_an_inlined_function() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --file stations.c --line 46", "Breakpoint 1")
            .ask("continue", "visit(…) at stations.c:46")
            .ask("step", "stop reason = step in…larger(left=0, right=7) at stations.c:28…[inlined]")
            .ask("next", "stop reason = step over…larger(…) at stations.c:29")
            .ask("finish", "visit(…) at stations.c:4")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_step_by_instruction() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --name visit", "address = 0x4")
            .ask("continue", "visit(…) at stations.c:43")
            .ask("stepi", "stop reason = instruction step into…visit")
            .ask("stepi", "stop reason = instruction step into…visit")
            .ask("nexti", "stop reason = instruction step over…visit")
            .ask("disassemble --pc --count 1", "->…i32.store")
            .ask("thread step-inst --count 100", "stop reason = instruction step into")
            .ask("continue", "exited with status = 0"),
    );
}

/// Steps out of a recursion from its deepest call. LLDB takes frames of one function for the same
/// where a program has no frame addresses, so from a frame further out it would stop at the first
/// one that returns.
#[test]
fn lldb_step_until_a_line_and_out_of_recursion() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --name factorial --condition 'number == 1'", "Breakpoint 1")
            .ask("continue", "factorial(number=1)")
            .ask("finish", "stop reason = step out…factorial(number=2) at stations.c:38")
            .ask("finish", "stop reason = step out…factorial(number=3) at stations.c:38")
            .ask("finish", "stop reason = step out…factorial(number=4) at stations.c:38")
            .ask("finish", "stop reason = step out…factorial(number=5) at stations.c:38")
            .ask("finish", "stop reason = step out…main at stations.c:64")
            .ask("thread until 66", "main at stations.c:66")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_step_stops_at_a_breakpoint_on_the_way() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --name main", "Breakpoint 1")
            .ask("breakpoint set --one-shot true --name factorial --condition 'number == 1'", "Breakpoint 2")
            .ask("continue", "main at stations.c:63")
            .ask("next", "stop reason = step over…main at stations.c:64")
            .ask("next", "stop reason = one-shot breakpoint 2…factorial(number=1)")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_step_over_what_the_program_prints() {
    let Some(server) = stations() else { return };
    let Some(mut lldb) = LldbConsole::connect(&server) else { return };
    lldb.ask("breakpoint set --file stations.c --line 65", "Breakpoint 1");
    lldb.ask("continue", "stop reason = breakpoint 1.1");
    lldb.ask("next", "stop reason = step over");
    lldb.wait_for("main at stations.c:66");
    // The program's output may still be in its own buffer here; the test checks that nothing is
    // printed twice or lost.
    lldb.ask("continue", "exited with status = 0");
    lldb.quit();
    assert_eq!(server.expect_code(0).text(), STATIONS);
}

/// It shows where the program waits, as often as one likes, and the call goes on where it was.
#[test]
fn report_peer_ctrl_c_in_a_host_call_shows_where_the_program_waits() {
    let Some((mut server, mut lldb)) = waiting() else { return };
    lldb.interrupt();
    lldb.ask("thread backtrace", "main at wait.c:12");
    lldb.resume();
    lldb.ask("process interrupt", "stop reason = signal SIGINT");
    lldb.ask("thread backtrace", "main at wait.c:12");
    // The program's memory cannot be read there.
    lldb.ask("memory read 1024", "error: ");
    lldb.ask("breakpoint set --file wait.c --line 13", "Breakpoint 1");
    lldb.resume();
    server.running_mut().type_input("hello\n");
    lldb.wait_for("stop reason = breakpoint 1.1");
    lldb.ask("frame variable line[0]", "'h'");
    // LLDB would step over it first, and the interrupt might come in that step.
    lldb.ask("breakpoint delete 1", "1 breakpoints deleted");
    lldb.resume();
    lldb.ask("process interrupt", "stop reason = signal SIGINT");
    lldb.ask("thread backtrace", "main at wait.c:14");
    server.running_mut().type_input("more\n");
    server.running_mut().end_input();
    lldb.ask("continue", "exited with status = 5");
    lldb.quit();
    assert_eq!(server.expect_code(5).text(), "waiting\n");
}

/// Steps end when the call has returned.
#[test]
fn report_peer_ctrl_c_in_a_host_call_and_steps_from_there() {
    let Some((mut server, mut lldb)) = waiting() else { return };
    lldb.interrupt();
    server.running_mut().type_input("hello\n");
    lldb.ask("thread step-inst", "stop reason = instruction step into");
    lldb.ask("thread backtrace", "main at wait.c:12");
    server.running_mut().end_input();
    lldb.ask("continue", "exited with status = 5");
    lldb.quit();
    assert_eq!(server.expect_code(5).text(), "waiting\n");
}

#[test]
fn report_peer_ctrl_c_in_a_host_call_of_a_component() {
    let server = serve([stillpoint_tests::folder().join("programs/wat/slumber.wat")]);
    let Some(mut lldb) = LldbConsole::connect(&server) else { return };
    for _ in 0..2 {
        lldb.resume();
        lldb.ask("process interrupt", "stop reason = signal SIGINT");
        lldb.ask("thread backtrace", "slumber at slumber.wat:8");
        lldb.wait_for("run at slumber.wat:9");
    }
    lldb.ask("process kill", "exited with status = 9");
    server.expect_code(1);
}

#[test]
fn report_peer_ctrl_c_in_a_host_call_then_kill_or_detach_or_quit() {
    let ways = [("process kill", "exited with status = 9"), ("process detach", "detached"), ("quit", "quit")];
    for (command, answer) in ways {
        let Some((mut server, mut lldb)) = waiting() else { return };
        lldb.interrupt();
        lldb.ask(command, answer);
        if command == "quit" {
            // LLDB asks whether that is meant.
            lldb.send("y");
        }
        if command == "process kill" {
            let finished = server.expect_code(1);
            assert!(finished.stderr.contains("the debugger ended it"), "{}", finished.stderr);
            continue;
        }
        // LLDB detaches when it ends.
        server.running_mut().type_input("hello\n");
        server.running_mut().end_input();
        assert_eq!(server.expect_code(5).text(), "waiting\n");
    }
}

#[test]
fn lldb_interrupt_stops_a_loop_and_a_write_ends_it() {
    let Some(program) = unoptimized_c_program("spin") else { return };
    let server = serve([program]);
    let Some(mut lldb) = LldbConsole::connect(&server) else { return };
    lldb.resume();
    server.running().wait_for_stdout("spinning\n");
    for _ in 0..3 {
        lldb.interrupt();
        lldb.ask("thread backtrace", "spin at spin.c");
        lldb.ask("print going", "1");
        lldb.resume();
    }
    lldb.interrupt();
    lldb.ask("expression going = 0", "= 0");
    lldb.ask("continue", "exited with status = 4");
    lldb.quit();
    assert_eq!(server.expect_code(4).text(), "spinning\nstopped\n");
}

#[test]
fn lldb_process_interrupt_is_the_same() {
    let Some(program) = unoptimized_c_program("spin") else { return };
    let server = serve([program]);
    let Some(mut lldb) = LldbConsole::connect(&server) else { return };
    lldb.resume();
    server.running().wait_for_stdout("spinning\n");
    lldb.ask("process interrupt", "stop reason = signal SIGINT");
    lldb.ask("memory write --size 4 &going 0", "(lldb)");
    lldb.ask("continue", "exited with status = 4");
    lldb.quit();
    assert_eq!(server.expect_code(4).text(), "spinning\nstopped\n");
}

#[test]
fn lldb_reverse_execution_is_refused_and_the_session_goes_on() {
    on_stations(
        Script::new()
            .ask("breakpoint set --name ride", "Breakpoint 1")
            .ask("continue", "stop reason = breakpoint 1.1")
            .refuse("process continue --reverse", "does not support reverse execution")
            .ask("process plugin packet send bs", "response: \n")
            .ask("process plugin packet send bc", "response: \n")
            .ask("thread backtrace", "frame #0:…ride at stations.c:53")
            .ask("next", "stop reason = step over…stations.c:54")
            // LLDB would otherwise run in the direction that it was last asked for.
            .ask("process continue --forward", "exited with status = 0"),
    );
}
