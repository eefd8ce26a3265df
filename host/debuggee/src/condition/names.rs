//! What the names in a condition mean.
//!
//! Invariant: [`resolve`] is the only place that gives a meaning to a name. Source variables will be looked up there,
//! in the scope, after the names of the language itself.

use super::numbers::IntegerType;

/// The meaning of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// `local`, to be indexed.
    Local,
    /// `stack`, to be indexed.
    Stack,
    /// `global`, to be indexed.
    Global,
    /// `mem`, `mem2`: a memory by its index.
    Memory(u32),
    Hits,
    Depth,
    True,
    False,
    /// `u32`, `int`: to be called.
    Conversion(Conversion),
}

/// A conversion of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    /// To an integer, towards zero.
    Integer,
    /// To a float, to the nearest.
    Float,
    /// A float to the nearest that an `f32` can hold.
    F32,
    /// The low bits of an integer.
    Keep(IntegerType),
}

/// What a name means; what to say where it means nothing.
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
