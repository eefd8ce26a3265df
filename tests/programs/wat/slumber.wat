;; A component of WASI 0.3 that waits in the host for an hour, in an asynchronous function that it
;; calls synchronously.
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "wait-for" (func async (param "how-long" u64)))))
  (core module $m
    (import "" "wait" (func $wait (param i64)))
    (func $slumber (call $wait (i64.const 3600000000000)))
    (func (export "run") (result i32) (call $slumber) (i32.const 0)))
  (core func $wait (canon lower (func $clock "wait-for")))
  (core instance $i (instantiate $m (with "" (instance (export "wait" (func $wait))))))
  (type $t (func async (result (result))))
  (func $run (type $t) (canon lift (core func $i "run")))
  (instance $r (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $r)))
