//! The instructions of a module that can touch a memory or a global, and the calls after which the
//! host may have.
//!
//! Decoded once for a module, when a target that it can reach is first watched. Invariant: every
//! instruction that reads or writes bytes of a memory is found. Those with a memory argument are
//! recognized by that argument and by their arity, not by a list of names, so an instruction that
//! the parser learns later is not forgotten.

use super::offset;
use super::reachability::Reachability;
use super::sections::Sections;
use crate::plain::Accesses;
use rustc_hash::FxHashMap;
use wasmparser::{BinaryReader, BinaryReaderError, FunctionBody, MemArg, Operator, TypeRef, for_each_operator};

/// An instruction that touches a memory or a global.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) pc: u32,
    /// Offset of the instruction that runs next.
    pub(crate) after: u32,
    pub(crate) touch: Touch,
}

/// The part of the program's state that an instruction touches. Operands are counted from the top
/// of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touch {
    /// `size` bytes of a memory. Their address is the operand `depth` below the top, plus `offset`.
    Bytes { memory: u32, offset: u64, size: u8, depth: u8, access: Accesses },
    /// `memory.fill`: the address, the byte and the count are on the operand stack.
    Fill { memory: u32 },
    /// `memory.copy`: the target address, the source address and the count are on the operand
    /// stack.
    Copy { to: u32, from: u32 },
    /// `memory.init`: the address, the offset in the segment and the count are on the operand
    /// stack.
    Init { memory: u32 },
    /// `global.get`, `global.set` and their atomic forms.
    Global { global: u32, access: Accesses },
}

/// A group of a module's instructions that are watched together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Instructions that read this memory.
    Loads(u32),
    /// Instructions that write this memory.
    Stores(u32),
    /// Instructions that read this global.
    Gets(u32),
    /// Instructions that write this global.
    Sets(u32),
    /// Instructions after calls that may have reached the host.
    Returns,
}

impl Touch {
    /// The classes that it belongs to; the same class may come twice.
    fn classes(self) -> impl Iterator<Item = Class> {
        let (read, written) = match self {
            Touch::Bytes { memory, access, .. } => (
                Some(Class::Loads(memory)).filter(|_| access.read),
                Some(Class::Stores(memory)).filter(|_| access.write),
            ),
            Touch::Fill { memory } | Touch::Init { memory } => (None, Some(Class::Stores(memory))),
            Touch::Copy { to, from } => (Some(Class::Loads(from)), Some(Class::Stores(to))),
            Touch::Global { global, access } => {
                (Some(Class::Gets(global)).filter(|_| access.read), Some(Class::Sets(global)).filter(|_| access.write))
            }
        };
        read.into_iter().chain(written)
    }
}

/// A call that may reach the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) pc: u32,
    pub(crate) after: u32,
}

/// The instructions of one module that touch memories and globals, and its calls to the host.
#[derive(Debug, Default)]
pub(crate) struct ModuleAccesses {
    pub(crate) instructions: Vec<Instruction>,
    /// The instructions of each class, as indices into `instructions`.
    by_class: FxHashMap<Class, Vec<u32>>,
    pub(crate) calls: Vec<Call>,
    pub(crate) n_imported_memories: u32,
    pub(crate) n_imported_globals: u32,
    /// Size of the binary in bytes; no data segment is longer than that.
    pub(crate) size: u64,
}

/// The callee of a call.
#[derive(Debug, Clone, Copy)]
enum Callee {
    Function(u32),
    /// Only known when the call is made, because an operand names it.
    Any,
}

/// The data from which the calls that reach the host are found.
#[derive(Default)]
struct Calls {
    n_imported_functions: u32,
    calls: Vec<(Call, Callee)>,
    /// The callees of the tail calls of each defined function.
    tail_calls: Vec<Vec<Callee>>,
}

impl ModuleAccesses {
    /// Decodes a module. Code that cannot be read is left out: the engine has accepted the module,
    /// so it uses a feature that our parser does not know.
    pub(super) fn of(sections: &Sections, binary: &[u8]) -> ModuleAccesses {
        let mut accesses =
            ModuleAccesses { size: u64::try_from(binary.len()).unwrap_or(u64::MAX), ..Default::default() };
        let mut calls = Calls { n_imported_functions: sections.n_imported_functions, ..Calls::default() };
        if let Err(error) = accesses.decode(sections, binary, &mut calls) {
            tracing::warn!(%error, "a module's code could not be read; accesses in the rest of it are not watched");
        }
        accesses.calls = calls.that_reach_the_host();
        for (index, instruction) in (0..).zip(&accesses.instructions) {
            for class in instruction.touch.classes() {
                accesses.by_class.entry(class).or_default().push(index);
            }
        }
        accesses
    }

    /// The instructions of a class, as indices. [`Class::Returns`] has none here.
    pub(crate) fn of_class(&self, class: Class) -> &[u32] {
        self.by_class.get(&class).map(Vec::as_slice).unwrap_or_default()
    }

    /// An instruction by its index.
    pub(crate) fn at(&self, index: u32) -> Option<&Instruction> {
        self.instructions.get(usize::try_from(index).ok()?)
    }

    fn decode(&mut self, sections: &Sections, binary: &[u8], calls: &mut Calls) -> Result<(), BinaryReaderError> {
        for import in sections.imports(binary) {
            let count = match import?.ty {
                TypeRef::Memory(_) => &mut self.n_imported_memories,
                TypeRef::Global(_) => &mut self.n_imported_globals,
                _ => continue,
            };
            *count = count.saturating_add(1);
        }
        for body in sections.bodies.iter() {
            let bytes = binary.get(body.clone()).unwrap_or_default();
            calls.tail_calls.push(Vec::new());
            self.decode_function(&FunctionBody::new(BinaryReader::new(bytes, body.start)), calls)?;
        }
        sections.check()
    }

    fn decode_function(&mut self, body: &FunctionBody<'_>, calls: &mut Calls) -> Result<(), BinaryReaderError> {
        let mut reachability = Reachability::new();
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let pc = offset(operators.original_position());
            let operator = operators.read()?;
            let after = offset(operators.original_position());
            if reachability.is_reachable() {
                if let Some(touch) = touch(&operator) {
                    self.instructions.push(Instruction { pc, after, touch });
                }
                calls.add(&operator, Call { pc, after });
            }
            reachability.after(&operator);
        }
        Ok(())
    }
}

impl Calls {
    fn add(&mut self, operator: &Operator<'_>, call: Call) {
        let callee = match operator {
            Operator::Call { function_index } => Callee::Function(*function_index),
            Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::Resume { .. }
            | Operator::ResumeThrow { .. }
            | Operator::ResumeThrowRef { .. } => Callee::Any,
            Operator::ReturnCall { function_index } => return self.add_tail_call(Callee::Function(*function_index)),
            Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => {
                return self.add_tail_call(Callee::Any);
            }
            _ => return,
        };
        self.calls.push((call, callee));
    }

    fn add_tail_call(&mut self, callee: Callee) {
        if let Some(here) = self.tail_calls.last_mut() {
            here.push(callee);
        }
    }

    /// The calls after which a host function may have returned: directly, or in place of a function
    /// that made a tail call.
    fn that_reach_the_host(self) -> Vec<Call> {
        let Calls { n_imported_functions, calls, tail_calls } = self;
        let mut ends_in_host = vec![false; tail_calls.len()];
        let reaches = |ends_in_host: &[bool], callee: Callee| match callee {
            Callee::Any => true,
            Callee::Function(index) => match index.checked_sub(n_imported_functions) {
                None => true,
                Some(defined) => {
                    usize::try_from(defined).ok().and_then(|defined| ends_in_host.get(defined)) == Some(&true)
                }
            },
        };
        // Each turn finds at least one more function that ends in the host, or is the last turn.
        loop {
            let mut found = false;
            for (function, callees) in tail_calls.iter().enumerate() {
                let ends = callees.iter().any(|callee| reaches(&ends_in_host, *callee));
                if let Some(known) = ends_in_host.get_mut(function)
                    && ends
                    && !*known
                {
                    *known = true;
                    found = true;
                }
            }
            if !found {
                break;
            }
        }
        let reaching = calls.into_iter().filter(|(_, callee)| reaches(&ends_in_host, *callee));
        reaching.map(|(call, _)| call).collect()
    }
}

/// The memory or global that an instruction touches, if any.
fn touch(operator: &Operator<'_>) -> Option<Touch> {
    let global = |global: &u32, access| Some(Touch::Global { global: *global, access });
    match operator {
        Operator::GlobalGet { global_index } | Operator::GlobalAtomicGet { global_index, .. } => {
            global(global_index, Accesses::READ)
        }
        Operator::GlobalSet { global_index } | Operator::GlobalAtomicSet { global_index, .. } => {
            global(global_index, Accesses::WRITE)
        }
        Operator::GlobalAtomicRmwAdd { global_index, .. }
        | Operator::GlobalAtomicRmwSub { global_index, .. }
        | Operator::GlobalAtomicRmwAnd { global_index, .. }
        | Operator::GlobalAtomicRmwOr { global_index, .. }
        | Operator::GlobalAtomicRmwXor { global_index, .. }
        | Operator::GlobalAtomicRmwXchg { global_index, .. }
        | Operator::GlobalAtomicRmwCmpxchg { global_index, .. } => global(global_index, Accesses::READ_WRITE),
        Operator::MemoryFill { mem } => Some(Touch::Fill { memory: *mem }),
        Operator::MemoryCopy { dst_mem, src_mem } => Some(Touch::Copy { to: *dst_mem, from: *src_mem }),
        Operator::MemoryInit { mem, .. } => Some(Touch::Init { memory: *mem }),
        other => with_memory_argument(other),
    }
}

/// The bytes that an instruction with a memory argument touches. The address is the first of its
/// operands, and the size is its natural alignment. An instruction without a result writes, one
/// with a result reads, and a read-modify-write is recognized by its name.
fn bytes(name: &str, argument: &MemArg, n_operands: u8, n_results: u8) -> Option<Touch> {
    let access = match n_results {
        0 => Accesses::WRITE,
        _ if name.contains("Rmw") => Accesses::READ_WRITE,
        _ => Accesses::READ,
    };
    Some(Touch::Bytes {
        memory: argument.memory,
        offset: argument.offset,
        size: 1_u8.checked_shl(u32::from(argument.max_align))?,
        depth: n_operands.checked_sub(1)?,
        access,
    })
}

macro_rules! match_memory_arguments {
    ($( @$proposal:ident $operator:ident $({ $($field:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*) )*) => {
        /// Finds the memory argument among all instructions that the parser knows.
        #[allow(unused_variables, unreachable_patterns, clippy::too_many_lines)]
        fn with_memory_argument(operator: &Operator<'_>) -> Option<Touch> {
            match operator {
                $(Operator::$operator $({ $($field),* })? => {
                    match_memory_arguments!(@one $operator ($($arity)*) [$($($field)*)?] $($($field)*)?)
                })*
                _ => None,
            }
        }
    };
    (@one $operator:ident (arity $n_operands:literal -> $n_results:literal) [memarg $($more:ident)?] $argument:ident $($others:ident)?) => {
        bytes(stringify!($operator), $argument, $n_operands, $n_results)
    };
    (@one $($other:tt)*) => {
        None
    };
}

for_each_operator!(match_memory_arguments);

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn decode(wat: &str) -> ModuleAccesses {
        let binary = wat::parse_str(wat).expect("the text is a module");
        ModuleAccesses::of(&Sections::of(&binary), &binary)
    }

    /// One instruction of each kind, with the size, the depth and the access that it is to be
    /// recognized by.
    #[test]
    fn every_kind_of_instruction_is_known_by_its_size_and_address() {
        let table = [
            ("(drop (i32.load8_u (i32.const 0)))", 1, 0, Accesses::READ),
            ("(drop (f64.load offset=9 (i32.const 0)))", 8, 0, Accesses::READ),
            ("(i64.store16 (i32.const 0) (i64.const 0))", 2, 1, Accesses::WRITE),
            ("(drop (v128.load8x8_s (i32.const 0)))", 8, 0, Accesses::READ),
            ("(drop (v128.load32_zero (i32.const 0)))", 4, 0, Accesses::READ),
            ("(drop (v128.load16_splat (i32.const 0)))", 2, 0, Accesses::READ),
            ("(v128.store (i32.const 0) (v128.const i64x2 0 0))", 16, 1, Accesses::WRITE),
            ("(drop (v128.load16_lane 1 (i32.const 0) (v128.const i64x2 0 0)))", 2, 1, Accesses::READ),
            ("(v128.store64_lane 1 (i32.const 0) (v128.const i64x2 0 0))", 8, 1, Accesses::WRITE),
            ("(drop (i64.atomic.load32_u (i32.const 0)))", 4, 0, Accesses::READ),
            ("(i32.atomic.store8 (i32.const 0) (i32.const 0))", 1, 1, Accesses::WRITE),
            ("(drop (i64.atomic.rmw16.xchg_u (i32.const 0) (i64.const 0)))", 2, 1, Accesses::READ_WRITE),
            ("(drop (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 0)))", 4, 2, Accesses::READ_WRITE),
            ("(drop (memory.atomic.notify (i32.const 0) (i32.const 0)))", 4, 1, Accesses::READ),
            ("(drop (memory.atomic.wait64 (i32.const 0) (i64.const 0) (i64.const 0)))", 8, 2, Accesses::READ),
        ];
        for (text, wanted_size, wanted_depth, wanted_access) in table {
            let module = decode(&format!("(module (memory 1 1 shared) (func {text}))"));
            let [Instruction { touch: Touch::Bytes { size, depth, access, memory: 0, .. }, .. }] = *module.instructions
            else {
                panic!("{text}: {:?}", module.instructions)
            };
            assert_eq!((size, depth, access), (wanted_size, wanted_depth, wanted_access), "{text}");
        }
    }

    /// Every instruction with a memory argument that the parser knows. Only the access could be
    /// wrong, so the one that follows from the arity is compared with the one that the name says.
    #[test]
    fn names_and_arities_agree() {
        macro_rules! names {
            ($( @$proposal:ident $operator:ident $({ $($field:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*) )*) => {
                [$((stringify!($operator), concat!($($(stringify!($field), " ",)*)?), stringify!($($arity)*))),*]
            };
        }
        let mut n_seen = 0;
        for (name, fields, arity) in for_each_operator!(names) {
            if !fields.contains("memarg") {
                continue;
            }
            n_seen += 1;
            let argument = MemArg { align: 0, max_align: 2, offset: 0, memory: 0 };
            let (operands, results) = arity.trim_start_matches("arity ").split_once("->").expect("an arity");
            let (operands, results) = (operands.trim().parse().unwrap(), results.trim().parse().unwrap());
            let Some(Touch::Bytes { access, .. }) = bytes(name, &argument, operands, results) else { panic!("{name}") };
            let wanted = match name {
                _ if name.contains("Store") => Accesses::WRITE,
                _ if name.contains("Rmw") => Accesses::READ_WRITE,
                _ => Accesses::READ,
            };
            assert_eq!(access, wanted, "{name}");
        }
        assert!(n_seen > 100, "only {n_seen}");
    }

    /// A call that may reach the host is found, also if it does so by tail calls; a call of a
    /// function that stays in the module is not.
    #[test]
    fn calls_that_reach_the_host_are_told_from_others() {
        let module = decode(
            "(module
               (import \"host\" \"f\" (func $host))
               (table 1 funcref)
               (func $stays)
               (func $last (return_call $host))
               (func $middle (return_call $last))
               (func
                 (call $host) (call $stays) (call $last) (call $middle)
                 (call_indirect (i32.const 0))))",
        );
        assert_eq!(module.calls.len(), 4);
    }
}
