//! Files that are not run, and why.

use super::support::{ADD, engine, minimal, run, script_component};
use expect_test::{Expect, expect};
use stillpoint::debuggee::Exit;
use stillpoint::plugin::{Grants, Plugin};

fn check(bytes: impl AsRef<[u8]>, grants: Grants, expected: Expect) {
    let message = match Plugin::load(engine(), "x.wasm", bytes.as_ref(), grants) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&message);
}

/// A debugger that only drops its program.
fn debugger(version: &str, imports: &str) -> String {
    let run = r#"(func (export "run") (param i32 i32 i32) (result i32)
                    (call $drop (local.get 0)) (i32.const 0))"#;
    minimal(version, imports, run)
}

#[test]
fn files_that_are_no_component() {
    check("", Grants::default(), expect!["x.wasm: the file is empty; give a debugger component"]);
    check(" \n", Grants::default(), expect!["x.wasm: the file is empty; give a debugger component"]);
    check(
        "#!/bin/sh\n",
        Grants::default(),
        expect!["x.wasm: this is not a WebAssembly component; give a debugger component (.wasm)"],
    );
    check(
        b"\x7fELF\x80\x80",
        Grants::default(),
        expect!["x.wasm: this is not a WebAssembly component; give a debugger component (.wasm)"],
    );
    check(
        "(component (",
        Grants::default(),
        expect![[r#"
        x.wasm: the WebAssembly text does not parse: expected valid component field
             --> <anon>:1:13
              |
            1 | (component (
              |             ^"#]],
    );
    check(
        "(module)",
        Grants::default(),
        expect![
            "x.wasm: this is a core module, but a debugger is a component; build it for wasm32-wasip2, or make a component of it"
        ],
    );
    check(
        wat::parse_str("(module)").expect("it parses"),
        Grants::default(),
        expect![
            "x.wasm: this is a core module, but a debugger is a component; build it for wasm32-wasip2, or make a component of it"
        ],
    );
    let whole = wat::parse_str(debugger("0.1.0", "")).expect("it parses");
    check(
        &whole[..whole.len() / 2],
        Grants::default(),
        expect!["x.wasm: the file ends in the middle, at byte 506; build or copy it again"],
    );
    check(
        &whole[..5],
        Grants::default(),
        expect!["x.wasm: the file ends in the middle, at byte 5; build or copy it again"],
    );
}

#[test]
fn components_that_are_no_debugger() {
    check(
        "(component)",
        Grants::default(),
        expect!["x.wasm: this component is not a debugger: it imports nothing of stillpoint:debugger"],
    );
    check(
        r#"(component
            (core module $m (func (export "run") (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))"#,
        Grants::default(),
        expect!["x.wasm: this component is not a debugger: it imports nothing of stillpoint:debugger"],
    );
    check(
        r#"(component (import "stillpoint:debugger/messages@0.1.0" (instance)))"#,
        Grants::default(),
        expect![
            "x.wasm: the debugger exports no function `run(debuggee, args)`; build it for a world of stillpoint:debugger, such as `controlling`"
        ],
    );
}

/// A `run` with other parameters or another result.
#[test]
fn runs_of_another_type() {
    let of_type = |ty: &str, params: &str| {
        let text = debugger("0.1.0", "").replace(r#"(func (export "run") (param i32 i32 i32) (result i32)"#, params);
        let begin = text.find(r#"(param "debuggee" (own $debuggee))"#).expect("the type of `run`");
        let end = text.find("(canon lift").expect("its body");
        format!("{}{ty} {}", &text[..begin], &text[end..])
    };
    check(
        of_type(
            r#"(param "args" (list string)) (result (result (error string)))"#,
            r#"(func (export "run") (param i32 i32) (result i32)"#,
        ),
        Grants::default(),
        expect![
            "x.wasm: the debugger exports a `run` of another type: this host calls `run(debuggee, args) -> result<_, error>`; build it for a world of stillpoint:debugger, such as `controlling`"
        ],
    );
    check(
        of_type(
            r#"(param "debuggee" (own $debuggee)) (param "args" (list string)) (result (result (error string)))"#,
            r#"(func (export "run") (param i32 i32 i32) (result i32)"#,
        ),
        Grants::default(),
        expect![
            "x.wasm: the debugger does not fit this host: type-checking export func `run`: expected `variant` found `string`; build it again for this version of stillpoint:debugger"
        ],
    );
}

#[test]
fn debuggers_for_other_hosts() {
    let import = |name: &str| debugger("0.1.0", &format!(r#"(import "{name}" (instance))"#));
    check(
        debugger("0.2.0", ""),
        Grants::default(),
        expect![
            "x.wasm: the debugger was built for version 0.2.0 of stillpoint:debugger, this host has 0.1.0; build it for that, or update Stillpoint"
        ],
    );
    check(
        debugger("0.1.7", ""),
        Grants::default(),
        expect![
            "x.wasm: the debugger was built for version 0.1.7 of stillpoint:debugger, this host has 0.1.0; build it for that, or update Stillpoint"
        ],
    );
    check(
        debugger("0.1.0-beta", ""),
        Grants::default(),
        expect![
            "x.wasm: the debugger was built for version 0.1.0-beta of stillpoint:debugger, this host has 0.1.0; build it for that"
        ],
    );
    check(
        import("stillpoint:debugger/telepathy@0.1.0"),
        Grants::default(),
        expect![
            "x.wasm: the debugger imports what this host does not have: stillpoint:debugger/telepathy@0.1.0; a debugger can import stillpoint:debugger@0.1.0 and WASI 0.2 (io, cli, clocks, filesystem, random, sockets)"
        ],
    );
    check(
        import("wasi:http/types@0.2.0"),
        Grants::default(),
        expect![
            "x.wasm: the debugger imports what this host does not have: wasi:http/types@0.2.0; a debugger can import stillpoint:debugger@0.1.0 and WASI 0.2 (io, cli, clocks, filesystem, random, sockets); if a tool has added wasi:http by itself, switch that off (componentize-js: disableFeatures: ['http', 'fetch-event'])"
        ],
    );
    check(
        import("wasi:cli/stdin@0.3.0"),
        Grants::default(),
        expect![
            "x.wasm: the debugger imports what this host does not have: wasi:cli/stdin@0.3.0; a debugger can import stillpoint:debugger@0.1.0 and WASI 0.2 (io, cli, clocks, filesystem, random, sockets); WASI 0.3 is not supported for debuggers: build it for WASI 0.2"
        ],
    );
    check(import("wasi:cli/stdin@0.2.0"), Grants::default(), expect!["accepted"]);
    check(
        debugger("0.1.0", r#"(import "wasi:cli/stdin@0.2.0" (instance (export "telepathy" (func))))"#),
        Grants::default(),
        expect![
            "x.wasm: the debugger does not fit this host: component imports instance `wasi:cli/stdin@0.2.0`, but a matching implementation was not found in the linker: instance export `telepathy` has the wrong type: function implementation is missing; build it again for this version of stillpoint:debugger"
        ],
    );
    check(
        debugger("0.1.0", r#"(import "stillpoint:debugger/messages@0.1.0" (instance (export "print" (func))))"#),
        Grants::default(),
        expect![
            "x.wasm: the debugger does not fit this host: component imports instance `stillpoint:debugger/messages@0.1.0`, but a matching implementation was not found in the linker: instance export `print` has the wrong type: type mismatch with parameters: expected 1-tuple, found 0-tuple; build it again for this version of stillpoint:debugger"
        ],
    );
}

/// What the script guest asks for.
fn whole() -> Grants {
    Grants { modify: true, ..Grants::default() }
}

#[test]
fn rights_that_were_not_granted() {
    let all = script_component();
    check(
        all,
        Grants { control: false, ..whole() },
        expect![
            "x.wasm: the debugger needs the right `control` (it imports stillpoint:debugger/execution), which was not granted"
        ],
    );
    check(
        all,
        Grants { inspect: false, ..whole() },
        expect![
            "x.wasm: the debugger needs the right `inspect` (it imports stillpoint:debugger/inspection), which was not granted"
        ],
    );
    check(
        all,
        Grants { messages: false, ..whole() },
        expect![
            "x.wasm: the debugger needs the right `messages` (it imports stillpoint:debugger/messages), which was not granted"
        ],
    );
    // Nobody gets the right to change a program without asking for it.
    check(
        all,
        Grants::default(),
        expect![
            "x.wasm: the debugger needs the right `modify` (it imports stillpoint:debugger/calls), which was not granted"
        ],
    );
    check(all, whole(), expect!["accepted"]);
}

#[tokio::test]
async fn a_debugger_that_needs_nothing_runs_without_a_right() {
    let nothing = Grants { control: false, inspect: false, messages: false, ..Grants::default() };
    let plugin = Plugin::load(engine(), "x", debugger("0.1.0", "").as_bytes(), nothing);
    let plugin = plugin.expect("it is accepted");
    let (_, outcome) = run(&plugin, ADD, &[]).await;
    assert_eq!(outcome.debugger, Ok(()));
    assert_eq!(outcome.exit, Ok(Exit::Returned(vec![])));
}

#[test]
fn directories_that_are_none() {
    let dirs = vec![("does/not/exist".into(), "/".to_owned())];
    check(
        script_component(),
        Grants { dirs, ..whole() },
        expect![
            "x.wasm: the debugger cannot be given the directory does/not/exist: No such file or directory (os error 2)"
        ],
    );
    let dirs = vec![("Cargo.toml".into(), "/".to_owned())];
    check(
        script_component(),
        Grants { dirs, ..whole() },
        expect!["x.wasm: the debugger cannot be given the directory Cargo.toml: not a directory"],
    );
}
