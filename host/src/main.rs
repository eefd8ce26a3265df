//! The `stillpoint` binary: hands over to the command line.

mod cli;

fn main() {
    std::process::exit(cli::main());
}
