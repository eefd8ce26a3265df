//! Shared by the tests of injected calls: what a debugger sees of a stop, and calls that leave it
//! unchanged.

use crate::support::harness::Data;
use crate::support::places::Places;
use stillpoint_debuggee::{Call, CallEnd, Debuggee, Frame, InstanceId, Location, StopReason, Value, View};

/// Everything that a debugger sees of a place: its frames, and the locals and operands of each of
/// them.
pub(crate) type Seen = Vec<(InstanceId, u32, Location, Vec<Value>, Vec<Value>)>;

pub(crate) async fn look<T: Send + 'static>(debuggee: &mut Debuggee<T>) -> Seen {
    let query = debuggee.query(|paused| {
        let frames: Vec<Frame> = paused.frames(0, u32::MAX).expect("the frames can be walked");
        let see = |frame: &Frame| {
            let locals = paused.locals(frame.id).expect("the frame is there");
            let operands = paused.operands(frame.id).expect("the frame is there");
            (frame.instance, frame.function, frame.location, locals, operands)
        };
        frames.iter().map(see).collect()
    });
    query.await.expect("the program is paused")
}

/// The first instance.
pub(crate) async fn instance<T: Send + 'static>(debuggee: &mut Debuggee<T>) -> InstanceId {
    debuggee.query(|paused| paused.instances()[0].id).await.expect("the program is paused")
}

/// A function of the first instance, by its name.
pub(crate) async fn function(debuggee: &mut Debuggee<Data>, places: &Places, name: &str, arguments: &[Value]) -> Call {
    Call::new(instance(debuggee).await, places.function(name), arguments.to_vec())
}

/// Injects a call that runs through, and checks that the program is where it was.
pub(crate) async fn inject(debuggee: &mut Debuggee<Data>, call: Call) -> CallEnd {
    let before = (debuggee.last_stop().clone(), look(debuggee).await);
    let stop = debuggee.call(call).await.unwrap();
    assert_eq!(stop.number, before.0.number + 1);
    assert_eq!(stop.location(), before.0.location());
    assert_eq!(look(debuggee).await, before.1);
    match stop.reason {
        StopReason::CallFinished(end) => end,
        other => panic!("not the end of a call: {other:?}"),
    }
}
