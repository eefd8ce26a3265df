;; Instructions of several bytes, and code that no way leads to.
(module $middle
  (func $big (result i32)
    i32.const 1234567
    i32.const 7654321
    i32.add)
  (func $early (result i32)
    (return (i32.const 3))
    (drop (i32.const 2345678))
    (i32.const 4))
  ;; The way to the constant leads past the end of the block, at which nothing happens.
  (func $ahead (param i32) (result i32)
    (block
      (br_if 0 (local.get 0))
      (return (i32.const 7)))
    i32.const 3456789)
  (func (export "_start")
    (drop (call $big))
    (drop (call $early))
    (drop (call $ahead (i32.const 1)))))
