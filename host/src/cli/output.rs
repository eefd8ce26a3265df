//! Writing to standard output and standard error.
//!
//! Invariant: a reader that is gone (`stillpoint inspect x | head`) is neither a failure nor a
//! panic.

use super::escaped::escape;
use std::io::{ErrorKind, Write};

/// Writes text to standard output. If its reader is gone, the process ends with exit code 0.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(escape(text).as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(anyhow::Error::new(error).context("standard output cannot be written")),
    }
}

/// Writes an error, a warning or a notice to standard error. A failure to write it is ignored:
/// there is no other place to report it.
pub(crate) fn warn(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", escape(line));
}

/// A size as text: `512 bytes`, `4.5 MB`.
pub(crate) fn show_size(bytes: usize) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
    }
    // The conversion may round, but only one digit after the point is shown.
    let mut size = bytes as f64 / 1000.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if size < 999.95 {
            break;
        }
        size /= 1000.0;
        unit = next;
    }
    format!("{size:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::show_size;

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (4_449_347, "4.4 MB"),
            (999_999, "1.0 MB"),
            (2_200_000_000, "2.2 GB"),
        ] {
            assert_eq!(show_size(bytes), text);
        }
    }
}
