//! Reads everything that a command can be given: arguments, environment, standard input, a file.
//! Its arguments also choose how it ends.
//!
//! `greet [NAME] [--file PATH] [--stdin] [--exit CODE | --panic | --trap | --forever]`
//!
//! Invariant: it prints one line for each input, in the order of its arguments, for exact goldens.

use std::env::args;
use std::io::{self, Read as _};
use std::process::ExitCode;

/// Greets, and ends as it is told.
fn main() -> ExitCode {
    let greeting = std::env::var("GREETING").unwrap_or_else(|_| "Hello".to_owned());
    let mut arguments = args().skip(1);
    let mut greeted = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--file" => match file(&arguments.next().unwrap_or_default()) {
                Ok(text) => println!("file: {text}"),
                Err(error) => {
                    eprintln!("file: {error}");
                    return ExitCode::from(2);
                }
            },
            "--stdin" => println!("stdin: {} letters", letters_of_input()),
            "--exit" => return ExitCode::from(code(arguments.next())),
            "--panic" => panic!("asked to panic"),
            "--trap" => trap(),
            "--forever" => forever(),
            name => {
                greeted = true;
                println!("{greeting}, {name}!");
            }
        }
    }
    if !greeted {
        println!("{greeting}!");
    }
    ExitCode::SUCCESS
}

/// The first line of a file.
#[inline(never)]
fn file(path: &str) -> io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// The number of letters in standard input.
#[inline(never)]
fn letters_of_input() -> usize {
    let mut text = String::new();
    match io::stdin().read_to_string(&mut text) {
        Ok(_) => text.chars().filter(|letter| letter.is_alphabetic()).count(),
        Err(_) => 0,
    }
}

/// An exit code from its text.
fn code(text: Option<String>) -> u8 {
    text.and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Traps without a message: on this target, aborting is the instruction `unreachable`.
#[inline(never)]
fn trap() -> ! {
    std::process::abort()
}

/// Does not return.
#[inline(never)]
fn forever() -> ! {
    let mut turns = 0u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}
