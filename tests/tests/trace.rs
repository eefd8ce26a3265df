//! The lines of `trace --instructions`, their order with the program's own output, and the counts
//! of `count`.

use expect_test::expect;
use stillpoint_tests::{Finished, folder, stillpoint};

fn program(name: &str) -> String {
    folder().join("programs/wat").join(name).display().to_string()
}

/// Traces instructions, with options for the debugger and the rest of the command line; returns the
/// trace and the program's own output in one stream.
fn trace(options: &[&str], rest: &[&str]) -> Finished {
    let options = options.iter().map(|option| format!("--debugger-arg={option}"));
    let line = ["run".to_owned(), "--debugger-arg=--instructions".to_owned()].into_iter().chain(options);
    stillpoint(line.chain(rest.iter().map(|&word| word.to_owned()))).merge_stderr().run()
}

/// The trace of a program that succeeds.
#[track_caller]
fn trace_of(file: &str, options: &[&str]) -> String {
    trace(options, &[&program(file)]).expect_code(0).text()
}

#[test]
fn trace_stands_in_order_with_what_the_program_prints() {
    expect![[r#"
        _start
          0x000088  i32.const 0                           []
          0x00008a  call $say                             [0]
        say
          0x00006c  i32.const 16                          []
          0x00006e  local.get 0                           [16]
          0x000070  i32.store                             [16, 0]
          0x000073  i32.const 20                          []
          0x000075  i32.const 4                           [20]
          0x000077  i32.store                             [20, 4]
          0x00007a  i32.const 1                           []
          0x00007c  i32.const 16                          [1]
          0x00007e  i32.const 1                           [1, 16]
          0x000080  i32.const 24                          [1, 16, 1]
          0x000082  call $wasi_snapshot_preview1.fd_write  [1, 16, 1, 24]
        one
          0x000084  drop                                  [0]
          0x000085  end                                   []
        _start
          0x00008c  i32.const 4                           []
          0x00008e  call $say                             [4]
        say
          0x00006c  i32.const 16                          []
          0x00006e  local.get 0                           [16]
          0x000070  i32.store                             [16, 4]
          0x000073  i32.const 20                          []
          0x000075  i32.const 4                           [20]
          0x000077  i32.store                             [20, 4]
          0x00007a  i32.const 1                           []
          0x00007c  i32.const 16                          [1]
          0x00007e  i32.const 1                           [1, 16]
          0x000080  i32.const 24                          [1, 16, 1]
          0x000082  call $wasi_snapshot_preview1.fd_write  [1, 16, 1, 24]
        two
          0x000084  drop                                  [0]
          0x000085  end                                   []
        _start
          0x000090  end                                   []
        exit: returned
    "#]]
    .assert_eq(&trace_of("lines.wat", &[]));
}

#[test]
fn trace_stands_in_order_when_the_program_prints_through_its_table() {
    expect![[r#"
        _start
          0x00006d  i32.const 1                           []
          0x00006f  i32.const 0                           [1]
          0x000071  i32.const 1                           [1, 0]
          0x000073  i32.const 12                          [1, 0, 1]
          0x000075  i32.const 0                           [1, 0, 1, 12]
          0x000077  call_indirect (type $write)           [1, 0, 1, 12, 0]
        one
          0x00007a  drop                                  [0]
          0x00007b  end                                   []
        exit: returned
    "#]]
    .assert_eq(&trace_of("indirect.wat", &[]));
}

#[test]
fn trace_of_one_function_leaves_out_the_others_and_keeps_the_order() {
    expect![[r#"
        _start
          0x000088  i32.const 0                           []
          0x00008a  call $say                             [0]
        one
          0x00008c  i32.const 4                           []
          0x00008e  call $say                             [4]
        two
          0x000090  end                                   []
        exit: returned
    "#]]
    .assert_eq(&trace_of("lines.wat", &["--only=^_start$"]));
}

#[test]
fn trace_of_all_functions_by_name_is_the_whole_trace() {
    assert_eq!(trace_of("lines.wat", &["--only=."]), trace_of("lines.wat", &[]));
}

#[test]
fn trace_ends_at_the_trap() {
    let finished = trace(&[], &["--invoke", "divide", &program("events.wat"), "1", "0"]).expect_code(134);
    let text = finished.text();
    let (trace, _) = text.split_once("error: ").expect("there is a message");
    expect![[r#"
        divide
          0x00009c  local.get 0                           []
          0x00009e  local.get 1                           [1]
          0x0000a0  i32.div_s                             [1, 0]
        trap: integer divide by zero, in divide at 0xa0
        exit: failed: integer divide by zero
    "#]]
    .assert_eq(trace);
}

#[test]
fn trace_ends_at_its_limit_before_the_program_prints() {
    let whole = trace_of("lines.wat", &[]);
    let first: String = whole.split_inclusive('\n').take(5).collect();
    let note = "trace: 5 lines printed, as --limit asks; the program goes on\n";
    assert_eq!(trace_of("lines.wat", &["--limit=5"]), format!("{first}{note}one\ntwo\n"));
}

#[test]
fn trace_is_complete_when_it_takes_many_batches() {
    const TURNS: usize = 20_000;
    for options in [&[][..], &["--only=^turns$"]] {
        let line = ["--invoke", "turns", &program("lines.wat"), &TURNS.to_string()];
        let text = trace(options, &line).expect_code(0).text();
        let turns = text.lines().filter(|line| line.contains("local.tee 0")).map(|line| {
            let (_, operands) = line.split_once('[').expect("operands are shown");
            operands.trim_end_matches(']').parse::<usize>().expect("one operand")
        });
        assert!(turns.eq((0..TURNS).rev()), "{options:?}");
        // A heading, the loop, five instructions a turn, two ends and the exit.
        assert_eq!(text.lines().count(), 5 * TURNS + 5, "{options:?}");
    }
}

#[test]
fn count_counts_every_entry() {
    let line = ["run", "--debugger", "count", "--invoke", "fac", &program("events.wat"), "1000"];
    let finished = stillpoint(line).run().expect_code(0);
    assert!(finished.stderr.contains("\n 1001  fac "), "{}", finished.stderr);
}
