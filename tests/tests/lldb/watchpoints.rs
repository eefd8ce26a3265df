//! Watchpoints: the program stops after it has accessed what is watched.

use stillpoint_tests::lldb::Script;

use crate::on_stations;

#[test]
fn lldb_watchpoint_on_a_variable() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --name ride", "Breakpoint 1")
            .ask("continue", "ride at stations.c:53")
            .ask("watchpoint set variable most", "Watchpoint created: Watchpoint 1…type = m")
            .ask("continue", "stop reason = watchpoint 1")
            .ask("thread backtrace", "visit(…index=0)")
            .ask("print most", "7")
            .ask("continue", "stop reason = watchpoint 1")
            .ask("print most", "10")
            .ask("watchpoint list", "Watchpoint 1")
            .ask("watchpoint delete --force", "All watchpoints removed")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_watchpoint_for_writing() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --name ride", "Breakpoint 1")
            .ask("continue", "ride at stations.c:53")
            .ask("watchpoint set variable --watch write total", "Watchpoint created: Watchpoint 1…type = w")
            .ask("continue", "stop reason = watchpoint 1")
            .ask("print total", "7")
            .ask("continue", "stop reason = watchpoint 1")
            .ask("print total", "12")
            .ask("watchpoint disable 1", "1 watchpoints disabled")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_watchpoint_for_reading() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --file stations.c --line 46", "Breakpoint 1")
            .ask("continue", "visit(…index=0) at stations.c:46")
            .ask("watchpoint set variable --watch read most", "Watchpoint created: Watchpoint 1…type = r")
            .ask("continue", "stop reason = watchpoint 1")
            .ask("thread backtrace", "visit(…index=0) at stations.c:46")
            .ask("watchpoint delete --force", "All watchpoints removed")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_watchpoint_on_an_expression_and_for_both() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --name ride", "Breakpoint 1")
            .ask("continue", "ride at stations.c:53")
            .ask("watchpoint set expression --watch read_write --size 4 -- &line[2].leaving", "type = rw")
            .ask("continue", "stop reason = watchpoint 1")
            .ask("thread backtrace", "visit(…index=2) at stations.c:44")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_watchpoint_with_a_condition() {
    on_stations(
        Script::new()
            .ask("breakpoint set --one-shot true --name ride", "Breakpoint 1")
            .ask("continue", "ride at stations.c:53")
            .ask("watchpoint set variable --watch write aboard", "Watchpoint created")
            .ask("watchpoint modify --condition 'aboard == 10'", "")
            .ask("continue", "stop reason = watchpoint 1")
            .ask("print aboard", "10")
            .ask("watchpoint delete --force", "All watchpoints removed")
            .ask("continue", "exited with status = 0"),
    );
}
