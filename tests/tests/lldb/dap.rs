//! `lldb-dap-22`, the adapter for editors, connected to the same port as LLDB.

use serde_json::{Value, json};
use stillpoint_tests::lldb::{Dap, Server, serve};
use stillpoint_tests::{folder, unoptimized_c_program};

use crate::{STATIONS, stations};

/// Connects an adapter to a server, and sets breakpoints in lines of a file.
#[track_caller]
fn attach(server: &Server, source: &str, lines: &[u32]) -> Option<Dap> {
    let mut dap = Dap::start()?;
    dap.request("initialize", json!({ "adapterID": "lldb-dap", "linesStartAt1": true, "columnsStartAt1": true }));
    let command = format!("process connect --plugin wasm connect://127.0.0.1:{}", server.port());
    // The answer comes when the configuration is done.
    let attached = dap.send("attach", json!({ "attachCommands": [command], "stopOnEntry": false }));
    dap.event("initialized");
    let path = folder().join("programs/c").join(source);
    let lines: Vec<Value> = lines.iter().map(|line| json!({ "line": line })).collect();
    let set = dap.request("setBreakpoints", json!({ "source": { "path": path }, "breakpoints": lines }));
    for breakpoint in set["breakpoints"].as_array().expect("a list") {
        assert_eq!(breakpoint["verified"], true, "{set:#}");
    }
    dap.request("configurationDone", json!({}));
    dap.response(attached);
    Some(dap)
}

/// The frames of a stopped thread as `function:line`.
#[track_caller]
fn frames(dap: &mut Dap, thread: &Value) -> (Vec<String>, Value) {
    let trace = dap.request("stackTrace", json!({ "threadId": thread, "startFrame": 0, "levels": 20 }));
    let frames = trace["stackFrames"].as_array().expect("a list").clone();
    let line = |frame: &Value| format!("{}:{}", frame["name"].as_str().unwrap_or_default(), frame["line"]);
    (frames.iter().map(line).collect(), frames[0]["id"].clone())
}

/// The variables of the first scope as `name = value`.
#[track_caller]
fn locals(dap: &mut Dap, frame: &Value) -> Vec<String> {
    let scopes = dap.request("scopes", json!({ "frameId": frame }));
    let reference = &scopes["scopes"][0]["variablesReference"];
    let variables = dap.request("variables", json!({ "variablesReference": reference }));
    let variables = variables["variables"].as_array().expect("a list").clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    variables.iter().map(|variable| format!("{} = {}", text(&variable["name"]), text(&variable["value"]))).collect()
}

#[test]
fn lldb_dap_attaches_stops_and_shows_variables() {
    let Some(server) = stations() else { return };
    let Some(mut dap) = attach(&server, "stations.c", &[57]) else { return };
    let stopped = dap.event("stopped");
    assert_eq!(stopped["reason"], "breakpoint", "{stopped:#}");
    let thread = &stopped["threadId"];
    let (names, frame) = frames(&mut dap, thread);
    assert_eq!(names[..2], ["ride:57", "main:63"], "{names:?}");
    let variables = locals(&mut dap, &frame);
    assert!(variables.contains(&"sum = 0".to_owned()) && variables.contains(&"index = 0".to_owned()), "{variables:?}");
    let value = dap.request("evaluate", json!({ "expression": "aboard + 1", "frameId": frame, "context": "watch" }));
    assert_eq!(value["result"], "8", "{value:#}");

    dap.request("next", json!({ "threadId": thread }));
    let stopped = dap.event("stopped");
    assert_eq!(stopped["reason"], "step", "{stopped:#}");
    assert_eq!(frames(&mut dap, thread).0[0], "ride:55");

    dap.request("continue", json!({ "threadId": thread }));
    assert_eq!(dap.event("stopped")["reason"], "breakpoint");
    let path = folder().join("programs/c/stations.c");
    dap.request("setBreakpoints", json!({ "source": { "path": path }, "breakpoints": [] }));
    dap.request("continue", json!({ "threadId": thread }));
    assert_eq!(dap.event("exited")["exitCode"], 0);
    dap.event("terminated");
    assert_eq!(server.expect_code(0).text(), STATIONS);
}

#[test]
fn lldb_dap_that_disconnects_lets_the_program_finish() {
    let Some(server) = stations() else { return };
    let Some(mut dap) = attach(&server, "stations.c", &[57]) else { return };
    dap.event("stopped");
    dap.request("disconnect", json!({ "terminateDebuggee": false }));
    assert_eq!(server.expect_code(0).text(), STATIONS);
}

#[test]
fn lldb_dap_pauses_a_loop_and_ends_it() {
    let Some(program) = unoptimized_c_program("spin") else { return };
    let server = serve([program]);
    let Some(mut dap) = attach(&server, "spin.c", &[]) else { return };
    server.running().wait_for_stdout("spinning\n");
    // The adapter learns a little later than the program starts to run that it does.
    dap.request_until_granted("pause", json!({ "threadId": 1 }));
    let stopped = dap.event("stopped");
    let thread = &stopped["threadId"];
    let (names, frame) = frames(&mut dap, thread);
    // The program may still be returning from printing.
    let spin = names.iter().position(|name| name.starts_with("spin:1"));
    assert_eq!(spin.map(|spin| names[spin + 1].as_str()), Some("main:18"), "{names:?}");
    let value = dap.request("evaluate", json!({ "expression": "going = 0", "frameId": frame, "context": "watch" }));
    assert_eq!(value["result"], "0", "{value:#}");
    dap.request("continue", json!({ "threadId": thread }));
    assert_eq!(dap.event("exited")["exitCode"], 4);
    dap.event("terminated");
    assert_eq!(server.expect_code(4).text(), "spinning\nstopped\n");
}
