//! States of the page that facts bring it to, with a server of the script's own.

use super::script::Script;

#[test]
fn a_page_that_does_what_it_must_not_is_noticed() {
    Script::start("judge").passes();
}

#[test]
fn every_state_is_readable_by_everybody() {
    Script::start("states").passes();
}

#[test]
fn names_that_are_markup_stay_texts() {
    Script::start("hostile").passes();
}

#[test]
fn a_thousand_tables_keep_the_page_quick() {
    Script::start("many").passes();
}

#[test]
fn everything_is_reached_by_keys_and_only_phases_are_said_aloud() {
    Script::start("keyboard").passes();
}

#[test]
fn a_server_that_is_away_is_waited_for_and_said_so() {
    Script::start("link").passes();
}

#[test]
fn numbers_are_written_as_the_command_line_writes_them() {
    Script::start("units").passes();
}
