//! Makes a component of a debugger: the trait to implement and the macro that exports it.
//!
//! Invariant: however `run` ends (success, error, panic), the text printed before it is shown.

use crate::bindings::stillpoint::debugger::execution::Debuggee;
use crate::{Result, Session, output};

/// A debugger. Hand the type to [`export!`](crate::export!).
pub trait Debugger {
    /// Debugs one program, which is paused at its entry.
    ///
    /// `arguments` are those that the user gave to the debugger, without its name. When this
    /// returns, the program goes on without a debugger.
    ///
    /// # Errors
    /// Any error that the debugger cannot handle itself. The host shows it to the user; the
    /// program's own result is not changed by it.
    fn run(session: &Session, arguments: &[String]) -> Result;
}

/// Exports a [`Debugger`] as the component's `run`. Once per component.
#[macro_export]
macro_rules! export {
    ($debugger:ty) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::Guest for Component {
                fn run(
                    debuggee: $crate::Debuggee,
                    arguments: ::std::vec::Vec<::std::string::String>,
                ) -> ::std::result::Result<(), ::std::string::String> {
                    $crate::run::<$debugger>(debuggee, &arguments)
                }
            }

    $crate::bindings::export_world!(Component with_types_in $crate::bindings);
        };
    };
}

/// Runs a debugger; called by the code that [`export!`](crate::export!) makes.
#[doc(hidden)]
pub fn run<D: Debugger>(debuggee: Debuggee, arguments: &[String]) -> std::result::Result<(), String> {
    std::panic::set_hook(Box::new(|panic| {
        output::write(format_args!("the debugger {panic}\n"));
        output::flush();
    }));
    let session = Session::new(debuggee);
    let result = D::run(&session, arguments);
    output::flush();
    result.map_err(|error| error.to_string())
}
