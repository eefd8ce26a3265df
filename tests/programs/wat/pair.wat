;; A command of two core modules, each with a memory, where one calls the other: frames of both are
;; in one backtrace.
(component
  (core module $shelf
    (memory (export "memory") 1)
    (data (i32.const 8) "shelf")
    (func $take (export "take") (param $place i32) (result i32)
      (i32.load8_u (local.get $place))))
  (core module $reader
    (import "shelf" "take" (func $take (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 8) "reader")
    (func $read (param $place i32) (result i32)
      (i32.sub (call $take (local.get $place)) (i32.const 115)))
    (func $run (export "run") (result i32)
      ;; The result is 0, success, if the shelf's text begins with an s.
      (call $read (i32.const 8))))
  (core instance $library (instantiate $shelf))
  (core instance $command (instantiate $reader (with "shelf" (instance $library))))
  (func $run (result (result)) (canon lift (core func $command "run")))
  (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))
