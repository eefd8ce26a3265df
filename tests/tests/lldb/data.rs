//! Variables, registers, expressions, memory and code of a stopped program.

use stillpoint_tests::lldb::Script;

use crate::{invoke, on_stations, stations};

/// Stops in `visit` for the second station.
fn at_birch() -> Script {
    Script::new()
        .ask("breakpoint set --one-shot true --name visit --condition 'index == 1'", "Breakpoint 1")
        .ask("continue", "visit(station=0x…, index=1) at stations.c:43")
}

#[test]
fn lldb_variables_of_frames() {
    on_stations(
        at_birch()
            .ask("next", "stations.c:44")
            .ask("frame variable", "(station *) station = 0x…(int) index = 1…(int) before = 7")
            .ask("frame variable *station", "name = \"Birch\"…boarding = 5…leaving = 2…minutes = 4.5")
            .ask("frame variable station->name", "\"Birch\"")
            .ask("up", "frame #1:…ride at stations.c:56")
            .ask("frame variable", "changes = ([0] = 7, [1] = 0, [2] = 0, [3] = 0)…(int) sum = 7…(int) index = 1")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_variables_of_the_program() {
    on_stations(
        at_birch()
            .ask("target variable aboard most total", "(int) aboard = 7…(int) most = 7…(long long) total = 7")
            .ask("target variable line[2]", "name = \"Cedar\"…boarding = 3…leaving = 6…minutes = 9.25")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_expressions() {
    on_stations(
        at_birch()
            .ask("print aboard", "7")
            .ask("print *station", "name = \"Birch\", boarding = 5, leaving = 2, minutes = 4.5")
            .ask("print line[3].minutes", "14")
            .ask("print aboard + 3", "10")
            .ask("expression aboard * 2 + station->boarding", "= 19")
            .ask("expression (long long) total << 40", "= 7696581394432")
            .ask("expression -- &line[1] == station", "= true")
            .ask("expression station->minutes / 2", "= 2.25")
            .ask("expression int $mine = index + 41", "")
            .ask("expression $mine", "= 42")
            // LLDB interprets expressions; to call a function it would have to compile for
            // WebAssembly.
            .refuse("expression factorial(3)", "")
            .refuse("expression *(int *)0x7ffffff0", "")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_expressions_assign_to_variables_in_memory() {
    let Some(server) = stations() else { return };
    let script = at_birch()
        .ask("expression station->boarding = 50", "= 50")
        .ask("expression line[3].leaving += 45", "= 52")
        .ask("frame variable station->boarding", "= 50")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "aboard 0, most 55, total 60, ways 120\n");
    }
}

#[test]
fn lldb_memory_is_read() {
    on_stations(
        at_birch()
            .ask("memory read --size 4 --format d --count 2 &line[1].boarding", ": 5\n…: 2\n")
            .ask("memory read --format s station->name", "\"Birch\"")
            .ask("memory find --string Dogwood 1024 131072", "data found at location: 0x")
            .refuse("memory read 0x7ffffff0", "memory read failed")
            .ask("memory region --all", "rw")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_memory_is_written_and_the_program_sees_it() {
    let Some(server) = stations() else { return };
    let script = at_birch()
        .ask("memory write --size 4 &line[1].boarding 9", "")
        .ask("memory read --size 4 --format d --count 1 &line[1].boarding", ": 9\n")
        .refuse("memory write --size 4 0x7ffffff0 1", "")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "aboard 4, most 14, total 19, ways 120\n");
    }
}

#[test]
fn lldb_registers() {
    // LLDB 22 lists no registers of a WebAssembly program, but they can be read by name.
    on_stations(
        at_birch()
            .ask("register read pc", "pc = 0x400000000000")
            .ask("disassemble --pc --count 1", "->  0x400000000000")
            .refuse("register write pc 0x4000000000000100", "Failed to write register 'pc'")
            .ask("register read --all", "")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_disassembly() {
    on_stations(
        at_birch()
            .ask("disassemble --frame", "stations.wasm`visit:…global.get 0…->  0x4…i32.load…return…end")
            .ask("disassemble --name factorial --count 3", "stations.wasm`factorial:")
            .ask("disassemble --line", "-> 43…int before = aboard;…->  0x4")
            .ask("continue", "exited with status = 0"),
    );
}

#[test]
fn lldb_locals_of_a_program_without_debug_information() {
    let server = invoke(&[], "divide", "events.wat", &["7", "2"]);
    let script = Script::new()
        .ask("process plugin packet send qWasmLocal:0;0", "response: 07000000")
        .ask("process plugin packet send qWasmLocal:0;1", "response: 02000000")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "3\n");
    }
}

#[test]
fn lldb_locals_beside_a_reference_are_readable() {
    let server = invoke(&[], "use", "externref.wat", &[]);
    let script = Script::new()
        .ask("breakpoint set --name hold", "hold")
        .ask("continue", "stop reason = breakpoint 1.1")
        .ask("thread backtrace", "hold…use")
        .ask("process plugin packet send qWasmLocal:0;0", "response: d2040000")
        .ask("process plugin packet send qWasmLocal:0;2", "response: 8877665544332211")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "1234605616436509786\n");
    }
}
