//! Single-stepping, with everything a stop shows.

use crate::harness::{call, debuggee};
use stillpoint::debuggee::{Exit, FrameId, How, StopReason, Value, View};
use wasmtime::Val;

const ADD: &str = r#"(module (func (export "main") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"#;

/// Four stops: before each of the three instructions and at the return point.
#[tokio::test]
async fn step_shows_locals_and_operands_before_every_instruction() {
    let (mut debuggee, _) = debuggee(
        ADD,
        |_| {},
        |store, instance| {
            Box::pin(async move {
                assert_eq!(call(store, instance, "main", &[Val::I32(1), Val::I32(2)]).await?[0].unwrap_i32(), 3);
                assert_eq!(call(store, instance, "main", &[Val::I32(3), Val::I32(4)]).await?[0].unwrap_i32(), 7);
                Ok(())
            })
        },
    );
    let mut seen = Vec::new();
    for _ in 0..4 {
        let stop = debuggee.resume(How::StepInstruction).await.unwrap();
        assert_eq!(stop.reason, StopReason::Step);
        let frame = FrameId { stop: stop.number, index: 0 };
        let state = debuggee.query(move |paused| {
            let frames = paused.frames(0, 10).unwrap();
            assert_eq!(frames.len(), 1);
            (frames[0].function, frames[0].location, paused.locals(frame).unwrap(), paused.operands(frame).unwrap())
        });
        let (function, location, locals, operands) = state.await.unwrap();
        assert_eq!(Some(location), stop.location);
        assert_eq!(locals, [Value::I32(1), Value::I32(2)]);
        seen.push((function, location.pc, operands));
    }
    let first = seen[0].1;
    let i32s = |values: &[i32]| values.iter().copied().map(Value::I32).collect::<Vec<_>>();
    assert_eq!(
        seen,
        [(0, first, i32s(&[])), (0, first + 2, i32s(&[1])), (0, first + 4, i32s(&[1, 2])), (0, first + 5, i32s(&[3]))]
    );
    let stop = debuggee.resume(How::Continue).await.unwrap();
    assert_eq!(stop.reason, StopReason::Exited(Exit::Returned));
    let (store, result) = debuggee.take_store().unwrap();
    result.unwrap();
    drop(store);
}
