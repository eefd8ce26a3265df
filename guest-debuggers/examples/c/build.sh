#!/bin/sh
# Makes a component of visits.c: build.sh OUTPUT. Needs wit-bindgen, clang with wasi-libc, and rustc.
set -eu
cd "$(dirname "$0")"
case $1 in /*) output=$1 ;; *) output=$OLDPWD/$1 ;; esac
bindings=$(mktemp -d)
trap 'rm -r "$bindings"' EXIT

# The contract as C. Without the new names, `common_stop_t` would be `stillpoint_debugger_common_stop_t`.
contract=stillpoint:debugger
wit-bindgen c ../../../wit --world controlling --rename-world debugger --out-dir "$bindings" \
    --rename $contract/common@0.1.0=common \
    --rename $contract/program@0.1.0=program \
    --rename $contract/execution@0.1.0=execution \
    --rename $contract/breakpoints@0.1.0=breakpoints \
    --rename $contract/inspection@0.1.0=inspection \
    --rename $contract/messages@0.1.0=messages

# Rust brings a linker that makes components; a wasi-sdk has one as well.
rust=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin
"${CC:-clang-22}" --target=wasm32-wasi -Wno-deprecated --sysroot=/usr -mexec-model=reactor -Os -Wall -Wextra -I "$bindings" \
    -fuse-ld="$rust/wasm-component-ld" -Wl,--strip-all \
    visits.c "$bindings"/debugger.c "$bindings"/debugger_component_type.o -o "$output"
