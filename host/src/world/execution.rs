//! `execution`: runs and ends the program.
//!
//! Invariant: a resume that cannot run answers before anything of the program is touched.

use super::interfaces::common::{Error, Stop};
use super::interfaces::execution::{Host, How, StopCapture};
use super::{Debuggee, World, convert};
use crate::debuggee;
use std::sync::Arc;
use wasmtime::component::Resource;

impl Host for World {
    fn set_captures(&mut self, _: Resource<Debuggee>, captures: Vec<StopCapture>) -> Result<(), Error> {
        let mut asked = debuggee::Captures::default();
        for capture in captures {
            match capture {
                StopCapture::Locals => asked.locals = true,
                StopCapture::Operands => asked.operands = true,
                StopCapture::Frames(n_frames) => asked.n_frames = asked.n_frames.max(n_frames),
            }
        }
        self.session()?.set_captures(asked).map_err(convert::error)
    }

    async fn resume(&mut self, _: Resource<Debuggee>, how: How) -> Result<Stop, Error> {
        self.resume(how).await.map(Arc::unwrap_or_clone)
    }

    fn interrupt(&mut self, _: Resource<Debuggee>) -> Result<(), Error> {
        self.interrupter()?.interrupt();
        Ok(())
    }

    fn terminate(&mut self, _: Resource<Debuggee>) -> Result<(), Error> {
        match self.background() {
            Some(run) if !self.is_detached() => run.terminate(),
            _ => self.session()?.terminate(),
        }
        .map_err(convert::error)
    }

    fn detach(&mut self, _: Resource<Debuggee>) -> Result<(), Error> {
        if self.session()?.state() == debuggee::State::Exited {
            return Err(Error::Exited);
        }
        self.set_detached();
        Ok(())
    }
}

impl World {
    /// Runs on to the next stop.
    pub(super) async fn resume(&mut self, how: How) -> Result<Arc<Stop>, Error> {
        let result = if self.is_orphaned() {
            self.collect().await.map(Arc::new)
        } else {
            let mut reused = self.reused_stop.take().unwrap_or_default();
            let stop = self.session()?.resume(convert::how(how)).await.map_err(convert::error);
            stop.map(|stop| convert::stop_into(stop, Arc::make_mut(&mut reused))).map(|()| reused)
        };
        self.reused_stop = result.as_ref().ok().cloned();
        self.note_resume();
        result
    }
}
