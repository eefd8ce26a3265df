//! The operators: how each is written and how tightly it binds.
//!
//! Invariant: [`BinaryOperator::power`] is the only place that knows precedence. `language.md`
//! shows it as a table, and a test compares the two.

/// Arithmetic, on integers or on floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// Bit operations, on integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bits {
    And,
    Or,
    ExclusiveOr,
    ShiftLeft,
    ShiftRight,
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// The comparison that means the same with its sides exchanged.
    pub(super) fn mirrored(self) -> Comparison {
        match self {
            Comparison::Equal => Comparison::Equal,
            Comparison::NotEqual => Comparison::NotEqual,
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        }
    }
}

/// An operator that is written between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BinaryOperator {
    Arithmetic(Arithmetic),
    Bits(Bits),
    Compare(Comparison),
    And,
    Or,
}

/// An operator that is written before a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnaryOperator {
    Negate,
    Complement,
    Not,
}

use {Arithmetic as A, BinaryOperator as B, Bits as Bit, Comparison as C};

/// Every operator between two values. Where one is the beginning of another, the longer one comes
/// first.
pub(super) const BINARY_OPERATORS: [(&str, BinaryOperator); 18] = [
    ("<<", B::Bits(Bit::ShiftLeft)),
    (">>", B::Bits(Bit::ShiftRight)),
    ("<=", B::Compare(C::LessOrEqual)),
    (">=", B::Compare(C::GreaterOrEqual)),
    ("==", B::Compare(C::Equal)),
    ("!=", B::Compare(C::NotEqual)),
    ("&&", B::And),
    ("||", B::Or),
    ("<", B::Compare(C::Less)),
    (">", B::Compare(C::Greater)),
    ("+", B::Arithmetic(A::Add)),
    ("-", B::Arithmetic(A::Subtract)),
    ("*", B::Arithmetic(A::Multiply)),
    ("/", B::Arithmetic(A::Divide)),
    ("%", B::Arithmetic(A::Remainder)),
    ("&", B::Bits(Bit::And)),
    ("|", B::Bits(Bit::Or)),
    ("^", B::Bits(Bit::ExclusiveOr)),
];

/// Every operator before a value.
pub(super) const UNARY_OPERATORS: [(&str, UnaryOperator); 3] =
    [("-", UnaryOperator::Negate), ("~", UnaryOperator::Complement), ("!", UnaryOperator::Not)];

impl BinaryOperator {
    pub(super) fn of_symbol(symbol: &str) -> Option<BinaryOperator> {
        BINARY_OPERATORS.iter().find(|(known, _)| *known == symbol).map(|(_, operator)| *operator)
    }

    pub(super) fn symbol(self) -> &'static str {
        BINARY_OPERATORS.iter().find(|(_, known)| *known == self).map_or("", |(symbol, _)| symbol)
    }

    /// How tightly the operator binds; a greater number binds more tightly. Operators of one level
    /// group from the left, but comparisons do not group at all.
    pub(super) fn power(self) -> u8 {
        match self {
            B::Or => 1,
            B::And => 2,
            B::Compare(_) => 3,
            B::Bits(Bit::Or) => 4,
            B::Bits(Bit::ExclusiveOr) => 5,
            B::Bits(Bit::And) => 6,
            B::Bits(Bit::ShiftLeft | Bit::ShiftRight) => 7,
            B::Arithmetic(A::Add | A::Subtract) => 8,
            B::Arithmetic(A::Multiply | A::Divide | A::Remainder) => 9,
        }
    }
}

impl UnaryOperator {
    pub(super) fn of_symbol(symbol: &str) -> Option<UnaryOperator> {
        UNARY_OPERATORS.iter().find(|(known, _)| *known == symbol).map(|(_, operator)| *operator)
    }

    pub(super) fn symbol(self) -> &'static str {
        UNARY_OPERATORS.iter().find(|(_, known)| *known == self).map_or("", |(symbol, _)| symbol)
    }
}
