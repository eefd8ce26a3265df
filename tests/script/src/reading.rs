//! The functions of `inspection`.
//!
//! Invariant: as that of [`contract`](crate::contract).

use crate::notation::{Answer, Arguments, Result, list, page, plain};
use crate::types::frame;
use stillpoint_kit::Debuggee;
use stillpoint_kit::bindings::stillpoint::debugger::inspection;

/// Makes the call of this name, if it is one of these.
pub(crate) fn ask(debuggee: &Debuggee, name: &str, a: &mut Arguments<'_>) -> Result<Option<Answer>> {
    /// Asks for a page, whose position and limit are the last arguments.
    macro_rules! list_of {
        ($function:ident $(, $argument:expr)*) => {
            page(inspection::$function(debuggee $(, $argument)*, a.next()?, a.next()?)
                .map(|page| (page.items, page.next)))
        };
    }

    Ok(Some(match name {
        "list-modules" => list_of!(list_modules),
        "list-functions" => list_of!(list_functions, a.next()?),
        "entry-point" => plain(inspection::entry_point(debuggee)),
        "read-bytecode" => list(inspection::read_bytecode(debuggee, a.next()?, a.next()?, a.next()?)),
        "list-instances" => list_of!(list_instances),
        "depth" => plain(inspection::depth(debuggee)),
        "list-frames" => list_of!(list_frames),
        "read-locals" => list(inspection::read_locals(debuggee, frame(a)?)),
        "read-operands" => list(inspection::read_operands(debuggee, frame(a)?)),
        "memory-info" => plain(inspection::memory_info(debuggee, a.next()?, a.next()?)),
        "read-memory" => list(inspection::read_memory(debuggee, a.next()?, a.next()?, a.next()?, a.next()?)),
        "search-memory" => {
            let (instance, memory, first, end) = (a.next()?, a.next()?, a.next()?, a.next()?);
            let bytes = a.next::<Vec<u8>>()?;
            let found = inspection::search_memory(debuggee, instance, memory, first, end, &bytes, a.next()?);
            page(found.map(|page| (page.items, page.next)))
        }
        "list-components" => list_of!(list_components),
        "list-imports" => list_of!(list_imports, a.next()?),
        "list-exports" => list_of!(list_exports, a.next()?),
        "list-globals" => list_of!(list_globals, a.next()?),
        "table-info" => plain(inspection::table_info(debuggee, a.next()?, a.next()?)),
        "list-table-elements" => list_of!(list_table_elements, a.next()?, a.next()?),
        "list-tags" => list_of!(list_tags, a.next()?),
        "dereference" => plain(inspection::dereference(debuggee, a.next()?)),
        "list-array-elements" => list_of!(list_array_elements, a.next()?),
        "pending-exception" => plain(inspection::pending_exception(debuggee)),
        _ => return Ok(None),
    }))
}
