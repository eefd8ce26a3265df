//! What differs between LLDB 22 and 23, a session with 23, and programs that LLDB starts itself.
//!
//! LLDB 22 has all the other tests.

use stillpoint_tests::lldb::{Script, Version};

use crate::{STATIONS, invoke, stations};

#[test]
fn report_lldb_23_has_a_session() {
    let Some(server) = stations() else { return };
    let script = Script::of(Version::Lldb23)
        .ask("image list", "[  0]…stations.wasm")
        .ask("breakpoint set --name visit --condition 'index == 1'", "stations.c:43")
        .ask("continue", "stop reason = breakpoint 1.1…visit(station=0x…, index=1) at stations.c:43")
        .ask("thread backtrace", "frame #0:…visit…frame #1:…ride at stations.c:56…main at")
        .ask("next", "stop reason = step over")
        .ask("finish", "stop reason = step out…ride")
        .ask("step", "stop reason = step in")
        .ask("watchpoint set variable aboard", "Watchpoint created")
        .ask("continue", "Watchpoint 1 hit…new value")
        .ask("expression aboard + 100", "= 1")
        .ask("watchpoint delete --force", "")
        .ask("breakpoint delete --force", "")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        let finished = server.expect_code(0);
        assert_eq!(finished.text(), STATIONS);
        assert!(!finished.stderr.contains("modules"), "{}", finished.stderr);
    }
}

/// With LLDB 22 all of them show the variables of the innermost.
#[test]
fn report_lldb_23_shows_each_frame_of_a_recursion() {
    let Some(server) = stations() else { return };
    let script = Script::of(Version::Lldb23)
        .ask("breakpoint set --name factorial --condition 'number == 2'", "stations.c:36")
        .ask("continue", "stop reason = breakpoint 1.1…factorial(number=2) at stations.c:36")
        .ask("thread backtrace", "factorial(number=2)…factorial(number=3)…factorial(number=4)…factorial(number=5)…main")
        .ask("frame select 2", "factorial(number=4)")
        .ask("frame variable number", "(int) number = 4")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), STATIONS);
    }
}

/// LLDB 22 aborts here.
#[test]
fn report_lldb_23_evaluates_where_there_is_no_debug_information() {
    let server = invoke(&[], "fac", "events.wat", &["5"]);
    let script = Script::of(Version::Lldb23)
        .ask("thread backtrace", "events`")
        .ask("expression 1 + 1", "(int) $0 = 2")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "120\n");
    }
}
