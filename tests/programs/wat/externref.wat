;; A frame with a reference in the middle of its locals, so that locals on both sides have to be
;; found.
(module $externref
  (func $hold (param $before i32) (param $object externref) (param $after i64) (result i64)
    (i64.add (local.get $after) (i64.extend_i32_s (local.get $before))))
  (func $use (export "use") (result i64)
    (call $hold
      (i32.const 1234)
      (extern.convert_any (ref.i31 (i32.const 7)))
      (i64.const 0x1122334455667788))))
