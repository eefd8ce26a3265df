//! Makes valid changes; the program's output and exit code depend on all of them.
//!
//! Every change is made at an edge: the last byte, the last element, the largest growth.

use crate::ids::Ids;
use crate::table::Table;
use crate::{ask, at_look};
use stillpoint_kit::bindings::stillpoint::debugger::{inspection, modification};
use stillpoint_kit::{How, Reference, ReferenceKind, Result, Session, StopReason, Value};

pub(crate) fn run(session: &Session) -> Result {
    let mut ids = Ids::default();
    at_look(session, &mut ids)?;
    let table = Table::new("change", session.debuggee());
    let i = ids.instance;

    let _ = ask!(&table, modification::write_memory(i, 0, 16, b"mine\n"));
    let _ = ask!(&table, modification::write_memory(i, 0, 65_535, b"x"));
    let _ = ask!(&table, modification::grow_memory(i, 0, 1));
    let _ = ask!(&table, modification::grow_memory(i, 0, 1));
    let _ = ask!(&table, modification::write_memory(i, 0, 65_535, b"xy"));
    let _ = ask!(&table, inspection::read_memory(i, 0, 65_535, 2));
    let _ = ask!(&table, modification::grow_memory(i, 1, 2));
    let _ = ask!(&table, modification::write_memory(i, 1, (4 << 16) - 1, b"z"));
    let _ = ask!(&table, modification::grow_memory(i, 2, 1));
    let _ = ask!(&table, modification::write_memory(i, 2, (2 << 16) - 1, b"z"));
    let _ = ask!(&table, inspection::read_memory(i, 2, (2 << 16) - 1, 9));

    let _ = ask!(&table, modification::set_global(i, 1, &Value::I32(9)));
    let function = ids.first(ReferenceKind::Funcref).ok_or("no function among the references")?;
    let _ = ask!(&table, modification::set_global(i, 2, &function));
    let _ = ask!(&table, modification::set_table_element(i, 0, 0, &function));
    let _ = ask!(&table, modification::set_table_element(i, 0, 2, &Value::Null(ReferenceKind::Funcref)));
    let _ = ask!(&table, modification::grow_table(i, 0, 2, &function));
    let _ = ask!(&table, modification::grow_table(i, 0, 4, &function));
    let _ = ask!(&table, inspection::list_table_elements(i, 0, 0, 9));

    objects(&table, i)?;

    let stop = session.resume(How::Continue)?;
    if !matches!(stop.reason, StopReason::Exception(_)) {
        return Err("no exception was thrown".into());
    }
    let ids = Ids::at(session, &stop, &ids);
    let exception = ask!(&table, modification::make_exception(ids.tag, &[Value::I32(5)]));
    let exception = exception.map_err(stillpoint_kit::Error::from)?;
    let _ = ask!(&table, modification::replace_exception(exception.id.unwrap_or(0)));
    let _ = ask!(&table, inspection::pending_exception());
    session.resume(How::Continue)?;
    table.print();
    Ok(())
}

/// Changes fields and elements, packed and not, and puts an object into itself.
fn objects(table: &Table<'_>, instance: u32) -> Result {
    let page = inspection::list_globals(table.debuggee, instance, 4, 3).map_err(stillpoint_kit::Error::from)?;
    let reference = |index: usize| match page.items[index].value {
        Value::Reference(Reference { id: Some(id), .. }) => id,
        _ => 0,
    };
    let (pair, array, constants) = (reference(0), reference(1), reference(2));
    let _ = ask!(table, modification::set_element(pair, 0, &Value::I32(11)));
    let _ = ask!(table, modification::set_element(pair, 1, &Value::I64(1)));
    let _ = ask!(table, modification::set_element(pair, 2, &Value::I32(-1)));
    let itself = Value::Reference(Reference { kind: ReferenceKind::Anyref, id: Some(pair) });
    let _ = ask!(table, modification::set_element(pair, 3, &itself));
    let another = Value::Reference(Reference { kind: ReferenceKind::Anyref, id: Some(array) });
    let _ = ask!(table, modification::set_element(pair, 3, &another));
    let _ = ask!(table, modification::set_element(pair, 4, &Value::I32(0)));
    let _ = ask!(table, inspection::dereference(pair));
    let _ = ask!(table, modification::set_element(array, 999, &Value::I32(-1)));
    let _ = ask!(table, modification::set_element(array, 1000, &Value::I32(-1)));
    let _ = ask!(table, inspection::list_array_elements(array, 998, 9));
    let _ = ask!(table, modification::set_element(constants, 0, &Value::F64(0)));
    let _ = ask!(table, modification::set_element(constants, 2, &Value::F64(0)));
    Ok(())
}
