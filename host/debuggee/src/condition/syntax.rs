//! The tree of a condition as it is written, before names are given a meaning.
//!
//! Invariant: a tree is at most [`MAX_HEIGHT`] operators high, so it can safely be walked and
//! dropped recursively. Names, members, indices and calls are general, so giving a meaning to more
//! of them (source variables) needs no change here.

use super::error::Span;
use super::operators::{BinaryOperator, UnaryOperator};

/// Maximum number of operators, indices and calls on a path down the tree. A chain such as
/// `a || b || c` is as high as it is long.
pub(super) const MAX_HEIGHT: u16 = 256;

/// A node of the tree.
#[derive(Debug)]
pub(super) struct Syntax<'t> {
    pub(super) kind: SyntaxKind<'t>,
    pub(super) span: Span,
    pub(super) height: u16,
}

/// The kind of a node, with its children.
#[derive(Debug)]
pub(super) enum SyntaxKind<'t> {
    Integer(u64),
    Float(f64),
    Name(&'t str),
    /// `base.name`
    Member {
        base: Box<Syntax<'t>>,
        name: &'t str,
    },
    /// `base[index]`
    Index {
        base: Box<Syntax<'t>>,
        index: Box<Syntax<'t>>,
    },
    /// `function(arguments)`
    Call {
        function: Box<Syntax<'t>>,
        arguments: Vec<Syntax<'t>>,
    },
    Unary {
        operator: UnaryOperator,
        operand: Box<Syntax<'t>>,
    },
    Binary {
        operator: BinaryOperator,
        left: Box<Syntax<'t>>,
        right: Box<Syntax<'t>>,
    },
}
