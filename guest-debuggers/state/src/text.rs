//! Prints the state of a program as text.
//!
//! Invariant: the text holds what the dump holds, in the same order.

use crate::dump::{Dump, InstanceDump, ShownValue};
use stillpoint_kit::{ShortName, println};

/// What is said of modules that are not the program's, and of their frames.
const ADAPTER: &str = ", made by the host to adapt calls between components";

pub(crate) fn print(dump: &Dump) {
    let place = dump.stop.place.as_deref().map_or(String::new(), |place| format!(", {place}"));
    println!("stop {}: {}{place}", dump.stop.number, dump.stop.reason);
    for frame in &dump.frames {
        let name = ShortName(&frame.function);
        let index = if frame.shares_name { format!("[{}]", frame.function_index) } else { String::new() };
        let adapter = if frame.is_adapter { ADAPTER } else { "" };
        println!(
            "frame {}: {name}{index}, module {} at {:#x}, instance {}{adapter}",
            frame.index, frame.module, frame.pc, frame.instance
        );
        print_values("  locals", &frame.locals);
        print_values("  operands", &frame.operands);
    }
    for module in &dump.modules {
        let adapter = if module.is_adapter { ADAPTER } else { "" };
        println!("module {}: {}, {} bytes{adapter}", module.id, module.name, module.size);
    }
    for instance in &dump.instances {
        print_instance(instance);
    }
    for node in &dump.component {
        let name = node.name.as_deref().unwrap_or("without a name");
        match node.parent {
            None => println!("component: {name}"),
            Some(parent) => println!("component inside {parent}: {name}"),
        }
        for core in &node.core_instances {
            let instance = core.instance.map_or("not there yet".to_owned(), |instance| format!("instance {instance}"));
            let module = core.module.as_deref().unwrap_or("?");
            println!("  {instance}: {} of module {module}", core.name.as_deref().unwrap_or("?"));
        }
        for function in &node.functions {
            match function.served_by {
                Some((instance, index)) => {
                    println!("  {}: function {index} of instance {instance}", function.name);
                }
                None => println!("  {}: the host, or not there yet", function.name),
            }
        }
    }
    for (id, object) in &dump.references {
        println!("reference {id}: {object}");
    }
    for failure in &dump.failures {
        println!("not shown: {failure}");
    }
}

fn print_instance(instance: &InstanceDump) {
    println!(
        "instance {}: of module {}, {} functions, {} data segments, {} element segments",
        instance.id, instance.module, instance.functions, instance.data_segments, instance.element_segments
    );
    for import in &instance.imports {
        println!("  import {} {}: from {}", import.kind, import.name, import.from);
    }
    if !instance.exports.is_empty() {
        println!("  exports: {}", instance.exports.join(", "));
    }
    for memory in &instance.memories {
        let maximum = memory.maximum.map_or(String::new(), |maximum| format!(" of at most {maximum}"));
        let pages = memory.size.checked_div(memory.page_size).unwrap_or_default();
        println!(
            "  memory {}: {} bytes, {pages} pages{maximum}{}{}",
            memory.index,
            memory.size,
            if memory.memory64 { ", 64 bit" } else { "" },
            if memory.shared { ", shared" } else { "" },
        );
    }
    for global in &instance.globals {
        let mutable = if global.mutable { "mut " } else { "" };
        println!("  global {}: {mutable}{} = {}", global.index, global.value.ty, global.value.value);
    }
    for table in &instance.tables {
        println!("  table {}: {} of {}", table.index, table.size, table.element);
        let shown = table.elements.len();
        match table.size > shown as u64 {
            true => print_values(&format!("    the first {shown} elements"), &table.elements),
            false => print_values("    elements", &table.elements),
        }
    }
    for tag in &instance.tags {
        let name = tag.name.as_ref().map_or(String::new(), |name| format!(" {name}"));
        println!("  tag {:#x}{name}: ({})", tag.id, tag.params.join(", "));
    }
}

fn print_values(label: &str, values: &[ShownValue]) {
    if !values.is_empty() {
        let values: Vec<&str> = values.iter().map(|value| value.value.as_str()).collect();
        println!("{label}: {}", values.join(", "));
    }
}
