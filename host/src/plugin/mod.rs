//! A debugger component: what its file asks for.

pub mod file;
