;; One of everything that can be asked for wrongly: memories of all kinds, tables, globals, objects,
;; tags, exceptions.
;;
;; `_start` prints "fine" and exits with 7, unless the memory, the globals, the table, the object or
;; the exception are changed; each change adds to the exit code.
(module $table
  (type $pair (struct (field (mut i32)) (field i64) (field (mut i8)) (field (mut (ref null $pair)))))
  (type $bytes (array (mut i8)))
  (type $fixed (array f64))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory $plain (export "memory") 1 2)
  (memory $wide i64 2 4)
  (memory $shared 1 2 shared)
  (memory $none 0 0)
  (data (memory $plain) (i32.const 0) "\10\00\00\00\05\00\00\00")
  (data (memory $plain) (i32.const 16) "fine\n")
  (global $fixed i32 (i32.const 1))
  (global $count (mut i32) (i32.const 7))
  (global $function (mut (ref func)) (ref.func $look))
  (global $wide (mut v128) (v128.const i64x2 1 2))
  (global $pair (mut (ref null $pair)) (ref.null $pair))
  (global $array (mut (ref null $bytes)) (ref.null $bytes))
  (global $constants (mut (ref null $fixed)) (ref.null $fixed))
  (global $outside (mut externref) (ref.null extern))
  (table $functions 3 8 funcref)
  (table $wide i64 2 externref)
  (table $endless 0 anyref)
  (elem (table $functions) (i32.const 1) func $look $proc_exit)
  (tag $problem (param i32))
  (tag $rich (param i64 anyref))
  (func $look (param i32 i64 f32 f64 v128 anyref externref funcref) (local exnref)
    (drop (i32.const 300)))
  (func $main (export "_start") (local $caught i32)
    (global.set $pair
      (struct.new $pair (i32.const 1) (i64.const 2) (i32.const 255)
        (struct.new $pair (i32.const 3) (i64.const 4) (i32.const 5) (ref.null $pair))))
    (global.set $array (array.new $bytes (i32.const 254) (i32.const 1000)))
    (global.set $constants (array.new $fixed (f64.const 0.5) (i32.const 2)))
    (global.set $outside (extern.convert_any (ref.i31 (i32.const -7))))
    (call $look (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (v128.const i64x2 5 6)
      (ref.i31 (i32.const 9)) (global.get $outside) (ref.func $main))
    (local.set $caught
      (block $caught (result i32)
        (try_table (catch $problem $caught) (throw $problem (i32.const 1)))
        (i32.const 0)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $proc_exit
      (i32.add
        (i32.add (global.get $count) (i32.sub (table.size $functions) (i32.const 3)))
        (i32.add
          (i32.sub (struct.get $pair 0 (global.get $pair)) (i32.const 1))
          (i32.sub (local.get $caught) (i32.const 1))))))
  (func (export "trap") (result i32)
    (call $look (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (v128.const i64x2 5 6)
      (ref.null any) (ref.null extern) (ref.null func))
    (i32.load (i32.const 65536)))
  (func (export "forever") (loop $again (br $again)))
  ;; Calls `look` again and again, and returns how often.
  (func (export "often") (param $times i32) (result i32) (local $done i32)
    (loop $again
      (call $look (local.get $done) (i64.const 2) (f32.const 3) (f64.const 4) (v128.const i64x2 5 6)
        (ref.null any) (ref.null extern) (ref.null func))
      (local.set $done (i32.add (local.get $done) (i32.const 1)))
      (br_if $again (i32.lt_s (local.get $done) (local.get $times))))
    (local.get $done)))
