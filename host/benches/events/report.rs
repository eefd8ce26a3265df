//! The table, and the lines of JSON.
//!
//! Invariant: every figure is a median of times that were measured in this run. For every figure
//! that was not measured, a line says why.

use crate::measure::{Figure, Measured};
use crate::shared::{self, number_or_null};
use std::fmt::Write as _;

/// The table as text.
pub(crate) fn table(rows: &[Measured], rounds: u32) -> String {
    let mut text = format!(
        "{:<17} {:>30} {:>34} {:>30} {:>9} {:>10}\n",
        "case", "ours, ns", "the peer, ns", "the floor, ns", "peer/ours", "ours/floor"
    );
    for row in rows.iter().filter(|row| row.is_measured()) {
        let _ = writeln!(
            text,
            "{:<17} {:>30} {:>34} {:>30} {:>9} {:>10}",
            row.case.name,
            cell(&row.ours),
            cell(&row.peer),
            cell(&row.floor),
            ratio(&row.peer, &row.ours).map_or("-".to_owned(), |ratio| format!("{ratio:.1}")),
            ratio(&row.ours, &row.floor).map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
        );
    }
    for row in rows {
        if let (Err(why), false) = (&row.ours, row.is_measured()) {
            let _ = writeln!(text, "{}: not measured: needs {why}", row.case.name);
            continue;
        }
        for (figure, who) in [(&row.ours, "ours"), (&row.peer, "the peer"), (&row.floor, "the floor")] {
            if let Err(why) = figure {
                let _ = writeln!(text, "{}, {who}: not measured: needs {why}", row.case.name);
            }
        }
    }
    let _ = writeln!(
        text,
        "Medians of {rounds} interleaved rounds after one to warm up; in brackets the least and the most."
    );
    text
}

/// One line of JSON for each case. A figure that was not measured is `null`.
pub(crate) fn json(rows: &[Measured]) -> String {
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(
            text,
            r#"{{"case":"{}","ours_ns":{},"peer_ns":{},"floor_ns":{},"vs_peer":{},"vs_floor":{}}}"#,
            row.case.name,
            number_or_null(median(&row.ours), 1),
            number_or_null(median(&row.peer), 1),
            number_or_null(median(&row.floor), 1),
            number_or_null(ratio(&row.peer, &row.ours), 2),
            number_or_null(ratio(&row.ours, &row.floor), 3),
        );
    }
    text
}

impl Measured {
    fn is_measured(&self) -> bool {
        [&self.ours, &self.peer, &self.floor].into_iter().any(Result::is_ok)
    }
}

fn median(figure: &Figure) -> Option<f64> {
    shared::median(figure.as_ref().ok()?)
}

fn ratio(above: &Figure, below: &Figure) -> Option<f64> {
    Some(median(above)? / median(below)?)
}

fn cell(figure: &Figure) -> String {
    let (Some(median), Ok(times)) = (median(figure), figure) else { return "-".to_owned() };
    let least = times.first().copied().unwrap_or(median);
    let most = times.last().copied().unwrap_or(median);
    format!("{} ({}–{})", number(median), number(least), number(most))
}

/// A whole number with a space between groups of three digits.
fn number(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
