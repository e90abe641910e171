//! The pages of the rules as text and as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use super::json::SCHEMA;
use crate::compat::pages::Page;

/// `tree-nodes        error    Decision trees in a layout …`
pub fn line(page: &Page) -> String {
    format!("{:<21}{:<9}{}", page.id, page.level.word(), page.title)
}

/// The whole page.
pub fn page(page: &Page) -> String {
    let mut text = format!("{} ({})\n{}\n", page.id, page.level.word(), page.title);
    for (label, words) in [
        ("checks", &page.checks),
        ("why", &page.matters),
        ("example", &page.example),
        ("fix", &page.fix),
    ] {
        let _ = write!(text, "\n{label}\n  {words}\n");
    }
    text
}

/// One object of `rules`.
pub fn object(page: &Page) -> Value {
    json!({
        "schema": SCHEMA,
        "id": page.id,
        "level": page.level,
        "title": page.title,
        "checks": page.checks,
        "matters": page.matters,
        "example": page.example,
        "fix": page.fix,
    })
}
