//! The program that `stillpoint run` runs if it is given none: the towers of Hanoi, with three
//! discs and seven moves.
//!
//! An ordinary Rust program, small enough for a trace to be read whole. Invariant: it prints
//! without formatting and holds its data without allocating, because a trace shows every call that
//! either would make.

use std::io::Write as _;

const DISCS: usize = 3;
const EMPTY: u8 = b' ';

/// Three pegs, from the bottom up; a disc is the digit of its size.
struct Towers {
    pegs: [[u8; DISCS]; 3],
    heights: [usize; 3],
    moves: u8,
}

/// Moves the tower from the first peg to the last.
fn main() {
    let mut towers = Towers { pegs: [*b"321", [EMPTY; DISCS], [EMPTY; DISCS]], heights: [DISCS, 0, 0], moves: 0 };
    solve(&mut towers, DISCS, 0, 2);
}

/// Moves the upper discs of a peg to another.
#[inline(never)]
fn solve(towers: &mut Towers, discs: usize, from: usize, to: usize) {
    let other = 3 - from - to;
    if discs > 1 {
        solve(towers, discs - 1, from, other);
    }
    move_disc(towers, from, to);
    if discs > 1 {
        solve(towers, discs - 1, other, to);
    }
    // Work after the last call: without it the compiler would make a loop of the recursion.
    std::hint::black_box(towers);
}

/// Moves one disc and shows the pegs.
#[inline(never)]
fn move_disc(towers: &mut Towers, from: usize, to: usize) {
    towers.heights[from] -= 1;
    let disc = std::mem::replace(&mut towers.pegs[from][towers.heights[from]], EMPTY);
    towers.pegs[to][towers.heights[to]] = disc;
    towers.heights[to] += 1;
    towers.moves += 1;
    show(towers);
}

/// Prints the pegs, as `1.  A 32   B      C 1`.
fn show(towers: &Towers) {
    let mut line = *b"0.  A ---  B ---  C ---\n";
    line[0] += towers.moves;
    for (peg, discs) in towers.pegs.iter().enumerate() {
        let start = 6 + 7 * peg;
        line[start..start + DISCS].copy_from_slice(discs);
    }
    // An error means that nobody reads the output; the moves are made all the same.
    let _ = std::io::stdout().write_all(&line);
}
