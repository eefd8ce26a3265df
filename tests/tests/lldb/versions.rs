//! What differs between LLDB 22 and 23, a session with 23, and programs that LLDB starts itself.
//!
//! LLDB 22 has all the other tests.

use stillpoint_tests::lldb::{Client, Script, Version, serve};
use stillpoint_tests::{host_binary, unoptimized_c_program};

use crate::{STATIONS, invoke, stations, wat};

#[test]
fn report_b63_mixed_imports_shift_no_names() {
    for version in Version::ALL {
        let server = serve([wat("imports.wat")]);
        let script = Script::of(version)
            .ask("image list", "library…program")
            .ask("breakpoint set --name beta", "where = program`beta")
            .ask("continue", "stop reason = breakpoint 1.1…program`beta")
            .ask("thread backtrace", "frame #0:…program`beta…frame #1:…program`gamma…frame #2:…program`run")
            .ask("breakpoint set --name help", "where = library`help")
            .ask("continue", "stop reason = breakpoint 2.1…library`help")
            .ask("thread backtrace", "library`help…program`alpha…program`beta…program`gamma…program`run")
            .ask("continue", "exited with status = 0");
        if script.run(&server).is_some() {
            server.expect_code(0);
        }
    }
}

/// What is shown differs from the module in the descriptors of some imports, and nowhere else.
#[test]
fn report_b63_what_is_shown_has_the_length_and_the_code_of_the_module() {
    let server = serve([wat("imports.wat")]);
    let mut client = Client::greet(&server);
    let whole = client.ask("m4000000100000000,1000");
    let import = |name: &str, descriptor: &str| {
        let name: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(whole.contains(&format!("{name}{descriptor}")), "{name}{descriptor} is not in {whole}");
    };
    import("memory", "02808000");
    import("table", "018080808000");
    import("base", "038000");
    import("count", "038000");
    import("things", "01808000");
    // The same bytes however they are asked for.
    for begin in 0..whole.len() / 2 {
        let piece = client.ask(&format!("m{:x},7", 0x4000_0001_0000_0000_u64 + u64::try_from(begin).unwrap()));
        assert_eq!(whole.get(2 * begin..2 * begin + piece.len()), Some(piece.as_str()), "{begin}");
    }
    // Instructions are where they were: `i32.const 3` and `i32.sub`.
    let at = whole.find("41036b").expect("the instruction is there") / 2;
    let begin = 0x4000_0001_0000_0000_u64 + u64::try_from(at).unwrap();
    assert_eq!(client.ask(&format!("Z0,{begin:x},1")), "OK");
    assert!(client.ask("vCont;c").contains("reason:breakpoint;"));
    assert!(client.ask("qWasmCallStack:1").starts_with(&format!("{:016x}", begin.swap_bytes())));
    assert_eq!(client.ask("vCont;c"), "W00");
    server.expect_code(0);
}

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

/// Later versions name a global by its module instead of a frame.
#[test]
fn report_globals_can_be_named_by_their_module() {
    let server = serve([wat("imports.wat")]);
    let mut client = Client::greet(&server);
    let features = client.ask("qSupported:xmlRegisters=i386,arm,mips,arc;multiprocess+");
    assert!(features.split(';').any(|feature| feature == "qWasmInstance+"), "{features}");
    // The program is in module 1, which no other module's frame is needed for.
    for (packet, reply) in [
        ("qWasmGlobal:0;instance:0;", "10000000"),
        ("qWasmGlobal:1;instance:0;", "0500000000000000"),
        ("qWasmGlobal:0;instance:1;", "10000000"),
        ("qWasmGlobal:2;instance:1;", "0500000000000000"),
        ("qWasmGlobal:3;instance:1;", "4d000000"),
        ("qWasmGlobal:3;instance:1", "4d000000"),
        ("qWasmGlobal:0;3", "4d000000"),
    ] {
        assert_eq!(client.ask(packet), reply, "{packet}");
    }
    for packet in [
        "qWasmGlobal:4;instance:1;",
        "qWasmGlobal:0;instance:9;",
        "qWasmGlobal:0;instance:;",
        "qWasmGlobal:;instance:0;",
        "qWasmGlobal:x;instance:0;",
        "qWasmGlobal:0;instance:99999999999;",
        "qWasmGlobal:0;instance:0;;",
    ] {
        let reply = client.ask(packet);
        assert!(reply.starts_with('E'), "{packet}: {reply}");
    }
    assert_eq!(client.ask("vCont;c"), "W00");
    server.expect_code(0);
}

/// `lldb program.wasm`, and then `run`.
#[test]
fn report_lldb_starts_the_program_itself() {
    let Some(program) = unoptimized_c_program("stations") else { return };
    for version in Version::ALL {
        let script = Script::of(version)
            .ask(&format!("settings set platform.plugin.wasm.runtime-path {}", host_binary().display()), "")
            .ask("settings set -- platform.plugin.wasm.runtime-args gdb --no-cache", "")
            .ask("settings set -- platform.plugin.wasm.port-arg --listen=", "")
            .ask(&format!("target create {}", program.display()), "Current executable set")
            .ask("breakpoint set --name visit", "Breakpoint 1")
            .ask("run one two", "Process 1 launched…stop reason = breakpoint 1.1…visit(station=0x…, index=0)")
            .ask("image list", "[  0]")
            .ask("thread backtrace", "visit…ride…main")
            .ask("breakpoint delete --force", "")
            .ask("continue", "exited with status = 0");
        if let Some(transcript) = script.run_alone() {
            transcript.never("waiting for LLDB");
            assert_eq!(transcript.answer("image list").lines().count(), 1, "{}", transcript.answer("image list"));
        }
    }
}
