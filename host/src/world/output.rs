//! A debugger's output: the text of `messages.print` and of the component's standard streams, in one
//! order.
//!
//! Invariant: writing never fails for the debugger or the program. After an error (for example,
//! when the reader is gone) the rest is discarded.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// The number of bytes that are buffered before they are written.
const BUFFER: usize = 64 << 10;

/// The number of bytes that a stream of the component accepts at once.
const PERMIT: usize = 64 << 10;

/// A debugger's output. Clones are cheap and share one writer and one buffer.
#[derive(Clone)]
pub struct Output(Arc<Mutex<Inner>>);

struct Inner {
    /// None after an error.
    writer: Option<Box<dyn Write + Send>>,
    /// The error's text.
    failure: Option<String>,
    buffer: Vec<u8>,
    by_line: bool,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}

impl Output {
    /// For a writer that only the debugger uses: writes large pieces, and the rest whenever the
    /// debugger waits and when it ends.
    #[must_use]
    pub fn new(writer: impl Write + Send + 'static) -> Output {
        Output::with(writer, false)
    }

    /// For a writer that the program uses as well: writes each line as soon as it is complete, so
    /// that lines keep their order with what the program prints.
    #[must_use]
    pub fn by_line(writer: impl Write + Send + 'static) -> Output {
        Output::with(writer, true)
    }

    fn with(writer: impl Write + Send + 'static, by_line: bool) -> Output {
        Output(Arc::new(Mutex::new(Inner {
            writer: Some(Box::new(writer)),
            failure: None,
            buffer: Vec::new(),
            by_line,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds text.
    pub fn write(&self, bytes: &[u8]) {
        let mut inner = self.lock();
        if inner.writer.is_none() {
            return;
        }
        inner.buffer.extend_from_slice(bytes);
        if inner.buffer.len() >= BUFFER || inner.by_line && bytes.contains(&b'\n') {
            inner.write_out();
        }
    }

    /// The error that kept a part from being written, if there was one.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.lock().failure.clone()
    }

    /// Writes what is buffered.
    pub fn flush(&self) {
        self.lock().write_out();
    }
}

impl Inner {
    fn write_out(&mut self) {
        let Some(writer) = &mut self.writer else { return };
        if self.buffer.is_empty() {
            return;
        }
        if let Err(error) = writer.write_all(&self.buffer).and_then(|()| writer.flush()) {
            tracing::debug!(%error, "what the debugger prints cannot be written; the rest is discarded");
            self.writer = None;
            self.failure = Some(error.to_string());
            self.buffer = Vec::new();
        }
        self.buffer.clear();
        // One long text must not keep its memory for ever.
        self.buffer.shrink_to(BUFFER.saturating_mul(2));
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.write_out();
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

/// Flushing does nothing: compiled languages flush after every line, and the buffer is written
/// anyway when the debugger waits.
impl OutputStream for Output {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        Output::write(self, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

#[async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Output::write(&self, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps the bytes of each write.
    #[derive(Clone, Default)]
    struct Writes(Arc<Mutex<Vec<Vec<u8>>>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Writes {
        fn sizes(&self) -> Vec<usize> {
            self.0.lock().unwrap().iter().map(Vec::len).collect()
        }
    }

    #[test]
    fn writes_in_large_pieces() {
        let writes = Writes::default();
        let output = Output::new(writes.clone());
        for _ in 0..1_000_000 {
            output.write(b"a line\n");
        }
        assert!(writes.sizes().iter().all(|size| *size >= BUFFER), "{:?}", writes.sizes());
        drop(output);
        assert_eq!(writes.sizes().iter().sum::<usize>(), 7_000_000);
    }

    #[test]
    fn writes_lines_where_the_program_prints_too() {
        let writes = Writes::default();
        let output = Output::by_line(writes.clone());
        output.write(b"half ");
        assert_eq!(writes.sizes(), [0; 0]);
        output.write(b"a line\nand");
        assert_eq!(writes.sizes(), [15]);
        output.flush();
        output.flush();
        assert_eq!(writes.sizes(), [15]);
    }
}
