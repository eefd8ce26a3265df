;; One of everything that a module can define: `main` calls `look` with a value of every kind in its
;; locals.
(module $everything
  (type $pair (struct (field (mut i32)) (field (ref null $pair))))
  (type $bytes (array (mut i8)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (memory (export "memory") 1 2)
  (memory $wide i64 3)
  (data (i32.const 16) "hello")
  (global $count (mut i32) (i32.const 7))
  (global $ratio f64 (f64.const 0.5))
  (global $pair (mut (ref null $pair)) (ref.null $pair))
  (table $functions 3 8 funcref)
  (elem (table $functions) (i32.const 1) func $main $yield)
  (tag $problem (param i32 externref))
  (func $look (param i32 f32 v128 anyref) (local exnref)
    nop)
  (func $main (export "_start") (local $numbers (ref null $bytes))
    (local.set $numbers (array.new $bytes (i32.const -1) (i32.const 20)))
    (global.set $pair
      (struct.new $pair (i32.const 1) (struct.new $pair (i32.const 2) (ref.null $pair))))
    (i64.const 99)
    (call $look (i32.const -5) (f32.const nan) (v128.const i64x2 1 2) (local.get $numbers))
    (drop)))
