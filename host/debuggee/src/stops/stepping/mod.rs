//! Steps: where to run to, and the cheapest way to notice the arrival.
//!
//! A step becomes a [`Goal`](goal::Goal): either any next instruction, which takes the engine's
//! single-step mode, or a few targets, which take temporary breakpoints. Switching single-step mode
//! patches every step point of every module (milliseconds on real programs). An edit session for a
//! few breakpoints is cheaper but far from free. An event that is discarded costs about 0.1 µs. The
//! stepper therefore
//!
//! - predicts the next instruction where it is certain, and pays for one session instead of two
//!   switches, until the sessions have cost as much as the switches would have;
//! - leaves temporary breakpoints in the code for the next time around, until discarding their hits
//!   has cost as much as removing them (the breakpoints keep that account);
//! - stays in single-step mode after a step, where further steps are free, and lets a later
//!   continue linger there until that has cost as much as switching off.
//!
//! No choice ever costs more than a few times the best one. `plan` finds the goal of a resume,
//! `stepper` keeps it and judges events by it, `cost_model` has the costs. Invariant: the choice
//! changes no stop.

mod cost_model;
mod goal;
mod plan;
mod stepper;

pub use cost_model::StepCosts;
pub(super) use goal::Verdict;
pub(crate) use stepper::Stepper;
