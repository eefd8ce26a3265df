//! The text of a backtrace: the program's own frames, innermost first, one on a line.
//!
//! Invariant: the text is bounded, whatever the depth of the stack. Of a deep one it has both ends,
//! and says how many frames are between them.

use super::Symbols;
use super::symbols::Place;
use crate::debuggee::StackOutline;
use crate::names;
use crate::trap;
use std::fmt;
use wasmtime::FrameInfo;

/// The most innermost frames that are shown of a deep stack.
const INNERMOST: usize = 20;

/// The most outermost frames that are shown of a deep stack.
const OUTERMOST: usize = 5;

/// A backtrace that can be shown. Each of its lines begins with a line break.
pub(super) struct Backtrace<'a> {
    /// The frames that the engine has found.
    pub(super) frames: &'a [FrameInfo],
    pub(super) symbols: &'a Symbols,
    /// The outermost frames, if the engine has not found all.
    pub(super) outline: Option<&'a StackOutline>,
}

impl fmt::Display for Backtrace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n_found = self.frames.len();
        let deep = self.outline.filter(|outline| outline.n_frames > n_found);
        let is_whole = deep.is_none() && n_found <= INNERMOST.saturating_add(OUTERMOST);
        let n_shown = if is_whole { n_found } else { n_found.min(INNERMOST) };
        for (index, frame) in self.frames.iter().enumerate().take(n_shown) {
            self.frame(f, index, frame)?;
        }
        if let Some(outline) = deep {
            let first = outline.n_frames.saturating_sub(outline.outermost.len()).max(n_shown);
            left_out(f, first.saturating_sub(n_shown))?;
            for (index, frame) in outline.outermost.iter().enumerate() {
                let index = first.saturating_add(index);
                line(f, index, frame.name.as_deref(), frame.function, frame.module.as_deref(), Some(frame.pc.into()))?;
            }
        } else if !is_whole {
            let first = n_found.saturating_sub(OUTERMOST).max(n_shown);
            left_out(f, first.saturating_sub(n_shown))?;
            for (index, frame) in self.frames.iter().enumerate().skip(first) {
                self.frame(f, index, frame)?;
            }
        }
        Ok(())
    }
}

impl Backtrace<'_> {
    /// Writes the line of a frame, and before it a line for each function that the compiler has
    /// inlined there.
    fn frame(&self, f: &mut fmt::Formatter<'_>, index: usize, frame: &FrameInfo) -> fmt::Result {
        let name = trap::function_name(frame);
        let module = frame.module().name().filter(|name| !name.is_empty());
        let offset = frame.module_offset().and_then(|offset| u64::try_from(offset).ok());
        let found = offset.and_then(|offset| self.symbols.find(frame.func_index(), offset));
        let Some(found) = found else {
            return line(f, index, name.as_deref(), frame.func_index(), module, offset);
        };
        let (own, inlined) = match found.places.split_last() {
            Some((own, inlined)) => (Some(own), inlined),
            None => (None, &[][..]),
        };
        for (position, place) in inlined.iter().enumerate() {
            let function = place.function.as_deref().unwrap_or("<function>");
            number(f, (position == 0).then_some(index))?;
            write!(f, "{function}, inlined{}", At(Some(place)))?;
        }
        number(f, inlined.is_empty().then_some(index))?;
        function(f, name.as_deref(), frame.func_index(), module, Some(found.offset))?;
        write!(f, "{}", At(own))
    }
}

/// A place behind a comma, or nothing.
struct At<'a>(Option<&'a Place>);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(place) => write!(f, ", {}", place.text),
            None => Ok(()),
        }
    }
}

fn left_out(f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
    match count {
        0 => Ok(()),
        1 => write!(f, "\n       … 1 frame is left out"),
        _ => write!(f, "\n       … {count} frames are left out"),
    }
}

/// Begins a line, with a frame's number or as the continuation of the line before.
fn number(f: &mut fmt::Formatter<'_>, index: Option<usize>) -> fmt::Result {
    match index {
        Some(index) => write!(f, "\n  {index:>3}: "),
        None => write!(f, "\n       "),
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    index: usize,
    name: Option<&str>,
    index_in_module: u32,
    module: Option<&str>,
    offset: Option<u64>,
) -> fmt::Result {
    number(f, Some(index))?;
    function(f, name, index_in_module, module, offset)
}

fn function(
    f: &mut fmt::Formatter<'_>,
    name: Option<&str>,
    index: u32,
    module: Option<&str>,
    offset: Option<u64>,
) -> fmt::Result {
    match name {
        Some(name) => write!(f, "{}", names::on_one_line(name))?,
        None => write!(f, "<function {index}>")?,
    }
    if let Some(module) = module {
        write!(f, " in {}", names::on_one_line(module))?;
    }
    match offset {
        Some(offset) => write!(f, " at {offset:#x}"),
        None => Ok(()),
    }
}
