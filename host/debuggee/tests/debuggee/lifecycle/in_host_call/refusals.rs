//! What can be asked and changed while the program is stopped in a call of the host, and what is
//! refused.

use super::support::{PROGRAM, frames, interrupt, waiting};
use crate::support::harness::{run, run_on_both};
use crate::support::places::Places;
use std::sync::atomic::Ordering;
use stillpoint_debuggee::{
    Accesses, Call, Captures, Change, Error, Exit, FrameId, How, InstanceId, ModuleId, Session, State, Value,
    WatchChange, WatchSpec, WatchTarget,
};

/// Whatever needs the store is refused, and the program is not moved by it.
#[test]
fn what_can_be_asked_at_the_stop() {
    run_on_both(|| async {
        let (mut debuggee, host, _) = waiting();
        let captures = Captures { locals: true, operands: true, n_frames: 2 };
        debuggee.set_captures(captures).unwrap();
        interrupt(&mut debuggee, How::Continue).await;
        let stop = debuggee.last_stop().clone();
        assert_eq!(stop.captured.asked, captures);
        assert_eq!((stop.captured.frames.len(), stop.frame), (2, stop.captured.frames.first().copied()));
        assert_eq!((stop.captured.locals.len(), stop.captured.operands.len()), (0, 0));
        host.open.notify_one();
        let number = stop.number;
        let instance = frames(&mut debuggee).await[0].instance;
        let module = stop.location().unwrap().module;
        assert_eq!(debuggee.query(|_| ()).await, Err(Error::InHostCall));
        let session: &mut dyn Session = &mut debuggee;
        let answers = session
            .modify(move |program| {
                let modules = program.modules().len();
                let instances: Vec<InstanceId> = program.instances().iter().map(|instance| instance.id).collect();
                assert_eq!((modules, instances, program.depth()), (1, vec![instance], Ok(3)));
                assert_eq!(program.frames(1, 1).unwrap().len(), 1);
                assert_eq!(program.frames(3, 1), Ok(vec![]));
                let names = program.functions(module, 0, 10).unwrap().into_iter().filter_map(|function| function.name);
                assert_eq!(names.collect::<Vec<_>>(), ["wait", "main", "middle", "inner", "called"]);
                let after = ModuleId(module.0 + 1);
                assert_eq!(program.functions(after, 0, 1), Err(Error::NoModule(after)));
                let id = |stop, index| FrameId { stop, index };
                assert_eq!(program.locals(id(number - 1, 0)), Err(Error::StaleFrame));
                assert_eq!(program.operands(id(number, 3)), Err(Error::NoFrame { n_frames: 3 }));
                vec![
                    program.locals(id(number, 0)).map(drop),
                    program.operands(id(number, 2)).map(drop),
                    program.memory(instance, 0).map(drop),
                    program.read_memory(instance, 0, 0, 1).map(drop),
                    program.write_memory(instance, 0, 0, &[1]),
                    program.globals(instance, 0, 1).map(drop),
                    program.set_global(instance, 0, Value::I32(1)),
                    program.entry_point().map(drop),
                    program.component().map(drop),
                    program.pending_exception().map(drop),
                    program.view().exports(instance).map(drop),
                ]
            })
            .await
            .unwrap();
        assert!(answers.iter().all(|answer| *answer == Err(Error::InHostCall)), "{answers:?}");
        let callee = Call::new(instance, Places::of(PROGRAM).function("called"), vec![Value::I32(1)]);
        assert_eq!(session.begin_call(callee), Err(Error::InHostCall));
        assert_eq!(session.modules().len(), 1);
        assert_eq!(session.functions(module, 1, 2).unwrap().len(), 2);
        assert_eq!(session.bytecode(module, 0, 4).unwrap(), b"\0asm");
        assert_eq!(session.breakpoints(), Ok(vec![]));
        let target = WatchTarget::Memory { instance, memory: 0, address: 0, length: 4 };
        let spec = WatchSpec::of(target, Accesses { read: false, write: true, host: false });
        assert_eq!(session.edit_watchpoints(&[WatchChange::Add(spec)]), Ok(vec![Err(Error::InHostCall)]));
        assert_eq!(session.state(), State::Paused);
        assert_eq!((host.n_returns.load(Ordering::SeqCst), session.last_stop()), (0, &stop));
    });
}

/// A watchpoint can be taken away there, and its points go with it.
#[test]
fn watchpoint_that_is_removed_at_the_stop() {
    run(|| async {
        let (mut debuggee, host, result) = waiting();
        debuggee.resume(How::StepInstruction).await.unwrap();
        let instance = debuggee.query(|paused| stillpoint_debuggee::View::instances(paused)[0].id).await.unwrap();
        let target = WatchTarget::Global { instance, global: 0 };
        let spec = WatchSpec::of(target, Accesses { read: false, write: true, host: true });
        let id = debuggee.edit_watchpoints(&[WatchChange::Add(spec)]).unwrap()[0].clone().unwrap();
        interrupt(&mut debuggee, How::Continue).await;
        let removed = debuggee.edit_watchpoints(&[WatchChange::Remove(id), WatchChange::Remove(id)]).unwrap();
        assert_eq!(removed, [Ok(id), Err(Error::NoWatchpoint(id))]);
        assert_eq!(Session::watchpoints(&debuggee), Ok(vec![]));
        host.open.notify_one();
        assert_eq!(
            debuggee.edit_breakpoints(&[Change::Remove(stillpoint_debuggee::BreakpointId(9))]).unwrap().len(),
            1
        );
        assert_eq!(interrupt(&mut debuggee, How::Continue).await.1, "inner#3");
        host.open.notify_one();
        assert_eq!(debuggee.finish().await, Ok(Exit::Returned(vec![])));
        assert_eq!(result.load(Ordering::SeqCst), 42);
    });
}
