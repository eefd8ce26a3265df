//! Breakpoints: where they can be, and what sets, hits and removes them.

use crate::support::harness::{Data, breakpoint, program, run, run_on_both};
use crate::support::places::Places;
use crate::support::transcript::transcript;
use expect_test::expect;
use stillpoint_debuggee::{
    Breakpoint, BreakpointId, BreakpointSpec, Change, Debuggee, Error, Exit, How, Location, ModuleId, Session, State,
    StopReason,
};

fn once(location: Location) -> Change {
    Change::Add(BreakpointSpec { one_shot: true, ..BreakpointSpec::at(location) })
}

/// Applies changes that are all accepted.
fn edit(debuggee: &mut Debuggee<Data>, changes: &[Change]) -> Vec<BreakpointId> {
    let answers = debuggee.edit_breakpoints(changes).unwrap();
    answers.into_iter().map(|answer| answer.expect("the change is accepted")).collect()
}

/// Three turns of a loop that calls a function.
const LOOP: &str = r#"
    (module
      (func $main (export "main") (local $n i32)
        (loop $again
          (local.set $n (call $add_one (local.get $n)))
          (br_if $again (i32.lt_u (local.get $n) (i32.const 3)))))
      (func $add_one (param i32) (result i32)
        (i32.add (local.get 0) (i32.const 1))))
"#;

#[test]
fn stops_at_each_hit_with_the_instruction_still_to_run() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        edit(&mut debuggee, &[breakpoint(places.location("main#2")), breakpoint(places.location("add_one#0"))]);
        expect![[r#"
            breakpoint 1 at main#2
            breakpoint 2 at add_one#0
            breakpoint 1 at main#2
            breakpoint 2 at add_one#0
            breakpoint 1 at main#2
            breakpoint 2 at add_one#0
            exited returned
        "#]]
        .assert_eq(&transcript(&mut debuggee, &places, How::Continue).await);
    });
}

#[test]
fn several_at_one_location() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        let here = places.location("add_one#1");
        let ids = edit(
            &mut debuggee,
            &[breakpoint(here), once(here), breakpoint(places.location("main#0")), breakpoint(here)],
        );
        assert_eq!(ids, [1, 2, 3, 4].map(BreakpointId));
        let mut seen = String::new();
        for _ in 0..3 {
            seen += &format!("{}\n", places.line(&debuggee.resume(How::Continue).await.unwrap()));
        }
        expect![[r#"
            breakpoint 3 at main#0
            breakpoint 1, 2, 4 at add_one#1
            breakpoint 1, 4 at add_one#1
        "#]]
        .assert_eq(&seen);
        // One of two removed: the place stays armed. Numbers are not given out again.
        assert_eq!(
            edit(&mut debuggee, &[Change::Remove(BreakpointId(1)), breakpoint(places.location("main#3"))])[1],
            BreakpointId(5)
        );
        let spec = BreakpointSpec::at(here);
        assert_eq!(debuggee.breakpoints().unwrap()[1], Breakpoint { id: BreakpointId(4), spec, hits: 2, taken: 2 });
        expect![[r#"
            breakpoint 5 at main#3
            breakpoint 4 at add_one#1
            breakpoint 5 at main#3
            exited returned
        "#]]
        .assert_eq(&transcript(&mut debuggee, &places, How::Continue).await);
    });
}

/// From any id on, also one that was removed or never given out; the list is in the order of the
/// ids.
#[test]
fn listing_page_by_page() {
    run(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        // The order of the places is not that of the ids.
        let at = ["main#3", "add_one#1", "main#0", "main#3", "add_one#0", "main#2", "main#0", "add_one#2"];
        edit(&mut debuggee, &at.map(|place| breakpoint(places.location(place))));
        edit(&mut debuggee, &[1, 4, 5, 8].map(|id| Change::Remove(BreakpointId(id))));
        let left = [2, 3, 6, 7];
        let list = |debuggee: &Debuggee<Data>, first, limit| {
            let page = debuggee.list_breakpoints(BreakpointId(first), limit).unwrap();
            for Breakpoint { id, spec, .. } in &page {
                assert_eq!(spec.location, places.location(at[id.0 as usize - 1]));
            }
            page.iter().map(|breakpoint| breakpoint.id.0).collect::<Vec<_>>()
        };
        for first in (0..10).chain([u32::MAX]) {
            for limit in (0..6).chain([usize::MAX]) {
                let expected: Vec<u32> = left.into_iter().filter(|id| *id >= first).take(limit).collect();
                assert_eq!(list(&debuggee, first, limit), expected, "{first}, {limit}");
            }
        }
        assert_eq!(debuggee.breakpoints().unwrap().len(), left.len());
        // While it runs the list is not there; after the end it is, for the counters.
        debuggee.start(How::Continue).unwrap();
        assert_eq!(debuggee.list_breakpoints(BreakpointId(0), 9), Err(Error::Running));
        debuggee.resume(How::Continue).await.unwrap();
        while !debuggee.is_complete() {
            debuggee.resume(How::Continue).await.unwrap();
        }
        assert_eq!(list(&debuggee, 3, 2), [3, 6]);
        let hits: Vec<u64> = debuggee.breakpoints().unwrap().iter().map(|breakpoint| breakpoint.hits).collect();
        assert_eq!(hits, [3, 1, 3, 1]);
    });
}

#[test]
fn one_shot_is_gone_after_its_stop() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        edit(&mut debuggee, &[once(places.location("add_one#0")), once(places.location("add_one#2"))]);
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(places.line(&stop), "breakpoint 1 at add_one#0");
        let left: Vec<_> = debuggee.breakpoints().unwrap().iter().map(|breakpoint| breakpoint.id).collect();
        assert_eq!(left, [BreakpointId(2)]);
        let gone = debuggee.edit_breakpoints(&[Change::Remove(BreakpointId(1))]).unwrap();
        assert_eq!(gone, [Err(Error::NoBreakpoint(BreakpointId(1)))]);
        let rest = transcript(&mut debuggee, &places, How::Continue).await;
        assert_eq!(rest, "breakpoint 2 at add_one#2\nexited returned\n");
    });
}

/// One-shot and not at one place, over and over: the place is armed as long as one of them is
/// there.
#[test]
fn one_shot_beside_another_is_taken_out_alone() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        let here = places.location("add_one#0");
        edit(&mut debuggee, &[once(here), breakpoint(here)]);
        let mut seen = String::new();
        while !debuggee.is_complete() {
            seen += &format!("{}\n", places.line(&debuggee.resume(How::Continue).await.unwrap()));
            if debuggee.state() == State::Paused {
                edit(&mut debuggee, &[once(here)]);
            }
        }
        expect![[r#"
            breakpoint 1, 2 at add_one#0
            breakpoint 2, 3 at add_one#0
            breakpoint 2, 4 at add_one#0
            exited returned
        "#]]
        .assert_eq(&seen);
    });
}

/// Hits count whatever the stop was called, and from one pass to the next.
#[test]
fn hits_count_every_pass() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        edit(
            &mut debuggee,
            &[
                breakpoint(places.location("add_one#0")),
                breakpoint(places.location("main#0")),
                breakpoint(places.location("main#9")),
            ],
        );
        let hits = |debuggee: &Debuggee<Data>| {
            debuggee.breakpoints().unwrap().iter().map(|breakpoint| breakpoint.hits).collect::<Vec<_>>()
        };
        assert_eq!(hits(&debuggee), [0, 0, 0]);
        let mut seen = Vec::new();
        let mut stop = debuggee.resume(How::Continue).await.unwrap();
        while !matches!(stop.reason, StopReason::Exited(_)) {
            seen.push(hits(&debuggee));
            let how = if seen.len() % 2 == 0 { How::Continue } else { How::StepInstruction };
            stop = debuggee.resume(how).await.unwrap();
        }
        assert_eq!(seen.first().unwrap(), &[0, 1, 0]);
        assert_eq!(seen.last().unwrap(), &[3, 1, 1]);
        // They can be read after the end.
        assert_eq!(hits(&debuggee), [3, 1, 1]);
    });
}

/// A breakpoint at a step's end is what the stop is called; other steps are steps.
#[test]
fn breakpoint_while_stepping_is_a_breakpoint() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        edit(
            &mut debuggee,
            &[
                breakpoint(places.location("main#2")),
                once(places.location("main#0")),
                breakpoint(places.location("add_one#3")),
            ],
        );
        let seen = transcript(&mut debuggee, &places, How::StepInstruction).await;
        let first: Vec<&str> = seen.lines().take(10).collect();
        expect![[r#"
            breakpoint 2 at main#0
            step at main#1
            breakpoint 1 at main#2
            step at add_one#0
            step at add_one#1
            step at add_one#2
            breakpoint 3 at add_one#3
            step at main#3
            step at main#4
            step at main#5"#]]
        .assert_eq(&first.join("\n"));
        assert_eq!(seen.lines().filter(|line| *line == "breakpoint 1 at main#2").count(), 3);
        assert_eq!(seen.lines().filter(|line| *line == "breakpoint 3 at add_one#3").count(), 3);
    });
}

/// A batch is done change by change: what is refused does not keep the rest from being done.
#[test]
fn batch_with_bad_entries() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        let good = places.location("main#0");
        let between = Location { pc: good.pc + 1, ..places.location("main#1") };
        let elsewhere = Location { module: ModuleId(1), pc: good.pc };
        let answers = debuggee.edit_breakpoints(&[
            breakpoint(good),
            breakpoint(between),
            Change::Remove(BreakpointId(9)),
            breakpoint(elsewhere),
            Change::Remove(BreakpointId(1)),
            Change::Remove(BreakpointId(1)),
            breakpoint(good),
        ]);
        let refused = Error::NotAnInstruction { pc: between.pc, before: Some(good.pc), after: Some(good.pc + 2) };
        assert_eq!(
            answers.unwrap(),
            [
                Ok(BreakpointId(1)),
                Err(refused),
                Err(Error::NoBreakpoint(BreakpointId(9))),
                Err(Error::NoModule(ModuleId(1))),
                Ok(BreakpointId(1)),
                Err(Error::NoBreakpoint(BreakpointId(1))),
                Ok(BreakpointId(2)),
            ]
        );
        assert_eq!(debuggee.edit_breakpoints(&[]).unwrap(), []);
        let seen = transcript(&mut debuggee, &places, How::Continue).await;
        assert_eq!(seen, "breakpoint 2 at main#0\nexited returned\n");
    });
}

#[test]
fn refused_offsets_name_their_neighbours() {
    run_on_both(|| async {
        const PROGRAM: &str = r#"
            (module
              (func $first (local i32 i64)
                (local.set 0 (i32.const 1000000)))
              (func $main (export "main")
                (block $out
                  (br $out)
                  (nop) (nop))
                (return)
                (nop))
              (func $last (unreachable) (nop)))
        "#;
        let places = Places::of(PROGRAM);
        let binary_size = wat::parse_str(PROGRAM).unwrap().len() as u32;
        let mut debuggee = program(PROGRAM);
        let name =
            |pc: Option<u32>| pc.map_or("none".to_owned(), |pc| places.name(Location { module: ModuleId(0), pc }));
        let mut text = String::new();
        let first = places.pc("first#0");
        let last = places.pc("last#0");
        let cases = [
            ("the module's header", 0),
            ("before the first function", first - 20),
            ("the locals of the first function", first - 1),
            ("inside an immediate", first + 1),
            ("inside an immediate, later", first + 3),
            ("the size of the next function", places.pc("main#0") - 2),
            ("dead code after `br`", places.pc("main#2")),
            ("dead code after `return`", places.pc("main#6")),
            ("dead code at the end", last + 1),
            ("the end of the last function", last + 2),
            ("after the last function", last + 3),
            ("the last byte", binary_size - 1),
            ("past the binary", binary_size),
            ("far out", u32::MAX),
        ];
        for (what, pc) in cases {
            let location = Location { module: ModuleId(0), pc };
            match debuggee.edit_breakpoints(&[breakpoint(location)]).unwrap().remove(0) {
                Err(Error::NotAnInstruction { pc: asked, before, after }) => {
                    assert_eq!(asked, pc);
                    text += &format!("{what}: {} .. {}\n", name(before), name(after));
                }
                other => text += &format!("{what}: {other:?}\n"),
            }
        }
        expect![[r#"
            the module's header: none .. first#0
            before the first function: none .. first#0
            the locals of the first function: none .. first#0
            inside an immediate: first#0 .. first#1
            inside an immediate, later: first#0 .. first#1
            the size of the next function: first#2 .. main#0
            dead code after `br`: main#1 .. main#5
            dead code after `return`: main#5 .. last#0
            dead code at the end: last#0 .. none
            the end of the last function: last#0 .. none
            after the last function: last#0 .. none
            the last byte: last#0 .. none
            past the binary: last#0 .. none
            far out: last#0 .. none
        "#]]
        .assert_eq(&text);
        assert_eq!(debuggee.breakpoints().unwrap(), []);
        // Nothing was armed by the way.
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Returned(vec![])));
    });
}

#[test]
fn module_without_functions_has_no_neighbours() {
    run_on_both(|| async {
        let mut debuggee = program("(module (memory 1))");
        let answers = debuggee.edit_breakpoints(&[breakpoint(Location { module: ModuleId(0), pc: 8 })]).unwrap();
        assert_eq!(answers, [Err(Error::NotAnInstruction { pc: 8, before: None, after: None })]);
        let sentence = answers[0].clone().unwrap_err().to_string();
        assert_eq!(sentence, "offset 0x8 is not an instruction the program can stop at; the module has none");
    });
}

#[test]
fn wrong_states() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        let change = breakpoint(places.location("main#0"));
        debuggee.start(How::Continue).unwrap();
        assert_eq!(debuggee.edit_breakpoints(std::slice::from_ref(&change)), Err(Error::Running));
        assert_eq!(debuggee.breakpoints(), Err(Error::Running));
        debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(debuggee.edit_breakpoints(std::slice::from_ref(&change)), Err(Error::Exited));
        assert_eq!(debuggee.breakpoints(), Ok(vec![]));
    });
}

/// Ten thousand in one batch, each hit once, removed in one batch.
#[test]
fn ten_thousand_at_once() {
    run(|| async {
        let wat = format!(
            r#"(module (func $main (export "main") (call $nops) (call $nops)) (func $nops {}))"#,
            "nop ".repeat(10_000)
        );
        let places = Places::of(&wat);
        let mut debuggee = program(&wat);
        let changes: Vec<Change> = (0..10_000).map(|n| breakpoint(places.location(&format!("nops#{n}")))).collect();
        let ids = edit(&mut debuggee, &changes);
        for (n, id) in ids.iter().enumerate() {
            let stop = debuggee.resume(How::Continue).await.unwrap();
            assert_eq!(stop.location(), Some(places.location(&format!("nops#{n}"))));
            assert_eq!(stop.reason, StopReason::Breakpoint(vec![*id]));
        }
        assert_eq!(debuggee.breakpoints().unwrap().len(), 10_000);
        let removals: Vec<Change> = ids.iter().map(|id| Change::Remove(*id)).collect();
        assert_eq!(edit(&mut debuggee, &removals), ids);
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Returned(vec![])));
    });
}

/// The limit is an answer for each change past it, and removing makes room.
#[test]
fn too_many() {
    run(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        let changes = vec![breakpoint(places.location("main#0")); 1_000_002];
        let answers = debuggee.edit_breakpoints(&changes).unwrap();
        assert!(answers[..1_000_000].iter().all(Result::is_ok));
        let refused = Err(Error::TooLarge { limit: 1_000_000 });
        assert_eq!(answers[1_000_000..], [refused.clone(), refused]);
        edit(&mut debuggee, &[Change::Remove(BreakpointId(5)), breakpoint(places.location("main#0"))]);
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert!(matches!(stop.reason, StopReason::Breakpoint(ids) if ids.len() == 1_000_000));
    });
}

/// Set and removed again at one pause, so that the code never had it.
#[test]
fn set_and_removed_before_the_resume() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        let ids = edit(&mut debuggee, &[breakpoint(places.location("main#0")), breakpoint(places.location("main#2"))]);
        edit(&mut debuggee, &[Change::Remove(ids[0])]);
        let stop = debuggee.resume(How::Continue).await.unwrap();
        assert_eq!(places.line(&stop), "breakpoint 2 at main#2");
        // Removed while the program stands on it.
        edit(&mut debuggee, &[Change::Remove(ids[1])]);
        assert_eq!(debuggee.resume(How::Continue).await.unwrap().reason, StopReason::Exited(Exit::Returned(vec![])));
    });
}

/// Set where the program stands: that instruction is not hit again before it has run.
#[test]
fn set_where_the_program_stands() {
    run_on_both(|| async {
        let places = Places::of(LOOP);
        let mut debuggee = program(LOOP);
        edit(&mut debuggee, &[once(places.location("add_one#0"))]);
        debuggee.resume(How::Continue).await.unwrap();
        edit(&mut debuggee, &[breakpoint(places.location("add_one#0"))]);
        let seen = transcript(&mut debuggee, &places, How::Continue).await;
        assert_eq!(seen, "breakpoint 2 at add_one#0\nbreakpoint 2 at add_one#0\nexited returned\n");
    });
}
