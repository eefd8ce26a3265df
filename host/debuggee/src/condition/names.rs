//! The meaning of the names in a condition.
//!
//! Invariant: [`resolve`] is the only place that gives a meaning to a name. Source variables will
//! be looked up there, in the scope, after the names of the language itself.

use super::numbers::IntegerType;

/// The meaning of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// `local`, which needs an index.
    Local,
    /// `stack`, which needs an index.
    Stack,
    /// `global`, which needs an index.
    Global,
    /// A memory by its index, such as `mem` or `mem2`.
    Memory(u32),
    Hits,
    Depth,
    True,
    False,
    /// A conversion that can be called, such as `u32` or `int`.
    Conversion(Conversion),
}

/// A conversion of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    /// To an integer, rounding towards zero.
    Integer,
    /// To the nearest float.
    Float,
    /// From a float to the nearest one that an `f32` can hold.
    F32,
    /// To the low bits of an integer, read in this format.
    Keep(IntegerType),
}

/// The meaning of a name.
///
/// # Errors
/// The message for a name that has none.
pub(super) fn resolve(name: &str) -> Result<Name, String> {
    let memory = || {
        let index = name.strip_prefix("mem").filter(|index| index.chars().all(|c| c.is_ascii_digit()))?;
        if index.is_empty() { Some(Name::Memory(0)) } else { index.parse().ok().map(Name::Memory) }
    };
    let known = match name {
        "local" => Some(Name::Local),
        "stack" => Some(Name::Stack),
        "global" => Some(Name::Global),
        "hits" => Some(Name::Hits),
        "depth" => Some(Name::Depth),
        "true" => Some(Name::True),
        "false" => Some(Name::False),
        "int" => Some(Name::Conversion(Conversion::Integer)),
        "float" => Some(Name::Conversion(Conversion::Float)),
        "f32" => Some(Name::Conversion(Conversion::F32)),
        _ => IntegerType::named(name).map(|format| Name::Conversion(Conversion::Keep(format))).or_else(memory),
    };
    known.ok_or_else(|| {
        format!(
            "unknown name `{name}`; known are `local`, `stack`, `global`, `mem`, `hits`, `depth`, `true`, `false`, `int`, `float`, \
             `f32`, and `i8` to `u64`"
        )
    })
}
