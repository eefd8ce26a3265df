;; Waits in the host for an hour, in the function that `_start` calls.
(module $asleep
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; A subscription to the monotonic clock: 3.6e12 nanoseconds from now.
  (data (i32.const 16) "\01")
  (data (i32.const 24) "\00\a0\b8\30\46\03\00\00")
  (global $count (mut i32) (i32.const 7))
  (func $look (param i32) (result i32)
    (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
  (func (export "_start") (drop (call $look (i32.const 1)))))
