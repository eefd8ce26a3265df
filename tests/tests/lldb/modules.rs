//! Attaching: the list of modules, the program's first stop, backtraces, and the line that the user
//! is told to type.

use stillpoint_tests::lldb::{Script, serve};
use stillpoint_tests::{resvg, unoptimized_rust_program};

use crate::{STATIONS, invoke, on_stations, stations, wat};

#[test]
fn lldb_command_is_printed_before_it_waits() {
    let Some(server) = stations() else { return };
    let port = server.port();
    let said = server.running().wait_for_stderr("'\n");
    assert_eq!(
        said,
        format!(
            "gdb: waiting for LLDB at 127.0.0.1:{port}; type in another terminal:\n  \
             lldb -o 'process connect --plugin wasm connect://127.0.0.1:{port}'\n"
        )
    );
}

#[test]
fn lldb_attach_stops_at_a_real_place_in_the_program() {
    let Some(server) = stations() else { return };
    let script = Script::new()
        .ask("thread backtrace", "frame #0: 0x40000000…stations.wasm`_start")
        .ask("disassemble --pc --count 1", "->  0x40000000…call")
        .ask("thread list", "Process 1 stopped…* thread #1")
        .ask("continue", "exited with status = 0");
    let Some(transcript) = script.run(&server) else { return };
    transcript.never("frame #0: 0x00000000");
    transcript.never("memory read failed");
    assert_eq!(server.expect_code(0).text(), STATIONS);
}

#[test]
fn lldb_modules_of_a_core_program() {
    let Some(server) = stations() else { return };
    let Some(transcript) = Script::new().ask("image list", "[  0]…stations.wasm").ask("continue", "").run(&server)
    else {
        return;
    };
    assert_eq!(transcript.answer("image list").lines().count(), 1, "{}", transcript.answer("image list"));
    server.expect_code(0);
}

#[test]
fn lldb_modules_of_a_component_are_listed_once_each() {
    for (file, names) in [("pair.wat", ["shelf", "reader"]), ("composed.wat", ["arithmetic", "main"])] {
        let server = serve([wat(file)]);
        let Some(transcript) = Script::new().ask("image list", "").ask("continue", "status = 0").run(&server) else {
            return;
        };
        let list = transcript.answer("image list");
        for name in names {
            if list.lines().filter(|line| line.contains(&format!("/{name} "))).count() != 1 {
                transcript.fail(&format!("{name} is not listed once"));
            }
        }
        server.expect_code(0);
    }
}

#[test]
fn lldb_modules_of_one_name_are_told_apart() {
    let server = serve([wat("workers.wat")]);
    let script = Script::new()
        .ask("image list", "/worker…/worker")
        .ask("breakpoint set --name work", "2 locations")
        .ask("continue", "stop reason = breakpoint 1.1")
        .ask("memory read --format s 0x8", "\"first\"")
        .ask("continue", "stop reason = breakpoint 1.1")
        .ask("memory read --format s 0x8", "\"first\"")
        .ask("continue", "stop reason = breakpoint 1.2")
        .ask("memory read --format s 0x8", "\"second\"")
        .ask("breakpoint list", "1.1:…hit count = 2…1.2:…hit count = 1")
        .ask("continue", "exited with status = 0");
    let Some(transcript) = script.run(&server) else { return };
    let list = transcript.answer("image list");
    assert_eq!(list.matches("/worker").count(), 2, "{list}");
    server.expect_code(0);
}

/// LLDB 22 tells the frames of one function apart by their instructions alone. Frames at the same
/// instruction all show the arguments of the innermost, whatever the server says.
#[test]
fn lldb_backtrace_of_functions_and_lines() {
    on_stations(
        Script::new()
            .ask("breakpoint set --name factorial --condition 'number == 2'", "stations.c:36")
            .ask("continue", "stop reason = breakpoint 1.1…factorial(number=2) at stations.c:36")
            .ask(
                "thread backtrace",
                "frame #0:…factorial(number=2) at stations.c:36\
                 …frame #1:…factorial(…) at stations.c:38\
                 …frame #2:…factorial(…) at stations.c:38\
                 …frame #3:…factorial(…) at stations.c:38\
                 …frame #4:…main at stations.c:64\
                 …_start at",
            )
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_backtrace_with_an_inlined_frame() {
    on_stations(
        Script::new()
            .ask("breakpoint set --file stations.c --line 29", "[inlined] larger")
            .ask("continue", "stop reason = breakpoint 1.1")
            .ask(
                "thread backtrace",
                "frame #0:…larger(left=0, right=7) at stations.c:29…[inlined]\
                 …frame #1:…visit(station=…, index=0) at stations.c:46\
                 …frame #2:…ride at stations.c:56",
            )
            .ask("frame variable result", "(int) result = 0")
            .ask("frame select 1", "frame #1:…visit")
            .ask("frame variable before", "(int) before = 0")
            .ask("breakpoint delete --force", "All breakpoints removed")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_backtrace_across_core_modules_of_a_component() {
    let server = serve([wat("pair.wat")]);
    let script = Script::new()
        .ask("breakpoint set --name take", "shelf`take")
        .ask("continue", "stop reason = breakpoint 1.1")
        .ask("thread backtrace", "frame #0:…shelf`take…frame #1:…reader`read…frame #2:…reader`run")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        server.expect_code(0);
    }
}

#[test]
fn lldb_backtrace_across_components() {
    let server = serve([wat("composed.wat")]);
    let script = Script::new()
        .ask("breakpoint set --name double", "arithmetic`double")
        .ask("continue", "stop reason = breakpoint 1.1")
        .ask("thread backtrace", "frame #0:…arithmetic`double…arithmetic`twice…main`answer…main`run")
        .ask("breakpoint delete --force", "")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        server.expect_code(0);
    }
}

#[test]
fn lldb_real_program_with_names_lines_and_variables() {
    let Some(program) = resvg() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let picture = stillpoint_tests::folder().join("programs/picture.svg");
    std::fs::copy(picture, folder.path().join("in.svg")).expect("the picture can be copied");
    let folder_option = format!("--dir={}::/work", folder.path().display());
    let server = serve([&folder_option, &program.display().to_string(), "/work/in.svg", "/work/out.png"]);
    let script = Script::new()
        .ask("image list", "")
        .ask("breakpoint set --one-shot true --func-regex '^resvg::main'", "resvg::main")
        .ask("continue", "stop reason = one-shot breakpoint")
        .ask("thread backtrace", "resvg::main…_start")
        // Most of this program has no line numbers.
        .ask("next", "step over")
        .ask("stepi", "stop reason = instruction step into")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        server.expect_code(0);
        let picture = std::fs::read(folder.path().join("out.png")).expect("there is a picture");
        assert!(picture.starts_with(b"\x89PNG"));
    }
}

/// Tests a core module, and a component of several modules, that the compiler has made of the same
/// source.
#[test]
fn lldb_rust_program_with_lines_and_variables() {
    for target in ["wasm32-wasip1", "wasm32-wasip2"] {
        let server = serve([unoptimized_rust_program("greet", target), "Ann".into(), "Bob".into()]);
        let script = Script::new()
            .ask("image list", "[  0]…greet")
            .ask("breakpoint set --file main.rs --line 32", "at main.rs:32")
            .ask("continue", "stop reason = breakpoint 1.1…main.rs:32")
            .ask("thread backtrace", "main::main…at main.rs:32…rt.rs…_start")
            .ask("frame variable greeted", "(bool) greeted = false")
            .ask("next", "stop reason = step over…main.rs:33")
            .ask("frame variable greeted", "(bool) greeted = true")
            .ask("step", "stop reason = step in")
            .ask("continue", "stop reason = breakpoint 1.1…main.rs:32")
            .ask("continue", "exited with status = 0");
        if script.run(&server).is_some() {
            assert_eq!(server.expect_code(0).text(), "Hello, Ann!\nHello, Bob!\n");
        }
    }
}

#[test]
fn lldb_program_that_is_invoked_prints_its_result() {
    let server = invoke(&[], "fac", "events.wat", &["5"]);
    let script = Script::new()
        .ask("breakpoint set --name fac", "fac")
        .ask("continue", "stop reason = breakpoint")
        .ask("breakpoint delete --force", "")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "120\n");
    }
}
