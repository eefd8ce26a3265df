//! The engine's errors as text.

/// The text of an engine error, without the engine's own backtrace.
pub(crate) fn describe(error: &wasmtime::Error) -> String {
    if let Some(trap) = error.downcast_ref::<wasmtime::Trap>() {
        return trap.to_string();
    }
    let is_backtrace = |text: &String| text.starts_with("error while executing at wasm backtrace");
    let words: Vec<String> = error.chain().map(ToString::to_string).filter(|text| !is_backtrace(text)).collect();
    words.join(": ")
}
