//! What a debugger does without its program: it looks around, it fails, it ends.
//!
//! Invariant: only the calls that look around return.

use crate::notation::{Answer, Arguments, Result, mistake};
use std::hint::black_box;
use stillpoint_kit::wasip2::cli::{environment, exit};
use stillpoint_kit::wasip2::clocks::wall_clock;

/// Does what is called this.
pub(crate) fn act(name: &str, a: &mut Arguments<'_>) -> Result<Answer> {
    Ok(Answer::from(match name {
        "environment" => format!("list of {}", environment::get_environment().len()),
        "arguments" => format!("list of {}", environment::get_arguments().len()),
        "seconds" => wall_clock::now().seconds.to_string(),
        // What `run` returns: a text of the debugger's own, or a case of `error`.
        "fail" => return Err(mistake(a.text())),
        "fail-with" => return Err(a.next()?),
        "exit" => {
            exit::exit(if a.next::<u8>()? == 0 { Ok(()) } else { Err(()) });
            return Err(mistake("the host has not ended it"));
        }
        #[cfg(target_arch = "wasm32")]
        "trap" => core::arch::wasm32::unreachable(),
        "loop" => loop {
            black_box(());
        },
        "allocate" => loop {
            std::mem::forget(black_box(vec![1_u8; 1 << 20]));
        },
        _ => return Err(mistake(format!("there is no call `{name}`"))),
    }))
}
