//! What an event allocates: nothing of ours when nobody sees it, and nothing that stays.
//!
//! A binary of its own, because the counter of allocations is the whole binary's allocator.

mod conditions;
mod events;
