//! Texts that exceed a limit, and texts that make no sense.

use super::super::MAX_TEXT;
use super::{Condition, Still, parse, scope};
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn message(text: &str) -> String {
    Condition::parse(text, &scope()).unwrap_err().message().to_owned()
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&message(text));
}

#[test]
fn condition_text_is_limited() {
    let longest = format!("hits == 3{}", " ".repeat(MAX_TEXT - 9));
    assert_eq!(parse(&longest).evaluate(&mut Still::new()), Ok(true));
    check(&format!("{longest} "), expect!["expected at most 4096 bytes, found 4097"]);

    let error = Condition::parse(&"ä".repeat(1_000_000), &scope()).unwrap_err();
    assert_eq!(error.range(), MAX_TEXT..2_000_000);
    assert!(error.to_string().len() < 1000, "the text is not copied");
}

/// Each kind of nesting by itself: the deepest that is accepted, and one level more.
#[test]
fn condition_nesting_is_limited() {
    let shapes: [(&str, &str, &str, usize); 6] = [
        ("(", "hits", ")", 62),
        ("-", "hits", "", 62),
        ("mem.u8[", "hits", "]", 62),
        ("u8(", "hits", ")", 62),
        ("hits + (", "hits", ")", 31),
        ("- -(", "hits", ")", 20),
    ];
    for (before, inner, after, most) in shapes {
        let nested = |n| format!("1 == {}{inner}{}", before.repeat(n), after.repeat(n));
        parse(&nested(most));
        assert_eq!(message(&nested(most + 1)), "expected at most 64 levels of nesting, found more", "{before}");
    }
}

#[test]
fn condition_chains_are_limited() {
    let chain = |n: usize| format!("hits{} == 0", "+hits".repeat(n));
    let mut still = Still::new();
    assert_eq!(parse(&chain(255)).evaluate(&mut still), Ok(false));
    check(&chain(256), expect!["expected a chain of at most 256 operators, found more; group some in parentheses"]);
    let grouped = vec![format!("({})", vec!["hits==1"; 80].join("||")); 5].join("||");
    assert_eq!(parse(&grouped).evaluate(&mut still), Ok(false));
}

#[test]
fn condition_saved_values_are_limited() {
    // Every operator waits for its right-hand side; there are six operators in each pair of
    // parentheses.
    let nested = |n: usize| {
        let part = "hits | hits ^ hits & hits << hits + hits * ";
        format!("{}{}hits{} == 0", part, format!("({part}").repeat(n - 1), ")".repeat(n - 1))
    };
    assert_eq!(parse(&nested(5)).code.n_saved, 30);
    assert!(parse(&nested(5)).evaluate(&mut Still::new()).is_ok());
    check(&nested(6), expect!["expected at most 32 values that wait for their right-hand sides, found more"]);
}

/// Whatever the text, half the stack of a thread suffices, even in unoptimized code. (Optimized
/// code needs an eighth of that.)
#[test]
fn condition_hostile_texts_need_little_stack() {
    let units =
        ["(", "-", "[", "u8(", "mem.u8[", "1+(", "!", "1+", "1||(", "a.", "a[", "a(", "1<<1+1*(", "hits+(-", "f(1,"];
    let parse_all = move || {
        for unit in units {
            for text in [unit.repeat(MAX_TEXT / unit.len()), format!("{}1", unit.repeat(MAX_TEXT / unit.len() - 1))] {
                assert!(Condition::parse(&text, &scope()).is_err());
            }
        }
        // The highest trees that are accepted, with the height on the left, on the right and on
        // both sides.
        parse(&format!("{} == 0", vec!["hits"; 256].join("+")));
        parse(&format!("0 == {}hits{}", "mem.u8[1+".repeat(30), "]".repeat(30)));
        let both = format!("{}hits{}", "u8(hits+hits+hits+hits+".repeat(30), ")".repeat(30));
        parse(&format!("{both} == 0"));
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(parse_all);
    thread.unwrap().join().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    /// Random pieces of conditions give an answer, or an error that points into the text, and never
    /// a panic.
    #[test]
    fn condition_nonsense_is_refused_or_evaluated(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..12)
    ) {
        let text = pieces.concat();
        match Condition::parse(&text, &scope()) {
            Ok(condition) => drop(condition.evaluate(&mut Still::new())),
            Err(error) => {
                prop_assert!(text.get(error.range()).is_some());
                prop_assert!(error.to_string().contains('^'));
            }
        }
    }

    /// Random characters give an answer or an error, and never a panic.
    #[test]
    fn condition_noise_is_refused_or_evaluated(text in "\\PC{0,40}") {
        match Condition::parse(&text, &scope()) {
            Ok(condition) => drop(condition.evaluate(&mut Still::new())),
            Err(error) => prop_assert!(text.get(error.range()).is_some()),
        }
    }
}

const PIECES: &[&str] = &[
    "local[0]",
    "local[3]",
    "stack[0]",
    "stack[-1]",
    "global[0]",
    "hits",
    "depth",
    "mem.u8[8]",
    "mem.f64[",
    "mem1.u64[",
    "]",
    "(",
    ")",
    "1",
    "0",
    "0xffff_ffff_ffff_ffff",
    "2.5",
    "true",
    "int(",
    "float(",
    "u32(",
    "i8(",
    "f32(",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "~",
    "<<",
    ">>",
    "&&",
    "||",
    "!",
    " ",
    "\n",
    "é",
    ".",
    ",",
    "x",
];
