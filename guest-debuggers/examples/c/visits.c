// Shows every call of the functions whose name contains a text.

#define _GNU_SOURCE // vasprintf
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debugger.h"

#define CONDITION "local[0] > 1"
#define PAGE 1000

// Hands an error of the host on: it is in `*error` already.
#define TRY(call) do { if (!(call)) return false; } while (0)

typedef struct {
    inspection_function_t *all;
    size_t length;
    bool *visited;
} module_functions_t;

static program_borrow_debuggee_t debuggee;
static module_functions_t *modules;
static size_t module_count;

__attribute__((format(printf, 1, 2))) static void show(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) abort();
    debugger_string_t string = {(uint8_t *)text, (size_t)length};
    messages_print(&string);
    free(text);
}

static void *grown(void *array, size_t length, size_t size) {
    array = realloc(array, (length ? length : 1) * size);
    if (!array) abort();
    return array;
}

static bool list_functions(uint32_t module, common_error_t *error) {
    module_functions_t functions = {0};
    debugger_option_u32_t next = {true, 0};
    while (next.is_some) {
        inspection_function_page_t page;
        TRY(inspection_list_functions(debuggee, module, next.val, PAGE, &page, error));
        size_t length = functions.length + page.items.len;
        functions.all = grown(functions.all, length, sizeof *functions.all);
        memcpy(functions.all + functions.length, page.items.ptr, page.items.len * sizeof *functions.all);
        functions.length = length;
        next = page.next;
    }
    functions.visited = calloc(functions.length + 1, sizeof(bool));
    modules = grown(modules, module_count + 1, sizeof *modules);
    modules[module_count++] = functions;
    return true;
}

// Modules are numbered from 0, so their ids are the indices of `modules`.
static bool list_modules(common_error_t *error) {
    debugger_option_u32_t next = {true, 0};
    while (next.is_some) {
        inspection_module_page_t page;
        TRY(inspection_list_modules(debuggee, next.val, PAGE, &page, error));
        for (size_t i = 0; i < page.items.len; i++) TRY(list_functions(page.items.ptr[i].id, error));
        next = page.next;
    }
    return true;
}

static inspection_function_t *function_of(common_frame_t *frame) {
    return &modules[frame->location.module].all[frame->function];
}

static bool takes_i32(inspection_function_t *function) {
    return function->parameters.len && function->parameters.ptr[0].tag == COMMON_VALUE_TYPE_I32;
}

static void show_value(common_value_t *value) {
    switch (value->tag) {
        case COMMON_VALUE_I32: show("%" PRId32, value->val.i32); break;
        case COMMON_VALUE_I64: show("%" PRId64, value->val.i64); break;
        case COMMON_VALUE_F32: show("0x%08" PRIx32, value->val.f32); break;
        case COMMON_VALUE_F64: show("0x%016" PRIx64, value->val.f64); break;
        default: show("?");
    }
}

// Shows at most 16 bytes, and nothing if the memory ends before the address.
static bool show_memory(uint32_t instance, int32_t address, common_error_t *error) {
    debugger_list_u8_t bytes;
    if (!inspection_read_memory(debuggee, instance, 0, (uint32_t)address, 16, &bytes, error))
        return error->tag == COMMON_ERROR_OUT_OF_BOUNDS;
    if (bytes.len) show("   memory at %" PRId32 ":", address);
    for (size_t i = 0; i < bytes.len; i++) show(" %02x", bytes.ptr[i]);
    if (bytes.len) show("\n");
    debugger_list_u8_free(&bytes);
    return true;
}

static bool show_stop(uint32_t number, common_stop_t *stop, common_error_t *error) {
    common_frame_t *frame = &stop->frame.val;
    inspection_function_t *function = function_of(frame);
    modules[frame->location.module].visited[frame->function] = true;
    common_value_t *values = stop->captured.val.locals.val.ptr;
    size_t count = function->parameters.len;
    show("%" PRIu32 ": %.*s(", number, (int)function->name.len, function->name.ptr);
    for (size_t i = 0; i < count; i++) {
        if (i) show(", ");
        show_value(&values[i]);
    }
    show(")\n   called by ");
    common_list_frame_t *frames = &stop->captured.val.frames.val;
    for (size_t i = 1; i < frames->len; i++) {
        debugger_string_t *name = &function_of(&frames->ptr[i])->name;
        show("%s%.*s", i > 1 ? ", " : "", (int)name->len, name->ptr);
    }
    show("\n");
    for (size_t i = 0; i < count; i++)
        if (values[i].tag == COMMON_VALUE_I32) return show_memory(frame->instance, values[i].val.i32, error);
    return true;
}

static bool refuse(const char *reason, common_error_t *error) {
    error->tag = COMMON_ERROR_OTHER;
    debugger_string_dup(&error->val.other, reason);
    return false;
}

bool exports_debugger_run(debugger_own_debuggee_t own, debugger_list_string_t *arguments, common_error_t *error) {
    debuggee = program_borrow_debuggee(own);
    if (arguments->len == 1 && arguments->ptr[0].len == 6 && !memcmp(arguments->ptr[0].ptr, "--fail", 6))
        TRY(list_functions(99, error));
    if (arguments->len != 1) return refuse("it takes one argument, a part of the names of functions", error);
    debugger_string_t part = arguments->ptr[0];
    TRY(list_modules(error));

    breakpoints_breakpoint_option_t counting[2] = {
        {.tag = BREAKPOINTS_BREAKPOINT_OPTION_CONDITION},
        {.tag = BREAKPOINTS_BREAKPOINT_OPTION_COUNT},
    };
    debugger_string_set(&counting[0].val.condition, CONDITION);
    breakpoints_list_breakpoint_spec_t specs = {0};
    inspection_function_t **targets = NULL; // the function of each breakpoint
    for (size_t module = 0; module < module_count; module++)
        for (size_t i = 0; i < modules[module].length; i++) {
            inspection_function_t *function = &modules[module].all[i];
            if (!function->body.is_some || !memmem(function->name.ptr, function->name.len, part.ptr, part.len)) continue;
            common_location_t location = {(uint32_t)module, function->body.val.entry};
            for (size_t options = 0; options <= (takes_i32(function) ? 2 : 0); options += 2) {
                specs.ptr = grown(specs.ptr, specs.len + 1, sizeof *specs.ptr);
                targets = grown(targets, specs.len + 1, sizeof *targets);
                targets[specs.len] = function;
                specs.ptr[specs.len++] = (breakpoints_breakpoint_spec_t){location, {counting, options}};
            }
        }
    breakpoints_list_result_breakpoint_id_error_t answers;
    TRY(breakpoints_add(debuggee, &specs, &answers, error));
    for (size_t i = 0; i < answers.len; i++)
        if (answers.ptr[i].is_err) {
            *error = answers.ptr[i].val.err;
            return false;
        }

    execution_stop_capture_t captures[2] = {
        {.tag = EXECUTION_STOP_CAPTURE_LOCALS},
        {.tag = EXECUTION_STOP_CAPTURE_FRAMES, .val.frames = 8},
    };
    TRY(execution_set_captures(debuggee, &(execution_list_stop_capture_t){captures, 2}, error));
    uint32_t stops = 0;
    for (bool exited = false; !exited;) {
        common_stop_t stop;
        TRY(execution_resume(debuggee, &(execution_how_t){.tag = EXECUTION_HOW_CONTINUE}, &stop, error));
        exited = stop.reason.tag == COMMON_STOP_REASON_EXITED;
        if (stop.reason.tag == COMMON_STOP_REASON_BREAKPOINT) TRY(show_stop(++stops, &stop, error));
        common_stop_free(&stop);
    }

    size_t visited = 0;
    for (size_t module = 0; module < module_count; module++)
        for (size_t i = 0; i < modules[module].length; i++) visited += modules[module].visited[i];
    show("%" PRIu32 " stops in %zu functions\n", stops, visited);
    breakpoints_option_breakpoint_id_t next = {true, 0};
    while (next.is_some) {
        breakpoints_breakpoint_page_t page;
        TRY(breakpoints_list_breakpoints(debuggee, next.val, PAGE, &page, error));
        for (size_t i = 0; i < page.items.len; i++) {
            breakpoints_breakpoint_t *found = &page.items.ptr[i];
            if (!found->options.len) continue;
            for (size_t n = 0; n < answers.len; n++)
                if (answers.ptr[n].val.ok == found->id)
                    show("%.*s: " CONDITION " at %" PRIu64 " of %" PRIu64 "\n", (int)targets[n]->name.len,
                        targets[n]->name.ptr, found->taken, found->hits);
        }
        next = page.next;
    }
    return true;
}
