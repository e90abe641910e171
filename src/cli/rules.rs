//! `rules`: what each rule checks, why it matters, an example, what fixes it.

use std::io::{self, Write};

use anyhow::{Result, bail};

use super::GOOD;
use super::args::{Format, RulesArgs};
use crate::compat::pages;
use crate::report::rules;
use crate::text;

pub(super) fn run(args: &RulesArgs) -> Result<u8> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut shown = Vec::new();
    for id in &args.ids {
        let Some((_, page)) = pages::page(id) else {
            let id = text::short(id, 60);
            bail!("there is no rule {id}; shelflife rules lists them");
        };
        shown.push(page);
    }
    let all = shown.is_empty();
    if all {
        shown.extend(pages::pages());
    }
    for (number, page) in shown.into_iter().enumerate() {
        match args.format {
            Format::Json => writeln!(out, "{}", rules::object(page))?,
            Format::Table if all => writeln!(out, "{}", rules::line(page))?,
            Format::Table if number > 0 => write!(out, "\n{}", rules::page(page))?,
            Format::Table => write!(out, "{}", rules::page(page))?,
        }
    }
    out.flush()?;
    Ok(GOOD)
}
