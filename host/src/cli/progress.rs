//! A line on the terminal while something takes long.
//!
//! Invariant: nothing is shown unless standard error is a terminal, and the line is removed when
//! the work is done.

use anyhow::Context as _;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;
use tokio::task::JoinError;

/// How long work takes before the line is shown.
const DELAY: Duration = Duration::from_secs(1);

/// Does blocking work on a thread of its own and shows a line meanwhile if it takes long.
pub(crate) async fn blocking<R: Send + 'static>(
    line: String,
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, JoinError> {
    let mut work = tokio::task::spawn_blocking(work);
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    tokio::select! {
        result = &mut work => return result,
        () = tokio::time::sleep(DELAY) => {}
    }
    let _ = write!(std::io::stderr(), "{line}");
    let result = work.await;
    clear();
    result
}

/// As [`blocking`], for a command that has no runtime.
pub(crate) fn blocking_alone<R: Send + 'static>(
    line: String,
    work: impl FnOnce() -> R + Send + 'static,
) -> anyhow::Result<R> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the thread that does the work cannot be started")?;
    runtime.block_on(blocking(line, work)).context("an internal error ended the work")
}

/// Removes the line, if standard error is a terminal.
pub(crate) fn clear() {
    if std::io::stderr().is_terminal() {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}
