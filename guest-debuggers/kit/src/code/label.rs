//! [`Label`]: a function's name for the user, by which it can be told from the others.
//!
//! Invariant: a name that only one function has is shown as it is.

use std::fmt;

use super::module::Function;
use crate::short_name::ShortName;

/// A function's short name; see [`Code::label`](crate::Code::label).
#[derive(Clone, Copy, Debug)]
pub struct Label<'c> {
    pub(super) function: &'c Function,
    /// The name of its module, if it is to be shown.
    pub(super) module: Option<&'c str>,
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", ShortName(&self.function.name))?;
        if self.function.shares_name {
            write!(f, "[{}]", self.function.index)?;
        }
        match self.module {
            Some(module) => write!(f, " ({module})"),
            None => Ok(()),
        }
    }
}

impl Function {
    /// The function's short name, by which it can be told from the other functions of its module.
    pub fn label(&self) -> Label<'_> {
        Label { function: self, module: None }
    }

    /// Whether a name that a user gives stands for the function: its own name, or this with its
    /// index, as a [label](Function::label) has it.
    pub fn is_called(&self, matches: impl Fn(&str) -> bool) -> bool {
        matches(&self.name) || self.shares_name && matches(&format!("{}[{}]", self.name, self.index))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Code;
    use super::super::module::tests::module;

    fn labels(code: &Code) -> Vec<String> {
        code.functions().map(|function| code.label(function).to_string()).collect()
    }

    #[test]
    fn functions_of_one_name_are_told_apart() {
        let mut code = Code::default();
        code.add(module(0, Some("m"), &["a", "b", "b"]));
        code.find_shared_names();
        assert_eq!(labels(&code), ["a", "b[1]", "b[2]"]);
        code.add(module(1, Some("m"), &["a", "c"]));
        code.find_shared_names();
        assert_eq!(labels(&code), ["a (m)", "b[1]", "b[2]", "a (m[1])", "c"]);
        let second = code.functions().nth(2).expect("there are five");
        assert!(second.is_called(|name| name == "b") && second.is_called(|name| name == "b[2]"));
        assert!(!second.is_called(|name| name == "b[1]"));
    }

    #[test]
    fn adapters_are_not_functions_of_the_program() {
        let mut code = Code::default();
        code.add(module(0, None, &["a"]));
        let mut adapter = module(1, None, &["a"]);
        adapter.is_adapter = true;
        code.add(adapter);
        code.find_shared_names();
        assert_eq!(labels(&code), ["a"]);
        assert_eq!(code.modules().len(), 2);
    }
}
