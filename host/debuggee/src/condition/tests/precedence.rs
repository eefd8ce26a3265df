//! How operators group.

use super::super::operators::{BINARY_OPERATORS, BinaryOperator, UNARY_OPERATORS};
use super::super::parser::parse;
use super::super::syntax::{Syntax, SyntaxKind};
use expect_test::{Expect, expect};

/// A tree as text, with all its parentheses.
fn grouped(syntax: &Syntax<'_>) -> String {
    match &syntax.kind {
        SyntaxKind::Integer(value) => value.to_string(),
        SyntaxKind::Float(value) => format!("{value:?}"),
        SyntaxKind::Name(name) => (*name).to_owned(),
        SyntaxKind::Member { base, name } => format!("{}.{name}", grouped(base)),
        SyntaxKind::Index { base, index } => format!("{}[{}]", grouped(base), grouped(index)),
        SyntaxKind::Call { function, arguments } => {
            let arguments: Vec<String> = arguments.iter().map(grouped).collect();
            format!("{}({})", grouped(function), arguments.join(", "))
        }
        SyntaxKind::Unary { operator, operand } => format!("({}{})", operator.symbol(), grouped(operand)),
        SyntaxKind::Binary { operator, left, right } => {
            format!("({} {} {})", grouped(left), operator.symbol(), grouped(right))
        }
    }
}

fn check(texts: &[&str], expected: Expect) {
    let lines: Vec<String> =
        texts.iter().map(|text| format!("{text}  →  {}\n", grouped(&parse(text).unwrap()))).collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn condition_operators_group_as_in_rust() {
    check(
        &[
            "a & 1 == 1",
            "a | b ^ c & d << e + f * g",
            "a * b + c << d & e ^ f | g == h && i || j",
            "a || b && c || d",
            "a - b - c + d",
            "a / b % c * d",
            "a << b >> c",
            "-a + -b * ~c",
            "!a && !b == c",
            "--a - - -b",
            "-a[0].b(c)",
            "!f(a)[1] || b",
            "(a + b) * c",
            "a < b && c < d",
            "(a < b) == (c < d)",
            "mem.u32[a + 8] & 0xff != 0",
            "f(a, b + c * d, (e))",
        ],
        expect![[r#"
            a & 1 == 1  →  ((a & 1) == 1)
            a | b ^ c & d << e + f * g  →  (a | (b ^ (c & (d << (e + (f * g))))))
            a * b + c << d & e ^ f | g == h && i || j  →  (((((((((a * b) + c) << d) & e) ^ f) | g) == h) && i) || j)
            a || b && c || d  →  ((a || (b && c)) || d)
            a - b - c + d  →  (((a - b) - c) + d)
            a / b % c * d  →  (((a / b) % c) * d)
            a << b >> c  →  ((a << b) >> c)
            -a + -b * ~c  →  ((-a) + ((-b) * (~c)))
            !a && !b == c  →  ((!a) && ((!b) == c))
            --a - - -b  →  ((-(-a)) - (-(-b)))
            -a[0].b(c)  →  (-a[0].b(c))
            !f(a)[1] || b  →  ((!f(a)[1]) || b)
            (a + b) * c  →  ((a + b) * c)
            a < b && c < d  →  ((a < b) && (c < d))
            (a < b) == (c < d)  →  ((a < b) == (c < d))
            mem.u32[a + 8] & 0xff != 0  →  ((mem.u32[(a + 8)] & 255) != 0)
            f(a, b + c * d, (e))  →  f(a, (b + (c * d)), e)
        "#]],
    );
}

/// The rows of the table of operators in `language.md`, tightest first.
fn documented() -> Vec<Vec<String>> {
    let text = include_str!("../language.md");
    let table = text.split("| operators | take | give |").nth(1).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.replace("\\|", "OR").split('|').nth(1).unwrap().replace("OR", "|"));
    cells.map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()).collect()
}

#[test]
fn condition_operators_group_as_documented() {
    let rows = documented();
    let (unary, binary) = (&rows[1], &rows[2..]);
    let of_text: Vec<String> = UNARY_OPERATORS.iter().map(|(symbol, _)| format!("{symbol}x")).collect();
    assert_eq!(unary, &of_text);
    assert_eq!(binary.iter().map(Vec::len).sum::<usize>(), BINARY_OPERATORS.len());

    for (row, operators) in binary.iter().enumerate() {
        for (other_row, others) in binary.iter().enumerate() {
            for (first, second) in operators.iter().flat_map(|first| others.iter().map(move |second| (first, second))) {
                let tree = parse("a FIRST b SECOND c".replace("FIRST", first).replace("SECOND", second).leak());
                if row == other_row && matches!(BinaryOperator::of_symbol(first), Some(BinaryOperator::Compare(_))) {
                    assert!(tree.is_err(), "comparisons do not chain");
                    continue;
                }
                let expected = match row <= other_row {
                    true => format!("((a {first} b) {second} c)"),
                    false => format!("(a {first} (b {second} c))"),
                };
                assert_eq!(grouped(&tree.unwrap()), expected);
            }
        }
    }
}
