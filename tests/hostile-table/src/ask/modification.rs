//! The calls of `modification` that are refused or that change nothing.

use crate::ask;
use crate::ids::{Ids, U64};
use crate::table::{Table, Words, answer};
use stillpoint_kit::bindings::stillpoint::debugger::modification;
use stillpoint_kit::{Reference, ReferenceKind, ReferenceType, Value, ValueType};

const NO_VALUES: &[Value] = &[];

pub(super) fn ask(table: &Table<'_>, ids: &Ids) {
    memories(table, ids);
    globals(table, ids);
    tables(table, ids);
    for object in ids.references_to_ask() {
        for index in [3, u32::MAX] {
            let _ = ask!(table, modification::set_element(object, index, &Value::F32(0)));
        }
    }
    for object in ids.references.iter().filter_map(|reference| reference.id) {
        for index in 0..3 {
            let _ = ask!(table, modification::set_element(object, index, &Value::Null(ReferenceKind::Exnref)));
        }
    }
    exceptions(table, ids);
}

fn memories(table: &Table<'_>, ids: &Ids) {
    let i = ids.instance;
    for (instance, memory) in [(i, 0), (i, 1), (i, 2), (i, 3), (i, 4), (i, u32::MAX), (0, 0), (u32::MAX, 0)] {
        for (address, bytes) in
            [(0, 0), (1 << 20, 0), (1 << 20, 1), (65_535, 1 << 20), (u64::MAX, 9), (u64::MAX - 4, 5)]
        {
            let data = vec![0xff; bytes];
            let result = modification::write_memory(table.debuggee, instance, memory, address, &data);
            let arguments = [instance.words(), memory.words(), address.words(), format!("{bytes} bytes")];
            table.row("modification::write-memory", &arguments, answer(&result));
        }
    }
    for (instance, memory) in [(i, 0), (i, 1), (i, 2), (i, 3), (i, 4), (0, 0), (u32::MAX, u32::MAX)] {
        let _ = ask!(table, modification::grow_memory(instance, memory, 0));
        for pages in &U64[2..] {
            let _ = ask!(table, modification::grow_memory(instance, memory, *pages));
        }
    }
}

fn globals(table: &Table<'_>, ids: &Ids) {
    let i = ids.instance;
    for (instance, global) in [(0, 0), (u32::MAX, 0), (i, u32::MAX), (i, 99)] {
        let _ = ask!(table, modification::set_global(instance, global, &Value::I32(1)));
    }
    // `$fixed` is immutable, `$count` an `i32`, `$function` a `funcref` that is not null.
    for global in [0, 1, 2] {
        for value in ids.values() {
            if global == 1 && matches!(value, Value::I32(_)) {
                continue;
            }
            if global == 2 && ids.first(ReferenceKind::Funcref).as_ref() == Some(&value) {
                continue;
            }
            let _ = ask!(table, modification::set_global(i, global, &value));
        }
    }
}

fn tables(table: &Table<'_>, ids: &Ids) {
    let i = ids.instance;
    let null = Value::Null(ReferenceKind::Funcref);
    for (instance, index, element) in
        [(0, 0, 0), (u32::MAX, 0, 0), (i, 9, 0), (i, u32::MAX, 0), (i, 0, 3), (i, 0, 1 << 32), (i, 0, u64::MAX)]
    {
        let _ = ask!(table, modification::set_table_element(instance, index, element, &null));
    }
    for value in ids.values().into_iter().filter(|value| !fits(value)) {
        let _ = ask!(table, modification::set_table_element(i, 0, 0, &value));
    }
    for (instance, index) in [(0, 0), (u32::MAX, 0), (i, 9), (i, u32::MAX)] {
        let _ = ask!(table, modification::grow_table(instance, index, 1, &null));
    }
    for elements in U64 {
        if elements != 1 {
            let _ = ask!(table, modification::grow_table(i, 0, elements, &null));
        }
    }
    for value in ids.values().into_iter().filter(|value| !fits(value)) {
        let _ = ask!(table, modification::grow_table(i, 0, 1, &value));
    }
}

/// Whether a table of functions may hold a value.
fn fits(value: &Value) -> bool {
    match value {
        Value::Null(kind) => *kind == ReferenceKind::Funcref,
        Value::Reference(Reference { kind, id }) => *kind == ReferenceKind::Funcref && id.is_some_and(|id| id != 0),
        _ => false,
    }
}

fn exceptions(table: &Table<'_>, ids: &Ids) {
    let reference =
        |kind, nullable, text: &str| ValueType::Reference(ReferenceType { kind, nullable, text: text.to_owned() });
    for (about, params) in [
        ("nothing", Vec::new()),
        (
            "one of each",
            [
                [ValueType::I32, ValueType::I64, ValueType::F32, ValueType::F64, ValueType::V128].to_vec(),
                [ReferenceKind::Funcref, ReferenceKind::Externref, ReferenceKind::Anyref, ReferenceKind::Exnref]
                    .map(|kind| reference(kind, false, "nonsense"))
                    .to_vec(),
            ]
            .concat(),
        ),
        ("a continuation", vec![reference(ReferenceKind::Contref, true, "")]),
        ("a reference that is not known", vec![reference(ReferenceKind::Other, true, "funcref")]),
        ("a type that is not known", vec![ValueType::I32, ValueType::Other("i32".to_owned())]),
        ("1000 of i64", vec![ValueType::I64; 1000]),
        ("1001 of i64", vec![ValueType::I64; 1001]),
        ("100,000 of v128", vec![ValueType::V128; 100_000]),
    ] {
        let tag = modification::make_tag(table.debuggee, &params);
        table.row("modification::make-tag", &[about.to_owned()], answer(&tag.clone().map(drop)));
        let Ok(tag) = tag else { continue };
        for (about, payload) in [("nothing", Vec::new()), ("1000 of i64", vec![Value::I64(1); 1000])] {
            let made = modification::make_exception(table.debuggee, tag, &payload).map(drop);
            let arguments = [format!("tag of {}", params.len()), about.to_owned()];
            table.row("modification::make-exception", &arguments, answer(&made));
        }
    }
    for tag in [1, u64::from(u32::MAX), u64::MAX] {
        let _ = ask!(table, modification::make_exception(tag, NO_VALUES));
    }
    for value in ids.values().into_iter().skip(1) {
        let payload = [value];
        let _ = ask!(table, modification::make_exception(ids.tag, &payload));
    }
    let _ = ask!(table, modification::make_exception(ids.tag, NO_VALUES));
    let many = vec![Value::I32(1); 100_000];
    let result = modification::make_exception(table.debuggee, ids.tag, &many);
    table.row("modification::make-exception", &[ids.tag.words(), "100,000 of i32".into()], answer(&result));
    for exception in ids.references_to_ask() {
        let is_one = |reference: &&Reference| reference.id == Some(exception);
        if ids.references.iter().find(is_one).is_none_or(|reference| reference.kind != ReferenceKind::Exnref) {
            let _ = ask!(table, modification::replace_exception(exception));
        }
    }
}
