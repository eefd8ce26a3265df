//! The calls of `calls`, with functions or arguments that are refused. `look` is function 2, with
//! eight parameters; `trap` is function 4, with none.

use crate::ids::{Ids, U32};
use crate::table::{Table, Words, answer};
use stillpoint_kit::bindings::stillpoint::debugger::calls::{self, Callee};
use stillpoint_kit::{How, Location, ReferenceKind, State, Value};

pub(super) const LOOK: u32 = 2;
pub(super) const TRAP: u32 = 4;

/// Arguments for `look` that have the right types.
pub(super) fn right() -> [Value; 8] {
    [
        Value::I32(1),
        Value::I64(2),
        Value::F32(3),
        Value::F64(4),
        Value::V128((5, 6)),
        Value::Null(ReferenceKind::Anyref),
        Value::Null(ReferenceKind::Externref),
        Value::Null(ReferenceKind::Funcref),
    ]
}

/// Places that nothing can run to.
pub(super) fn nowhere(ids: &Ids) -> [How; 4] {
    [(1, ids.pc), (u32::MAX, ids.pc), (0, ids.pc.wrapping_add(1)), (0, u32::MAX)]
        .map(|(module, pc)| How::RunTo(Location { module, pc }))
}

pub(super) fn ask(table: &Table<'_>, ids: &Ids, now: State) {
    let i = ids.instance;
    for instance in U32.into_iter().filter(|instance| *instance != i) {
        call(table, Callee { instance, function: LOOK }, "nothing", &[], How::Continue);
    }
    for function in [7, 1 << 31, u32::MAX] {
        call(table, Callee { instance: i, function }, "nothing", &[], How::Continue);
    }
    let look = Callee { instance: i, function: LOOK };
    call(table, look, "nothing", &[], How::Continue);
    let right = right();
    call(table, look, "one too few", &right[1..], How::Continue);
    call(table, look, "one too many", &[&right[..], &right[..1]].concat(), How::Continue);
    call(table, look, "100,000", &vec![Value::I32(1); 100_000], How::StepInstruction);
    // Parameters of a numeric, an object and a function type.
    for place in [0, 5, 7] {
        for value in ids.values() {
            if !fits(&right[place], &value) {
                let about = format!("{} at {place}", value.words());
                let mut wrong = right.clone();
                wrong[place] = value;
                call(table, look, &about, &wrong, How::Record);
            }
        }
    }
    for how in nowhere(ids) {
        call(table, look, &format!("right ones, {how:?}"), &right, how);
    }
    if now != State::Paused {
        call(table, Callee { instance: i, function: TRAP }, "", &[], How::Continue);
    }
}

/// Whether a value may be passed in place of another one.
fn fits(right: &Value, value: &Value) -> bool {
    match (right, value) {
        (Value::Null(kind), Value::Null(other)) => kind == other,
        (Value::Null(kind), Value::Reference(reference)) => {
            kind == &reference.kind && reference.id.is_some_and(|id| id != 0)
        }
        _ => std::mem::discriminant(right) == std::mem::discriminant(value),
    }
}

fn call(table: &Table<'_>, callee: Callee, about: &str, arguments: &[Value], how: How) {
    let result = calls::call(table.debuggee, callee, arguments, how);
    table.row("calls::call", &[callee.instance.words(), callee.function.words(), about.to_owned()], answer(&result));
}
