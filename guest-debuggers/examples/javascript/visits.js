// Shows every call of the functions whose name contains a text.

import { add, listBreakpoints } from "stillpoint:debugger/breakpoints@0.1.0";
import { resume, setCaptures } from "stillpoint:debugger/execution@0.1.0";
import { listFunctions, listModules, readMemory } from "stillpoint:debugger/inspection@0.1.0";
import { print } from "stillpoint:debugger/messages@0.1.0";

const CONDITION = "local[0] > 1";

// All items of a list that comes in pages.
function* pages(ask) {
  for (let first = 0; first !== undefined; ) {
    const page = ask(first, 1000);
    yield* page.items;
    first = page.next;
  }
}

function text(value) {
  switch (value.tag) {
    case "i32":
    case "i64":
      return String(value.val);
    case "f32":
      return "0x" + value.val.toString(16).padStart(8, "0");
    case "f64":
      return "0x" + value.val.toString(16).padStart(16, "0");
    default:
      return "?";
  }
}

// At most 16 bytes; none if the memory ends before the address.
function readAt(debuggee, instance, address) {
  try {
    return readMemory(debuggee, instance, 0, BigInt(address), 16);
  } catch (error) {
    if (error.payload?.tag === "out-of-bounds") return [];
    throw error;
  }
}

export function run(debuggee, args) {
  if (args[0] === "--fail") listFunctions(debuggee, 99, 0, 1);
  if (args.length !== 1) throw { tag: "other", val: "it takes one argument, a part of the names of functions" };

  const functions = new Map();
  for (const module of pages((first, limit) => listModules(debuggee, first, limit)))
    functions.set(module.id, [...pages((first, limit) => listFunctions(debuggee, module.id, first, limit))]);
  const functionOf = (frame) => functions.get(frame.location.module)[frame.function];

  const specs = [];
  const targets = [];
  for (const [module, list] of functions)
    for (const candidate of list) {
      const { name, parameters, body } = candidate;
      if (!body || !name.includes(args[0])) continue;
      const location = { module, pc: body.entry };
      specs.push({ location, options: [] });
      targets.push(candidate);
      if (parameters[0]?.tag !== "i32") continue;
      specs.push({ location, options: [{ tag: "condition", val: CONDITION }, { tag: "count" }] });
      targets.push(candidate);
    }
  const targetOf = new Map();
  for (const [index, { tag, val }] of add(debuggee, specs).entries()) {
    if (tag === "err") throw val;
    targetOf.set(val, targets[index]);
  }

  setCaptures(debuggee, [{ tag: "locals" }, { tag: "frames", val: 8 }]);
  let stops = 0;
  const visited = new Set();
  for (;;) {
    const stop = resume(debuggee, { tag: "continue" });
    if (stop.reason.tag === "exited") break;
    if (stop.reason.tag !== "breakpoint") continue;
    const names = stop.captured.frames.map((frame) => functionOf(frame).name);
    const visit = functionOf(stop.frame);
    const values = stop.captured.locals.slice(0, visit.parameters.length);
    visited.add(visit);
    print(`${++stops}: ${visit.name}(${values.map(text).join(", ")})\n`);
    print(`   called by ${names.slice(1).join(", ")}\n`);
    const address = values.find((value) => value.tag === "i32")?.val;
    if (address === undefined) continue;
    const memory = readAt(debuggee, stop.frame.instance, address >>> 0);
    const bytes = Array.from(memory, (byte) => byte.toString(16).padStart(2, "0"));
    if (bytes.length > 0) print(`   memory at ${address}: ${bytes.join(" ")}\n`);
  }

  print(`${stops} stops in ${visited.size} functions\n`);
  for (const { id, options, taken, hits } of pages((first, limit) => listBreakpoints(debuggee, first, limit)))
    if (options.some(({ tag }) => tag === "count"))
      print(`${targetOf.get(id).name}: ${CONDITION} at ${taken} of ${hits}\n`);
}
