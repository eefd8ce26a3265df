//! Conditions through their public API, as the debug handler uses them: no allocation at any hit.

use stillpoint_debuggee::condition::{
    Condition, Fault, IndexType, Machine, Number, Operand, Scope, Unavailable, ValueType, Width,
};

/// A program with one memory that stands still.
struct Program {
    memory: Vec<u8>,
    hits: u64,
}

impl Machine for Program {
    fn local(&mut self, index: u32) -> Result<Number, Unavailable> {
        match index {
            0 => Ok(Number::I32(5)),
            1 => Ok(Number::F64(0.5)),
            _ => Err(Unavailable::PastEnd { length: 2 }),
        }
    }

    fn operand(&mut self, _: Operand) -> Result<Number, Unavailable> {
        Ok(Number::I64(7))
    }

    fn global(&mut self, _: u32) -> Result<Number, Unavailable> {
        Ok(Number::I32(16))
    }

    fn load(&mut self, _: u32, address: u64, width: Width) -> Result<u64, Unavailable> {
        width.load(&self.memory, address)
    }

    fn hits(&self) -> u64 {
        self.hits
    }

    fn depth(&mut self) -> Result<u32, Unavailable> {
        Ok(3)
    }
}

fn parse(text: &str) -> Condition {
    let mut scope = Scope::default();
    scope.locals = &[ValueType::I32, ValueType::F64];
    scope.globals = &[ValueType::I32];
    scope.memories = &[IndexType::I32];
    Condition::parse(text, &scope).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn condition_evaluation_does_not_allocate() {
    let texts = [
        "local[0] == 5",
        "mem.u32[global[0] * 4 + local[0]] & 0xff == 1 || local[1] < 1 && depth > 2",
        "hits % 2 == 1 && stack[-1] == 7",
        // Many saved values.
        "hits * (hits + (hits - (hits * (hits + (hits - (hits * (hits + hits * 2))))))) != 0",
        // Faults.
        "mem.u64[local[0] << 20] == 0",
        "local[0] / (hits - hits) == 1",
        "stack[0] < 0.5",
    ];
    let mut program = Program { memory: vec![1; 0x1_0000], hits: 0 };
    for text in texts {
        let condition = parse(text);
        let mut answers = 0;
        let allocations = allocation_counter::measure(|| {
            for _ in 0..100 {
                program.hits += 1;
                match condition.evaluate(&mut program) {
                    Ok(true) | Err(_) => answers += 1,
                    Ok(false) => {}
                }
            }
        });
        assert!(answers > 0, "{text}");
        assert_eq!(allocations.count_total, 0, "{text}");
    }
    // The counter counts.
    assert_ne!(allocation_counter::measure(|| drop(parse(texts[0]))).count_total, 0);
}

/// The handler may know its program as a trait object only.
#[test]
fn condition_evaluates_over_a_trait_object() {
    let machine: &mut dyn Machine = &mut Program { memory: Vec::new(), hits: 9 };
    assert_eq!(parse("hits == 9").evaluate(machine), Ok(true));
    let fault: Fault = parse("mem.u8[local[0]] == 1").evaluate(machine).unwrap_err();
    assert_eq!(fault.to_string(), "mem.u8 at 0x5: past the end of the memory, which is 0x0 bytes long");
}
