//! Makes a component of a debugger: the trait to implement and the macro that exports it.
//!
//! Invariant: however `run` ends (success, error, panic), the text printed before it is shown.

use crate::contract::common::Error as HostError;
use crate::contract::program::Debuggee;
use crate::error::into_host_error;
use crate::{Result, Session, output};

/// A debugger. Hand the type to [`export!`](crate::export!).
pub trait Debugger {
    /// Debugs one program, which is paused at its entry.
    ///
    /// `arguments` are those that the user gave to the debugger, without its name. When this
    /// returns, the program goes on without a debugger.
    ///
    /// # Errors
    /// Any error that the debugger cannot handle itself. A reason of the host's is handed on as it
    /// is, and anything else as text. The host shows it to the user; the program's own result is not
    /// changed by it.
    fn run(session: &Session, arguments: &[String]) -> Result;
}

/// Exports a [`Debugger`] as the component's `run`. Once per component.
///
/// `export!(Mine)` also puts into the file what the debugger is, for `stillpoint inspect` and
/// `stillpoint debuggers`: its package's name, version, description and homepage, as `Cargo.toml`
/// has them. `export!(Mine, help: HELP)` adds a text about its options; `HELP` is a constant.
#[macro_export]
macro_rules! export {
    ($debugger:ty $(,)?) => {
        $crate::export!($debugger, help: "");
    };
    ($debugger:ty, help: $help:expr $(,)?) => {
        const _: () = {
            struct Component;

            impl $crate::bindings::Guest for Component {
                fn run(
                    debuggee: $crate::Debuggee,
                    arguments: ::std::vec::Vec<::std::string::String>,
                ) -> ::std::result::Result<(), $crate::HostError> {
                    $crate::run::<$debugger>(debuggee, &arguments)
                }
            }

            $crate::bindings::export_world!(Component with_types_in $crate::bindings);

            const FIELDS: &[(&str, ::std::option::Option<&str>)] = &[
                ("name", ::std::option_env!("CARGO_PKG_NAME")),
                ("version", ::std::option_env!("CARGO_PKG_VERSION")),
                ("description", ::std::option_env!("CARGO_PKG_DESCRIPTION")),
                ("homepage", ::std::option_env!("CARGO_PKG_HOMEPAGE")),
            ];
            const TEXT: &str = $help;

            #[allow(unsafe_code)]
            #[cfg_attr(target_family = "wasm", unsafe(link_section = "stillpoint:debugger"))]
            #[doc(hidden)]
            #[used]
            pub static ABOUT: [u8; $crate::about::length(FIELDS, TEXT)] = $crate::about::text(FIELDS, TEXT);
        };
    };
}

/// Runs a debugger; called by the code that [`export!`](crate::export!) makes.
#[doc(hidden)]
pub fn run<D: Debugger>(debuggee: Debuggee, arguments: &[String]) -> std::result::Result<(), HostError> {
    // In a unit test, the test's own hook tells more.
    #[cfg(target_family = "wasm")]
    std::panic::set_hook(Box::new(|panic| {
        output::write(format_args!("the debugger {panic}\n"));
        output::flush();
    }));
    let session = Session::new(debuggee);
    let result = D::run(&session, arguments);
    output::flush();
    result.map_err(|error| into_host_error(&*error))
}
