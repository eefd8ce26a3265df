//! The errors for texts that are not conditions.

use super::{Condition, Scope, ValueType, scope};
use expect_test::{Expect, expect};

/// Checks the errors of all texts, one after the other.
fn check_in(scope: &Scope<'_>, texts: &[&str], expected: Expect) {
    let mut all = String::new();
    for text in texts {
        let error = Condition::parse(text, scope).expect_err(text);
        assert!(text.get(error.range()).is_some(), "the range is within the text and on character boundaries");
        all.push_str(&format!("{error}\n"));
    }
    expected.assert_eq(&all);
}

fn check(texts: &[&str], expected: Expect) {
    check_in(&scope(), texts, expected);
}

#[test]
fn condition_errors_of_tokens() {
    check(
        &[
            "local[0] = 5",
            "local[0] == 'a'",
            "local[0] == 5x",
            "0x == 1",
            "local[0] == 0b12",
            "local[3] > 1.",
            "local[3] > 1.e5",
            "local[3] > 1.2.3",
            "local[3] > 1e",
            "local[3] > 1e999",
            "local[1] == 18_446_744_073_709_551_616",
            "hits == 1 \u{1b}[31m",
            "hits == 1 \u{202e}",
        ],
        expect![[r#"
            expected an operator, found `=`; to compare two values write `==`
              local[0] = 5
                       ^
            expected a value or an operator, found `'`
              local[0] == 'a'
                          ^
            expected a number, found `5x`
              local[0] == 5x
                          ^^
            expected a number, found `0x`
              0x == 1
              ^^
            expected a number, found `0b12`
              local[0] == 0b12
                          ^^^^
            expected digits after the point, as in `1.0`; found `1.`
              local[3] > 1.
                         ^^
            expected digits after the point, as in `1.0`; found `1.e5`
              local[3] > 1.e5
                         ^^^^
            expected a number, found `1.2.3`
              local[3] > 1.2.3
                         ^^^^^
            expected a number, found `1e`
              local[3] > 1e
                         ^^
            expected a float of at most 1.7976931348623157e308; this is more
              local[3] > 1e999
                         ^^^^^
            expected an integer of at most 64 bits; this has more
              local[1] == 18_446_744_073_709_551_616
                          ^^^^^^^^^^^^^^^^^^^^^^^^^^
            expected a value or an operator, found the character \u{1b}
              hits == 1 �[31m
                        ^
            expected a value or an operator, found the character \u{202e}
              hits == 1 �
                        ^
        "#]],
    );
}

#[test]
fn condition_errors_of_grammar() {
    check(
        &[
            "",
            "  \n ",
            "local[0] > )",
            "local[0] >",
            "(local[0] > 1",
            "local[0 == 1",
            "local[0] > 1)",
            "hits == 1 hits",
            "hits == 1 and depth == 2",
            "0 < hits < 5",
            "hits == 1 == true",
            "mem.5[0] == 1",
            "u32(hits == 1",
            "hits\n  == 1 &&\n  depth == * 2\n  || true",
        ],
        expect![[r#"
            expected a value, found the end of the condition

              ^
            expected a value, found the end of the condition

               ^
            expected a value, found `)`
              local[0] > )
                         ^
            expected a value, found the end of the condition
              local[0] >
                        ^
            expected an operator or `)`, found the end of the condition
              (local[0] > 1
                           ^
            expected an operator or `]`, found the end of the condition
              local[0 == 1
                          ^
            expected an operator or the end, found `)`
              local[0] > 1)
                          ^
            expected an operator or the end, found `hits`
              hits == 1 hits
                        ^^^^
            expected an operator or the end, found `and`; write `&&`
              hits == 1 and depth == 2
                        ^^^
            comparisons do not chain: write `a < b && b < c`, or put one of them in parentheses
              0 < hits < 5
                       ^
            comparisons do not chain: write `a < b && b < c`, or put one of them in parentheses
              hits == 1 == true
                        ^^
            expected a name after `.`, found `5`
              mem.5[0] == 1
                  ^
            expected an operator or `)`, found the end of the condition
              u32(hits == 1
                           ^
            expected a value, found `*`
                depth == * 2
                         ^
        "#]],
    );
}

#[test]
fn condition_errors_of_names() {
    check(
        &[
            "count == 1",
            "größe == 1",
            "local == 1",
            "mem == 1",
            "mem.u32 == 1",
            "local.x == 1",
            "mem[8] == 1",
            "mem.u128[8] == 1",
            "local.u32[8] == 1",
            "hits[0] == 1",
            "u32 == 1",
            "u32() == 1",
            "u32(1, 2) == 1",
            "hits(1) == 1",
            "(hits + 1)(2) == 1",
            "(hits + 1)[2] == 1",
        ],
        expect![[r#"
            unknown name `count`; known are `local`, `stack`, `global`, `mem`, `hits`, `depth`, `true`, `false`, `int`, `float`, `f32`, and `i8` to `u64`
              count == 1
              ^^^^^
            unknown name `größe`; known are `local`, `stack`, `global`, `mem`, `hits`, `depth`, `true`, `false`, `int`, `float`, `f32`, and `i8` to `u64`
              größe == 1
              ^^^^^
            expected a number in brackets after it, as in `local[0]`
              local == 1
              ^^^^^
            expected a type and an address after it, as in `mem.u32[1024]`
              mem == 1
              ^^^
            expected an address in brackets after it, as in `mem.u32[1024]`
              mem.u32 == 1
              ^^^^^^^
            expected `mem` before the point, as in `mem.u32[1024]`
              local.x == 1
              ^^^^^^^
            expected what to read from memory, as in `mem.u32[1024]`, found no type
              mem[8] == 1
              ^^^
            expected `u8`, `i8`, `u16`, `i16`, `u32`, `i32`, `u64`, `i64`, `f32` or `f64` after `mem.`, found `u128`
              mem.u128[8] == 1
              ^^^^^^^^
            expected `mem` before the point, as in `mem.u32[1024]`
              local.u32[8] == 1
              ^^^^^
            expected `local`, `stack`, `global` or `mem.TYPE` before the brackets
              hits[0] == 1
              ^^^^
            expected a value in parentheses after it, as in `u32(local[0])`
              u32 == 1
              ^^^
            expected one value in the parentheses, found 0
              u32() == 1
              ^^^^^
            expected one value in the parentheses, found 2
              u32(1, 2) == 1
              ^^^^^^^^^
            expected a conversion before the parentheses, as in `u32(local[0])`
              hits(1) == 1
              ^^^^
            expected a conversion before the parentheses, as in `u32(local[0])`
              (hits + 1)(2) == 1
              ^^^^^^^^^^
            expected `local`, `stack`, `global` or `mem.TYPE` before the brackets
              (hits + 1)[2] == 1
              ^^^^^^^^^^
        "#]],
    );
}

#[test]
fn condition_errors_of_places() {
    check(
        &[
            "local[5] == 1",
            "local[hits] == 1",
            "local[-1] == 1",
            "local[5000000000] == 1",
            "local[4] == 1",
            "global[1] == 1",
            "global[2] == 1",
            "mem2.u8[0] == 1",
            "mem99999999999.u8[0] == 1",
            "stack[-0] == 1",
            "stack[hits] == 1",
            "mem.u8[0x1_0000_0000] == 1",
            "mem.u8[-0x8000_0001] == 1",
            "mem.u8[1.5] == 1",
            "mem.u8[local[3]] == 1",
        ],
        expect![[r#"
            no local 5 here: the function's are 0 to 4
              local[5] == 1
                    ^
            expected a plain number, as in `local[0]`
              local[hits] == 1
                    ^^^^
            expected a plain number, as in `local[0]`
              local[-1] == 1
                    ^^
            expected a number of at most 32 bits, found 5000000000
              local[5000000000] == 1
                    ^^^^^^^^^^
            expected a number, found a reference
              local[4] == 1
              ^^^^^^^^
            expected a number, found a v128
              global[1] == 1
              ^^^^^^^^^
            no global 2 here: the module's are 0 to 1
              global[2] == 1
                     ^
            no memory 2 here: the module's are 0 to 1
              mem2.u8[0] == 1
              ^^^^^^^
            unknown name `mem99999999999`; known are `local`, `stack`, `global`, `mem`, `hits`, `depth`, `true`, `false`, `int`, `float`, `f32`, and `i8` to `u64`
              mem99999999999.u8[0] == 1
              ^^^^^^^^^^^^^^
            expected `stack[-1]` for the top or `stack[0]` for the bottom, found -0
              stack[-0] == 1
                    ^^
            expected a plain number, as in `stack[0]`
              stack[hits] == 1
                    ^^^^
            expected an address of at most 32 bits, found 4294967296
              mem.u8[0x1_0000_0000] == 1
                     ^^^^^^^^^^^^^
            expected an address of at most 32 bits, found -2147483649
              mem.u8[-0x8000_0001] == 1
                     ^^^^^^^^^^^^
            expected an integer as the address, found a float
              mem.u8[1.5] == 1
                     ^^^
            expected an integer as the address, found a float
              mem.u8[local[3]] == 1
                     ^^^^^^^^
        "#]],
    );
}

#[test]
fn condition_errors_of_places_whose_types_are_known() {
    let types = [ValueType::I32, ValueType::F64, ValueType::Reference];
    let known = Scope { operands: Some(&types), globals: &types[..1], ..Scope::default() };
    check_in(
        &known,
        &[
            "stack[3] == 1",
            "stack[-4] == 1",
            "stack[-1] == 1",
            "stack[1] == stack[0]",
            "global[1] == 1",
            "local[0] == 1",
            "mem.u8[0] == 1",
        ],
        expect![[r#"
            no operand 3 here: the stack's are 0 to 2
              stack[3] == 1
                    ^
            no operand -4 here: the stack's are 0 to 2
              stack[-4] == 1
                    ^^
            expected a number, found a reference
              stack[-1] == 1
              ^^^^^^^^^
            expected two integers or two floats around `==`, found a float and an integer; convert one with `float(…)` or `int(…)`
              stack[1] == stack[0]
              ^^^^^^^^^^^^^^^^^^^^
            no global 1 here: the module's only one is 0
              global[1] == 1
                     ^
            no local 0 here: the function has none
              local[0] == 1
                    ^
            no memory 0 here: the module has none
              mem.u8[0] == 1
              ^^^^^^
        "#]],
    );
}

#[test]
fn condition_errors_of_types() {
    check(
        &[
            "local[0]",
            "1.5",
            "stack[0]",
            "local[0] && hits == 1",
            "hits == 1 || local[3]",
            "!local[0]",
            "-(hits == 1) == 2",
            "~local[3] == 1",
            "-stack[0] == 1",
            "hits == true",
            "(hits == 1) < (depth == 1)",
            "(hits == 1) + 1 == 2",
            "local[0] < local[3]",
            "local[0] * 2.0 == 1.0",
            "local[3] > 1 / 2",
            "local[3] == 9007199254740993",
            "local[3] & 1 == 1",
            "local[0] << local[3] == 1",
            "stack[0] == stack[1]",
            "u32(local[3]) == 1",
            "u32(hits == 1) == 1",
            "f32(local[0]) == 1",
        ],
        expect![[r#"
            expected a condition that is true or false, found an integer; compare it, as in `… != 0`
              local[0]
              ^^^^^^^^
            expected a condition that is true or false, found a float; compare it, as in `… != 0`
              1.5
              ^^^
            expected a condition that is true or false, found an operand whose type is not known here; compare it, as in `… != 0`
              stack[0]
              ^^^^^^^^
            expected two booleans around `&&`, found an integer on the left; compare it, as in `… != 0`
              local[0] && hits == 1
              ^^^^^^^^
            expected two booleans around `||`, found a float on the right; compare it, as in `… != 0`
              hits == 1 || local[3]
                           ^^^^^^^^
            expected a boolean after `!`, found an integer; compare it, as in `… == 0`
              !local[0]
               ^^^^^^^^
            expected a number after `-`, found a boolean
              -(hits == 1) == 2
               ^^^^^^^^^^^
            expected an integer after `~`, found a float
              ~local[3] == 1
               ^^^^^^^^
            expected a number after `-`, found an operand whose type is not known here; say what it is with `int(…)` or `float(…)`
              -stack[0] == 1
               ^^^^^^^^
            expected two numbers around `==`, found a boolean on the right
              hits == true
                      ^^^^
            expected two numbers around `<`, found a boolean on the left
              (hits == 1) < (depth == 1)
              ^^^^^^^^^^^
            expected two numbers around `+`, found a boolean on the left
              (hits == 1) + 1 == 2
              ^^^^^^^^^^^
            expected two integers or two floats around `<`, found an integer and a float; convert one with `float(…)` or `int(…)`
              local[0] < local[3]
              ^^^^^^^^^^^^^^^^^^^
            expected two integers or two floats around `*`, found an integer and a float; convert one with `float(…)` or `int(…)`
              local[0] * 2.0 == 1.0
              ^^^^^^^^^^^^^^
            expected two integers or two floats around `>`, found a float and an integer; convert one with `float(…)` or `int(…)`
              local[3] > 1 / 2
              ^^^^^^^^^^^^^^^^
            expected an integer that a float holds exactly; `float(…)` rounds it
              local[3] == 9007199254740993
                          ^^^^^^^^^^^^^^^^
            expected two integers around `&`, found a float on the left; `int(…)` makes one of a float
              local[3] & 1 == 1
              ^^^^^^^^
            expected two integers around `<<`, found a float on the right; `int(…)` makes one of a float
              local[0] << local[3] == 1
                          ^^^^^^^^
            expected a number whose type is known on one side of `==`, found two operands; say what one of them is with `int(…)` or `float(…)`
              stack[0] == stack[1]
              ^^^^^^^^^^^^^^^^^^^^
            expected an integer, found a float; `int(…)` makes one of a float
              u32(local[3]) == 1
                  ^^^^^^^^
            expected a number to convert, found a boolean
              u32(hits == 1) == 1
                  ^^^^^^^^^
            expected a float, found an integer; `float(…)` makes one of an integer
              f32(local[0]) == 1
                  ^^^^^^^^
        "#]],
    );
}

#[test]
fn condition_errors_of_what_always_fails() {
    check(
        &[
            "1 / 0 == 1",
            "local[0] % 0 == 1",
            "local[0] / (2 - 2) == 1",
            "false && hits << -1 == 0",
            "int(0.0 / 0.0) == 0",
            "int(-1e300) == 0",
        ],
        expect![[r#"
            this always fails: division by zero
              1 / 0 == 1
              ^^^^^
            this always fails: division by zero
              local[0] % 0 == 1
              ^^^^^^^^^^^^
            this always fails: division by zero
              local[0] / (2 - 2) == 1
              ^^^^^^^^^^^^^^^^^^
            this always fails: a shift by -1: expected 0 or more
              false && hits << -1 == 0
                       ^^^^^^^^^^
            this always fails: int(NaN): expected a float that an integer can hold
              int(0.0 / 0.0) == 0
              ^^^^^^^^^^^^^^
            this always fails: int(-1e300): expected a float that an integer can hold
              int(-1e300) == 0
              ^^^^^^^^^^^
        "#]],
    );
}

/// Only the part of a long line around the error is shown, and nothing in it can control a
/// terminal.
#[test]
fn condition_errors_show_part_of_a_long_line() {
    let long = format!("{}hits == 1.5 {}", "hits == 1 || ".repeat(20), " || hits == 1".repeat(20));
    check(
        &[&long, "\t hits ==\r\t oops"],
        expect![[r#"
        expected two integers or two floats around `==`, found an integer and a float; convert one with `float(…)` or `int(…)`
          == 1 || hits == 1 || hits == 1 || hits == 1 || hits == 1 || hits == 1.5  || hits == 1 || hits == 1 |
                                                                      ^^^^^^^^^^^
        unknown name `oops`; known are `local`, `stack`, `global`, `mem`, `hits`, `depth`, `true`, `false`, `int`, `float`, `f32`, and `i8` to `u64`
            hits ==   oops
                      ^^^^
    "#]],
    );
}
