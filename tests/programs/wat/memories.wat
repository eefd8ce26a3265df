;; Three memories, one of them shared. Each holds a text of its own, and `total` adds up the first
;; letters.
(module $memories
  (memory $first (export "first") 1 2)
  (memory $second 2 2)
  (memory $third 1 4 shared)
  (data (memory $first) (i32.const 16) "first")
  (data (memory $second) (i32.const 32) "second")
  (data (memory $third) (i32.const 48) "third")
  (func $total (export "total") (result i32)
    (i32.add
      (i32.load8_u $first (i32.const 16))
      (i32.add (i32.load8_u $second (i32.const 32)) (i32.load8_u $third (i32.const 48))))))
