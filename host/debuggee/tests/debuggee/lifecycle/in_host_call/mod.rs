//! Interrupts of a program that waits in a call of the host: the stop is made there, at once.

mod ends;
mod frames;
mod going_on;
mod refusals;
mod support;
