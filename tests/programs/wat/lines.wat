;; Prints two lines with instructions between them, to test the order of a trace and the program's
;; output.
(module $lines
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "one\n")
  (data (i32.const 4) "two\n")
  (func $say (param $text i32)
    (i32.store (i32.const 16) (local.get $text))
    (i32.store (i32.const 20) (i32.const 4))
    (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24))))
  (func (export "_start")
    (call $say (i32.const 0))
    (call $say (i32.const 4)))
  (func (export "turns") (param $left i32)
    (loop $again
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
