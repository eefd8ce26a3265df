//! The table that is printed: a line for each call, with the state, the arguments and the answer.
//!
//! Invariant: the table depends on the program and the calls alone, never on the machine.

use std::cell::RefCell;
use std::fmt::Debug;

use stillpoint_kit::{Debuggee, FrameId, Value, ValueType, flush, println};

/// The longest text of an argument or an answer, in characters.
const MAX_WORDS: usize = 110;

/// The calls in one state.
pub(crate) struct Table<'d> {
    pub(crate) state: &'static str,
    pub(crate) debuggee: &'d Debuggee,
    rows: RefCell<Vec<Row>>,
}

struct Row {
    function: String,
    arguments: String,
    answer: String,
}

impl<'d> Table<'d> {
    pub(crate) fn new(state: &'static str, debuggee: &'d Debuggee) -> Table<'d> {
        Table { state, debuggee, rows: RefCell::default() }
    }

    /// Adds a call. `path` is the function's path in Rust.
    pub(crate) fn row(&self, path: &str, arguments: &[String], answer: String) {
        let path: String = path.chars().filter(|character| !character.is_whitespace()).collect();
        let function = path.replace("::", ".").replace('_', "-");
        let is_another = |row: &Row| row.function != function;
        if self.rows.borrow().first().is_some_and(is_another) {
            self.print();
        }
        self.rows.borrow_mut().push(Row { function, arguments: arguments.join(", "), answer });
    }

    /// Prints the calls so far, so that they are shown even if the next one traps. Consecutive
    /// calls of one function share a line if all of them, or three and more in a row, have the same
    /// answer.
    pub(crate) fn print(&self) {
        let rows = self.rows.take();
        let Some(Row { function, answer, .. }) = rows.first() else { return };
        let state = self.state;
        if rows.len() > 1 && rows.iter().all(|row| row.answer == *answer) {
            println!("{state} {function}: {} calls -> {answer}", rows.len());
            return flush();
        }
        for alike in rows.chunk_by(|one, other| one.answer == other.answer) {
            match alike {
                [first, _, _, .., last] => {
                    let (from, to) = (&first.arguments, &last.arguments);
                    println!("{state} {function}({from}) to ({to}): {} calls -> {}", alike.len(), first.answer);
                }
                few => {
                    for Row { arguments, answer, .. } in few {
                        println!("{state} {function}({arguments}) -> {answer}");
                    }
                }
            }
        }
        flush();
    }
}

/// Calls a function of the contract with the table's debuggee, and adds the call to the table.
#[macro_export]
macro_rules! ask {
    ($table:expr, $interface:ident :: $function:ident ( $($argument:expr),* $(,)? )) => {{
        let table = $table;
        let arguments: &[String] = &[$($crate::table::Words::words(&$argument)),*];
        let answer = $interface::$function(table.debuggee $(, $argument)*);
        table.row(stringify!($interface::$function), arguments, $crate::table::answer(&answer));
        answer
    }};
}

/// A result as text: the case of the error, the value, or `ok`.
pub(crate) fn answer<T: Words, E: Debug>(answer: &Result<T, E>) -> String {
    match answer {
        Ok(value) => value.words(),
        Err(error) => cut(format!("{error:?}")),
    }
}

/// The text of an argument or of an answer in the table.
pub(crate) trait Words {
    fn words(&self) -> String;
}

fn cut(mut words: String) -> String {
    words = words.replace("Error::", "error ");
    for noise in ["StopReason::", "Value::", "Object::", "BreakpointOption::", "RecordCapture::", "StopCapture::"] {
        words = words.replace(noise, "");
    }
    if let Some((end, _)) = words.char_indices().nth(MAX_WORDS) {
        words.truncate(end);
        words.push('…');
    }
    words
}

/// Implements [`Words`] with the `Debug` text of the bindings.
macro_rules! as_it_is {
    ($($ty:ty),* $(,)?) => { $(impl Words for $ty {
        fn words(&self) -> String {
            cut(format!("{self:?}"))
        }
    })* };
}

use stillpoint_kit::bindings::stillpoint::debugger as world;
as_it_is!(
    bool,
    i32,
    world::common::Reference,
    world::common::Stop,
    world::execution::How,
    world::inspection::ArrayObject,
    world::inspection::Memory,
    world::inspection::Object,
    world::inspection::Table,
    world::program::Launch,
    world::program::State,
    Option<world::common::Reference>,
    Option<world::inspection::EntryFunction>,
);

/// Implements [`Words`] for pages of a list: the elements, and where to go on.
macro_rules! pages {
    ($($ty:ty),* $(,)?) => { $(impl Words for $ty {
        fn words(&self) -> String {
            let next = self.next.map(|next| format!(", next {}", next.words())).unwrap_or_default();
            self.items.words() + &next
        }
    })* };
}

pages!(
    world::breakpoints::BreakpointPage,
    world::inspection::AddressPage,
    world::inspection::ComponentPage,
    world::inspection::ExportPage,
    world::inspection::FramePage,
    world::inspection::FunctionPage,
    world::inspection::GlobalPage,
    world::inspection::ImportPage,
    world::inspection::InstancePage,
    world::inspection::ModulePage,
    world::inspection::TagPage,
    world::inspection::ValuePage,
    world::watchpoints::WatchpointPage,
);

impl Words for () {
    fn words(&self) -> String {
        "ok".to_owned()
    }
}

impl Words for u32 {
    fn words(&self) -> String {
        u64::from(*self).words()
    }
}

/// Small numbers as they are, large ones by the power of two next to them.
impl Words for u64 {
    fn words(&self) -> String {
        for power in [31, 32, 63, 64] {
            let distance = (1 << power) - i128::from(*self);
            match distance {
                0 => return format!("2^{power}"),
                1..100 => return format!("2^{power}-{distance}"),
                -100..0 => return format!("2^{power}+{}", -distance),
                _ => {}
            }
        }
        self.to_string()
    }
}

impl Words for Value {
    fn words(&self) -> String {
        match self {
            Value::I32(_) => format!("i32 {self}"),
            Value::I64(_) => format!("i64 {self}"),
            Value::F32(_) => format!("f32 {self}"),
            Value::F64(_) => format!("f64 {self}"),
            Value::V128(_) => format!("v128 {self}"),
            Value::Reference(reference) => {
                let id = reference.id.map_or_else(|| "without an id".to_owned(), |id| id.words());
                format!("{} {id}", reference.kind)
            }
            Value::Unset(kind) => format!("{self}: {kind}"),
            Value::Other(text) => format!("other {text:?}"),
            Value::Null(_) => self.to_string(),
        }
    }
}

impl Words for ValueType {
    fn words(&self) -> String {
        cut(self.to_string())
    }
}

impl Words for FrameId {
    fn words(&self) -> String {
        format!("stop {} frame {}", self.stop.words(), self.index.words())
    }
}

/// The first three elements, and how many there are.
impl<T: Debug> Words for [T] {
    fn words(&self) -> String {
        let shown: Vec<String> = self.iter().take(3).map(|element| format!("{element:?}")).collect();
        let more = if self.len() > shown.len() { format!(", … {} in all", self.len()) } else { String::new() };
        let mut words = cut(shown.join(", "));
        if words.ends_with('…') && more.is_empty() {
            words.push_str(&format!(" {} in all", self.len()));
        }
        format!("[{words}{more}]")
    }
}

impl<T: Debug, const N: usize> Words for [T; N] {
    fn words(&self) -> String {
        self.as_slice().words()
    }
}

impl<T: Debug> Words for Vec<T> {
    fn words(&self) -> String {
        self.as_slice().words()
    }
}

impl<T: Words + ?Sized> Words for &T {
    fn words(&self) -> String {
        (**self).words()
    }
}

impl Words for str {
    fn words(&self) -> String {
        if self.len() > 20 { format!("{} bytes of text", self.len()) } else { format!("{self:?}") }
    }
}

impl Words for world::recording::PackedRecords {
    fn words(&self) -> String {
        let world::recording::PackedRecords { format, data, dropped, more } = self;
        format!("format {format}, {} bytes, {dropped} dropped, more: {more}", data.len())
    }
}

impl Words for world::recording::TraceRecords {
    fn words(&self) -> String {
        let world::recording::TraceRecords { items, dropped, more } = self;
        format!("{}, {dropped} dropped, more: {more}", items.words())
    }
}
