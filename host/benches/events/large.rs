//! A module of 20 MB: 4 MB of code and 16 MB of data, as large programs have them.
//!
//! Invariant: the bytes are the same every time, so that the compiled code is found in the cache.

use crate::program::{functions, nop};
use anyhow::Result;
use wasm_encoder::{
    CodeSection, DataCountSection, DataSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, Module, TypeSection, ValType,
};

const N_FUNCTIONS: u32 = 2000;
const ADDITIONS_IN_A_FUNCTION: u32 = 320;
const DATA: usize = 16 << 20;

/// The number of breakpoints that the case sets.
const N_BREAKPOINTS: usize = 1000;

/// Makes the module. Function 0 is the import `mark`, function 1 is `run`; the others are never
/// called.
pub(crate) fn module() -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I32], []);
    types.ty().function([ValType::I32, ValType::I32], [ValType::I32]);

    let mut imports = ImportSection::new();
    imports.import("bench", "mark", EntityType::Function(0));
    let mut exports = ExportSection::new();
    exports.export("run", ExportKind::Func, 1);

    let mut declared = FunctionSection::new();
    let mut code = CodeSection::new();
    declared.function(1);
    let mut run = Function::new([]);
    run.instructions().call(0).nop().call(0).end();
    code.function(&run);
    for seed in 0..N_FUNCTIONS {
        declared.function(2);
        let mut function = Function::new([]);
        let mut body = function.instructions();
        body.local_get(0);
        for n in 0..ADDITIONS_IN_A_FUNCTION {
            body.local_get(n % 2).i32_const((seed.wrapping_mul(7919) ^ n).cast_signed()).i32_add().i32_xor();
        }
        body.end();
        code.function(&function);
    }
    let mut data = DataSection::new();
    data.passive((0..DATA).map(|n| (n % 251) as u8));

    let mut module = Module::new();
    module.section(&types).section(&imports).section(&declared).section(&exports);
    module.section(&DataCountSection { count: 1 }).section(&code).section(&data);
    module.finish()
}

/// The offset to stop at, and 1000 others that are spread over the code.
pub(crate) fn pcs(binary: &[u8]) -> Result<Vec<u32>> {
    let mut pcs = vec![nop(binary)?];
    let functions = functions(binary)?;
    let places =
        functions.iter().skip(1).step_by(functions.len() / N_BREAKPOINTS).filter_map(|function| function.get(40));
    pcs.extend(places.take(N_BREAKPOINTS).map(|(pc, _)| *pc));
    Ok(pcs)
}
