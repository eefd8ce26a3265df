//! The core modules of a component: the engine keeps one table of step points for all of them, by
//! offset alone, so that what is done to one shows in the other. Nobody should see that.

use crate::support::harness::{Data, config, run_on_both, store};
use crate::support::places::Places;
use expect_test::expect;
use stillpoint_debuggee::{BreakpointId, BreakpointSpec, Change, Debuggee, How, ModuleId, Session, StopReason};
use wasmtime::component::{Component, Linker};
use wasmtime::{AsContext, Engine};

/// Two modules of the same shape: the same instructions at the same offsets.
const PAIR: &str = r#"
    (component
      (core module $one (func (export "run") (nop) (nop) (nop)))
      (core module $two (func (export "run") (nop) (nop) (nop)))
      (core instance $one (instantiate $one))
      (core instance $two (instantiate $two))
      (func (export "one") (canon lift (core func $one "run")))
      (func (export "two") (canon lift (core func $two "run"))))
"#;

/// Calls both, one after the other, this many times.
fn pair(n_rounds: usize) -> Debuggee<Data> {
    let engine = Engine::new(&config()).unwrap();
    let component = Component::new(&engine, PAIR).unwrap();
    let (mut store, _) = store(&engine);
    store.debug_register_component(&component).unwrap();
    let debuggee = Debuggee::new(store, move |store| {
        Box::pin(async move {
            let instance = Linker::new(store.engine()).instantiate_async(&mut *store, &component).await?;
            for _ in 0..n_rounds {
                for name in ["one", "two"] {
                    instance.get_typed_func::<(), ()>(&mut *store, name)?.call_async(&mut *store, ()).await?;
                }
            }
            Ok(())
        })
    });
    debuggee.unwrap()
}

struct Pair {
    debuggee: Debuggee<Data>,
    /// The places of each module: both have the same names.
    places: [Places; 2],
}

impl Pair {
    fn new(n_rounds: usize) -> Pair {
        let debuggee = pair(n_rounds);
        let names: Vec<_> = debuggee.modules().into_iter().map(|module| module.name.unwrap()).collect();
        assert_eq!(names, ["one", "two"]);
        let places = [0, 1].map(|module| {
            let binary = debuggee.bytecode(ModuleId(module), 0, usize::MAX).unwrap();
            Places::of_modules(&[(ModuleId(module), binary)])
        });
        Pair { debuggee, places }
    }

    fn at(&self, module: usize, place: &str) -> Change {
        Change::Add(BreakpointSpec::at(self.places[module].location(place)))
    }

    fn edit(&mut self, changes: &[Change]) {
        for answer in self.debuggee.edit_breakpoints(changes).unwrap() {
            answer.unwrap();
        }
    }

    fn remove(&mut self, id: u32) {
        self.edit(&[Change::Remove(BreakpointId(id))]);
    }

    /// Resumes and says what came, with the module's name.
    async fn resume(&mut self, how: How) -> String {
        let stop = self.debuggee.resume(how).await.unwrap();
        let module = stop.location().map_or(0, |location| location.module.0);
        format!("{}{}", ["one: ", "two: "][module as usize], self.places[module as usize].line(&stop))
    }

    async fn rest(&mut self) -> String {
        let mut text = String::new();
        while !self.debuggee.is_complete() {
            text += &self.resume(How::Continue).await;
            text.push('\n');
        }
        text
    }
}

#[test]
fn the_two_have_the_same_offsets() {
    let pair = Pair::new(1);
    for n in 0..4 {
        let place = format!("run#{n}");
        assert_eq!(pair.places[0].pc(&place), pair.places[1].pc(&place));
    }
}

#[test]
fn breakpoint_in_one_does_not_stop_in_the_other() {
    run_on_both(|| async {
        for module in [0, 1] {
            let mut pair = Pair::new(2);
            pair.edit(&[pair.at(module, "run#1")]);
            let name = ["one", "two"][module];
            let expected = format!("{name}: breakpoint 1 at run#1\n").repeat(2) + "one: exited returned\n";
            assert_eq!(pair.rest().await, expected);
        }
    });
}

/// Hits of the sibling are not counted either.
#[test]
fn hits_are_counted_apart() {
    run_on_both(|| async {
        let mut pair = Pair::new(3);
        pair.edit(&[pair.at(0, "run#1"), pair.at(1, "run#1"), pair.at(1, "run#3")]);
        for _ in 0..7 {
            pair.resume(How::Continue).await;
        }
        let hits: Vec<_> = pair.debuggee.breakpoints().unwrap().iter().map(|breakpoint| breakpoint.hits).collect();
        assert_eq!(hits, [3, 2, 2]);
    });
}

#[test]
fn removing_one_leaves_the_other() {
    run_on_both(|| async {
        for (removed, left) in [(1, "two: breakpoint 2 at run#1\n"), (2, "one: breakpoint 1 at run#1\n")] {
            let mut pair = Pair::new(4);
            pair.edit(&[pair.at(0, "run#1"), pair.at(1, "run#1")]);
            assert_eq!(pair.resume(How::Continue).await, "one: breakpoint 1 at run#1");
            assert_eq!(pair.resume(How::Continue).await, "two: breakpoint 2 at run#1");
            pair.remove(removed);
            assert_eq!(pair.rest().await, left.repeat(3) + "one: exited returned\n");
        }
    });
}

/// Single-stepping arms and disarms everything; what was there before is there after.
#[test]
fn both_stay_over_single_stepping() {
    run_on_both(|| async {
        for n_steps in 1..10 {
            let mut pair = Pair::new(4);
            pair.edit(&[pair.at(0, "run#0"), pair.at(1, "run#2")]);
            assert_eq!(pair.resume(How::Continue).await, "one: breakpoint 1 at run#0");
            assert_eq!(pair.resume(How::Continue).await, "two: breakpoint 2 at run#2");
            let mut n_breakpoints = 2;
            for _ in 0..n_steps {
                n_breakpoints += usize::from(pair.resume(How::StepInstruction).await.contains("breakpoint"));
            }
            let rest = pair.rest().await;
            assert_eq!(n_breakpoints + rest.matches("breakpoint").count(), 8, "{n_steps} steps, then\n{rest}");
        }
    });
}

/// Removed while single-stepping is on, or in the very edit that turns it off.
#[test]
fn removing_one_around_single_stepping_leaves_the_other() {
    run_on_both(|| async {
        for removed_after in 0..4 {
            let mut pair = Pair::new(4);
            pair.edit(&[pair.at(0, "run#1"), pair.at(1, "run#1"), pair.at(0, "run#3"), pair.at(1, "run#3")]);
            assert_eq!(pair.resume(How::Continue).await, "one: breakpoint 1 at run#1");
            for n_steps in 0..4 {
                if n_steps == removed_after {
                    pair.remove(1);
                    pair.remove(4);
                }
                pair.resume(How::StepInstruction).await;
            }
            let rest = pair.rest().await;
            // Four steps from `one`'s second instruction lead to `two`'s second.
            let expected = "one: breakpoint 3 at run#3\ntwo: breakpoint 2 at run#1\n".repeat(3);
            assert_eq!(rest, format!("{expected}one: exited returned\n"), "removed after {removed_after}");
        }
    });
}

/// Added to a sibling's offset later, and the sibling's taken out: the code ends up as it began.
#[test]
fn nothing_is_left_in_the_code() {
    run_on_both(|| async {
        let mut pair = Pair::new(3);
        pair.edit(&[pair.at(0, "run#1")]);
        assert_eq!(pair.resume(How::Continue).await, "one: breakpoint 1 at run#1");
        pair.edit(&[pair.at(1, "run#1"), pair.at(0, "run#1")]);
        pair.remove(1);
        assert_eq!(pair.resume(How::Continue).await, "two: breakpoint 2 at run#1");
        pair.remove(2);
        assert_eq!(pair.resume(How::Continue).await, "one: breakpoint 3 at run#1");
        pair.remove(3);
        assert_eq!(pair.rest().await, "one: exited returned\n");
        let (store, result) = pair.debuggee.take_store().unwrap();
        result.unwrap();
        assert_eq!(store.as_context().breakpoints().unwrap().count(), 0);
    });
}

#[test]
fn steps_go_from_one_module_to_the_other() {
    run_on_both(|| async {
        let mut pair = Pair::new(1);
        let mut text = String::new();
        while !pair.debuggee.is_complete() {
            text += &pair.resume(How::StepInstruction).await;
            text.push('\n');
        }
        assert!(matches!(pair.debuggee.last_stop().reason, StopReason::Exited(_)));
        expect![[r#"
            one: step at run#0
            one: step at run#1
            one: step at run#2
            one: step at run#3
            two: step at run#0
            two: step at run#1
            two: step at run#2
            two: step at run#3
            one: exited returned
        "#]]
        .assert_eq(&text);
    });
}
