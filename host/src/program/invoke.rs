//! Calls of a core module's function: arguments from text by the function's parameter types, and
//! results to text.
//!
//! Invariant: a value that is parsed here has the type that it was parsed for, so the call cannot
//! fail because of its arguments.

use std::fmt;
use wasmtime::{ExternType, FuncType, HeapType, Module, Val, ValType};

/// A function's type. Its text is `(i32, i64) -> f32`.
#[derive(Clone, Debug)]
pub struct Signature(pub FuncType);

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: Vec<ValType>| types.iter().map(show_type).collect::<Vec<_>>().join(", ");
        write!(formatter, "({})", list(self.0.params().collect()))?;
        match self.0.results().len() {
            0 => Ok(()),
            1 => write!(formatter, " -> {}", list(self.0.results().collect())),
            _ => write!(formatter, " -> ({})", list(self.0.results().collect())),
        }
    }
}

/// The text of a value type. Common reference types have their short names, such as `funcref`.
pub(super) fn show_type(ty: &ValType) -> String {
    let ValType::Ref(reference) = ty else { return ty.to_string() };
    let heap = match reference.heap_type() {
        HeapType::ConcreteFunc(_) => "func type".to_owned(),
        HeapType::ConcreteStruct(_) => "struct type".to_owned(),
        HeapType::ConcreteArray(_) => "array type".to_owned(),
        HeapType::ConcreteCont(_) => "cont type".to_owned(),
        HeapType::ConcreteExn(_) => "exn type".to_owned(),
        heap => heap.to_string(),
    };
    match (reference.is_nullable(), heap.contains(' ')) {
        (true, false) => format!("{heap}ref"),
        (true, true) => format!("(ref null {heap})"),
        (false, _) => format!("(ref {heap})"),
    }
}

/// The exported functions of a module as a clause: `its functions are: add(i32, i32) -> i32, …`.
pub(super) fn list_functions(module: &Module) -> String {
    let functions = module.exports().filter_map(|export| match export.ty() {
        ExternType::Func(ty) => Some(format!("{}{}", export.name(), Signature(ty))),
        _ => None,
    });
    clause(functions.collect())
}

/// Makes a clause of a sentence from a list of functions.
pub(super) fn clause(functions: Vec<String>) -> String {
    const SHOWN: usize = 40;
    if functions.is_empty() {
        return "it exports no functions at all".to_owned();
    }
    let more = functions.len().saturating_sub(SHOWN);
    let shown = functions.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    match more {
        0 => format!("its functions are: {shown}"),
        _ => format!("its functions are: {shown}, and {more} more"),
    }
}

/// Parses the arguments of a call.
///
/// Integers are decimal, or hexadecimal with `0x`; signed or unsigned. Floats are decimal, `inf` or
/// `nan`. A `v128` is `0x` and up to 32 hexadecimal digits, the first lane last.
///
/// # Errors
/// A text about the number of arguments, or about the first one that does not fit.
pub fn parse_arguments(ty: &FuncType, arguments: &[String]) -> Result<Vec<Val>, String> {
    let parameters: Vec<ValType> = ty.params().collect();
    // A function with a reference parameter cannot be called at all, so this comes before the
    // number of arguments is checked.
    for (index, parameter) in parameters.iter().enumerate() {
        if matches!(parameter, ValType::Ref(_)) {
            return Err(format!(
                "parameter {} is a reference ({}), which has no text form",
                index.saturating_add(1),
                show_type(parameter)
            ));
        }
    }
    if parameters.len() != arguments.len() {
        return Err(format!(
            "the function takes {}, but {} given",
            count(parameters.len(), "argument"),
            match arguments.len() {
                0 => "none was".to_owned(),
                1 => "1 was".to_owned(),
                more => format!("{more} were"),
            }
        ));
    }
    parameters
        .iter()
        .zip(arguments)
        .enumerate()
        .map(|(index, (parameter, text))| {
            parse_value(parameter, text).map_err(|expected| {
                format!("argument {} is `{text}`, but has to be {expected}", index.saturating_add(1))
            })
        })
        .collect()
}

fn count(number: usize, noun: &str) -> String {
    match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// Parses one value. The error says what was expected.
fn parse_value(ty: &ValType, text: &str) -> Result<Val, &'static str> {
    match ty {
        ValType::I32 => parse_integer(text, 32)
            .and_then(|value| i32::try_from(value).or_else(|_| u32::try_from(value).map(u32::cast_signed)).ok())
            .map(Val::I32)
            .ok_or("an i32: a decimal or 0x hexadecimal integer of 32 bits"),
        ValType::I64 => parse_integer(text, 64)
            .and_then(|value| i64::try_from(value).or_else(|_| u64::try_from(value).map(u64::cast_signed)).ok())
            .map(Val::I64)
            .ok_or("an i64: a decimal or 0x hexadecimal integer of 64 bits"),
        ValType::F32 => text
            .parse::<f32>()
            .map(|value| Val::F32(value.to_bits()))
            .map_err(|_| "an f32: a decimal number, inf or nan"),
        ValType::F64 => text
            .parse::<f64>()
            .map(|value| Val::F64(value.to_bits()))
            .map_err(|_| "an f64: a decimal number, inf or nan"),
        ValType::V128 => hexadecimal(text)
            .and_then(|digits| u128::from_str_radix(digits, 16).ok())
            .map(|value| Val::V128(value.into()))
            .ok_or("a v128: 0x and up to 32 hexadecimal digits"),
        ValType::Ref(_) => Err("a reference, which has no text form"),
    }
}

/// The digits after `0x`; none if the text does not have this form.
fn hexadecimal(text: &str) -> Option<&str> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    digits.starts_with(|character: char| character.is_ascii_hexdigit()).then_some(digits)
}

/// Parses an integer of either sign that has at most `bits` bits. The result's type holds all
/// values of signed and unsigned integers of that width.
fn parse_integer(text: &str, bits: u32) -> Option<i128> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, text),
    };
    let value = match hexadecimal(magnitude) {
        Some(digits) => i128::from_str_radix(digits, 16).ok()?,
        None if magnitude.starts_with(|character: char| character.is_ascii_digit()) => magnitude.parse().ok()?,
        None => return None,
    };
    let value = if negative { value.checked_neg()? } else { value };
    let limit = 1_i128.checked_shl(bits)?;
    (-limit < value && value < limit).then_some(value)
}

/// The text of a result: a number in decimal, or a reference's kind.
#[must_use]
pub fn show_value(value: &Val) -> String {
    let reference = |kind: &str, is_null: bool| if is_null { format!("<null {kind}>") } else { format!("<{kind}>") };
    match value {
        Val::I32(value) => value.to_string(),
        Val::I64(value) => value.to_string(),
        Val::F32(bits) => f32::from_bits(*bits).to_string(),
        Val::F64(bits) => f64::from_bits(*bits).to_string(),
        Val::V128(value) => value.as_u128().to_string(),
        Val::FuncRef(value) => reference("funcref", value.is_none()),
        Val::ExternRef(value) => reference("externref", value.is_none()),
        Val::AnyRef(value) => reference("anyref", value.is_none()),
        Val::ExnRef(value) => reference("exnref", value.is_none()),
        Val::ContRef(value) => reference("contref", value.is_none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use wasmtime::{Engine, RefType};

    fn function(parameters: &[ValType], results: &[ValType]) -> FuncType {
        FuncType::new(&Engine::default(), parameters.iter().cloned(), results.iter().cloned())
    }

    fn check(parameters: &[ValType], arguments: &[&str], expected: Expect) {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let text = match parse_arguments(&function(parameters, &[]), &arguments) {
            Ok(values) => values.iter().map(show_value).collect::<Vec<_>>().join(" "),
            Err(message) => message,
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn integers() {
        use ValType::{I32, I64};
        check(&[I32, I32, I32], &["7", "-7", "0x10"], expect!["7 -7 16"]);
        check(&[I32, I32, I32], &["-0x10", "0xffffffff", "4294967295"], expect!["-16 -1 -1"]);
        check(&[I32, I32], &["2147483647", "-2147483648"], expect!["2147483647 -2147483648"]);
        check(&[I64, I64], &["18446744073709551615", "-9223372036854775808"], expect!["-1 -9223372036854775808"]);
        check(&[I64], &["0X7fffffffffffffff"], expect!["9223372036854775807"]);
        let not_i32 = |text: &str| {
            expect![[r#"argument 1 is `TEXT`, but has to be an i32: a decimal or 0x hexadecimal integer of 32 bits"#]]
                .data()
                .replace("TEXT", text)
        };
        for text in [
            "4294967296",
            "-2147483649",
            "-4294967295",
            "",
            "-",
            "+1",
            "1.5",
            "x",
            "0x",
            "0x+1",
            "--1",
            "0x1_0",
            "0xfffffffff",
            " 1",
            "99999999999999999999999999999999999999999999999999",
        ] {
            let message = parse_arguments(&function(&[I32], &[]), &[text.to_owned()]).unwrap_err();
            assert_eq!(message, not_i32(text));
        }
        check(
            &[I64],
            &["18446744073709551616"],
            expect![
                "argument 1 is `18446744073709551616`, but has to be an i64: a decimal or 0x hexadecimal integer of 64 bits"
            ],
        );
    }

    #[test]
    fn floats_and_vectors() {
        use ValType::{F32, F64, V128};
        check(&[F32, F64, F64], &["1.5", "-2e10", "inf"], expect!["1.5 -20000000000 inf"]);
        check(&[F64], &["nan"], expect!["NaN"]);
        check(&[F32], &["one"], expect!["argument 1 is `one`, but has to be an f32: a decimal number, inf or nan"]);
        check(&[V128], &["0xffffffffffffffffffffffffffffffff"], expect!["340282366920938463463374607431768211455"]);
        check(&[V128], &["1"], expect!["argument 1 is `1`, but has to be a v128: 0x and up to 32 hexadecimal digits"]);
    }

    #[test]
    fn counts_and_references() {
        use ValType::I32;
        check(&[I32, I32], &["1"], expect!["the function takes 2 arguments, but 1 was given"]);
        check(&[I32], &[], expect!["the function takes 1 argument, but none was given"]);
        check(&[], &["1", "2"], expect!["the function takes no arguments, but 2 were given"]);
        check(
            &[I32, ValType::EXTERNREF],
            &["1"],
            expect!["parameter 2 is a reference (externref), which has no text form"],
        );
    }

    #[test]
    fn signatures() {
        let strict = ValType::Ref(RefType::new(false, HeapType::Any));
        let signature =
            |parameters: &[ValType], results: &[ValType]| Signature(function(parameters, results)).to_string();
        expect!["()"].assert_eq(&signature(&[], &[]));
        expect!["(i32, funcref, (ref any)) -> v128"]
            .assert_eq(&signature(&[ValType::I32, ValType::FUNCREF, strict], &[ValType::V128]));
        expect!["() -> (i64, f32)"].assert_eq(&signature(&[], &[ValType::I64, ValType::F32]));
    }
}
