//! Debugger files made from text, and the imports that are read from them.

use super::*;
use expect_test::{Expect, expect};

/// A component with these imports. `run` is the text that exports its function.
fn debugger(imports: &str, run: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(component
            (import "stillpoint:debugger/program@0.1.0" (instance $program
                (export "debuggee" (type (sub resource)))
                {imports}
            (alias export $program "debuggee" (type $debuggee))
            (core module $m
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
                (func (export "run") (param i32 i32 i32) (result i32) unreachable))
            (core instance $i (instantiate $m))
            (func $run (param "debuggee" (own $debuggee)) (param "args" (list string)) (result (result (error string)))
                (canon lift (core func $i "run") (memory $i "memory") (realloc (func $i "realloc"))))
            {run})"#
    ))
    .unwrap()
}

const RUN: &str = r#"(export "run" (func $run))"#;

fn check(bytes: &[u8], expected: Expect) {
    let text = match DebuggerFile::read(bytes) {
        Err(error) => format!("error: {error}"),
        Ok(file) => {
            let mut lines = vec![format!("version {}", file.version)];
            for import in &file.imports {
                lines.push(format!("imports {}: {}", import.name, import.functions.join(", ")));
            }
            lines.push(format!("rights {:?}", file.rights));
            lines.push(format!("wasi {:?} unknown {:?}", file.wasi, file.unknown));
            lines.push(match file.accept(&[Right::Control, Right::Inspect, Right::Messages]) {
                Ok(()) => "accepted".to_owned(),
                Err(error) => format!("refused: {error}"),
            });
            lines.join("\n")
        }
    };
    expected.assert_eq(&text);
}

#[test]
fn a_debugger_that_only_lends_types_asks_for_nothing() {
    check(
        &debugger("))", RUN),
        expect![[r#"
        version 0.1.0
        imports program: 
        rights []
        wasi [] unknown []
        accepted"#]],
    );
}

#[test]
fn rights_follow_from_the_functions() {
    let imports = r#"(export "[method]debuggee.current-state" (func (param "self" (borrow 0)))) ))
        (import "stillpoint:debugger/common@0.1.0" (instance))
        (import "stillpoint:debugger/execution@0.1.0" (instance))
        (import "stillpoint:debugger/inspection@0.1.0" (instance (export "depth" (func))))
        (import "stillpoint:debugger/breakpoints@0.1.0" (instance (export "add" (func))))
        (import "stillpoint:debugger/messages@0.1.0" (instance (export "print" (func))))
        (import "wasi:cli/environment@0.2.3" (instance))
        (import "wasi:io/poll@0.2.12" (instance))"#;
    check(
        &debugger(imports, RUN),
        expect![[r#"
        version 0.1.0
        imports program: [method]debuggee.current-state
        imports common: 
        imports execution: 
        imports inspection: depth
        imports breakpoints: add
        imports messages: print
        rights [Control, Inspect, Messages]
        wasi ["wasi:cli/environment@0.2.3", "wasi:io/poll@0.2.12"] unknown []
        accepted"#]],
    );
}

#[test]
fn what_is_not_granted_is_refused() {
    let imports = r#"))
        (import "stillpoint:debugger/modification@0.1.0" (instance (export "write-memory" (func))))"#;
    let bytes = debugger(imports, RUN);
    check(
        &bytes,
        expect![[r#"
            version 0.1.0
            imports program: 
            imports modification: write-memory
            rights [Modify]
            wasi [] unknown []
            refused: the debugger asks for the right `modify` (it imports stillpoint:debugger/modification), which it was not granted"#]],
    );
    let all = [Right::Control, Right::Inspect, Right::Modify, Right::Messages];
    assert_eq!(DebuggerFile::read(&bytes).unwrap().accept(&all), Ok(()));
}

#[test]
fn unknown_imports() {
    let imports = r#"))
        (import "stillpoint:debugger/telepathy@0.1.0" (instance (export "think" (func))))
        (import "wasi:http/types@0.2.0" (instance))
        (import "wasi:io/poll@0.3.0" (instance))
        (import "do-it" (func))"#;
    check(
        &debugger(imports, RUN),
        expect![[r#"
        version 0.1.0
        imports program: 
        rights []
        wasi [] unknown ["stillpoint:debugger/telepathy@0.1.0", "wasi:http/types@0.2.0", "wasi:io/poll@0.3.0", "do-it"]
        refused: the debugger imports what this host does not have: stillpoint:debugger/telepathy@0.1.0, wasi:http/types@0.2.0, wasi:io/poll@0.3.0, do-it; a debugger can import stillpoint:debugger@0.1.0 and WASI 0.2 (io, cli, clocks, filesystem, random, sockets); if a tool has added wasi:http by itself, switch that off (componentize-js: disableFeatures: ['http', 'fetch-event'])"#]],
    );
}

#[test]
fn versions() {
    assert_eq!(WORLD_VERSION.to_string(), crate::world::VERSION);
    for (version, served) in [("0.1.0", true), ("0.1.1", false), ("0.0.9", false), ("0.2.0", false), ("1.1.0", false)] {
        let imports =
            format!(r#")) (import "stillpoint:debugger/messages@{version}" (instance (export "print" (func))))"#);
        let result = DebuggerFile::read(&debugger(&imports, RUN)).and_then(|file| file.accept(&[Right::Messages]));
        // A file that names two versions needs the higher one, so 0.0.9 together with 0.1.0 is
        // served.
        let expected = served || version == "0.0.9";
        assert_eq!(result.is_ok(), expected, "{version}: {result:?}");
    }
    let version = |text| Version::parse(text).unwrap();
    assert!(version("0.1.3").serves(version("0.1.2")));
    assert!(version("1.3.0").serves(version("1.2.9")));
    assert!(!version("1.3.0").serves(version("1.3.1")));
    assert!(!version("2.0.0").serves(version("1.0.0")));
    assert_eq!(Version::parse("1.2"), None);
    assert_eq!(Version::parse("1.2.3.4"), None);
    assert_eq!(Version::parse("1.2.x"), None);
    check(
        &debugger(r#")) (import "stillpoint:debugger/messages@0.2.0" (instance))"#, RUN),
        expect![[r#"
            version 0.2.0
            imports program: 
            imports messages: 
            rights []
            wasi [] unknown []
            refused: the debugger was built for version 0.2.0 of stillpoint:debugger, this host has 0.1.0; build it for that, or update Stillpoint"#]],
    );
}

#[test]
fn no_run() {
    check(
        &debugger("))", ""),
        expect![
            "error: the debugger exports no function `run(debuggee, args)`; build it for a world of stillpoint:debugger, such as `controlling`"
        ],
    );
    check(
        &debugger("))", r#"(instance $inner (export "run" (func $run))) (export "run" (instance $inner))"#),
        expect![
            "error: the debugger exports no function `run(debuggee, args)`; build it for a world of stillpoint:debugger, such as `controlling`"
        ],
    );
}

#[test]
fn no_debugger() {
    check(b"", expect!["error: this is not a WebAssembly component; give a debugger component (.wasm)"]);
    check(b"(component)", expect!["error: this is not a WebAssembly component; give a debugger component (.wasm)"]);
    check(b"\0asm\x0d\0", expect!["error: the file ends in the middle, at byte 6; build or copy it again"]);
    check(
        &wat::parse_str("(module)").unwrap(),
        expect![
            "error: this is a core module, but a debugger is a component; build it for wasm32-wasip2, or make a component of it"
        ],
    );
    check(
        &wat::parse_str("(component)").unwrap(),
        expect!["error: this component is not a debugger: it imports nothing of stillpoint:debugger"],
    );
    let whole = debugger("))", RUN);
    for length in 0..whole.len() {
        // Only custom sections come after the exports; without them it is the same debugger.
        if let Ok(file) = DebuggerFile::read(&whole[..length]) {
            assert_eq!(Ok(file), DebuggerFile::read(&whole), "{length}");
            assert!(length > whole.len() / 2);
        }
    }
    check(
        &whole[..whole.len() / 2],
        expect!["error: the file ends in the middle, at byte 166; build or copy it again"],
    );
}
