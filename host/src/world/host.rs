//! `host`: what this host is and can do.
//!
//! Invariant: every number is the constant that the host itself compares with.

use super::interfaces::host::{Host, HostLimits};
use super::{World, breakpoints, inspection};
use crate::debuggee;

/// The version of the contract that this host implements. A test of `plugin/file` compares it with the
/// one that files are checked against.
pub(crate) const VERSION: &str = "0.1.0";

/// What this host can do that not every host of this version can.
const FEATURES: [&str; 0] = [];

impl Host for World {
    fn version(&mut self) -> String {
        VERSION.to_owned()
    }

    fn has_feature(&mut self, name: String) -> bool {
        FEATURES.contains(&name.as_str())
    }

    fn limits(&mut self) -> HostLimits {
        HostLimits {
            page: inspection::MAX_LIST,
            read: to_u32(inspection::MAX_READ),
            search_pattern: to_u32(debuggee::MAX_PATTERN),
            search_range: debuggee::MAX_SEARCH,
            breakpoints: to_u32(breakpoints::MAX_BREAKPOINTS),
            condition: to_u32(debuggee::MAX_CONDITION),
            conditions: to_u64(debuggee::MAX_CONDITIONS),
            records: to_u32(debuggee::MAX_CAPACITY),
            record_ranges: to_u32(debuggee::MAX_RANGES),
            record_range: debuggee::MAX_RANGE,
            captured_frames: debuggee::MAX_CAPTURED_FRAMES,
            watchpoints: to_u32(debuggee::MAX_WATCHPOINTS),
            watched_for_host: debuggee::MAX_HOST_WATCHED,
            references: to_u32(debuggee::MAX_REFERENCES),
            calls: debuggee::MAX_CALL_DEPTH,
            tags: to_u32(debuggee::MAX_MADE_TAGS),
            tag_values: to_u32(debuggee::MAX_TAG_VALUES),
        }
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
