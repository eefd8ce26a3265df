//! The vectors of the contract: `wit/vectors/conditions.txt` of the repository.

use super::{Condition, Still, scope};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/vectors/conditions.txt");

#[test]
fn conditions_have_the_meanings_of_the_contract() {
    let text = std::fs::read_to_string(PATH).unwrap_or_else(|error| panic!("{PATH}: {error}"));
    let (mut given, mut found) = (String::new(), String::new());
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (condition, meaning) = line.split_once("  ->  ").expect("a text, an arrow and a meaning");
        let is = match Condition::parse(condition, &scope()) {
            Err(error) => format!("error {}..{}", error.range().start, error.range().end),
            Ok(condition) => match condition.evaluate(&mut Still::new()) {
                Ok(holds) => holds.to_string(),
                Err(_) => "fault".to_owned(),
            },
        };
        given.push_str(&format!("{condition}  ->  {meaning}\n"));
        found.push_str(&format!("{condition}  ->  {is}\n"));
    }
    assert!(given.lines().count() > 30);
    assert_eq!(found, given);
}
