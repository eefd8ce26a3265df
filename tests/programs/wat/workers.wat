;; A command of three instances of two core modules that have the same name, which a debugger has to
;; tell apart.
(component
  (component $first
    (core module $worker
      (memory 1)
      (data (i32.const 8) "first")
      (func $work (export "work") (result i32)
        (i32.load8_u (i32.const 8))))
    (core instance $worker (instantiate $worker))
    (func (export "work") (result u32) (canon lift (core func $worker "work"))))
  (component $second
    (core module $worker
      (memory 1)
      (data (i32.const 8) "second")
      (func $idle)
      (func $work (export "work") (result i32)
        (call $idle)
        (i32.load8_u (i32.const 8))))
    (core instance $worker (instantiate $worker))
    (func (export "work") (result u32) (canon lift (core func $worker "work"))))
  (component $boss
    (import "a" (func $a (result u32)))
    (import "b" (func $b (result u32)))
    (import "c" (func $c (result u32)))
    (core func $a' (canon lower (func $a)))
    (core func $b' (canon lower (func $b)))
    (core func $c' (canon lower (func $c)))
    (core module $boss
      (import "workers" "a" (func $a (result i32)))
      (import "workers" "b" (func $b (result i32)))
      (import "workers" "c" (func $c (result i32)))
      ;; 0, success, if two of them are of the first kind and one is of the second.
      (func $run (export "run") (result i32)
        (i32.ne (i32.const 319) (i32.add (call $a) (i32.add (call $b) (call $c))))))
    (core instance $workers (export "a" (func $a')) (export "b" (func $b')) (export "c" (func $c')))
    (core instance $main (instantiate $boss (with "workers" (instance $workers))))
    (func $run (result (result)) (canon lift (core func $main "run")))
    (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))
  (instance $one (instantiate $first))
  (instance $two (instantiate $first))
  (instance $three (instantiate $second))
  (instance $boss (instantiate $boss
    (with "a" (func $one "work")) (with "b" (func $two "work")) (with "c" (func $three "work"))))
  (export "wasi:cli/run@0.2.0" (instance $boss "wasi:cli/run@0.2.0")))
