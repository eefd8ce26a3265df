//! Programs with several memories: the addresses of each, and their contents.
//!
//! A program's own pointers are addresses in memory 0 of the instance whose code the selected frame
//! runs. If the program has several memories, each also has a range of its own that begins at a
//! multiple of 4 GiB.

use stillpoint_tests::lldb::{Script, serve};

use crate::{invoke, wat};

#[test]
fn lldb_several_memories_and_a_shared_one_are_listed_and_read() {
    let server = invoke(&[], "total", "memories.wat", &[]);
    let script = Script::new()
        .ask(
            "memory region --all",
            "[0x0000000000000000-0x0000000000010000) rw-\
             …[0x0000000100000000-0x0000000100010000) rw-\
             …[0x0000000200000000-0x0000000200020000) rw-\
             …[0x0000000300000000-0x0000000300010000) rw-\
             …[0x4000000000000000-0x40000000000",
        )
        .ask("memory read --format s 0x10", "\"first\"")
        .ask("memory read --format s 0x100000010", "\"first\"")
        .ask("memory read --format s 0x200000020", "\"second\"")
        .ask("memory read --format s 0x300000030", "\"third\"")
        .refuse("memory read 0x400000000", "memory read failed")
        .ask("memory write 0x200000020 0x53", "")
        .ask("memory write 0x300000030 0x54", "")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        // Each capital letter is 32 less than the small one that it replaced.
        assert_eq!(server.expect_code(0).text(), "269\n");
    }
}

#[test]
fn lldb_memories_of_the_modules_of_a_component() {
    let server = serve([wat("pair.wat")]);
    let script = Script::new()
        .ask("breakpoint set --name take", "take")
        .ask("continue", "stop reason = breakpoint 1.1")
        .ask("memory region --all", "rw-…rw- memory 0 of shelf…rw- memory 0 of reader")
        .ask("memory read --format s 0x8", "\"shelf\"")
        .ask("memory read --format s 0x100000008", "\"shelf\"")
        .ask("memory read --format s 0x200000008", "\"reader\"")
        // LLDB selects a frame by asking for one of its variables. These modules have no names for
        // variables, so the packet is sent by hand.
        .ask("process plugin packet send qWasmLocal:1;0", "response: 08000000")
        .ask("memory read --format s 0x8", "\"reader\"")
        .ask("process plugin packet send qWasmLocal:0;0", "response: 08000000")
        .ask("memory read --format s 0x8", "\"shelf\"")
        // The program succeeds if the letter is an s, and exits with 1 otherwise.
        .ask("memory write 0x8 0x74", "")
        .ask("continue", "exited with status = 1");
    if script.run(&server).is_some() {
        server.expect_code(1);
    }
}

#[test]
fn lldb_memory_regions_have_no_holes_in_the_address_space() {
    let server = invoke(&[], "total", "memories.wat", &[]);
    let script = Script::new()
        .ask("memory region 0x0", "[0x0000000000000000-0x0000000000010000) rw-")
        .ask("memory region 0x10000", "[0x0000000000010000-0x0000000100000000) ---")
        .ask("memory region 0x4000000000000000", "r-x")
        .ask("memory region 0xffffffffffffff00", "-0xffffffffffffffff) ---")
        .ask("continue", "exited with status = 0");
    if script.run(&server).is_some() {
        assert_eq!(server.expect_code(0).text(), "333\n");
    }
}
