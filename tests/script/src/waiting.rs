//! Pollables, each under a name that the script gives it, and handles that are dropped.
//!
//! Invariant: a name stands for one pollable at most; the one that had it before is dropped.

use crate::notation::{Answer, Arguments, Result, mistake};
use crate::{Script, itself};
use stillpoint_kit::Debuggee;
use stillpoint_kit::wasip2::clocks::monotonic_clock;
use stillpoint_kit::wasip2::io::poll::{self, Pollable};

/// Makes the call of this name.
pub(crate) fn ask(script: &mut Script, name: &str, a: &mut Arguments<'_>) -> Result<Answer> {
    let answer = match name {
        // `subscribe(name)`: until the program has stopped.
        "subscribe" => {
            let pollable = script.running()?.subscribe();
            script.pollables.insert(a.text().to_owned(), pollable);
            "ok".to_owned()
        }
        "subscribe-without-end" => loop {
            std::mem::forget(script.running()?.subscribe());
        },
        // `timer(name, milliseconds)`.
        "timer" => {
            let name = a.text().to_owned();
            let timer = monotonic_clock::subscribe_duration(a.next::<u64>()? * 1_000_000);
            script.pollables.insert(name, timer);
            "ok".to_owned()
        }
        "ready" => script.pollable(a.text())?.ready().to_string(),
        "block" => {
            script.pollable(a.text())?.block();
            "ok".to_owned()
        }
        // Waits for the first of those named, and says which are ready.
        "poll" => {
            let mut names = Vec::new();
            while !a.is_empty() {
                names.push(a.text());
            }
            let pollables = names.iter().map(|name| script.pollable(name)).collect::<Result<Vec<_>>>()?;
            let ready = poll::poll(&pollables);
            let ready: Vec<&str> = ready.into_iter().filter_map(|index| names.get(index as usize).copied()).collect();
            ready.join(", ")
        }
        "drop" => {
            match a.text() {
                "debuggee" => drop_debuggee(&script.debuggee),
                "running" => drop(script.running.take().ok_or_else(|| mistake("nothing was started"))?),
                name => drop(script.pollables.remove(name).ok_or_else(|| mistake(format!("there is no `{name}`")))?),
            }
            "ok".to_owned()
        }
        _ => return itself::act(name, a),
    };
    Ok(Answer::from(answer))
}

impl Script {
    fn pollable(&self, name: &str) -> Result<&Pollable> {
        self.pollables.get(name).ok_or_else(|| mistake(format!("there is no `{name}`")))
    }
}

/// Drops the host's side of the handle, and leaves the script its number, as a debugger in another
/// language could.
#[expect(unsafe_code, reason = "Rust's own types do not let a debugger use a handle that it has dropped")]
fn drop_debuggee(debuggee: &Debuggee) {
    // SAFETY: what the number stands for is the host's to check, and the script never drops its
    // own.
    drop(unsafe { Debuggee::from_handle(debuggee.handle()) });
}
