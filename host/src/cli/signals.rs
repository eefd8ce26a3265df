//! Ctrl-C and SIGTERM end the process, whatever the program does.
//!
//! A separate thread waits for them, because programs in endless loops may occupy every thread of
//! the runtime.
//!
//! Invariant: once [`watch`] has returned, either signal ends the process with its exit code.

use super::{output, progress};
use anyhow::Context as _;

/// Begins to wait for the signals.
pub(crate) fn watch() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the thread that waits for Ctrl-C cannot be set up")?;
    // The handlers are installed before this function returns. A signal that comes before has its
    // default effect and ends the process.
    let waiting = {
        let _inside = runtime.enter();
        platform::Waiting::new().context("Ctrl-C cannot be watched for")?
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let (word, code) = runtime.block_on(waiting.first());
            progress::clear();
            output::warn(word);
            std::process::exit(code);
        })
        .context("the thread that waits for Ctrl-C cannot be started")?;
    Ok(())
}

#[cfg(unix)]
mod platform {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub(super) struct Waiting {
        interrupt: Signal,
        terminate: Signal,
    }

    impl Waiting {
        pub(super) fn new() -> std::io::Result<Self> {
            Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
        }

        /// The word to print and the exit code, which is 128 plus the signal's number.
        pub(super) async fn first(mut self) -> (&'static str, i32) {
            tokio::select! {
                _ = self.interrupt.recv() => ("interrupted", 130),
                _ = self.terminate.recv() => ("terminated", 143),
            }
        }
    }
}

#[cfg(windows)]
mod platform {
    use tokio::signal::windows::{CtrlC, ctrl_c};

    pub(super) struct Waiting(CtrlC);

    impl Waiting {
        pub(super) fn new() -> std::io::Result<Self> {
            ctrl_c().map(Self)
        }

        pub(super) async fn first(mut self) -> (&'static str, i32) {
            self.0.recv().await;
            ("interrupted", 130)
        }
    }
}
