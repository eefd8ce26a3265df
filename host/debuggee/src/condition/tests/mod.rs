//! Tests of conditions: texts, and the answers or errors that they give.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod errors;
mod limits;
mod oracle;
mod precedence;
mod values;
mod vectors;

use super::{Condition, IndexType, Machine, Number, Operand, Scope, Unavailable, ValueType, Width};

/// The scope of the conditions in the tests.
pub(super) fn scope() -> Scope<'static> {
    Scope {
        locals: &[ValueType::I32, ValueType::I64, ValueType::F32, ValueType::F64, ValueType::Reference],
        operands: None,
        globals: &[ValueType::I32, ValueType::V128],
        memories: &[IndexType::I32, IndexType::I64],
    }
}

/// A paused program that is only data.
#[derive(Debug, Clone)]
pub(super) struct Still {
    pub(super) locals: Vec<Option<Number>>,
    pub(super) operands: Vec<Number>,
    pub(super) globals: Vec<Number>,
    pub(super) memories: Vec<Vec<u8>>,
    pub(super) hits: u64,
    pub(super) depth: u32,
    /// Everything that a condition has read, in order.
    pub(super) log: Vec<String>,
}

impl Still {
    /// A program that has what [`scope`] says.
    pub(super) fn new() -> Still {
        let mut memory = vec![0; 0x100];
        memory[8..16].copy_from_slice(&0xfedc_ba98_7654_3210_u64.to_le_bytes());
        memory[16..24].copy_from_slice(&(-2.5_f64).to_le_bytes());
        memory[24..28].copy_from_slice(&0.1_f32.to_le_bytes());
        let reference = None;
        Still {
            locals: vec![
                Some(Number::I32(-16)),
                Some(Number::I64(1 << 40)),
                Some(Number::F32(0.1)),
                Some(Number::F64(2.5)),
                reference,
            ],
            operands: vec![Number::I32(7), Number::F64(0.25)],
            globals: vec![Number::I32(1024)],
            memories: vec![memory, vec![1, 2, 3]],
            hits: 3,
            depth: 2,
            log: Vec::new(),
        }
    }
}

fn nth<T: Copy>(all: &[T], index: usize) -> Result<T, Unavailable> {
    all.get(index).copied().ok_or(Unavailable::PastEnd { length: all.len() as u64 })
}

impl Machine for Still {
    fn local(&mut self, index: u32) -> Result<Number, Unavailable> {
        self.log.push(format!("local {index}"));
        nth(&self.locals, index as usize)?.ok_or(Unavailable::NotANumber(ValueType::Reference))
    }

    fn operand(&mut self, operand: Operand) -> Result<Number, Unavailable> {
        self.log.push(format!("{operand:?}"));
        match operand {
            Operand::FromBottom(index) => nth(&self.operands, index as usize),
            Operand::FromTop(index) => nth(&self.operands, self.operands.len().wrapping_sub(1 + index as usize)),
        }
    }

    fn global(&mut self, index: u32) -> Result<Number, Unavailable> {
        self.log.push(format!("global {index}"));
        nth(&self.globals, index as usize)
    }

    fn load(&mut self, memory: u32, address: u64, width: Width) -> Result<u64, Unavailable> {
        self.log.push(format!("memory {memory} at {address:#x}, {} bytes", width.bytes()));
        width.load(self.memories.get(memory as usize).ok_or(Unavailable::Unreadable)?, address)
    }

    fn hits(&self) -> u64 {
        self.hits
    }

    fn depth(&mut self) -> Result<u32, Unavailable> {
        self.log.push("depth".to_owned());
        Ok(self.depth)
    }
}

/// Parses a text that is a condition in [`scope`].
pub(super) fn parse(text: &str) -> Condition {
    Condition::parse(text, &scope()).unwrap_or_else(|error| panic!("{error}"))
}
