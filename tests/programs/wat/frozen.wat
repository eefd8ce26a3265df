;; Adds the numbers up to 4 by recursion, keeps the sum in its memory, and returns it.
(module
  (memory 1)
  (global $runs (mut i32) (i32.const 0))
  (func $sum (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 0))
      (else (i32.add (local.get $n) (call $sum (i32.sub (local.get $n) (i32.const 1)))))))
  (func $main (export "main") (result i32)
    (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
    (i32.store (i32.const 8) (call $sum (i32.const 4)))
    (i32.load (i32.const 8))))
