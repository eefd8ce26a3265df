//! Formats the table that `count` prints.
//!
//! Invariant: the order of rows depends on counts and names alone, so that equal runs give equal
//! tables.

use std::fmt::Write as _;

use stillpoint_kit::print;

/// A function that was entered at least once.
pub(crate) struct Row {
    pub(crate) count: u64,
    pub(crate) function: String,
    pub(crate) module: String,
}

/// Names longer than this push their own row's next column aside, and not the whole column.
const NAME_WIDTH: usize = 60;

/// Prints the rows, the most entered functions first, at most `top` of them, and the names of the
/// functions that could not be counted.
pub(crate) fn print(rows: Vec<Row>, top: Option<usize>, refused: &[String]) {
    print!("{}", format(rows, top));
    if !refused.is_empty() {
        print!("not counted, for the host refused a breakpoint: {}\n", refused.join(", "));
    }
}

fn format(mut rows: Vec<Row>, top: Option<usize>) -> String {
    rows.sort_by(|a, b| (b.count, &a.function, &a.module).cmp(&(a.count, &b.function, &b.module)));
    let (entered, total) = (rows.len(), rows.iter().map(|row| row.count).sum::<u64>());
    rows.truncate(top.unwrap_or(usize::MAX));

    let counts = rows.iter().map(|row| row.count.to_string().len()).max().unwrap_or(0).max("count".len());
    let names = rows.iter().map(|row| row.function.chars().count()).max().unwrap_or(0);
    let names = names.clamp("function".len(), NAME_WIDTH);
    let mut text = String::new();
    let _ = writeln!(text, "{:>counts$}  {:<names$}  module", "count", "function");
    for Row { count, function, module } in &rows {
        let _ = writeln!(text, "{count:>counts$}  {function:<names$}  {module}");
    }
    let functions = if entered == 1 { "function" } else { "functions" };
    let _ = writeln!(text, "{total:>counts$}  in all, {entered} {functions}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |count, function: &str| Row { count, function: function.to_owned(), module: "demo".to_owned() };
        vec![row(1, "_start"), row(1, "alpha"), row(177, "demo::fib"), row(20, "demo::name")]
    }

    #[test]
    fn most_entered_first_then_by_name() {
        assert_eq!(
            format(rows(), None),
            "\
count  function    module
  177  demo::fib   demo
   20  demo::name  demo
    1  _start      demo
    1  alpha       demo
  199  in all, 4 functions
"
        );
    }

    #[test]
    fn top_cuts_rows_but_not_the_sum() {
        assert_eq!(
            format(rows(), Some(1)),
            "\
count  function   module
  177  demo::fib  demo
  199  in all, 4 functions
"
        );
    }

    #[test]
    fn nothing_was_entered() {
        assert_eq!(format(Vec::new(), None), "count  function  module\n    0  in all, 0 functions\n");
    }
}
