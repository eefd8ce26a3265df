;; A WASI 0.3 command as compilers make them: `run` returns to the host while it waits, and is called
;; back.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "wait-for" (func async (param "how-long" u64)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (core func $wait (canon lower (func $clock "wait-for") async (memory $memory "memory")))
  (core func $new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $return (canon task.return (result (result))))
  (core module $m
    (import "host" "wait" (func $wait (param i64) (result i32)))
    (import "host" "new" (func $new (result i32)))
    (import "host" "join" (func $join (param i32 i32)))
    (import "host" "return" (func $return (param i32)))
    (global $set (mut i32) (i32.const 0))
    (func $square (param $n i32) (result i32) (i32.mul (local.get $n) (local.get $n)))
    (func $run (export "run") (result i32)
      (local $state i32)
      (global.set $set (call $new))
      (local.set $state (call $wait (i64.const 1000000)))
      (call $join (i32.shr_u (local.get $state) (i32.const 4)) (global.get $set))
      ;; Wait for the set.
      (i32.or (i32.shl (global.get $set) (i32.const 4)) (i32.const 2)))
    (func $resumed (export "resumed") (param i32 i32 i32) (result i32)
      (call $return (i32.ne (call $square (i32.const 7)) (i32.const 49)))
      (i32.const 0)))
  (core instance $i (instantiate $m (with "host" (instance
    (export "wait" (func $wait)) (export "new" (func $new)) (export "join" (func $join)) (export "return" (func $return))))))
  (type $t (func async (result (result))))
  (func $run (type $t) (canon lift (core func $i "run") async (callback (func $i "resumed"))))
  (instance $r (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $r)))
