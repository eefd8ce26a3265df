//! Where LLDB gets lines and variables from when the module itself has none: the text that it was
//! made of, and files beside the program.

use std::path::Path;

use stillpoint_tests::lldb::{Script, Server, serve};
use stillpoint_tests::{stillpoint, unoptimized_c_program};

use crate::{STATIONS, expect_lines, lines, wat};

#[test]
fn report_b30_text_format_has_lines() {
    let server = serve([wat("pitch.wat")]);
    let script = Script::new()
        .ask("breakpoint set --name pitch", "pitch + 1 at pitch.wat:3:31, address")
        .ask("breakpoint set --file pitch.wat --line 13", "catch + …at pitch.wat:13:5, address")
        .ask("continue", "breakpoint 1.1…pitch(n=21) at pitch.wat:3:31")
        .ask("thread backtrace", "pitch(n=21) at pitch.wat:3…catch at pitch.wat:8:9…_start at pitch.wat:15:27")
        .ask("frame variable", "(int) n = 21")
        .ask("expression n * 2", "= 42")
        .ask("step", "breakpoint 2.1…catch at pitch.wat:13:5")
        .ask("step", "step in…catch at pitch.wat:14:5")
        // The end of the function has no line of its own here.
        .ask("step", "step in…catch")
        .ask("step", "_start at pitch.wat:15:")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        server.expect_code(0);
    }
}

#[test]
fn report_b30_text_format_is_stepped_by_lines() {
    let server = lines();
    let script = Script::new()
        .ask("breakpoint set --one-shot true --name say", "say + 1 at lines.wat:9:17")
        .ask("continue", "say(text=0) at lines.wat:9:")
        .ask("next", "step over…say(text=0) at lines.wat:10:")
        .ask("next", "step over…say(text=0) at lines.wat:11:")
        // The end of the function has no line of its own here.
        .ask("next", "step over…say")
        .ask("next", "_start at lines.wat:14:")
        .ask("breakpoint set --one-shot true --name say", "say")
        .ask("continue", "say(text=4) at lines.wat:9:")
        .ask("finish", "step out…_start")
        .ask("continue", "exited with status = 0");
    let Some(transcript) = script.run(&server) else { return };
    transcript.never("failed to set breakpoint");
    expect_lines(server, "lines.wat");
}

/// Every type that LLDB can show, parameters and locals, with names and without.
#[test]
fn report_b30_text_format_shows_locals() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("locals.wat");
    let text = r#";; The first line is a comment, and here are letters of two bytes: äöü.
(module (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (memory (export "memory") 1)
  (func (export "f") (param $a i32) (param i64) (param $b.c f32) (result i32)
    (local $d f64) (local externref v128) (local i32)
    (local.set $d (f64.const 1.5))
    (local.set 6 (i32.const -7))
    (drop (call $yield))
    (local.get $a)))"#;
    std::fs::write(&path, text).expect("the file can be written");
    let server = serve(["--invoke", "f", &path.display().to_string(), "5", "-6", "0.25"]);
    let script = Script::new()
        .ask("breakpoint set --file locals.wat --line 8", "f + ")
        .ask("continue", "f(a=5, local1=-6, b.c=0.25) at locals.wat:8:12")
        .ask("frame variable", "a = 5…local1 = -6…b.c = 0.25…d = 1.5…local6 = -7")
        .ask("expression local6 + a", "-2")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "5\n");
    }
}

/// All modules of a component are in one file.
#[test]
fn report_b30_text_format_of_a_component_has_lines() {
    let server = serve([wat("composed.wat")]);
    let script = Script::new()
        .ask("breakpoint set --one-shot true --file composed.wat --line 6", "arithmetic`double + 1 at composed.wat:6:")
        .ask("breakpoint set --name answer", "main`answer + 1 at composed.wat:17:")
        .ask("continue", "main`answer(n=10) at composed.wat:17:")
        .ask("continue", "arithmetic`double(n=10) at composed.wat:6:")
        .ask("thread backtrace", "arithmetic`double(n=10)…main`answer(n=10) at composed.wat:17")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        server.expect_code(0);
    }
}

/// A component of WASI 0.3, in a function that the host has called back.
#[test]
fn report_x09_component_of_wasi_0_3() {
    let server = serve([wat("callback.wat")]);
    let script = Script::new()
        .ask("breakpoint set --one-shot true --name square", "m`square + 1 at callback.wat:18:")
        .ask("continue", "m`square(n=7) at callback.wat:18:")
        .ask("finish", "m`resumed(")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        server.expect_code(0);
    }
}

/// Text that comes from standard input has lines, but no file to show them from.
#[test]
fn report_b30_text_format_from_standard_input() {
    let text = std::fs::read(wat("lines.wat")).expect("the program can be read");
    let server = Server::of(stillpoint(["gdb", "--listen", "0", "-"]).input(text).start());
    let script = Script::new()
        .ask("breakpoint set --one-shot true --name say", "say + 1 at standard input:9:17")
        .ask("continue", "say(text=0) at standard input:9")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        expect_lines(server, "standard input");
    }
}

/// A program whose debug information is in a file of its own: the path of the program.
fn split(folder: &Path, named: &str) -> Option<String> {
    let whole = std::fs::read(unoptimized_c_program("stations")?).expect("the program can be read");
    std::fs::write(folder.join("stations.debug.wasm"), &whole).expect("the file can be written");
    let path = folder.join("stations.wasm");
    let mut stripped = whole[..8].to_vec();
    let mut rest = &whole[8..];
    while let [id, sized @ ..] = rest {
        let (size, contents) = number(sized);
        let (contents, after) = contents.split_at(size);
        let is_debug = *id == 0 && number(contents).1.starts_with(b".debug_");
        if !is_debug {
            stripped.extend(&rest[..rest.len() - after.len()]);
        }
        rest = after;
    }
    let name = "external_debug_info";
    let sizes = [name.len() + named.len() + 2, name.len(), named.len()].map(|size| u8::try_from(size).expect("small"));
    stripped.extend([0, sizes[0], sizes[1]]);
    stripped.extend(name.bytes());
    stripped.push(sizes[2]);
    stripped.extend(named.bytes());
    std::fs::write(&path, stripped).expect("the file can be written");
    Some(path.display().to_string())
}

/// The LEB128 number at the beginning of bytes, and the bytes behind it.
fn number(bytes: &[u8]) -> (usize, &[u8]) {
    let n_bytes = bytes.iter().position(|byte| byte & 0x80 == 0).expect("the number ends") + 1;
    let digits = bytes[..n_bytes].iter().rev();
    (digits.fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f)), &bytes[n_bytes..])
}

#[test]
fn report_b10_external_debug_info_is_found_beside_the_program() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(program) = split(folder.path(), "stations.debug.wasm") else { return };
    let server = serve([&program]);
    let script = Script::new()
        .ask("breakpoint set --one-shot true --name ride", "at stations.c:53")
        .ask("continue", "ride at stations.c:53")
        .ask("thread backtrace", "ride at stations.c:53…main at stations.c:")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        let finished = server.expect_code(0);
        assert_eq!(finished.text(), STATIONS);
        assert!(!finished.stderr.contains("warning"), "{}", finished.stderr);
    }
}

#[test]
fn report_b10_external_debug_info_that_is_missing_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(program) = split(folder.path(), "elsewhere.wasm") else { return };
    let missing = folder.path().join("elsewhere.wasm").display().to_string();
    let server = serve([&program]);
    let said = server.running().wait_for_stderr("type in another terminal");
    assert!(said.contains(&format!("says that its debug information is in {missing}, and there is no")), "{said}");
    drop(server);
    let inspected = stillpoint(["inspect", &program]).run().expect_code(0);
    assert!(inspected.text().contains(&format!("  missing  {missing} (debug information)\n")), "{}", inspected.text());
    // Debuggers that show no sources have no use for it.
    let finished = stillpoint(["run", "--debugger", "count", &program]).run().expect_code(0);
    assert!(!finished.stderr.contains("warning"), "{}", finished.stderr);
}
