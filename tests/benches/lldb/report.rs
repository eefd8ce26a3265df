//! Formats the results: the table, and the lines of JSON.
//!
//! Invariant: every figure is a median of measurements of this run.

use crate::measure::Measured;
use crate::shared::{self, number_or_null};
use std::fmt::Write as _;

/// The table.
pub(crate) fn table(rows: &[Measured]) -> String {
    let mut text = format!("{:<16} {:>28} {:>28} {:>9}\n", "case", "ours, ms", "the peer, ms", "peer/ours");
    for row in rows {
        let ratio = ratio(row).map_or("-".to_owned(), |ratio| format!("{ratio:.1}"));
        let _ = writeln!(text, "{:<16} {:>28} {:>28} {ratio:>9}", row.case.name, cell(&row.ours), cell(&row.peer));
    }
    text.push_str("Medians of interleaved rounds after one to warm up; in brackets the least and the most.\n");
    text
}

/// One line of JSON for each case; null for what was not measured.
pub(crate) fn json(rows: &[Measured]) -> String {
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(
            text,
            r#"{{"case":"{}","ours_ms":{},"peer_ms":{},"vs_peer":{}}}"#,
            row.case.name,
            number_or_null(median(&row.ours), 4),
            number_or_null(median(&row.peer), 4),
            number_or_null(ratio(row), 2),
        );
    }
    text
}

fn median(times: &Option<Vec<f64>>) -> Option<f64> {
    shared::median(times.as_ref()?)
}

fn ratio(row: &Measured) -> Option<f64> {
    Some(median(&row.peer)? / median(&row.ours)?)
}

fn cell(times: &Option<Vec<f64>>) -> String {
    let (Some(median), Some(times)) = (median(times), times) else { return "-".to_owned() };
    let least = times.first().copied().unwrap_or(median);
    let most = times.last().copied().unwrap_or(median);
    // Small figures get decimal places.
    let places = if median < 100.0 { 2 } else { 0 };
    format!("{median:.places$} ({least:.places$}–{most:.places$})")
}
