;; The error of the contract, as a component in text format imports it. @VERSION@ is put in by the test.
(import "stillpoint:debugger/common@@VERSION@" (instance $common
  (type $nearest' (record (field "before" (option u32)) (field "after" (option u32))))
  (export "nearest" (type $nearest (eq $nearest')))
  (type $bad-condition' (record (field "begin" u32) (field "end" u32) (field "message" string)))
  (export "bad-condition" (type $bad-condition (eq $bad-condition')))
  (type $error' (variant
    (case "running") (case "exited") (case "detached") (case "in-host-call") (case "stale-frame")
    (case "no-frame" u32) (case "no-module" u32) (case "no-instance" u32) (case "no-memory" u32)
    (case "no-global" u32) (case "no-table" u32) (case "no-function" u32) (case "no-tag" u64)
    (case "no-reference" (option u64)) (case "stale-reference") (case "no-breakpoint" u32)
    (case "no-watchpoint" u32) (case "not-an-instruction" $nearest) (case "bad-condition" $bad-condition)
    (case "bad-option" string) (case "bad-watchpoint" string) (case "wrong-type" string)
    (case "argument-count" u32) (case "immutable") (case "cannot-grow" string) (case "not-at-exception")
    (case "too-deep" u32) (case "out-of-bounds" u64) (case "too-large" u64) (case "host-failure" string)
    (case "other" string)))
  (export "error" (type (eq $error')))))
(alias export $common "error" (type $error))
