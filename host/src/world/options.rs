//! Lists of options: each kind may be given once.
//!
//! Invariant: the texts name the option as the contract does.

/// The kinds of option that a list has had so far.
#[derive(Default)]
pub(super) struct Once(u32);

impl Once {
    /// Notes an option, by the number of its kind (below 32).
    ///
    /// # Errors
    /// Why the list is refused: the kind was there before.
    pub(super) fn note(&mut self, number: u32, name: &str) -> Result<(), String> {
        let bit = 1_u32.wrapping_shl(number);
        if self.0 & bit != 0 {
            return Err(format!("`{name}` is given twice"));
        }
        self.0 |= bit;
        Ok(())
    }
}
