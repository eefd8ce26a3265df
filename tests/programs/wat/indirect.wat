;; Prints a line by a call through its table, to test the order of a trace and the program's output.
(module $indirect
  (type $write (func (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (type $write)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\04\00\00\00one\n")
  (table 1 funcref)
  (elem (i32.const 0) func $write)
  (func (export "_start")
    (drop (call_indirect (type $write)
      (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12) (i32.const 0)))))
