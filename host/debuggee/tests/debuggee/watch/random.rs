//! Watchpoints against the oracle, on random programs.

use crate::support::harness::config;
use crate::support::random::Random;
use crate::support::smith::{smith, smithed};
use crate::watch::oracle::compare;
use std::fmt::Write;
use wasm_smith::Config;
use wasmtime::{Engine, Module};

fn engine() -> Engine {
    Engine::new(config().wasm_simd(true)).unwrap()
}

/// Loads: the instruction, and what comes between it and its address.
const LOADS: [&str; 33] = [
    "i32.load",
    "i64.load",
    "f32.load",
    "f64.load",
    "i32.load8_s",
    "i32.load8_u",
    "i32.load16_s",
    "i32.load16_u",
    "i64.load8_s",
    "i64.load8_u",
    "i64.load16_s",
    "i64.load16_u",
    "i64.load32_s",
    "i64.load32_u",
    "v128.load",
    "v128.load8x8_s",
    "v128.load8x8_u",
    "v128.load16x4_s",
    "v128.load16x4_u",
    "v128.load32x2_s",
    "v128.load32x2_u",
    "v128.load8_splat",
    "v128.load16_splat",
    "v128.load32_splat",
    "v128.load64_splat",
    "v128.load32_zero",
    "v128.load64_zero",
    "i32.atomic.load",
    "i64.atomic.load",
    "i32.atomic.load8_u",
    "i32.atomic.load16_u",
    "i64.atomic.load8_u",
    "i64.atomic.load32_u",
];
const STORES: [(&str, &str); 17] = [
    ("i32.store", "i32"),
    ("i64.store", "i64"),
    ("f32.store", "f32"),
    ("f64.store", "f64"),
    ("i32.store8", "i32"),
    ("i32.store16", "i32"),
    ("i64.store8", "i64"),
    ("i64.store16", "i64"),
    ("i64.store32", "i64"),
    ("v128.store", "v128"),
    ("i32.atomic.store", "i32"),
    ("i64.atomic.store", "i64"),
    ("i32.atomic.store8", "i32"),
    ("i32.atomic.store16", "i32"),
    ("i64.atomic.store8", "i64"),
    ("i64.atomic.store16", "i64"),
    ("i64.atomic.store32", "i64"),
];
const LANES: [(&str, usize); 4] = [("8", 16), ("16", 8), ("32", 4), ("64", 2)];
const RMW_SIZES: [(&str, &str, &str); 7] = [
    ("i32", "rmw", ""),
    ("i64", "rmw", ""),
    ("i32", "rmw8", "_u"),
    ("i32", "rmw16", "_u"),
    ("i64", "rmw8", "_u"),
    ("i64", "rmw16", "_u"),
    ("i64", "rmw32", "_u"),
];
const RMW_KINDS: [&str; 6] = ["add", "sub", "and", "or", "xor", "xchg"];

/// Writes a program that touches two memories and two globals in every way there is, most of the
/// time within 64 bytes.
struct Writer {
    random: Random,
    text: String,
    /// The address types of the memories.
    types: [&'static str; 2],
}

impl Writer {
    fn program(seed: u64) -> String {
        let mut random = Random(seed ^ 0xacce55);
        let types = if random.one_in(2) { ["i32", "i64"] } else { ["i64", "i32"] };
        let is_shared = random.one_in(3);
        let memory = |ty: &str, shared: bool| format!("(memory {ty} 1 {})", if shared { "2 shared" } else { "2" });
        let r = random.next() as i32;
        let mut writer = Writer { random, text: String::new(), types };
        write!(
            writer.text,
            "(module {} {} (data $d \"some bytes to copy\")
             (global $r (mut i32) (i32.const {r})) (global $g (mut i64) (i64.const 1))\n",
            memory(types[0], is_shared),
            memory(types[1], false)
        )
        .unwrap();
        for n in 0..3 {
            write!(writer.text, "(func $f{n} (export \"f{n}\") (local $n i32) (loop $l ").unwrap();
            for _ in 0..=writer.random.below(8) {
                writer.statement(n);
            }
            writer.text.push_str(
                "(br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 4)))))\n",
            );
        }
        writer.text.push(')');
        writer.text
    }

    /// An `i32` that is another one each time.
    fn number(&mut self) -> String {
        match self.random.below(4) {
            0 => "(local.get $n)".to_owned(),
            1 => "(global.get $r)".to_owned(),
            2 => format!("(i32.const {})", self.random.below(3)),
            _ => "(block (result i32)
                (global.set $r (i32.add (i32.mul (global.get $r) (i32.const 1103515245)) (i32.const 12345)))
                (i32.shr_u (global.get $r) (i32.const 16)))"
                .to_owned(),
        }
    }

    fn value(&mut self, ty: &str) -> String {
        let number = self.number();
        match ty {
            "i32" => number,
            "i64" => format!("(i64.extend_i32_u {number})"),
            "f32" => format!("(f32.convert_i32_s {number})"),
            "f64" => format!("(f64.convert_i32_s {number})"),
            _ => format!("(i32x4.splat {number})"),
        }
    }

    /// An address in a memory, aligned for atomics; rarely past the end.
    fn address(&mut self, memory: usize) -> String {
        let ty = self.types[memory];
        if self.random.one_in(60) {
            let far = ["0xffff", "0xfff8", "0x10000", "-1", "-8"][self.random.below(5)];
            return format!("({ty}.const {far})");
        }
        let mask = [0x38, 0x3f, 0x3e, 0x38][self.random.below(4)];
        let number = self.number();
        let address = format!("(i32.and {number} (i32.const {mask}))");
        if ty == "i64" { format!("(i64.extend_i32_u {address})") } else { address }
    }

    fn aligned(&mut self, memory: usize) -> String {
        let number = self.number();
        let address = format!("(i32.and {number} (i32.const 0x38))");
        if self.types[memory] == "i64" { format!("(i64.extend_i32_u {address})") } else { address }
    }

    fn statement(&mut self, function: usize) {
        let memory = self.random.below(2);
        let offset = if self.random.one_in(3) { format!("offset={}", 8 * self.random.below(3)) } else { String::new() };
        let text = match self.random.below(12) {
            0..=2 => {
                let name = LOADS[self.random.below(LOADS.len())];
                let address = if name.contains("atomic") { self.aligned(memory) } else { self.address(memory) };
                format!("(drop ({name} {memory} {offset} {address}))")
            }
            3..=5 => {
                let (name, ty) = STORES[self.random.below(STORES.len())];
                let address = if name.contains("atomic") { self.aligned(memory) } else { self.address(memory) };
                let value = self.value(ty);
                format!("({name} {memory} {offset} {address} {value})")
            }
            6 => {
                let (bits, n_lanes) = LANES[self.random.below(4)];
                let lane = self.random.below(n_lanes);
                let (address, value) = (self.address(memory), self.value("v128"));
                if self.random.one_in(2) {
                    format!("(drop (v128.load{bits}_lane {memory} {offset} {lane} {address} {value}))")
                } else {
                    format!("(v128.store{bits}_lane {memory} {offset} {lane} {address} {value})")
                }
            }
            7 => {
                let (ty, size, suffix) = RMW_SIZES[self.random.below(7)];
                let (address, value) = (self.aligned(memory), self.value(ty));
                if self.random.one_in(3) {
                    let expected = self.value(ty);
                    format!(
                        "(drop ({ty}.atomic.{size}.cmpxchg{suffix} {memory} {offset} {address} {expected} {value}))"
                    )
                } else {
                    let kind = RMW_KINDS[self.random.below(6)];
                    format!("(drop ({ty}.atomic.{size}.{kind}{suffix} {memory} {offset} {address} {value}))")
                }
            }
            8 => {
                let (address, value, count) = (self.address(memory), self.number(), self.random.below(9));
                let ty = self.types[memory];
                format!("(memory.fill {memory} {address} {value} ({ty}.const {count}))")
            }
            9 => {
                let from = self.random.below(2);
                let (target, source, count) = (self.address(memory), self.address(from), self.random.below(20));
                // A 32-bit count unless both are 64-bit.
                let ty = if self.types[memory] == "i64" && self.types[from] == "i64" { "i64" } else { "i32" };
                format!("(memory.copy {memory} {from} {target} {source} ({ty}.const {count}))")
            }
            10 => {
                let (address, first, count) = (self.address(memory), self.random.below(12), self.random.below(8));
                format!("(memory.init {memory} $d {address} (i32.const {first}) (i32.const {count}))")
            }
            _ => match self.random.below(4) {
                0 if function > 0 => format!("(call $f{})", function - 1),
                1 => {
                    let number = self.number();
                    let ty = self.types[memory];
                    format!(
                        "(drop (memory.grow {memory} ({ty}.const {})))",
                        usize::from(number.len().is_multiple_of(2))
                    )
                }
                2 => {
                    let address = self.aligned(memory);
                    format!("(drop (memory.atomic.notify {memory} {address} (i32.const 1)))")
                }
                _ => {
                    let value = self.value("i64");
                    format!("(global.set $g (i64.or (global.get $g) {value}))")
                }
            },
        };
        self.text.push_str(&text);
        self.text.push('\n');
    }
}

#[tokio::test]
async fn written_programs_hit_as_the_oracle_says() {
    let engine = engine();
    let (mut n_programs, mut n_hits, mut n_accesses) = (0, 0, 0);
    for seed in 0..200 {
        let wat = Writer::program(seed);
        let module = Module::new(&engine, &wat).unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{wat}"));
        if let Some((hits, accesses)) = compare(&|| smithed(&engine, &module).0, seed).await {
            n_programs += 1;
            n_hits += hits;
            n_accesses += accesses;
        }
    }
    println!("{n_programs} programs, {n_accesses} accesses of memory, {n_hits} hits");
    assert!(n_programs >= 180, "only {n_programs} programs");
    assert!(n_hits > 4000, "only {n_hits} hits");
    assert!(n_accesses > 10_000, "only {n_accesses} accesses");
}

fn with_memories(config: Config) -> Config {
    Config {
        min_funcs: 6,
        min_exports: 6,
        min_memories: 1,
        max_memories: 2,
        max_memory32_bytes: 1 << 20,
        max_memory64_bytes: 1 << 20,
        memory_max_size_required: true,
        max_table_elements: 100,
        min_globals: 2,
        max_instructions: 100,
        // The oracle reads every operand stack.
        gc_enabled: false,
        ..config
    }
}

#[tokio::test]
async fn smithed_programs_hit_as_the_oracle_says() {
    let engine = engine();
    let (mut n_programs, mut n_hits, mut n_accesses) = (0, 0, 0);
    for seed in 0..3000 {
        let Some(module) = smith(&engine, seed ^ 0x3a7c4, with_memories) else { continue };
        if let Some((hits, accesses)) = compare(&|| smithed(&engine, &module).0, seed).await {
            n_programs += 1;
            n_hits += hits;
            n_accesses += accesses;
        }
        if n_programs >= 300 {
            break;
        }
    }
    println!("{n_programs} programs, {n_accesses} accesses of memory, {n_hits} hits");
    assert!(n_programs >= 300, "only {n_programs} programs touch memory");
    assert!(n_hits > 5000, "only {n_hits} hits");
    assert!(n_accesses > 5000, "only {n_accesses} accesses of memory");
}
