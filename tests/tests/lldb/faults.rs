//! Traps, exit codes and exceptions.

use stillpoint_tests::lldb::Script;

use crate::invoke;

/// Runs a function until it traps, and expects LLDB to show the reason.
#[track_caller]
fn trap(function: &str, arguments: &[&str], description: &str, frames: &str) {
    let message = match description {
        "unreachable instruction executed" => "wasm `unreachable` instruction executed",
        "indirect call to a null table element" => "uninitialized element",
        "stack overflow" => "call stack exhausted",
        same => same,
    };
    let server = invoke(&[], function, "traps.wat", arguments);
    let script = Script::new()
        .ask("continue", &format!("stop reason = {description}"))
        .after_crash("thread backtrace", &format!("stop reason = {description}…{frames}"))
        .after_crash("thread info", &format!("stop reason = {description}"))
        .after_crash("process detach", "detached");
    if script.run(&server).is_some() {
        let stderr = server.expect_code(134).stderr;
        assert!(stderr.contains(&format!("traps.wat trapped: {message}")), "{stderr}");
    }
}

#[test]
fn lldb_trap_division_by_zero() {
    trap("by-zero", &[], "integer divide by zero", "frame #0:…traps`divide…frame #1:…traps`by-zero");
}

#[test]
fn lldb_trap_integer_overflow() {
    trap("overflow", &[], "integer overflow", "frame #0:…traps`divide…frame #1:…traps`overflow");
}

#[test]
fn lldb_trap_unreachable() {
    trap("unreachable", &[], "unreachable instruction executed", "frame #0:…traps`unreachable");
}

#[test]
fn lldb_trap_out_of_bounds() {
    trap("outside", &[], "out of bounds memory access", "frame #0:…traps`outside");
}

#[test]
fn lldb_trap_indirect_call_of_another_type() {
    trap("mismatch", &[], "indirect call type mismatch", "frame #0:…traps`mismatch");
}

#[test]
fn lldb_trap_indirect_call_of_nothing() {
    trap("uninitialized", &[], "indirect call to a null table element", "frame #0:…traps`uninitialized");
}

#[test]
fn lldb_trap_conversion() {
    trap("conversion", &[], "invalid conversion to integer", "frame #0:…traps`conversion");
}

#[test]
fn lldb_trap_endless_recursion() {
    trap("deeper", &["0"], "stack overflow", "frame #0:…traps`deeper…frame #100:…traps`deeper");
}

#[test]
fn lldb_trap_continued_from_ends_the_program() {
    let server = invoke(&[], "by-zero", "traps.wat", &[]);
    let script = Script::new()
        .ask("continue", "stop reason = integer divide by zero")
        .after_crash("thread backtrace", "traps`divide")
        .after_crash("continue", "exited with status = 134…integer divide by zero");
    if script.run(&server).is_some() {
        server.expect_code(134);
    }
}

#[test]
fn report_b32_lldb_exit_codes_are_the_programs() {
    for code in ["0", "3", "125", "126", "255"] {
        let server = invoke(&[], "leave", "traps.wat", &[code]);
        let script = Script::new()
            .ask("thread backtrace", "traps`leave")
            .ask("continue", &format!("exited with status = {code} "));
        if script.run(&server).is_some() {
            server.expect_code(code.parse().expect("a number"));
        }
    }
}

#[test]
fn lldb_exception_stops_when_nobody_catches_it() {
    let server = invoke(&[], "uncaught", "events.wat", &[]);
    let script = Script::new()
        .ask("continue", "stop reason = uncaught exception oops (9)")
        .after_crash("thread backtrace", "frame #0:…events`thrower…frame #1:…events`uncaught")
        .after_crash("process detach", "detached");
    if script.run(&server).is_some() {
        server.expect_code(1);
    }
}

#[test]
fn lldb_exception_that_is_caught_does_not_stop() {
    for options in [&[][..], &["--exceptions=uncaught"], &["--exceptions=none"]] {
        let server = invoke(options, "catcher", "events.wat", &["7"]);
        if Script::new().ask("continue", "exited with status = 0").run(&server).is_some() {
            assert_eq!(server.expect_code(0).text(), "7\n");
        }
    }
}

#[test]
fn lldb_exception_that_is_caught_stops_on_request() {
    let server = invoke(&["--exceptions=all"], "catcher", "events.wat", &["7"]);
    let script = Script::new()
        .ask("continue", "stop reason = exception oops (7) that will be caught")
        .after_crash("thread backtrace", "frame #0:…events`thrower…frame #1:…events`catcher")
        .after_crash("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "7\n");
    }
}

#[test]
fn lldb_exception_does_not_stop_where_nobody_asks() {
    let server = invoke(&["--exceptions=none"], "uncaught", "events.wat", &[]);
    let Some(transcript) = Script::new().ask("continue", "exited with status = 1").run(&server) else { return };
    transcript.never("stop reason = uncaught");
    server.expect_code(1);
}

#[test]
fn lldb_exceptions_that_stop_can_be_chosen_while_it_is_stopped() {
    let server = invoke(&[], "catcher", "events.wat", &["7"]);
    let script = Script::new()
        .ask("process plugin packet monitor exceptions all", "")
        .ask("continue", "stop reason = exception oops (7) that will be caught")
        .after_crash("process plugin packet monitor exceptions none", "")
        .after_crash("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "7\n");
    }
}
