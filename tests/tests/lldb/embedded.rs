//! LLDB with the program of an embedder, `host/examples/lldb.rs`, whose second module appears while
//! the first one runs.

use stillpoint_tests::example;
use stillpoint_tests::lldb::{Script, Server};

#[test]
fn lldb_modules_that_appear_later() {
    let server = Server::of(example("lldb", ["127.0.0.1:0"]).start());
    let script = Script::new()
        .ask("image list", "/wasm/early ")
        .ask("breakpoint set --name newcomer", "(pending)")
        .ask("breakpoint set --name tick", "early`tick")
        .ask("continue", "early`tick")
        .ask("thread backtrace", "early`tick…early`first")
        // Called by the module that has just appeared.
        .ask("continue", "early`tick")
        .ask("image list --basename", "early…late")
        .ask("thread backtrace", "early`tick…late`second")
        .ask("continue", "late`newcomer")
        .ask("thread backtrace", "late`newcomer…late`second")
        .ask("continue", "exited with status = 0");
    let Some(transcript) = script.run(&server) else { return };
    assert_eq!(transcript.answer("image list").lines().count(), 1, "{}", transcript.answer("image list"));
    assert_eq!(server.expect_code(0).text(), "Returned([])\n");
}
