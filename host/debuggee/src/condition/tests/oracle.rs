//! Random conditions, compared with an oracle that walks a tree of its own.
//!
//! The generator knows the types, so nearly all of its conditions are accepted. Its trees are
//! printed with no more parentheses than needed, according to a table of its own, so precedence is
//! tested together with the values.

use super::super::Fault;
use super::{Condition, Number, Still, scope};
use proptest::prelude::*;

/// A condition before it is printed as text.
#[derive(Debug, Clone)]
enum Tree {
    Integer(u64),
    Float(f64),
    Boolean(bool),
    /// A text that reads a value of the program.
    Place(&'static str),
    Load(&'static str, Box<Tree>),
    Convert(&'static str, Box<Tree>),
    Unary(&'static str, Box<Tree>),
    Binary(&'static str, Box<Tree>, Box<Tree>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    Integer(i128),
    Float(f64),
    Boolean(bool),
}
use Value::{Boolean, Float, Integer};

const LEVELS: [&[&str]; 9] = [
    &["||"],
    &["&&"],
    &["==", "!=", "<", "<=", ">", ">="],
    &["|"],
    &["^"],
    &["&"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

fn level(tree: &Tree) -> usize {
    match tree {
        Tree::Binary(operator, ..) => LEVELS.iter().position(|level| level.contains(operator)).unwrap(),
        _ => LEVELS.len(),
    }
}

fn print(tree: &Tree) -> String {
    let wrapped = |tree: &Tree, least: usize| match level(tree) >= least {
        true => print(tree),
        false => format!("({})", print(tree)),
    };
    match tree {
        Tree::Integer(value) => value.to_string(),
        Tree::Float(value) => format!("{value:?}"),
        Tree::Boolean(value) => value.to_string(),
        Tree::Place(text) => (*text).to_owned(),
        Tree::Load(name, inner) => format!("{name}[{}]", print(inner)),
        Tree::Convert(name, inner) => format!("{name}({})", print(inner)),
        Tree::Unary(operator, inner) => format!("{operator}{}", wrapped(inner, LEVELS.len())),
        Tree::Binary(operator, left, right) => {
            let own = level(tree);
            // Comparisons do not chain, so a comparison in another is put in parentheses on either
            // side.
            let left = wrapped(left, if own == 2 { 3 } else { own });
            format!("{left} {operator} {}", wrapped(right, own + 1))
        }
    }
}

/// The value of a tree, computed in the plainest way.
fn value(tree: &Tree, still: &mut Still) -> Result<Value, String> {
    Ok(match tree {
        Tree::Integer(value) => Integer(i128::from(*value)),
        Tree::Float(value) => Float(*value),
        Tree::Boolean(value) => Boolean(*value),
        Tree::Place(text) => place(text, still),
        Tree::Load(name, address) => {
            let Integer(address) = value(address, still)? else { panic!("an address is an integer") };
            load(name, address, still)?
        }
        Tree::Convert(name, inner) => match (*name, value(inner, still)?) {
            ("int", Float(float)) if float.is_nan() || float.abs() >= 2_f64.powi(127) => {
                // This is the only float of such a size that an integer can hold.
                match float == -(2_f64.powi(127)) {
                    true => Integer(i128::MIN),
                    false => return Err(format!("int({float:?}): expected a float that an integer can hold")),
                }
            }
            ("int", Float(float)) => Integer(float.trunc() as i128),
            ("float", Integer(integer)) => Float(integer as f64),
            ("int" | "float", value) => value,
            ("f32", Float(float)) => Float(f64::from(float as f32)),
            (name, Integer(integer)) => Integer(cut(name, integer)),
            (name, value) => panic!("{name} of {value:?}"),
        },
        Tree::Unary(operator, inner) => match (*operator, value(inner, still)?) {
            ("-", Integer(value)) => Integer(0_i128.wrapping_sub(value)),
            ("-", Float(value)) => Float(-value),
            ("~", Integer(value)) => Integer((-1_i128).wrapping_sub(value)),
            ("!", Boolean(value)) => Boolean(!value),
            (operator, value) => panic!("{operator} of {value:?}"),
        },
        Tree::Binary("&&", left, right) => Boolean(is_true(left, still)? && is_true(right, still)?),
        Tree::Binary("||", left, right) => Boolean(is_true(left, still)? || is_true(right, still)?),
        Tree::Binary(operator, left, right) => {
            let left = value(left, still)?;
            binary(operator, left, value(right, still)?)?
        }
    })
}

fn is_true(tree: &Tree, still: &mut Still) -> Result<bool, String> {
    value(tree, still).map(|value| value == Boolean(true))
}

fn place(text: &str, still: &mut Still) -> Value {
    let number = match text {
        "hits" => return Integer(i128::from(still.hits)),
        "depth" => return Integer(i128::from(still.depth)),
        "local[0]" => still.locals[0].unwrap(),
        "local[1]" => still.locals[1].unwrap(),
        "local[2]" => still.locals[2].unwrap(),
        "local[3]" => still.locals[3].unwrap(),
        "int(stack[0])" => still.operands[0],
        "float(stack[-1])" => still.operands[1],
        "global[0]" => still.globals[0],
        _ => panic!("{text}"),
    };
    match number {
        Number::I32(value) => Integer(i128::from(value)),
        Number::I64(value) => Integer(i128::from(value)),
        Number::F32(value) => Float(f64::from(value)),
        Number::F64(value) => Float(value),
    }
}

/// Cuts an integer to a format, with modulo arithmetic instead of bit operations.
fn cut(format: &str, integer: i128) -> i128 {
    let size = 1_i128 << format[1..].parse::<u32>().unwrap();
    let cut = integer.rem_euclid(size);
    if format.starts_with('i') && cut >= size / 2 { cut - size } else { cut }
}

fn load(name: &str, address: i128, still: &Still) -> Result<Value, String> {
    let (memory, format) = name.split_once('.').unwrap();
    let (memory, bits) = if memory == "mem" { (&still.memories[0], 32) } else { (&still.memories[1], 64) };
    if address < -(1 << (bits - 1)) || address >= 1 << bits {
        return Err(format!("{name} at {address}: a memory with addresses of {bits} bits has no such address"));
    }
    let address = address.rem_euclid(1 << bits) as u64;
    let length = format[1..].parse::<u64>().unwrap() / 8;
    let mut bytes = [0; 8];
    for (index, byte) in bytes.iter_mut().take(length as usize).enumerate() {
        let at = u128::from(address) + index as u128;
        let past =
            || format!("{name} at {address:#x}: past the end of the memory, which is {:#x} bytes long", memory.len());
        *byte = *memory.get(usize::try_from(at).unwrap_or(usize::MAX)).ok_or_else(past)?;
    }
    let bits = u64::from_le_bytes(bytes);
    Ok(match format {
        "f32" => Float(f64::from(f32::from_bits(bits as u32))),
        "f64" => Float(f64::from_bits(bits)),
        format => Integer(cut(format, i128::from(bits))),
    })
}

fn binary(operator: &str, left: Value, right: Value) -> Result<Value, String> {
    Ok(match (left, operator, right) {
        (Integer(_), "/" | "%", Integer(0)) => return Err("division by zero".to_owned()),
        (Integer(_), "<<" | ">>", Integer(n @ ..0)) => return Err(format!("a shift by {n}: expected 0 or more")),
        (Integer(a), "+", Integer(b)) => Integer(a.wrapping_add(b)),
        (Integer(a), "-", Integer(b)) => Integer(a.wrapping_sub(b)),
        (Integer(a), "*", Integer(b)) => Integer(a.wrapping_mul(b)),
        (Integer(a), "/", Integer(b)) => Integer(a.wrapping_div(b)),
        (Integer(a), "%", Integer(b)) => Integer(a.wrapping_rem(b)),
        (Integer(a), "<<", Integer(n)) => Integer((0..n.min(200)).fold(a, |a, _| a.wrapping_mul(2))),
        (Integer(a), ">>", Integer(n)) => Integer((0..n.min(200)).fold(a, |a, _| a.div_euclid(2))),
        (Integer(a), "&", Integer(b)) => Integer(a & b),
        (Integer(a), "|", Integer(b)) => Integer(a | b),
        (Integer(a), "^", Integer(b)) => Integer(a ^ b),
        (Float(a), "+", Float(b)) => Float(a + b),
        (Float(a), "-", Float(b)) => Float(a - b),
        (Float(a), "*", Float(b)) => Float(a * b),
        (Float(a), "/", Float(b)) => Float(a / b),
        (Float(a), "%", Float(b)) => Float(a % b),
        (Boolean(a), "==", Boolean(b)) => Boolean(a == b),
        (Boolean(a), "!=", Boolean(b)) => Boolean(a != b),
        (Integer(a), operator, Integer(b)) => Boolean(compare(operator, a.partial_cmp(&b))),
        (Float(a), operator, Float(b)) => Boolean(compare(operator, a.partial_cmp(&b))),
        // The integer is written where a float is needed.
        (Integer(a), operator, Float(_)) => binary(operator, Float(a as f64), right)?,
        (Float(_), operator, Integer(b)) => binary(operator, left, Float(b as f64))?,
        (left, operator, right) => panic!("{left:?} {operator} {right:?}"),
    })
}

fn compare(operator: &str, order: Option<std::cmp::Ordering>) -> bool {
    match operator {
        "==" => order.is_some_and(|order| order.is_eq()),
        "!=" => order.is_none_or(|order| order.is_ne()),
        "<" => order.is_some_and(|order| order.is_lt()),
        "<=" => order.is_some_and(|order| order.is_le()),
        ">" => order.is_some_and(|order| order.is_gt()),
        ">=" => order.is_some_and(|order| order.is_ge()),
        _ => panic!("{operator}"),
    }
}

/// Whether a part of a tree fails whatever the program's state is, so that the condition is
/// refused.
fn always_fails(tree: &Tree) -> bool {
    let constant = |tree: &Tree| if is_constant(tree) { value(tree, &mut Still::new()).ok() } else { None };
    match tree {
        Tree::Integer(_) | Tree::Float(_) | Tree::Boolean(_) | Tree::Place(_) => false,
        Tree::Load(_, inner) => {
            let no_address = |error: String| error.contains("has no such address");
            let fails = || value(tree, &mut Still::new()).err().is_some_and(no_address);
            always_fails(inner) || is_constant(inner) && fails()
        }
        Tree::Convert(_, inner) | Tree::Unary(_, inner) => {
            always_fails(inner) || is_constant(inner) && value(tree, &mut Still::new()).is_err()
        }
        Tree::Binary(operator, left, right) => {
            let fails = match (operator, constant(right)) {
                (&"/" | &"%" | &"<<" | &">>", Some(right @ Integer(_))) if !is_float(left) => {
                    binary(operator, Integer(1), right).is_err()
                }
                _ => false,
            };
            always_fails(left) || always_fails(right) || fails
        }
    }
}

/// Whether a value is made of literals only.
fn is_constant(tree: &Tree) -> bool {
    match tree {
        Tree::Integer(_) | Tree::Float(_) | Tree::Boolean(_) => true,
        Tree::Place(_) | Tree::Load(..) => false,
        Tree::Convert(_, inner) | Tree::Unary(_, inner) => is_constant(inner),
        Tree::Binary(_, left, right) => is_constant(left) && is_constant(right),
    }
}

fn is_float(tree: &Tree) -> bool {
    match tree {
        Tree::Float(_) => true,
        Tree::Integer(_) | Tree::Boolean(_) => false,
        Tree::Place(text) => ["local[2]", "local[3]", "float(stack[-1])"].contains(text),
        Tree::Load(name, _) => name.contains(".f"),
        Tree::Convert(name, _) => ["float", "f32"].contains(name),
        Tree::Unary(_, inner) => is_float(inner),
        Tree::Binary(_, left, right) => is_float(left) || is_float(right),
    }
}

const INTEGER_LOADS: &[&str] =
    &["mem.u8", "mem.i8", "mem.u16", "mem.i16", "mem.u32", "mem.i32", "mem.u64", "mem.i64", "mem1.u8", "mem1.i64"];
const INTEGER_CONVERSIONS: &[&str] = &["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "int"];
const COMPARISONS: &[&str] = &["==", "!=", "<", "<=", ">", ">="];

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(from)
}

fn join(
    operators: &'static [&'static str],
    left: BoxedStrategy<Tree>,
    right: BoxedStrategy<Tree>,
) -> impl Strategy<Value = Tree> {
    (pick(operators), left, right).prop_map(|(operator, left, right)| Tree::Binary(operator, left.into(), right.into()))
}

/// Small integers often, so that comparisons are close and addresses valid; edge cases and
/// arbitrary integers now and then.
fn literal() -> BoxedStrategy<Tree> {
    const EDGES: &[u64] = &[15, 16, 63, 64, 127, 128, 255, 1 << 31, 1 << 32, 1 << 63, u64::MAX];
    prop_oneof![6 => 0_u64..10, 2 => prop::sample::select(EDGES), 1 => any::<u64>()].prop_map(Tree::Integer).boxed()
}

/// Boolean trees. Integers, floats and booleans are built out of each other, level by level.
fn conditions() -> BoxedStrategy<Tree> {
    let float = prop::sample::select(&[0.0, 1.0, 0.5, 2.5, 1e9, 1e39, 1e300, 0.1]);
    let mut integers = prop_oneof![
        literal(),
        pick(&["hits", "depth", "local[0]", "local[1]", "int(stack[0])", "global[0]"]).prop_map(Tree::Place)
    ]
    .boxed();
    let mut floats = prop_oneof![
        float.prop_map(Tree::Float),
        pick(&["local[2]", "local[3]", "float(stack[-1])"]).prop_map(Tree::Place)
    ]
    .boxed();
    let mut booleans = any::<bool>().prop_map(Tree::Boolean).boxed();
    for _ in 0..4 {
        let (i, f, b) = (integers.clone(), floats.clone(), booleans.clone());
        // Written integers of this size are also accepted as floats.
        let small = (0_u64..1000).prop_map(Tree::Integer).boxed();
        integers = prop_oneof![
            2 => i.clone(),
            4 => join(&["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"], i.clone(), i.clone()),
            2 => (pick(INTEGER_LOADS), i.clone()).prop_map(|(name, inner)| Tree::Load(name, inner.into())),
            2 => (pick(INTEGER_CONVERSIONS), i.clone()).prop_map(|(name, inner)| Tree::Convert(name, inner.into())),
            1 => f.clone().prop_map(|inner| Tree::Convert("int", inner.into())),
            1 => (pick(&["-", "~"]), i.clone()).prop_map(|(name, inner)| Tree::Unary(name, inner.into())),
        ]
        .boxed();
        floats = prop_oneof![
            2 => f.clone(),
            3 => join(&["+", "-", "*", "/", "%"], f.clone(), f.clone()),
            1 => join(&["+", "-", "*", "/", "%"], f.clone(), small.clone()),
            1 => join(&["+", "-", "*", "/", "%"], small.clone(), f.clone()),
            1 => (pick(&["mem.f32", "mem.f64", "mem1.f64"]), i.clone())
                .prop_map(|(name, inner)| Tree::Load(name, inner.into())),
            1 => i.clone().prop_map(|inner| Tree::Convert("float", inner.into())),
            1 => (pick(&["f32", "float"]), f.clone()).prop_map(|(name, inner)| Tree::Convert(name, inner.into())),
            1 => f.clone().prop_map(|inner| Tree::Unary("-", inner.into())),
        ]
        .boxed();
        booleans = prop_oneof![
            4 => join(COMPARISONS, i.clone(), i),
            3 => join(COMPARISONS, f.clone(), f.clone()),
            1 => join(COMPARISONS, f, small),
            4 => join(&["&&", "||"], b.clone(), b.clone()),
            1 => join(&["==", "!="], b.clone(), b.clone()),
            1 => b.prop_map(|inner| Tree::Unary("!", inner.into())),
        ]
        .boxed();
    }
    booleans
}

fn programs() -> impl Strategy<Value = Still> {
    let integer = || prop_oneof![4 => -3_i64..10, 1 => any::<i64>()];
    let float = || prop_oneof![4 => (-6..20_i32).prop_map(|halves| f64::from(halves) / 2.0), 1 => any::<f64>()];
    let numbers = (integer(), integer(), float(), float(), integer(), float(), integer());
    let memory = || prop::collection::vec(prop_oneof![Just(0_u8), 0_u8..10, any::<u8>()], 0..40);
    let memories = (memory(), memory());
    (numbers, memories, 1_u64..10, 1_u32..10).prop_map(|((a, b, c, d, e, f, g), memories, hits, depth)| Still {
        locals: vec![
            Some(Number::I32(a as i32)),
            Some(Number::I64(b)),
            Some(Number::F32(c as f32)),
            Some(Number::F64(d)),
        ],
        operands: vec![Number::I32(e as i32), Number::F64(f)],
        globals: vec![Number::I32(g as i32)],
        memories: vec![memories.0, memories.1],
        hits,
        depth,
        log: Vec::new(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn condition_agrees_with_a_walk_of_its_tree(tree in conditions(), mut still in programs()) {
        let text = print(&tree);
        match Condition::parse(&text, &scope()) {
            Ok(condition) => {
                prop_assert!(!always_fails(&tree), "{} always fails", text);
                let expected = is_true(&tree, &mut still);
                let found = condition.evaluate(&mut still).map_err(|fault: Fault| fault.to_string());
                prop_assert_eq!(found, expected, "{}", text);
            }
            Err(error) => prop_assert!(always_fails(&tree), "{}", error),
        }
    }
}
