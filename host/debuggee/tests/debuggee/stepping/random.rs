//! The stepper against the oracle, on random programs.

use crate::stepping::oracle::{Length, compare};
use crate::stepping::table::engine;
use crate::support::random::Random;
use crate::support::smith::{smith, smithed};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use stillpoint_debuggee::Debuggee;
use wasm_smith::Config;
use wasmtime::{Caller, Engine, Linker, Module, Store};

const LENGTH: Length = Length { n_resumes: 150, n_instructions: 3000, first: None };

/// Writes a program of functions that call each other in every way there is. All conditions come
/// from a global generator, and a global counts down to make every program end.
struct Writer {
    random: Random,
    text: String,
}

const N_FUNCTIONS: usize = 6;
const CONDITION: &str = "global.get $r i32.const 1103515245 i32.mul i32.const 12345 i32.add global.set $r
    global.get $r i32.const 16 i32.shr_u i32.const 3 i32.and ";

impl Writer {
    fn program(seed: u64) -> String {
        let mut writer = Writer { random: Random(seed), text: String::new() };
        let r = writer.random.next() as u32 as i32;
        let elements: String = (0..4).map(|_| format!(" $f{}", writer.random.below(N_FUNCTIONS))).collect();
        write!(
            writer.text,
            r#"(module
            (type $void (func))
            (import "host" "nop" (func $nop))
            (import "host" "back" (func $call_back))
            (tag $e (param i32))
            (tag $other)
            (global $r (mut i32) (i32.const {r}))
            (global $fuel (mut i32) (i32.const 300))
            (table 4 funcref) (elem (i32.const 0) func {elements})
            (elem declare func $f0 $f1)
            (func (export "back") call $f1)
            (func (export "main") call $f0)
            "#
        )
        .unwrap();
        for n in 0..N_FUNCTIONS {
            write!(writer.text, "(func $f{n} (local i32) {CONDITION} drop ").unwrap();
            writer.text.push_str("global.get $fuel i32.const 0 i32.le_s br_if 0 ");
            writer.text.push_str("global.get $fuel i32.const 1 i32.sub global.set $fuel ");
            writer.statements(1, 3);
            writer.text.push_str(")\n");
        }
        writer.text.push(')');
        writer.text
    }

    fn statements(&mut self, n_labels: usize, n_left: usize) {
        for _ in 0..=self.random.below(3) {
            self.statement(n_labels, n_left);
        }
    }

    fn statement(&mut self, n_labels: usize, n_left: usize) {
        let kind = if n_left == 0 { self.random.below(12) } else { self.random.below(18) };
        let label = self.random.below(n_labels);
        let function = self.random.below(N_FUNCTIONS);
        let simple = match kind {
            0 => "nop ".to_owned(),
            1 => "local.get 0 i32.const 1 i32.add local.set 0 ".to_owned(),
            2 | 3 => format!("call $f{function} "),
            4 => "global.get $fuel i32.const 3 i32.and call_indirect (type $void) ".to_owned(),
            5 => "call $call_back ".to_owned(),
            6 => "ref.func $f1 call_ref $void ".to_owned(),
            7 => format!("{CONDITION} br_if {label} "),
            8 => format!("{CONDITION} i32.eqz if return_call $f{function} end "),
            9 => match self.random.below(4) {
                0 => format!("{CONDITION} i32.eqz if local.get 0 throw $e end "),
                1 => format!("{CONDITION} i32.eqz if throw $other end "),
                2 => format!(
                    "{CONDITION} i32.eqz if global.get $fuel i32.const 3 i32.and return_call_indirect (type $void) end "
                ),
                _ => format!("{CONDITION} i32.eqz if ref.func $f0 return_call_ref $void end "),
            },
            10 => match self.random.below(5) {
                0 => format!("{CONDITION} i32.eqz if return_call $nop end "),
                1 => format!("{CONDITION} i32.eqz if unreachable end "),
                2 => format!("{CONDITION} i32.eqz if return end "),
                _ => "call $nop ".to_owned(),
            },
            11 => {
                let labels: String = (0..3).map(|_| format!("{} ", self.random.below(n_labels))).collect();
                format!("block {CONDITION} br_table 0 {} end ", labels_inside(&labels))
            }
            _ => {
                let before = match kind {
                    12 | 13 => "block ".to_owned(),
                    14 => format!("{CONDITION} if "),
                    // Goes round while there is fuel and the generator says so.
                    15 => "loop ".to_owned(),
                    16 => "block try_table (catch_all 0) ".to_owned(),
                    _ => "block (result i32) try_table (catch $e 0) ".to_owned(),
                };
                self.text.push_str(&before);
                let n_inside = match kind {
                    16 => n_labels + 2,
                    // The block's label would need a value, so only that of the `try_table` is
                    // taken.
                    17 => 1,
                    _ => n_labels + 1,
                };
                self.statements(n_inside, n_left - 1);
                match kind {
                    14 if self.random.one_in(2) => {
                        self.text.push_str("else ");
                        self.statements(n_labels + 1, n_left - 1);
                        "end ".to_owned()
                    }
                    15 => format!(
                        "global.get $fuel i32.const 1 i32.sub global.set $fuel
                         global.get $fuel i32.const 0 i32.gt_s if {CONDITION} br_if 1 end end "
                    ),
                    16 => "end end ".to_owned(),
                    17 => "end i32.const 5 end drop ".to_owned(),
                    _ => "end ".to_owned(),
                }
            }
        };
        self.text.push_str(&simple);
    }
}

/// The same labels from inside one more block.
fn labels_inside(labels: &str) -> String {
    labels.split_whitespace().map(|label| format!("{} ", label.parse::<usize>().unwrap() + 1)).collect()
}

/// A program whose `main` is called three times, whatever came of the call before.
fn written(engine: &Engine, module: &Module) -> (Debuggee<()>, Arc<AtomicU64>) {
    let host_calls = Arc::new(AtomicU64::new(0));
    let (nops, backs) = (Arc::clone(&host_calls), Arc::clone(&host_calls));
    let mut linker = Linker::new(engine);
    linker
        .func_wrap("host", "nop", move || {
            nops.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    linker
        .func_wrap_async("host", "back", move |mut caller: Caller<'_, ()>, (): ()| {
            backs.fetch_add(1, Ordering::SeqCst);
            Box::new(async move {
                let back = caller.get_export("back").and_then(wasmtime::Extern::into_func).expect("it is exported");
                back.typed::<(), ()>(&caller)?.call_async(&mut caller, ()).await
            })
        })
        .unwrap();
    let mut store = Store::new(engine, ());
    store.debug_register_module(module).unwrap();
    let module = module.clone();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let instance = linker.instantiate_async(&mut *store, &module).await?;
            let main = instance.get_typed_func::<(), ()>(&mut *store, "main")?;
            for _ in 0..3 {
                let _ = main.call_async(&mut *store, ()).await;
            }
            Ok(())
        })
    });
    (debuggee.unwrap(), host_calls)
}

#[tokio::test]
async fn step_random_written_programs_as_the_oracle_does() {
    let engine = engine();
    let mut n_moves = 0;
    for seed in 0..100 {
        let wat = Writer::program(seed);
        let module = Module::new(&engine, &wat).unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{wat}"));
        n_moves += compare(&|| written(&engine, &module), seed, LENGTH).await;
    }
    assert!(n_moves > 2000, "only {n_moves} moves: the programs end too soon to test much");
}

fn adjust(config: Config) -> Config {
    Config {
        min_funcs: 4,
        min_exports: 4,
        min_tags: 1,
        max_memories: 1,
        max_instructions: 60,
        gc_enabled: true,
        ..config
    }
}

#[tokio::test]
async fn step_random_smithed_programs_as_the_oracle_does() {
    let engine = engine();
    let mut n_programs = 0;
    let mut n_moves = 0;
    for seed in 0..400 {
        let Some(module) = smith(&engine, seed, adjust) else { continue };
        n_programs += 1;
        n_moves += compare(&|| smithed(&engine, &module), seed, LENGTH).await;
    }
    assert!(n_programs > 40, "only {n_programs} programs were accepted by the engine");
    assert!(n_moves > 2000, "only {n_moves} moves: the programs end too soon to test much");
}
