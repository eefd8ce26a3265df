//! The answers of conditions on a paused program that is only data.

use super::super::code::Op;
use super::{Condition, Number, Scope, Still, ValueType, parse, scope};
use expect_test::{Expect, expect};

fn check(texts: &[&str], expected: Expect) {
    let line = |text: &&str| match parse(text).evaluate(&mut Still::new()) {
        Ok(holds) => format!("{text}  →  {holds}\n"),
        Err(fault) => format!("{text}  →  {fault}\n"),
    };
    expected.assert_eq(&texts.iter().map(line).collect::<String>());
}

/// Checks that every one of these conditions holds.
fn check_true(texts: &[&str]) {
    for text in texts {
        assert_eq!(parse(text).evaluate(&mut Still::new()), Ok(true), "{text}");
    }
}

#[test]
fn condition_reads_every_place() {
    check_true(&[
        "local[0] == -16",
        "local[1] == 0x100_0000_0000",
        "local[2] == f32(0.1)",
        "local[3] == 2.5",
        "stack[0] == 7 && stack[-2] == 7",
        "stack[-1] == 0.25 && stack[1] == 0.25",
        "global[0] == 1024",
        "hits == 3 && depth == 2",
        "mem.u8[8] == 0x10 && mem.u16[8] == 0x3210 && mem.u32[8] == 0x7654_3210",
        "mem.i8[15] == -2 && mem.i16[14] == -292 && mem.i32[12] == -0x123_4568",
        "mem.u64[8] == 0xfedc_ba98_7654_3210",
        "mem.i64[8] == -0x123_4567_89ab_cdf0",
        "mem.f64[16] == -2.5 && mem.f32[24] == f32(0.1)",
        "mem0.u8[8] == 0x10 && mem1.u8[2] == 3",
        "mem.u8[mem.u8[local[0] + 16]] == 0",
    ]);
}

#[test]
fn condition_integers_are_the_numbers_they_are() {
    check_true(&[
        "u32(local[0]) == 4294967280 && u32(local[0]) > 0x8000_0000",
        "local[0] != 0xffff_fff0",
        "u8(local[0]) == 240 && i8(240) == -16",
        "u64(local[0]) == 18446744073709551600",
        "u16(-1) == 0xffff && i16(0xffff) == -1 && i32(0xffff_ffff) == -1 && i64(u64(-1)) == -1",
        "mem.u64[8] > local[0] && mem.u64[8] > 0x7fff_ffff_ffff_ffff && mem.i64[8] < 0",
        "mem.u64[8] - 0xffff_ffff_ffff_ffff < 0",
        "0x7fff_ffff_ffff_ffff + 1 > 0",
        "i32(local[1] * local[1] + 5) == 5",
        "-7 / 2 == -3 && -7 % 2 == -1 && 7 % -2 == 1",
        "local[0] >> 2 == -4 && local[0] >> 1000 == -1 && local[1] >> 1000 == 0",
        "u32(local[0]) >> 28 == 15",
        "local[0] << 4 == -256 && local[0] << 1000 == 0 && 1 << 127 < 0",
        "~0 == -1 && ~local[0] == 15 && local[0] & 0xff == 240 && local[0] | 15 == -1 && 6 ^ 3 == 5",
        "-local[0] == 16 && --local[0] == -16",
        "-0x8000_0000_0000_0000 == i64(0x8000_0000_0000_0000)",
        // The least integer divided by -1, without being folded.
        "(1 << 127) / (hits - 4) == 1 << 127 && (1 << 127) % (hits - 4) == 0",
    ]);
}

#[test]
fn condition_floats_follow_ieee() {
    check_true(&[
        "local[2] != 0.1 && local[2] == f32(0.1)",
        "local[3] * 2 == 5 && 5 == 2 * local[3] && local[3] > -3",
        "1.0 / (local[3] - 2.5) > 1e308",
        "!(0.0 / (local[3] - 2.5) == 0.0 / (local[3] - 2.5))",
        "local[3] % 2.0 == 0.5 && -local[3] == -2.5 && local[3] - 0.5 == 2.0 && local[3] + 1e3 == 1002.5",
        "int(local[3]) == 2 && int(-local[3]) == -2 && int(hits) == 3",
        "float(hits) / 2 == 1.5 && float(local[3]) == 2.5 && float(9007199254740993) == 9007199254740992.0",
        "int(stack[1]) == 0 && float(stack[0]) == 7 && int(stack[0]) == 7 && float(stack[1]) == 0.25",
        "u8(stack[0]) == 7 && f32(stack[1]) == 0.25 && f32(3) == 3",
    ]);
}

#[test]
fn condition_booleans() {
    check_true(&[
        "true",
        "!false",
        "true && true || false",
        "(hits == 3) == (depth == 2)",
        "(hits == 3) != (depth == 3)",
        "hits == 3 && (depth == 9 || local[0] < 0)",
        "!(hits == 3 && depth == 3)",
    ]);
}

/// Nothing to the right of a decided `&&` or `||` is read.
#[test]
fn condition_evaluates_no_more_than_it_must() {
    let log = |text: &str| {
        let mut still = Still::new();
        let answer = parse(text).evaluate(&mut still);
        format!("{text}  →  {answer:?}, read: {}\n", still.log.join("; "))
    };
    let texts = [
        "local[0] == 1 && local[1] / (hits - 3) == 1 || local[0] < 0",
        "depth == 2 || mem.u8[9999] == 1",
        "depth == 2 && (local[0] == 1 || global[0] == 2 && mem.u8[9999] == 1) || local[1] > 0 && local[3] < 3",
        "false && local[0] == 1 || local[1] == 1",
        "local[0] + mem.u8[stack[0]] < global[0]",
    ];
    let all: String = texts.iter().map(|text| log(text)).collect();
    expect![[r#"
        local[0] == 1 && local[1] / (hits - 3) == 1 || local[0] < 0  →  Ok(true), read: local 0; local 0
        depth == 2 || mem.u8[9999] == 1  →  Ok(true), read: depth
        depth == 2 && (local[0] == 1 || global[0] == 2 && mem.u8[9999] == 1) || local[1] > 0 && local[3] < 3  →  Ok(true), read: depth; local 0; global 0; local 1; local 3
        false && local[0] == 1 || local[1] == 1  →  Ok(false), read: local 1
        local[0] + mem.u8[stack[0]] < global[0]  →  Ok(true), read: local 0; FromBottom(0); memory 0 at 0x7, 1 bytes; global 0
    "#]].assert_eq(&all);
}

#[test]
fn condition_faults_are_sentences() {
    check(
        &[
            "mem.u32[0x10010] == 1",
            "mem.u32[0xfd] == 1",
            "mem1.u8[local[1]] == 1",
            "mem.u8[-1] == 1",
            "mem.u8[local[1]] == 1",
            "mem.u8[local[0] - 0x1_0000_0000] == 1",
            "mem1.u8[local[1] * local[1]] == 1",
            "local[0] / (hits - 3) == 1",
            "local[0] % (hits - 3) == 1",
            "local[0] << (depth - 3) == 1",
            "int(local[3] / (local[3] - 2.5)) == 1",
            "stack[2] == 1",
            "stack[-3] == 1",
            "stack[-1] == 1",
            "stack[0] < 0.5",
        ],
        expect![[r#"
            mem.u32[0x10010] == 1  →  mem.u32 at 0x10010: past the end of the memory, which is 0x100 bytes long
            mem.u32[0xfd] == 1  →  mem.u32 at 0xfd: past the end of the memory, which is 0x100 bytes long
            mem1.u8[local[1]] == 1  →  mem1.u8 at 0x10000000000: past the end of the memory, which is 0x3 bytes long
            mem.u8[-1] == 1  →  mem.u8 at 0xffffffff: past the end of the memory, which is 0x100 bytes long
            mem.u8[local[1]] == 1  →  mem.u8 at 1099511627776: a memory with addresses of 32 bits has no such address
            mem.u8[local[0] - 0x1_0000_0000] == 1  →  mem.u8 at -4294967312: a memory with addresses of 32 bits has no such address
            mem1.u8[local[1] * local[1]] == 1  →  mem1.u8 at 1208925819614629174706176: a memory with addresses of 64 bits has no such address
            local[0] / (hits - 3) == 1  →  division by zero
            local[0] % (hits - 3) == 1  →  division by zero
            local[0] << (depth - 3) == 1  →  a shift by -1: expected 0 or more
            int(local[3] / (local[3] - 2.5)) == 1  →  int(inf): expected a float that an integer can hold
            stack[2] == 1  →  stack[2]: the operand stack's depth is 2
            stack[-3] == 1  →  stack[-3]: the operand stack's depth is 2
            stack[-1] == 1  →  stack[-1] is an f64, and the condition uses it as an integer; say `int(…)` there
            stack[0] < 0.5  →  stack[0] is an i32, and the condition uses it as a float; say `float(…)` there
        "#]],
    );
}

/// The program does not have what the scope said.
#[test]
fn condition_faults_where_the_program_differs_from_its_scope() {
    let mut still = Still::new();
    still.locals = vec![Some(Number::F64(1.0)), None];
    still.globals.clear();
    still.memories.pop();
    let texts = ["local[0] == 1", "local[1] == 1", "local[2] > 0.5", "global[0] == 1", "mem1.u8[0] == 1"];
    let all: String = texts.iter().map(|text| format!("{}\n", parse(text).evaluate(&mut still).unwrap_err())).collect();
    expect![[r#"
        local[0] is an f64, and the condition uses it as an integer; say `int(…)` there
        local[1] is a reference: expected a number
        local[2]: the frame's number of locals is 2
        global[0]: the instance's number of globals is 0
        mem1.u8 at 0x0: the engine could not read it
    "#]]
    .assert_eq(&all);
}

#[test]
fn condition_operands_of_known_type_need_no_hint() {
    let types = [ValueType::I32, ValueType::F64];
    let known = Scope { operands: Some(&types), ..scope() };
    let condition = Condition::parse("-stack[0] == -7 && stack[-1] == stack[1] && float(stack[-2]) > stack[1]", &known);
    assert_eq!(condition.unwrap().evaluate(&mut Still::new()), Ok(true));
}

#[test]
fn condition_says_what_it_needs() {
    let condition = parse("local[3] > 1 && local[0] == 1 || mem.u8[local[0]] == 1");
    assert_eq!(condition.locals(), [0, 3]);
    assert!(!condition.uses_operands() && !condition.uses_depth());
    assert_eq!(condition.text(), "local[3] > 1 && local[0] == 1 || mem.u8[local[0]] == 1");
    let condition = parse("depth > 1 && stack[-1] == 0");
    assert!(condition.locals().is_empty() && condition.uses_operands() && condition.uses_depth());
    // An expression that is folded away needs nothing.
    assert!(!parse("hits > 1 || false && depth > 1").uses_depth());
}

/// Common conditions compile to the fewest possible operations.
#[test]
fn condition_code_of_common_shapes_is_short() {
    let ops = |text: &str| parse(text).code.ops.iter().map(|op| format!("{op:?}")).collect::<Vec<_>>();
    assert!(matches!(*parse("local[0] == 5").code.ops, [Op::LocalIs { index: 0, constant: 5, .. }]));
    assert!(matches!(*parse("2 + 3 == local[0]").code.ops, [Op::LocalIs { index: 0, constant: 5, .. }]));
    assert_eq!(parse("local[0] == 5 && 7 < local[1] || 1 + local[0] == 3").code.n_saved, 0);
    expect![[r#"
        [
            "Read { place: Local(0), taken: Integer }",
            "BinaryConstant { operation: Integers(Add), right: 8 }",
            "Load { memory: 0, scalar: Integer(U32), index: I32 }",
            "BinaryConstant { operation: Bits(And), right: 255 }",
            "BinaryConstant { operation: CompareIntegers(Equal), right: 1 }",
            "SkipIf { condition: false, more: 1 }",
            "Read { place: Local(3), taken: Float }",
            "BinaryConstant { operation: CompareFloats(Greater), right: 4613937818241073152 }",
        ]
    "#]]
    .assert_debug_eq(&ops("mem.u32[local[0] + 2 * 4] & 0xff == 1 && 3.0 < local[3]"));
    assert_eq!(size_of::<Op>(), 32);
}
