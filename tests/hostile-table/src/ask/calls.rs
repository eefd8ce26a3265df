//! The calls of `calls`, with functions or arguments that are refused. `look` is function 2, with
//! eight parameters; `trap` is function 4, with none.

use crate::ids::{Ids, U32};
use crate::table::{Table, Words, answer};
use stillpoint_kit::bindings::stillpoint::debugger::calls::{self, Callee};
use stillpoint_kit::{How, Location, ReferenceKind, State, Value};

const LOOK: u32 = 2;
const TRAP: u32 = 4;

pub(super) fn ask(table: &Table<'_>, ids: &Ids) {
    let i = ids.instance;
    for instance in U32.into_iter().filter(|instance| *instance != i) {
        call(table, Callee { instance, function: LOOK }, "nothing", &[], How::Continue);
    }
    for function in [7, 1 << 31, u32::MAX] {
        call(table, Callee { instance: i, function }, "nothing", &[], How::Continue);
    }
    let look = Callee { instance: i, function: LOOK };
    call(table, look, "nothing", &[], How::Continue);
    let right = [
        Value::I32(1),
        Value::I64(2),
        Value::F32(3),
        Value::F64(4),
        Value::V128((5, 6)),
        Value::Null(ReferenceKind::Internal),
        Value::Null(ReferenceKind::External),
        Value::Null(ReferenceKind::Function),
    ];
    call(table, look, "one too few", &right[1..], How::Continue);
    call(table, look, "one too many", &[right.as_slice(), &right[..1]].concat(), How::Continue);
    call(table, look, "100,000", &vec![Value::I32(1); 100_000], How::StepInstruction);
    // Parameters of a numeric, an object and a function type.
    for place in [0, 5, 7] {
        for value in ids.values() {
            let mut wrong = right;
            if !fits(right[place], value) {
                wrong[place] = value;
                call(table, look, &format!("{} at {place}", value.words()), &wrong, How::Record);
            }
        }
    }
    let nowhere = |module, pc| How::RunTo(Location { module, pc });
    for how in [nowhere(1, ids.pc), nowhere(u32::MAX, ids.pc), nowhere(0, ids.pc.wrapping_add(1)), nowhere(0, u32::MAX)]
    {
        call(table, look, &format!("right ones, {how:?}"), &right, how);
        start(table, look, &format!("right ones, {how:?}"), &right, how);
    }
    // In the background, errors other than those of the state are only reported when the call is
    // waited for. So nothing is called where a call could begin.
    if table.debuggee.state() != State::Paused {
        call(table, Callee { instance: i, function: TRAP }, "", &[], How::Continue);
        start(table, Callee { instance: i, function: TRAP }, "", &[], How::Continue);
    }
}

/// Whether a value may be passed in place of another one.
fn fits(right: Value, value: Value) -> bool {
    match (right, value) {
        (Value::Null(kind), Value::Null(other)) => kind == other,
        (Value::Null(kind), Value::Reference(reference)) => kind == reference.kind && reference.id != 0,
        _ => std::mem::discriminant(&right) == std::mem::discriminant(&value),
    }
}

fn call(table: &Table<'_>, callee: Callee, about: &str, arguments: &[Value], how: How) {
    let result = calls::call(table.debuggee, callee, arguments, how);
    table.row("calls::call", &[callee.instance.words(), callee.function.words(), about.to_owned()], answer(&result));
}

fn start(table: &Table<'_>, callee: Callee, about: &str, arguments: &[Value], how: How) {
    let result = calls::start(table.debuggee, callee, arguments, how).map(drop);
    table.row("calls::start", &[callee.instance.words(), callee.function.words(), about.to_owned()], answer(&result));
}
