//! Breakpoints at addresses where nothing can stop: before a function's first instruction, inside
//! an instruction, in code that never runs.

use stillpoint_tests::c_program;
use stillpoint_tests::lldb::{Client, Script, Server, Version, serve};

use crate::wat;

/// The address of the first module's code.
const CODE: u64 = 0x4000_0000_0000_0000;

/// The bytes of `i32.const` with the constants that `middle.wat` has.
const BIG: &str = "4187adcb00";
const NEVER: &str = "41ce958f01";
const AHEAD: &str = "4195fed201";

/// The address of an instruction, by its bytes.
fn address(client: &mut Client, bytes: &str) -> u64 {
    let module = client.ask("m4000000000000000,200");
    let position = module.find(bytes).unwrap_or_else(|| panic!("{bytes} is not in {module}"));
    CODE + u64::try_from(position / 2).expect("it is small")
}

/// Where the innermost frame is.
fn innermost(client: &mut Client) -> u64 {
    let stack = client.ask("qWasmCallStack:1");
    u64::from_str_radix(&stack[..16], 16).expect("it begins with an address").swap_bytes()
}

fn middle() -> Server {
    serve([wat("middle.wat")])
}

#[test]
fn report_b25_middle_of_an_instruction_is_refused() {
    let server = middle();
    let mut client = Client::greet(&server);
    let begin = address(&mut client, BIG);
    for inside in 1..5 {
        let reply = client.ask(&format!("Z0,{:x},1", begin + inside));
        assert!(reply.starts_with('E'), "{inside}: {reply}");
    }
    for instruction in [begin, begin + 5] {
        assert_eq!(client.ask(&format!("Z0,{instruction:x},1")), "OK");
        assert!(client.ask("vCont;c").contains("reason:breakpoint;"));
        assert_eq!(innermost(&mut client), instruction);
    }
    assert_eq!(client.ask("vCont;c"), "W00");
    server.expect_code(0);

    for version in Version::ALL {
        let server = middle();
        let set = format!("breakpoint set --address {:#x}", begin + 1);
        let script = Script::of(version)
            .ask(&set, &format!("failed to set breakpoint site at {:#x}", begin + 1))
            .ask("continue", "exited with status = 0");
        if script.run(&server).is_some() {
            server.expect_code(0);
        }
    }
}

/// The stop is found by the address that the client has set it at, and the frame is at the
/// instruction.
#[test]
fn report_breakpoint_before_the_first_instruction_stops_at_it() {
    let server = middle();
    let mut client = Client::greet(&server);
    let begin = address(&mut client, BIG);
    let header = begin - 1;
    assert_eq!(client.ask(&format!("Z0,{header:x},1")), "OK");
    let stop = client.ask("vCont;c");
    assert!(stop.contains(&format!("00:{:016x};", header.swap_bytes())), "{stop}");
    assert_eq!(innermost(&mut client), begin);
    // Taken back, stepped, and set again, as LLDB goes on from it.
    assert_eq!(client.ask(&format!("z0,{header:x},1")), "OK");
    assert!(client.ask("vCont;s:1").contains("reason:trace;"));
    assert_eq!(innermost(&mut client), begin + 5);
    assert_eq!(client.ask(&format!("Z0,{header:x},1")), "OK");
    assert_eq!(client.ask("vCont;c"), "W00");
    server.expect_code(0);
}

#[test]
fn report_function_without_a_frame_has_its_line_and_variables() {
    let Some(program) = c_program("frameless") else { return };
    for version in Version::ALL {
        let server = serve([&program]);
        let script = Script::of(version)
            .ask("breakpoint set --name sum", "Breakpoint 1")
            .ask("breakpoint set --name keep --condition 'value > 40'", "Breakpoint 2")
            .ask("continue", "stop reason = breakpoint 1.1…sum(left=1, right=4) at frameless.c:11")
            .ask("frame variable", "(int) left = 1…(int) right = 4")
            .ask("finish", "stop reason = step out…main…at frameless.c:16")
            .ask("continue", "stop reason = breakpoint 1.1…sum(left=1, right=41) at frameless.c:11")
            .ask("continue", "stop reason = breakpoint 2.1…keep(value=42) at frameless.c:7")
            .ask("next", "stop reason = step over…at frameless.c:8")
            .ask("thread backtrace", "frame #0:…keep(value=42) at frameless.c:8…frame #1:…main…at frameless.c:1")
            .ask("continue", "exited with status = 42");
        if script.run(&server).is_some() {
            server.expect_code(42);
        }
    }
}

/// It does not slip to whatever comes next, which may be another function.
#[test]
fn report_breakpoint_in_code_that_never_runs_is_never_hit() {
    let server = middle();
    let mut client = Client::greet(&server);
    let never = address(&mut client, NEVER);
    assert_eq!(client.ask(&format!("Z0,{never:x},1")), "OK");
    // The `end` of the function, after an instruction that never runs either.
    assert_eq!(client.ask(&format!("Z0,{:x},1", never + 8)), "OK");
    assert_eq!(client.ask("vCont;c"), "W00");
    let told = server.expect_code(0).stderr;
    assert!(
        told.contains(&format!("the breakpoint at {never:#x} has no effect: the program never comes there")),
        "{told}"
    );
}

#[test]
fn report_breakpoint_at_the_end_of_a_block_stops_after_it() {
    let server = middle();
    let mut client = Client::greet(&server);
    let after = address(&mut client, AHEAD);
    assert_eq!(client.ask(&format!("Z0,{:x},1", after - 1)), "OK");
    assert!(client.ask("vCont;c").contains("reason:breakpoint;"));
    assert_eq!(innermost(&mut client), after);
    assert_eq!(client.ask("vCont;c"), "W00");
    server.expect_code(0);
}
