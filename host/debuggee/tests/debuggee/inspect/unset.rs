//! Locals of non-nullable reference types before the program has set them: they are never read, in
//! whatever way somebody looks, and a program that has them runs as it does without a debugger.
//!
//! Each program is tried as it is, on an engine without a collector, and as `with_nullable_locals`
//! makes it, on one with.

use crate::support::harness::{Data, breakpoint, call_main, config, run, store};
use crate::support::places::Places;
use crate::support::random::Random;
use crate::support::transcript::{innermost, values};
use std::fmt::Write;
use stillpoint_debuggee::{
    Action, BreakpointSpec, Call, CaptureSpec, Captures, Change, Debuggee, DrainLimit, Error, FrameId, How, Object,
    Recording, Session, StopReason, Value, View, with_nullable_locals,
};
use wasmtime::{Collector, Engine, Linker, Module};

/// The two ways in which a program can be compiled.
const WAYS: [Way; 2] = [Way::AsItIs, Way::Nullable];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    AsItIs,
    Nullable,
}

fn debuggee(way: Way, wat: &str) -> Debuggee<Data> {
    let mut config = config();
    if way == Way::AsItIs {
        config.collector(Collector::Null);
    }
    let engine = Engine::new(&config).unwrap();
    let binary = wat::parse_str(wat).unwrap();
    let module = match way {
        Way::AsItIs => Module::new(&engine, &binary),
        Way::Nullable => Module::new(&engine, with_nullable_locals(&binary)),
    };
    let module = module.unwrap();
    let (mut store, _) = store(&engine);
    store.debug_register_module(&module).unwrap();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let instance = Linker::new(store.engine()).instantiate_async(&mut *store, &module).await?;
            call_main(store, instance).await
        })
    });
    debuggee.unwrap()
}

/// The stack holds numbers that are no references where `subject` has its locals.
const DIRTY: &str = r#"
    (func $dirty (local i64 i64 i64 i64 i64 i64 i64 i64)
        (local.set 0 (i64.const 0x1234567812345678)) (local.set 1 (i64.const 0x1234567812345679))
        (local.set 2 (i64.const 0x1234567812345677)) (local.set 3 (i64.const 0x7777777777777777))
        (local.set 4 (i64.const 0x5555555555555551)) (local.set 5 (i64.const 0x1234567812345678))
        (local.set 6 (i64.const 0x1234567812345678)) (local.set 7 (i64.const 0x1234567812345678)))"#;

fn subject() -> String {
    format!(
        r#"(module
            (type $s (struct (field i32))) (type $f (func)) (type $a (array i8))
            (tag $t)
            {DIRTY}
            (func $callee nop)
            (func $taker (param (ref $f)))
            (func $subject (param i32) (local (ref $s)) (local i32) (local (ref $f)) (local (ref $a)) (local (ref extern))
                           (local (ref any) (ref null $s))
                nop
                (local.set 1 (struct.new $s (i32.const 7)))
                (local.set 3 (ref.func $callee))
                (call $callee)
                (drop (struct.get $s 0 (local.get 1))))
            (func $main (export "main") (call $dirty) (call $subject (i32.const 5)))
            (elem declare func $callee))"#
    )
}

/// `state --at subject` on such a program ended the host.
#[test]
fn report_unset_locals_are_shown_as_not_set() {
    for way in WAYS {
        run(move || async move {
            let wat = subject();
            let places = Places::of(&wat);
            let mut debuggee = debuggee(way, &wat);
            debuggee.set_captures(Captures { locals: true, operands: true, n_frames: 5 }).unwrap();
            let at = |place: &str| breakpoint(places.location(place));
            let changes = [at("subject#0"), at("subject#3"), at("callee#0"), at("subject#7")];
            debuggee.edit_breakpoints(&changes).unwrap();
            let mut seen = Vec::new();
            while let StopReason::Breakpoint(_) = debuggee.resume(How::Continue).await.unwrap().reason {
                let stop = debuggee.last_stop().clone();
                let (locals, operands) = innermost(&mut debuggee).await;
                assert_eq!(values(&stop.captured.locals), values(&locals));
                seen.push(format!("{} {} {}", places.line(&stop), values(&locals), values(&operands)));
                // A caller is asked in the same way.
                let caller = FrameId { stop: stop.number, index: 1 };
                let locals = debuggee.query(move |paused| paused.locals(caller)).await.unwrap().unwrap();
                if stop.location() == Some(places.location("callee#0")) {
                    seen.push(format!("caller {}", values(&locals)));
                }
            }
            expect_test::expect![[r#"
                breakpoint 1 at subject#0 [5 unset-any 0 unset-func unset-any unset-extern unset-any null-any] []
                breakpoint 2 at subject#3 [5 unset-any 0 unset-func unset-any unset-extern unset-any null-any] [ref-any]
                breakpoint 3 at callee#0 [] []
                caller [5 ref-any 0 ref-func unset-any unset-extern unset-any null-any]
                breakpoint 4 at subject#7 [5 ref-any 0 ref-func unset-any unset-extern unset-any null-any] []"#]]
            .assert_eq(&seen.join("\n"));
        });
    }
}

#[test]
fn records_conditions_and_calls_do_not_read_them() {
    for way in WAYS {
        run(move || async move {
            let wat = subject();
            let places = Places::of(&wat);
            let mut debuggee = debuggee(way, &wat);
            let everything = CaptureSpec { locals: true, operands: true, memory: Vec::new() };
            debuggee.set_recording(Recording { steps: everything.clone(), ..Recording::default() }).unwrap();
            let place = places.location("subject#0");
            let traced =
                Change::Add(BreakpointSpec { action: Action::Capture(everything), ..BreakpointSpec::at(place) });
            let conditional = Change::Add(BreakpointSpec {
                condition: Some("local[1] == 0".to_owned()),
                ..BreakpointSpec::at(place)
            });
            let edits = debuggee.edit_breakpoints(&[traced, conditional, breakpoint(place)]).unwrap();
            assert!(matches!(&edits[..], [Ok(_), Err(Error::BadCondition(_)), Ok(_)]), "{edits:?}");
            debuggee.resume(How::Continue).await.unwrap();
            // The size of the record: its head, three counts, a number, and two numbers and six
            // marks of two bytes.
            let records = debuggee.drain_records(DrainLimit::Bytes(usize::MAX)).records;
            assert_eq!(records.len(), 16 + 12 + 2 * 5 + 6 * 2, "{records:?}");
            let (locals, _) = innermost(&mut debuggee).await;
            let Some(unset @ Value::Unset(_)) = locals.get(3).copied() else { panic!("{locals:?}") };
            let instance = debuggee.query(|paused| paused.instances()).await.unwrap()[0].id;
            let call = Call::new(instance, places.function("taker"), vec![unset]);
            let refused = debuggee.call(call).await;
            assert!(matches!(refused, Err(Error::WrongType { .. })), "{refused:?}");
            assert!(matches!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(_)));
        });
    }
}

/// Writes programs whose locals hold structs with the number that a second local of each has held
/// since before: zero as long as the first has not been set.
struct Writer {
    random: Random,
    text: String,
    next: i32,
}

const N_FUNCTIONS: usize = 4;

impl Writer {
    fn program(seed: u64) -> String {
        let mut writer = Writer { random: Random(seed), text: String::new(), next: 1 };
        write!(
            writer.text,
            "(module (type $s (struct (field i32))) (type $junk (array i64)) (tag $t)
             (global $r (mut i32) (i32.const {seed})) (global $fuel (mut i32) (i32.const 60)) {DIRTY}
             (func $main (export \"main\") (call $dirty) (call $f0))"
        )
        .unwrap();
        for n in 0..N_FUNCTIONS {
            write!(
                writer.text,
                "(func $f{n} (local $a (ref $s)) (local $b (ref $s)) (local $na i32) (local $nb i32)
                 (br_if 0 (i32.le_s (global.get $fuel) (i32.const 0)))
                 (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1))) "
            )
            .unwrap();
            let mut known = [false; 2];
            writer.statements(&mut known, 1, 3);
            writer.text.push(')');
        }
        writer.text.push(')');
        writer.text
    }

    /// `known` is what the validator knows to be set.
    fn statements(&mut self, known: &mut [bool; 2], n_labels: usize, n_left: usize) {
        for _ in 0..=self.random.below(3) {
            self.statement(known, n_labels, n_left);
        }
    }

    fn condition(&mut self) -> String {
        let shift = 16 + self.random.below(6);
        format!(
            "(global.set $r (i32.add (i32.mul (global.get $r) (i32.const 1103515245)) (i32.const 12345)))
             (i32.and (i32.shr_u (global.get $r) (i32.const {shift})) (i32.const 1)) "
        )
    }

    fn statement(&mut self, known: &mut [bool; 2], n_labels: usize, n_left: usize) {
        let local = self.random.below(2);
        let name = ["a", "b"][local];
        let label = self.random.below(n_labels);
        let function = self.random.below(N_FUNCTIONS);
        match self.random.below(if n_left == 0 { 7 } else { 12 }) {
            0 | 1 => {
                let n = self.next;
                self.next += 1;
                let how = ["local.set $", "local.tee $"][self.random.below(2)];
                let drop = if how == "local.tee $" { "drop" } else { "" };
                write!(
                    self.text,
                    "(local.set $n{name} (i32.const {n})) i32.const {n} struct.new $s {how}{name} {drop} "
                )
                .unwrap();
                known[local] = true;
            }
            2 if known[local] => write!(self.text, "(drop (struct.get $s 0 (local.get ${name}))) ").unwrap(),
            2 | 3 => write!(self.text, "(call $f{function}) ").unwrap(),
            4 => {
                let condition = self.condition();
                write!(self.text, "{condition} br_if {label} ").unwrap();
            }
            5 => {
                let condition = self.condition();
                write!(self.text, "{condition} if throw $t end ").unwrap();
            }
            6 => self.text.push_str("(drop (array.new_default $junk (i32.const 3000))) "),
            7 | 8 => {
                let condition = self.condition();
                write!(self.text, "{condition} if ").unwrap();
                let mut inner = *known;
                self.statements(&mut inner, n_labels + 1, n_left - 1);
                if self.random.one_in(2) {
                    self.text.push_str("else ");
                    let mut inner = *known;
                    self.statements(&mut inner, n_labels + 1, n_left - 1);
                }
                self.text.push_str("end ");
            }
            9 => {
                self.text.push_str("block ");
                let mut inner = *known;
                self.statements(&mut inner, n_labels + 1, n_left - 1);
                self.text.push_str("end ");
            }
            10 => {
                self.text.push_str("loop ");
                let mut inner = *known;
                // Branches to the loop end because the fuel does.
                self.statements(&mut inner, n_labels, n_left - 1);
                let condition = self.condition();
                write!(self.text, "(global.set $fuel (i32.sub (global.get $fuel) (i32.const 1))) (global.get $fuel) (i32.const 0) i32.gt_s {condition} i32.and br_if 0 end ").unwrap();
            }
            _ => {
                self.text.push_str("block $h try_table (catch $t $h) ");
                let mut inner = *known;
                self.statements(&mut inner, n_labels, n_left - 1);
                self.text.push_str("end end ");
            }
        }
    }
}

/// At every instruction of random programs, a local that is shown with a value holds what the
/// program has put there, and one that the program has not set is shown so. The programs make
/// garbage, so that the collector runs between.
#[test]
fn random_programs_show_what_they_have_set() {
    let n_programs: u64 =
        std::env::var("STILLPOINT_UNSET_PROGRAMS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut shown = [0; 2];
    for seed in 0..n_programs {
        let wat = Writer::program(seed);
        for way in WAYS {
            let (n_set, n_unset) = follow(way, &wat, seed);
            shown[0] += n_set;
            shown[1] += n_unset;
        }
    }
    assert!(shown.iter().all(|n| *n > 1000 || n_programs < 60), "{shown:?}");
}

/// Steps through a program. Returns how many locals were seen that are set, and that are not.
fn follow(way: Way, wat: &str, seed: u64) -> (usize, usize) {
    let (send, receive) = std::sync::mpsc::channel();
    let wat = wat.to_owned();
    run(move || async move {
        let mut debuggee = debuggee(way, &wat);
        let mut counts = (0, 0);
        for _ in 0..3000 {
            let stop = debuggee.resume(How::StepInstruction).await.unwrap().clone();
            if let StopReason::Exited(exit) = &stop.reason {
                assert!(
                    format!("{exit:?}").contains("Returned") || format!("{exit:?}").contains("exception"),
                    "{seed}: {exit:?}"
                );
                break;
            }
            let seen = debuggee.query(move |paused| {
                let n_frames = paused.depth().unwrap();
                let mut seen = Vec::new();
                for index in 0..n_frames {
                    let locals = paused.locals(FrameId { stop: stop.number, index }).unwrap();
                    let [a, b, Value::I32(na), Value::I32(nb)] = locals[..] else { continue };
                    for (local, number) in [(a, na), (b, nb)] {
                        let value = match local {
                            Value::Unset(_) => None,
                            Value::Reference(_, id) => match paused.object(id).unwrap() {
                                Object::Struct(fields) => Some(fields[0]),
                                other => panic!("{other:?}"),
                            },
                            other => panic!("{other:?}"),
                        };
                        seen.push((value, number));
                    }
                }
                seen
            });
            for (value, number) in seen.await.unwrap() {
                match value {
                    // Between the two `local.set` the number is ahead.
                    Some(Value::I32(value)) => {
                        counts.0 += 1;
                        assert!(
                            value != 0 && (value == number || number != 0),
                            "{seed} {way:?}: {value} {number}\n{wat}"
                        );
                    }
                    Some(other) => panic!("{other:?}"),
                    None => counts.1 += 1,
                }
            }
        }
        send.send(counts).unwrap();
    });
    receive.recv().unwrap()
}
