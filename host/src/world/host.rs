//! `host`: what this host is and can do.
//!
//! Invariant: every number is the constant that the host itself compares with.

use super::interfaces::host::Host;
use super::{World, inspection};
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

    fn limit(&mut self, name: String) -> Option<u64> {
        Some(match name.as_str() {
            "page" => u64::from(inspection::MAX_LIST),
            "read" => to_u64(inspection::MAX_READ),
            "search-pattern" => to_u64(debuggee::MAX_PATTERN),
            "search-range" => debuggee::MAX_SEARCH,
            "breakpoints" => to_u64(debuggee::MAX_BREAKPOINTS),
            "condition" => to_u64(debuggee::MAX_CONDITION),
            "conditions" => to_u64(debuggee::MAX_CONDITIONS),
            "records" => to_u64(debuggee::MAX_CAPACITY),
            "record-ranges" => to_u64(debuggee::MAX_RANGES),
            "record-range" => u64::from(debuggee::MAX_RANGE),
            "captured-frames" => u64::from(debuggee::MAX_CAPTURED_FRAMES),
            "watchpoints" => to_u64(debuggee::MAX_WATCHPOINTS),
            "watched-for-host" => debuggee::MAX_HOST_WATCHED,
            "references" => to_u64(debuggee::MAX_REFERENCES),
            "calls" => u64::from(debuggee::MAX_CALL_DEPTH),
            "tags" => to_u64(debuggee::MAX_MADE_TAGS),
            "tag-values" => to_u64(debuggee::MAX_TAG_VALUES),
            _ => return None,
        })
    }
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
