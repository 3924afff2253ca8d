//! Blocks that raise an exception instead of losing something in silence.

use crate::sql::Sql;

/// The setting by which a person says that something may be lost. Only `on` counts.
pub const ACCEPT_LOSS: &str = "sealift.accept_loss";

/// Returns a block that raises an exception with this reason, unless [`ACCEPT_LOSS`] is `on`; where there is a query,
/// only if it finds a row.
pub(super) fn unless_accepted(reason: &str, finds: Option<&Sql>) -> Sql {
    let mut block = Sql::new();
    if let Some(query) = finds {
        block = block.push(" and exists (").sql(query).push(")");
    }
    // The body is quoted as a literal, so that nothing in it can end it.
    let body =
        Sql::raw("begin\n  if current_setting('sealift.accept_loss', true) is distinct from 'on'")
            .sql(&block)
            .push(" then\n    raise exception using message = ")
            .literal(reason)
            .push(",\n      hint = ")
            .literal("to go on all the same: set sealift.accept_loss = on")
            .push(";\n  end if;\nend");
    let tag = free_tag(body.as_str());
    Sql::raw("do ").push(tag).push("\n").sql(&body).push("\n").push(tag)
}

/// Returns a dollar quote that does not stand in the text. Names are the only foreign words in it, and one that holds
/// all of these was made for it.
fn free_tag(text: &str) -> &'static str {
    ["$$", "$sealift$", "$sealift_guard$", "$sealift_guard_2$"]
        .into_iter()
        .find(|tag| !text.contains(tag))
        .unwrap_or("$sealift_guard_3$")
}
