;; What the debuggers of `guest-debuggers/examples` look at: functions with numbers of all types for
;; arguments, text in the memory, and one function that calls itself.
(module $visits
  (memory (export "memory") 1)
  (data (i32.const 1024) "pots, pans and plates")
  (func $visit_text (param $address i32) (param $length i64))
  (func $visit_numbers (param $large i64) (param $single f32) (param $double f64)
    (param $address i32) (param $none funcref))
  (func $visit_tree (param $depth i32) (param $path i64) (result i32)
    (if (result i32) (i32.eqz (local.get $depth))
      (then (i32.const 1))
      (else
        (i32.add
          (call $visit_tree
            (i32.sub (local.get $depth) (i32.const 1))
            (i64.mul (local.get $path) (i64.const 10)))
          (call $visit_tree
            (i32.sub (local.get $depth) (i32.const 1))
            (i64.add (i64.mul (local.get $path) (i64.const 10)) (i64.const 1)))))))
  (func $"visit_é→🐚")
  (func $pass (param $address i32)
    (call $visit_text (local.get $address) (i64.const -9223372036854775808)))
  (func $main (export "_start")
    (call $visit_text (i32.const 1024) (i64.const 21))
    ;; The last bytes of the memory, its end, and beyond it.
    (call $pass (i32.const 65531))
    (call $pass (i32.const 65536))
    (call $pass (i32.const -1))
    (call $visit_numbers (i64.const 9223372036854775807) (f32.const -0.1) (f64.const nan:0x4000000000001)
      (i32.const 1030) (ref.null func))
    (drop (call $visit_tree (i32.const 2) (i64.const 1)))
    (call $"visit_é→🐚")))
