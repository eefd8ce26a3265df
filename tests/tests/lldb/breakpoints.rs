//! Breakpoints of every kind, all set before the first continue.

use stillpoint_tests::lldb::Script;

use crate::{on_stations, stations};

#[test]
fn lldb_breakpoint_by_function() {
    on_stations(
        Script::new()
            .ask("breakpoint set --name visit", "where = stations.wasm`visit…stations.c:43")
            .ask("continue", "stop reason = breakpoint 1.1…visit(station=0x…, index=0) at stations.c:43")
            .ask("continue", "stop reason = breakpoint 1.1…visit(station=0x…, index=1) at stations.c:43")
            .ask("breakpoint list", "hit count = 2")
            .ask("breakpoint disable 1", "1 breakpoints disabled")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_breakpoint_by_regular_expression() {
    on_stations(
        Script::new()
            .ask("breakpoint set --func-regex '^(ride|factorial)$'", "2 locations")
            .ask("continue", "stop reason = breakpoint 1.…ride at stations.c:53")
            .ask("continue", "stop reason = breakpoint 1.…factorial(number=5)")
            .ask("breakpoint delete --force", "All breakpoints removed")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_breakpoint_by_line() {
    on_stations(
        Script::new()
            .ask("breakpoint set --file stations.c --line 57", "where = stations.wasm`ride…stations.c:57")
            .ask("continue", "stop reason = breakpoint 1.1…ride at stations.c:57")
            .ask("frame variable sum", "(int) sum = 0")
            .ask("continue", "stop reason = breakpoint 1.1…ride at stations.c:57")
            .ask("frame variable sum", "(int) sum = 7")
            .ask("breakpoint delete --force", "All breakpoints removed")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_breakpoint_by_address() {
    let Some(server) = stations() else { return };
    let by_name = "breakpoint set --name visit";
    let script = Script::new().ask(by_name, "address = 0x4").ask("process detach", "");
    let Some(transcript) = script.run(&server) else { return };
    server.expect_code(0);
    let address = transcript.answer(by_name).split("address = ").nth(1).unwrap_or_default().trim();
    on_stations(
        Script::new()
            .ask(&format!("breakpoint set --address {address}"), "where = stations.wasm`visit")
            .ask("continue", &format!("stop reason = breakpoint 1.1…frame #0: {address} stations.wasm`visit"))
            .ask("breakpoint delete --force", "All breakpoints removed")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_breakpoint_with_a_condition_and_a_count() {
    on_stations(
        Script::new()
            .ask("breakpoint set --name visit --condition 'index >= 2 && aboard == 10'", "Breakpoint 1")
            .ask("continue", "stop reason = breakpoint 1.1…visit(station=0x…, index=2)")
            .ask("breakpoint list", "Condition: index >= 2 && aboard == 10")
            .ask("breakpoint modify --ignore-count 5 1", "")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_breakpoint_in_a_place_without_code_is_pending_and_harms_nothing() {
    on_stations(
        Script::new()
            .ask("breakpoint set --name no_such_function", "no locations (pending)")
            .ask("breakpoint set --address 0x4000000000000001", "")
            .ask("breakpoint set --address 0x40000000ffffffff", "")
            .ask("breakpoint set --address 0x10", "")
            .ask("continue", "exited with status = 0"),
    );
}
