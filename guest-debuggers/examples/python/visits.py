"""Shows every call of the functions whose name contains a text."""

import wit_world
from componentize_py_types import Err
from wit_world.imports import breakpoints, execution, inspection
from wit_world.imports.breakpoints import BreakpointOption_Condition, BreakpointOption_Count, BreakpointSpec
from wit_world.imports.common import (
    Error_Other, Error_OutOfBounds, Location, StopReason_Breakpoint, StopReason_Exited,
    Value_F32, Value_F64, Value_I32, Value_I64, ValueType_I32,
)
from wit_world.imports.execution import How_Continue, StopCapture_Frames, StopCapture_Locals
from wit_world.imports.messages import print as show

CONDITION = "local[0] > 1"
COUNT = BreakpointOption_Count()


def pages(ask):
    """All items of a list that comes in pages."""
    first = 0
    while first is not None:
        page = ask(first, 1000)
        yield from page.items
        first = page.next


def text(value):
    match value:
        case Value_I32(number) | Value_I64(number):
            return str(number)
        case Value_F32(bits):
            return f"0x{bits:08x}"
        case Value_F64(bits):
            return f"0x{bits:016x}"
        case _:
            return "?"


def read_memory(debuggee, instance, address):
    """At most 16 bytes; none if the memory ends before the address."""
    try:
        return inspection.read_memory(debuggee, instance, 0, address, 16)
    except Err as error:
        if isinstance(error.value, Error_OutOfBounds):
            return b""
        raise


class WitWorld(wit_world.WitWorld):
    def run(self, debuggee, arguments):
        if arguments == ["--fail"]:
            inspection.list_functions(debuggee, 99, 0, 1)
        if len(arguments) != 1:
            raise Err(Error_Other("it takes one argument, a part of the names of functions"))

        functions = {}
        for module in pages(lambda *page: inspection.list_modules(debuggee, *page)):
            for function in pages(lambda *page: inspection.list_functions(debuggee, module.id, *page)):
                functions[module.id, function.index] = function

        specs, targets = [], []
        for (module, _), function in functions.items():
            if function.body and arguments[0] in function.name:
                location = Location(module, function.body.entry)
                specs.append(BreakpointSpec(location, []))
                targets.append(function)
                if function.parameters[:1] == [ValueType_I32()]:
                    specs.append(BreakpointSpec(location, [BreakpointOption_Condition(CONDITION), COUNT]))
                    targets.append(function)
        target_of = {}
        for function, answer in zip(targets, breakpoints.add(debuggee, specs)):
            if isinstance(answer, Err):
                raise answer
            target_of[answer.value] = function

        execution.set_captures(debuggee, [StopCapture_Locals(), StopCapture_Frames(8)])
        stops, visited = 0, set()
        while True:
            stop = execution.resume(debuggee, How_Continue())
            if isinstance(stop.reason, StopReason_Exited):
                break
            if not isinstance(stop.reason, StopReason_Breakpoint):
                continue
            names = [functions[frame.location.module, frame.function].name for frame in stop.captured.frames]
            key = stop.frame.location.module, stop.frame.function
            function = functions[key]
            values = stop.captured.locals[: len(function.parameters)]
            stops += 1
            visited.add(key)
            show(f"{stops}: {function.name}({', '.join(map(text, values))})\n")
            show(f"   called by {', '.join(names[1:])}\n")
            address = next((value.value for value in values if isinstance(value, Value_I32)), None)
            if address is not None:
                memory = read_memory(debuggee, stop.frame.instance, address % 2**32)
                if memory:
                    show(f"   memory at {address}: {memory.hex(' ')}\n")

        show(f"{stops} stops in {len(visited)} functions\n")
        for breakpoint in pages(lambda *page: breakpoints.list_breakpoints(debuggee, *page)):
            if COUNT in breakpoint.options:
                name = target_of[breakpoint.id].name
                show(f"{name}: {CONDITION} at {breakpoint.taken} of {breakpoint.hits}\n")
