;; A WASI 0.2 command made of two components: `app` calls `twice` of `library`.
(component
  (component $library
    (core module $arithmetic
      (func $double (param $n i32) (result i32)
        (i32.mul (local.get $n) (i32.const 2)))
      (func $twice (export "twice") (param $n i32) (result i32)
        (call $double (call $double (local.get $n)))))
    (core instance $arithmetic (instantiate $arithmetic))
    (func (export "twice") (param "n" s32) (result s32) (canon lift (core func $arithmetic "twice"))))
  (component $app
    (import "twice" (func $twice (param "n" s32) (result s32)))
    (core func $twice' (canon lower (func $twice)))
    (core module $main
      (import "library" "twice" (func $twice (param i32) (result i32)))
      (func $answer (param $n i32) (result i32)
        (i32.add (call $twice (local.get $n)) (i32.const 2)))
      ;; 0 is success.
      (func $run (export "run") (result i32)
        (i32.ne (call $answer (i32.const 10)) (i32.const 42))))
    (core instance $imports (export "twice" (func $twice')))
    (core instance $main (instantiate $main (with "library" (instance $imports))))
    (func $run (result (result)) (canon lift (core func $main "run")))
    (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))
  (instance $library (instantiate $library))
  (instance $app (instantiate $app (with "twice" (func $library "twice"))))
  (export "wasi:cli/run@0.2.0" (instance $app "wasi:cli/run@0.2.0")))
