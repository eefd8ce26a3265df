;; A debugger that imports everything: its types as `wit/` has them, around a core module that the test puts in.
(component
  (import "wasi:io/poll@0.2.12" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.ready" (func (param "self" (borrow $pollable)) (result bool)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))
    (export "poll" (func (param "in" (list (borrow $pollable))) (result (list u32))))
  ))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.12" (instance $monotonic-clock
    (alias outer 1 $pollable (type $pollable))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))
  ))
  (import "wasi:clocks/wall-clock@0.2.12" (instance $wall-clock
    (type $datetime_ (record (field "seconds" u64) (field "nanoseconds" u32))) (export "datetime" (type $datetime (eq
        $datetime_)))
    (export "now" (func (result $datetime)))
  ))
  (import "wasi:cli/exit@0.2.12" (instance $exit
    (export "exit" (func (param "status" (result))))
  ))
  (import "wasi:cli/environment@0.2.12" (instance $environment
    (export "get-environment" (func (result (list (tuple string string)))))
    (export "get-arguments" (func (result (list string))))
  ))
  (import "stillpoint:debugger/types@0.1.0" (instance $types
    (type $location_ (record (field "module" u32) (field "pc" u32))) (export "location" (type $location (eq
        $location_)))
    (type $frame-id_ (record (field "stop" u64) (field "index" u32))) (export "frame-id" (type $frame-id (eq
        $frame-id_)))
    (type $reference-kind_ (enum "function" "external" "internal" "exception" "continuation")) (export
        "reference-kind" (type $reference-kind (eq $reference-kind_)))
    (type $reference_ (record (field "kind" $reference-kind) (field "id" u64))) (export "reference" (type $reference (eq
        $reference_)))
    (type $value_ (variant (case "i32" s32) (case "i64" s64) (case "f32" u32) (case "f64" u64) (case "v128" (tuple u64
        u64)) (case "null" $reference-kind) (case "reference" $reference))) (export "value" (type $value (eq $value_)))
    (type $reference-type_ (record (field "kind" $reference-kind) (field "nullable" bool) (field "text" string)))
        (export "reference-type" (type $reference-type (eq $reference-type_)))
    (type $value-type_ (variant (case "i32") (case "i64") (case "f32") (case "f64") (case "v128") (case "reference"
        $reference-type))) (export "value-type" (type $value-type (eq $value-type_)))
    (type $trap-code_ (enum "stack-overflow" "memory-out-of-bounds" "unaligned-atomic" "table-out-of-bounds"
        "indirect-call-to-null" "bad-signature" "integer-overflow" "division-by-zero" "bad-conversion-to-integer"
        "unreachable" "interrupt" "out-of-fuel" "null-reference" "array-out-of-bounds" "allocation-too-large"
        "cast-failure" "other")) (export "trap-code" (type $trap-code (eq $trap-code_)))
    (type $trap_ (record (field "code" $trap-code) (field "message" string))) (export "trap" (type $trap (eq $trap_)))
    (type $thrown_ (record (field "caught" bool) (field "payload" (list $value)))) (export "thrown" (type $thrown (eq
        $thrown_)))
    (type $exit_ (variant (case "returned" (list $value)) (case "code" s32) (case "failed" string) (case "killed"))) (export "exit"
        (type $exit (eq $exit_)))
    (type $condition-failure_ (record (field "breakpoint" u32) (field "message" string))) (export "condition-failure"
        (type $condition-failure (eq $condition-failure_)))
    (type $call-end_ (variant (case "returned" (list $value)) (case "trap" $trap) (case "exception" (list $value)) (case
        "code" s32) (case "failed" string))) (export "call-end" (type $call-end (eq $call-end_)))
    (type $accesses_ (flags "read" "write" "host")) (export "accesses" (type $accesses (eq $accesses_)))
    (type $watch-hit_ (record (field "watchpoint" u32) (field "access" $accesses) (field "by" (option $location))
        (field "address" u64) (field "size" u64) (field "begin" u64) (field "old" (list u8)) (field "new" (list u8))))
        (export "watch-hit" (type $watch-hit (eq $watch-hit_)))
    (type $watch-stop_ (record (field "hits" (list $watch-hit)) (field "breakpoints" (list u32)) (field
        "condition-failed" (option $condition-failure)))) (export "watch-stop" (type $watch-stop (eq $watch-stop_)))
    (type $stop-reason_ (variant (case "entry") (case "breakpoint" (list u32)) (case "condition-failed"
        $condition-failure) (case "watchpoint" $watch-stop) (case "step") (case "records-full") (case "trap" $trap) (case "host-error" string) (case
        "exception" $thrown) (case "interrupt") (case "call-finished" $call-end)
        (case "exited" $exit))) (export "stop-reason" (type $stop-reason (eq
        $stop-reason_)))
    (type $frame_ (record (field "id" $frame-id) (field "instance" u32) (field "function" u32) (field "location"
        $location))) (export "frame" (type $frame (eq $frame_)))
    (type $captured_ (record (field "frames" (option (list $frame))) (field "locals" (option (list $value))) (field
        "operands" (option (list $value))))) (export "captured" (type $captured (eq $captured_)))
    (type $stop_ (record (field "number" u64) (field "reason" $stop-reason) (field "location" (option $location))
        (field "captured" (option $captured)))) (export "stop" (type $stop (eq $stop_)))
    (type $bad-condition_ (record (field "begin" u32) (field "end" u32) (field "message" string))) (export
        "bad-condition" (type $bad-condition (eq $bad-condition_)))
    (type $nearest_ (record (field "before" (option u32)) (field "after" (option u32)))) (export "nearest" (type
        $nearest (eq $nearest_)))
    (type $error_ (variant (case "running") (case "paused") (case "exited") (case "stale-frame") (case "no-frame" u32)
        (case "no-module" u32) (case "no-instance" u32) (case "no-memory" u32) (case "no-global" u32) (case
        "no-table" u32) (case "no-tag" u64) (case "no-reference" u64) (case "stale-reference") (case "wrong-type" string)
        (case "immutable") (case "cannot-grow" string) (case "not-at-exception") (case "no-watchpoint" u32) (case
        "bad-watchpoint" string) (case "no-function" u32) (case "argument-count" u32) (case "too-deep" u32) (case "no-breakpoint" u32) (case
        "not-an-instruction" $nearest) (case "bad-condition" $bad-condition) (case "out-of-bounds" u64) (case
        "too-large" u64) (case "host-failure" string))) (export "error" (type $error (eq $error_)))
  ))
  (alias export $types "location" (type $location))
  (alias export $types "frame-id" (type $frame-id))
  (alias export $types "frame" (type $frame))
  (alias export $types "value" (type $value))
  (alias export $types "reference" (type $reference))
  (alias export $types "value-type" (type $value-type))
  (alias export $types "stop" (type $stop))
  (alias export $types "error" (type $error))
  (import "stillpoint:debugger/execution@0.1.0" (instance $execution
    (alias outer 1 $pollable (type $pollable))
    (alias outer 1 $location (type $location))
    (alias outer 1 $stop (type $stop))
    (alias outer 1 $error (type $error))
    (type $state_ (enum "paused" "running" "exited")) (export "state" (type $state (eq $state_)))
    (type $how_ (variant (case "continue") (case "step-instruction") (case "step-over") (case "step-out") (case
        "run-to" $location) (case "record"))) (export "how" (type $how (eq $how_)))
    (export "debuggee" (type $debuggee (sub resource)))
    (export "running" (type $running (sub resource)))
    (export "[method]debuggee.state" (func (param "self" (borrow $debuggee)) (result $state)))
    (export "[method]debuggee.last-stop" (func (param "self" (borrow $debuggee)) (result (result $stop (error
        $error)))))
    (export "[method]debuggee.resume" (func (param "self" (borrow $debuggee)) (param "how" $how) (result (result $stop
        (error $error)))))
    (export "[method]debuggee.start" (func (param "self" (borrow $debuggee)) (param "how" $how) (result (result (own
        $running) (error $error)))))
    (export "[method]debuggee.interrupt" (func (param "self" (borrow $debuggee)) (result (result (error $error)))))
    (export "[method]debuggee.terminate" (func (param "self" (borrow $debuggee)) (result (result (error $error)))))
    (export "[method]debuggee.detach" (func (param "self" (borrow $debuggee)) (result (result (error $error)))))
    (export "[method]running.subscribe" (func (param "self" (borrow $running)) (result (own $pollable))))
    (export "[static]running.finish" (func (param "this" (own $running)) (result (result $stop (error $error)))))
  ))
  (alias export $execution "debuggee" (type $debuggee))
  (alias export $execution "running" (type $running))
  (alias export $execution "how" (type $how))
  (import "stillpoint:debugger/breakpoints@0.1.0" (instance $breakpoints
    (alias outer 1 $debuggee (type $debuggee))
    (alias outer 1 $location (type $location))
    (alias outer 1 $error (type $error))
    (type $memory-range_ (record (field "memory" u32) (field "address" u64) (field "length" u32))) (export
        "memory-range" (type $memory-range (eq $memory-range_)))
    (type $capture-spec_ (record (field "locals" bool) (field "operands" bool) (field "memory" (list $memory-range))))
        (export "capture-spec" (type $capture-spec (eq $capture-spec_)))
    (type $action_ (variant (case "stop") (case "count") (case "capture" $capture-spec))) (export "action" (type
        $action (eq $action_)))
    (type $breakpoint-spec_ (record (field "location" $location) (field "condition" (option string)) (field "ignore"
        u64) (field "every" u64) (field "one-shot" bool) (field "action" $action))) (export "breakpoint-spec" (type
        $breakpoint-spec (eq $breakpoint-spec_)))
    (type $breakpoint_ (record (field "id" u32) (field "spec" $breakpoint-spec) (field "hits" u64) (field "taken"
        u64))) (export "breakpoint" (type $breakpoint (eq $breakpoint_)))
    (type $change_ (variant (case "add" $breakpoint-spec) (case "remove" u32))) (export "change" (type $change (eq
        $change_)))
    (export "edit" (func (param "debuggee" (borrow $debuggee)) (param "changes" (list $change)) (result (result (list
        (result u32 (error $error))) (error $error)))))
    (export "all" (func (param "debuggee" (borrow $debuggee)) (result (result (list $breakpoint) (error $error)))))
  ))
  (import "stillpoint:debugger/inspection@0.1.0" (instance $inspection
    (alias outer 1 $debuggee (type $debuggee))
    (alias outer 1 $frame (type $frame))
    (alias outer 1 $frame-id (type $frame-id))
    (alias outer 1 $reference (type $reference))
    (alias outer 1 $value (type $value))
    (alias outer 1 $value-type (type $value-type))
    (alias outer 1 $error (type $error))
    (type $module_ (record (field "id" u32) (field "name" (option string)) (field "size" u64))) (export "module" (type
        $module (eq $module_)))
    (type $counts_ (record (field "functions" u32) (field "tables" u32) (field "memories" u32) (field "globals" u32)
        (field "tags" u32) (field "data-segments" u32) (field "element-segments" u32))) (export "counts" (type $counts
        (eq $counts_)))
    (type $instance_ (record (field "id" u32) (field "module" u32) (field "counts" $counts))) (export "instance" (type
        $instance (eq $instance_)))
    (type $memory_ (record (field "size" u64) (field "page-size" u64) (field "maximum" (option u64)) (field "memory64"
        bool) (field "shared" bool))) (export "memory" (type $memory (eq $memory_)))
    (type $found_ (record (field "addresses" (list u64)) (field "next" (option u64)))) (export "found" (type $found (eq
        $found_)))
    (type $entity-kind_ (enum "function" "table" "memory" "global" "tag")) (export "entity-kind" (type $entity-kind (eq
        $entity-kind_)))
    (type $entity_ (record (field "kind" $entity-kind) (field "index" u32))) (export "entity" (type $entity (eq
        $entity_)))
    (type $definition_ (record (field "instance" u32) (field "index" u32))) (export "definition" (type $definition (eq
        $definition_)))
    (type $source_ (variant (case "unknown") (case "host") (case "instance" $definition))) (export "source" (type
        $source (eq $source_)))
    (type $import_ (record (field "module" string) (field "name" string) (field "entity" $entity) (field "source"
        $source))) (export "import" (type $import (eq $import_)))
    (type $export_ (record (field "name" string) (field "entity" $entity))) (export "export" (type $export (eq
        $export_)))
    (type $function_ (record (field "index" u32) (field "name" (option string)) (field "params" (list $value-type))
        (field "results" (list $value-type)) (field "imported" (option (tuple string string))))) (export "function"
        (type $function (eq $function_)))
    (type $global_ (record (field "index" u32) (field "type" $value-type) (field "mutable" bool) (field "value"
        $value))) (export "global" (type $global (eq $global_)))
    (type $table_ (record (field "element" $value-type) (field "size" u64) (field "maximum" (option u64)) (field
        "table64" bool))) (export "table" (type $table (eq $table_)))
    (type $tag_ (record (field "id" u64) (field "index" u32) (field "params" (list $value-type)))) (export "tag" (type
        $tag (eq $tag_)))
    (type $storage-type_ (variant (case "int8") (case "int16") (case "value" $value-type))) (export "storage-type" (type
        $storage-type (eq $storage-type_)))
    (type $array-object_ (record (field "element" $storage-type) (field "length" u32))) (export "array-object" (type
        $array-object (eq $array-object_)))
    (type $exception-object_ (record (field "tag" u64) (field "payload" (list $value)))) (export "exception-object"
        (type $exception-object (eq $exception-object_)))
    (type $object_ (variant (case "function" $definition) (case "host-function") (case "external") (case "converted"
        $reference) (case "int31" s32) (case "structure" (list $value)) (case "array" $array-object) (case "exception"
        $exception-object))) (export "object" (type $object (eq $object_)))
    (export "modules" (func (param "debuggee" (borrow $debuggee)) (result (result (list $module) (error $error)))))
    (export "bytecode" (func (param "debuggee" (borrow $debuggee)) (param "module" u32) (param "offset" u64) (param
        "length" u64) (result (result (list u8) (error $error)))))
    (export "instances" (func (param "debuggee" (borrow $debuggee)) (result (result (list $instance) (error
        $error)))))
    (export "depth" (func (param "debuggee" (borrow $debuggee)) (result (result u32 (error $error)))))
    (export "backtrace" (func (param "debuggee" (borrow $debuggee)) (param "first" u32) (param "limit" u32) (result
        (result (list $frame) (error $error)))))
    (export "locals" (func (param "debuggee" (borrow $debuggee)) (param "frame" $frame-id) (result (result (list
        $value) (error $error)))))
    (export "operands" (func (param "debuggee" (borrow $debuggee)) (param "frame" $frame-id) (result (result (list
        $value) (error $error)))))
    (export "memory-info" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "memory" u32)
        (result (result $memory (error $error)))))
    (export "read-memory" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "memory" u32)
        (param "address" u64) (param "length" u64) (result (result (list u8) (error $error)))))
    (export "search-memory" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "memory"
        u32) (param "first" u64) (param "end" u64) (param "bytes" (list u8)) (param "limit" u32) (result (result
        $found (error $error)))))
    (export "imports" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (result (result (list
        $import) (error $error)))))
    (export "exports" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (result (result (list
        $export) (error $error)))))
    (export "functions" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "first" u32)
        (param "limit" u32) (result (result (list $function) (error $error)))))
    (export "globals" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "first" u32)
        (param "limit" u32) (result (result (list $global) (error $error)))))
    (export "table-info" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "table" u32)
        (result (result $table (error $error)))))
    (export "table-elements" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "table"
        u32) (param "first" u64) (param "limit" u32) (result (result (list $value) (error $error)))))
    (export "tags" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (result (result (list
        $tag) (error $error)))))
    (export "dereference" (func (param "debuggee" (borrow $debuggee)) (param "reference" u64) (result (result
        $object (error $error)))))
    (export "array-elements" (func (param "debuggee" (borrow $debuggee)) (param "reference" u64) (param "first"
        u32) (param "limit" u32) (result (result (list $value) (error $error)))))
    (type $core-instance_ (record (field "name" (option string)) (field "module-name" (option string)) (field
        "instance" (option u32)))) (export "core-instance" (type $core-instance (eq $core-instance_)))
    (type $component-function_ (record (field "name" string) (field "served-by" (option $definition)))) (export
        "component-function" (type $component-function (eq $component-function_)))
    (type $component-instance_ (record (field "parent" (option u32)) (field "name" (option string)) (field
        "core-instances" (list $core-instance)) (field "functions" (list $component-function)))) (export
        "component-instance" (type $component-instance (eq $component-instance_)))
    (export "component" (func (param "debuggee" (borrow $debuggee)) (result (result (list $component-instance) (error
        $error)))))
    (export "pending-exception" (func (param "debuggee" (borrow $debuggee)) (result (result (option $reference)
        (error $error)))))
  ))
  (import "stillpoint:debugger/modification@0.1.0" (instance $modification
    (alias outer 1 $debuggee (type $debuggee))
    (alias outer 1 $reference (type $reference))
    (alias outer 1 $value (type $value))
    (alias outer 1 $value-type (type $value-type))
    (alias outer 1 $error (type $error))
    (export "write-memory" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "memory"
        u32) (param "address" u64) (param "bytes" (list u8)) (result (result (error $error)))))
    (export "grow-memory" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "memory"
        u32) (param "pages" u64) (result (result u64 (error $error)))))
    (export "set-global" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "global" u32)
        (param "value" $value) (result (result (error $error)))))
    (export "set-table-element" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param
        "table" u32) (param "index" u64) (param "value" $value) (result (result (error $error)))))
    (export "grow-table" (func (param "debuggee" (borrow $debuggee)) (param "instance" u32) (param "table" u32)
        (param "elements" u64) (param "value" $value) (result (result u64 (error $error)))))
    (export "set-element" (func (param "debuggee" (borrow $debuggee)) (param "object" u64) (param "index" u32)
        (param "value" $value) (result (result (error $error)))))
    (export "make-tag" (func (param "debuggee" (borrow $debuggee)) (param "params" (list $value-type)) (result
        (result u64 (error $error)))))
    (export "make-exception" (func (param "debuggee" (borrow $debuggee)) (param "tag" u64) (param "payload"
        (list $value)) (result (result $reference (error $error)))))
    (export "replace-exception" (func (param "debuggee" (borrow $debuggee)) (param "exception" u64) (result
        (result bool (error $error)))))
  ))
  (import "stillpoint:debugger/calls@0.1.0" (instance $calls
    (alias outer 1 $debuggee (type $debuggee))
    (alias outer 1 $running (type $running))
    (alias outer 1 $how (type $how))
    (alias outer 1 $value (type $value))
    (alias outer 1 $stop (type $stop))
    (alias outer 1 $error (type $error))
    (type $callee_ (record (field "instance" u32) (field "function" u32))) (export "callee" (type $callee (eq
        $callee_)))
    (export "call" (func (param "debuggee" (borrow $debuggee)) (param "callee" $callee) (param "arguments" (list
        $value)) (param "how" $how) (result (result $stop (error $error)))))
    (export "start" (func (param "debuggee" (borrow $debuggee)) (param "callee" $callee) (param "arguments" (list
        $value)) (param "how" $how) (result (result (own $running) (error $error)))))
  ))
  (import "stillpoint:debugger/report@0.1.0" (instance $report
    (export "print" (func (param "text" string)))
  ))

  (core module $memory
    (memory (export "memory") 8)
    (global $top (mut i32) (i32.const 262144))
    (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
      (local $place i32)
      (local.set $place (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
      (global.set $top (i32.add (local.get $place) (local.get $size)))
      (block $enough (loop $grow
        (br_if $enough (i32.le_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $enough (i32.eq (memory.grow (i32.const 64)) (i32.const -1)))
        (br $grow)))
      (local.get $place)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))

  (core func $print (canon lower (func $report "print") (memory $mem) (realloc $realloc)))
  (core func $state (canon lower (func $execution "[method]debuggee.state") (memory $mem) (realloc $realloc)))
  (core func $last_stop (canon lower (func $execution "[method]debuggee.last-stop") (memory $mem) (realloc $realloc)))
  (core func $resume (canon lower (func $execution "[method]debuggee.resume") (memory $mem) (realloc $realloc)))
  (core func $start (canon lower (func $execution "[method]debuggee.start") (memory $mem) (realloc $realloc)))
  (core func $interrupt (canon lower (func $execution "[method]debuggee.interrupt") (memory $mem) (realloc $realloc)))
  (core func $terminate (canon lower (func $execution "[method]debuggee.terminate") (memory $mem) (realloc $realloc)))
  (core func $detach (canon lower (func $execution "[method]debuggee.detach") (memory $mem) (realloc $realloc)))
  (core func $drop_debuggee (canon resource.drop $debuggee))
  (core func $subscribe (canon lower (func $execution "[method]running.subscribe") (memory $mem) (realloc $realloc)))
  (core func $finish (canon lower (func $execution "[static]running.finish") (memory $mem) (realloc $realloc)))
  (core func $drop_running (canon resource.drop $running))
  (core func $edit (canon lower (func $breakpoints "edit") (memory $mem) (realloc $realloc)))
  (core func $all (canon lower (func $breakpoints "all") (memory $mem) (realloc $realloc)))
  (core func $modules (canon lower (func $inspection "modules") (memory $mem) (realloc $realloc)))
  (core func $bytecode (canon lower (func $inspection "bytecode") (memory $mem) (realloc $realloc)))
  (core func $instances (canon lower (func $inspection "instances") (memory $mem) (realloc $realloc)))
  (core func $depth (canon lower (func $inspection "depth") (memory $mem) (realloc $realloc)))
  (core func $backtrace (canon lower (func $inspection "backtrace") (memory $mem) (realloc $realloc)))
  (core func $locals (canon lower (func $inspection "locals") (memory $mem) (realloc $realloc)))
  (core func $operands (canon lower (func $inspection "operands") (memory $mem) (realloc $realloc)))
  (core func $memory_info (canon lower (func $inspection "memory-info") (memory $mem) (realloc $realloc)))
  (core func $read_memory (canon lower (func $inspection "read-memory") (memory $mem) (realloc $realloc)))
  (core func $search_memory (canon lower (func $inspection "search-memory") (memory $mem) (realloc $realloc)))
  (core func $imports (canon lower (func $inspection "imports") (memory $mem) (realloc $realloc)))
  (core func $exports (canon lower (func $inspection "exports") (memory $mem) (realloc $realloc)))
  (core func $functions (canon lower (func $inspection "functions") (memory $mem) (realloc $realloc)))
  (core func $globals (canon lower (func $inspection "globals") (memory $mem) (realloc $realloc)))
  (core func $table_info (canon lower (func $inspection "table-info") (memory $mem) (realloc $realloc)))
  (core func $table_elements (canon lower (func $inspection "table-elements") (memory $mem) (realloc $realloc)))
  (core func $tags (canon lower (func $inspection "tags") (memory $mem) (realloc $realloc)))
  (core func $dereference (canon lower (func $inspection "dereference") (memory $mem) (realloc $realloc)))
  (core func $array_elements (canon lower (func $inspection "array-elements") (memory $mem) (realloc $realloc)))
  (core func $component (canon lower (func $inspection "component") (memory $mem) (realloc $realloc)))
  (core func $pending_exception (canon lower (func $inspection "pending-exception") (memory $mem) (realloc $realloc)))
  (core func $write_memory (canon lower (func $modification "write-memory") (memory $mem) (realloc $realloc)))
  (core func $grow_memory (canon lower (func $modification "grow-memory") (memory $mem) (realloc $realloc)))
  (core func $set_global (canon lower (func $modification "set-global") (memory $mem) (realloc $realloc)))
  (core func $set_table_element (canon lower (func $modification "set-table-element") (memory $mem) (realloc $realloc)))
  (core func $grow_table (canon lower (func $modification "grow-table") (memory $mem) (realloc $realloc)))
  (core func $set_element (canon lower (func $modification "set-element") (memory $mem) (realloc $realloc)))
  (core func $make_tag (canon lower (func $modification "make-tag") (memory $mem) (realloc $realloc)))
  (core func $make_exception (canon lower (func $modification "make-exception") (memory $mem) (realloc $realloc)))
  (core func $replace_exception (canon lower (func $modification "replace-exception") (memory $mem) (realloc $realloc)))
  (core func $call (canon lower (func $calls "call") (memory $mem) (realloc $realloc)))
  (core func $start_call (canon lower (func $calls "start") (memory $mem) (realloc $realloc)))
  (core func $poll (canon lower (func $poll "poll") (memory $mem) (realloc $realloc)))
  (core func $ready (canon lower (func $poll "[method]pollable.ready") (memory $mem) (realloc $realloc)))
  (core func $block (canon lower (func $poll "[method]pollable.block") (memory $mem) (realloc $realloc)))
  (core func $drop_pollable (canon resource.drop $pollable))
  (core func $timer (canon lower (func $monotonic-clock "subscribe-duration") (memory $mem) (realloc $realloc)))
  (core func $now (canon lower (func $wall-clock "now") (memory $mem) (realloc $realloc)))
  (core func $exit (canon lower (func $exit "exit") (memory $mem) (realloc $realloc)))
  (core func $environment (canon lower (func $environment "get-environment") (memory $mem) (realloc $realloc)))
  (core func $arguments (canon lower (func $environment "get-arguments") (memory $mem) (realloc $realloc)))

  (core module $script SCRIPT)
  (core instance $script (instantiate $script
    (with "memory" (instance $memory))
    (with "host" (instance
      (export "print" (func $print))
      (export "state" (func $state))
      (export "last_stop" (func $last_stop))
      (export "resume" (func $resume))
      (export "start" (func $start))
      (export "interrupt" (func $interrupt))
      (export "terminate" (func $terminate))
      (export "detach" (func $detach))
      (export "drop_debuggee" (func $drop_debuggee))
      (export "subscribe" (func $subscribe))
      (export "finish" (func $finish))
      (export "drop_running" (func $drop_running))
      (export "edit" (func $edit))
      (export "all" (func $all))
      (export "modules" (func $modules))
      (export "bytecode" (func $bytecode))
      (export "instances" (func $instances))
      (export "depth" (func $depth))
      (export "backtrace" (func $backtrace))
      (export "locals" (func $locals))
      (export "operands" (func $operands))
      (export "memory_info" (func $memory_info))
      (export "read_memory" (func $read_memory))
      (export "search_memory" (func $search_memory))
      (export "imports" (func $imports))
      (export "exports" (func $exports))
      (export "functions" (func $functions))
      (export "globals" (func $globals))
      (export "table_info" (func $table_info))
      (export "table_elements" (func $table_elements))
      (export "tags" (func $tags))
      (export "dereference" (func $dereference))
      (export "array_elements" (func $array_elements))
      (export "component" (func $component))
      (export "pending_exception" (func $pending_exception))
      (export "write_memory" (func $write_memory))
      (export "grow_memory" (func $grow_memory))
      (export "set_global" (func $set_global))
      (export "set_table_element" (func $set_table_element))
      (export "grow_table" (func $grow_table))
      (export "set_element" (func $set_element))
      (export "make_tag" (func $make_tag))
      (export "make_exception" (func $make_exception))
      (export "replace_exception" (func $replace_exception))
      (export "call" (func $call))
      (export "start_call" (func $start_call))
      (export "poll" (func $poll))
      (export "ready" (func $ready))
      (export "block" (func $block))
      (export "drop_pollable" (func $drop_pollable))
      (export "timer" (func $timer))
      (export "now" (func $now))
      (export "exit" (func $exit))
      (export "environment" (func $environment))
      (export "arguments" (func $arguments))
    ))))
  (func (export "run") (param "debuggee" (own $debuggee)) (param "args" (list string)) (result (result (error
      string)))
    (canon lift (core func $script "run") (memory $mem) (realloc $realloc))))
