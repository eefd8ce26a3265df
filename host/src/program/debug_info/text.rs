//! The places of functions and instructions in a file in text format.
//!
//! The parser keeps the places only if it is asked to, so the text is parsed once more here. Its
//! instructions and those of the binary are the same, one for one.
//!
//! Invariant: what cannot be matched with the binary gets no lines, never wrong ones.

use super::super::WasmFile;
use super::dwarf::{self, Unit};
use super::lines;
use super::modules::{change_modules, push_custom};
use std::path::Path;
use wast::Wat;
use wast::component::{ComponentField, ComponentKind, CoreModuleKind, NestedComponentKind};
use wast::core::{FuncKind, ModuleField, ModuleKind};
use wast::lexer::{Lexer, TokenKind};
use wast::parser::ParseBuffer;

/// A function of a module, by its offsets in the text.
pub(super) struct TextFunction {
    pub(super) offset: usize,
    /// Of its instructions, but for the `end` that closes it.
    pub(super) instructions: Vec<usize>,
    /// Of the parenthesis that closes it.
    pub(super) end: Option<usize>,
}

/// The functions that a module defines, in their order.
type TextModule = Vec<TextFunction>;

/// Adds DWARF to the modules of a file in text format. The result is none if no module has changed.
pub(super) fn add_lines(file: &WasmFile) -> Option<Vec<u8>> {
    let text = file.text()?;
    let mut modules = read(text)?.into_iter();
    let path = file.path().unwrap_or(Path::new(file.name()));
    let folder = path.parent().and_then(Path::to_str).filter(|folder| !folder.is_empty()).unwrap_or(".");
    let name = path.file_name()?.to_str()?;
    change_modules(file.kind(), file.binary(), &mut |module| {
        let functions = modules.next()?;
        let (code_size, functions) = lines::functions(module, text, &functions)?;
        let mut changed = module.to_vec();
        for (section, contents) in dwarf::sections(&Unit { folder, file: name, code_size, functions: &functions }) {
            push_custom(&mut changed, section, &contents);
        }
        Some(changed)
    })
}

/// The modules of a text in their order; none if it holds a component in binary format, which has
/// modules that nobody counts here.
fn read(text: &str) -> Option<Vec<TextModule>> {
    let mut buffer = ParseBuffer::new(text).ok()?;
    buffer.track_instr_spans(true);
    let mut modules = Vec::new();
    match wast::parser::parse::<Wat<'_>>(&buffer).ok()? {
        Wat::Module(module) => modules.push(match module.kind {
            ModuleKind::Text(fields) => read_module(text, &fields),
            ModuleKind::Binary(_) => TextModule::new(),
        }),
        Wat::Component(component) => match component.kind {
            ComponentKind::Text(fields) => read_component(text, &fields, &mut modules)?,
            ComponentKind::Binary(_) => return None,
        },
    }
    Some(modules)
}

fn read_component(text: &str, fields: &[ComponentField<'_>], modules: &mut Vec<TextModule>) -> Option<()> {
    for field in fields {
        match field {
            ComponentField::CoreModule(module) => {
                if let CoreModuleKind::Inline { fields } = &module.kind {
                    modules.push(read_module(text, fields));
                }
            }
            // The parser limits how deep they may be inside of each other.
            ComponentField::Component(component) => {
                if let NestedComponentKind::Inline(fields) = &component.kind {
                    read_component(text, fields, modules)?;
                }
            }
            _ => {}
        }
    }
    Some(())
}

fn read_module(text: &str, fields: &[ModuleField<'_>]) -> TextModule {
    let mut functions = TextModule::new();
    for field in fields {
        let ModuleField::Func(function) = field else { continue };
        let FuncKind::Inline { expression, .. } = &function.kind else { continue };
        let spans = expression.instr_spans.as_deref().unwrap_or_default();
        let instructions = spans.iter().map(|span| span.offset()).collect();
        let offset = function.span.offset();
        functions.push(TextFunction { offset, instructions, end: closing_parenthesis(text, offset) });
    }
    functions
}

/// The offset of the parenthesis that closes an expression, from an offset behind the one that opens
/// it.
fn closing_parenthesis(text: &str, offset: usize) -> Option<usize> {
    let mut depth = 1_usize;
    for token in Lexer::new(text).iter(offset) {
        let token = token.ok()?;
        match token.kind {
            TokenKind::LParen => depth = depth.checked_add(1)?,
            TokenKind::RParen => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(token.offset);
        }
    }
    None
}
