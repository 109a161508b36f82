//! The only place that writes: one document on stdout, for a person or as JSON, and everything else
//! on stderr.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::modifiers::UTF8_ROUND_CORNERS;
use comfy_table::presets::{NOTHING, UTF8_FULL_CONDENSED};
use comfy_table::{Cell, Color, ContentArrangement, Table};
use serde::Serialize;

use crate::failure::Failure;

/// Widest page: longer lines are hard to follow, and a pipe has no width of its own.
const MAX_WIDTH: u16 = 120;

/// A result that a person can read as well as a program.
pub(crate) trait Report: Serialize {
    /// Lays the result out for a person.
    fn render(&self, page: &mut Page);
}

/// Where a command writes its result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    colour: bool,
}

impl Output {
    /// Colour only on a terminal and not against the wish of `NO_COLOR`.
    pub(crate) fn new(json: bool) -> Self {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { json, colour }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Writes the one document of this command.
    pub(crate) fn report<R: Report>(self, report: &R) -> Result<(), Failure> {
        if self.json {
            return self.json(report);
        }
        let mut page = Page { colour: self.colour, text: String::new() };
        report.render(&mut page);
        self.text(&page.text)
    }

    /// Writes a document that has only one form.
    pub(crate) fn json<T: Serialize + ?Sized>(self, document: &T) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(document).map_err(Failure::outside)?;
        text.push('\n');
        self.text(&text)
    }

    /// Writes text as it is.
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// Writes bytes as they are.
    #[expect(clippy::unused_self, reason = "whoever writes has to be given the right to")]
    pub(crate) fn bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        Ok(stdout.flush()?)
    }

    /// Writes one line to stderr that is no part of the document. Nobody listening is no fault.
    #[expect(clippy::unused_self, reason = "whoever writes has to be given the right to")]
    pub(crate) fn note(self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// Writes a failure: its document on stdout for a program, its text on stderr for a person.
    pub(crate) fn failure(self, failure: &Failure) {
        if self.json {
            if let Some(document) = failure.document() {
                // The exit code tells the same when nobody reads.
                let _ = self.json(&document);
            }
        } else if let Some(text) = failure.text() {
            self.note(&text);
        }
    }
}

/// Text for a person, put together piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Page {
    colour: bool,
    text: String,
}

/// How a cell or a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Waiting for something.
    Waiting,
    /// Something to act on.
    Bad,
}

impl Tone {
    pub(crate) const fn of(good: bool) -> Self {
        if good {
            Self::Good
        } else {
            Self::Bad
        }
    }

    const fn color(self) -> Color {
        match self {
            Self::Good => Color::Green,
            Self::Waiting => Color::Yellow,
            Self::Bad => Color::Red,
        }
    }
}

impl Page {
    /// Returns what was added so far.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Adds one line.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Adds names and values in two columns, never broken: hashes and addresses are copied.
    pub(crate) fn fields<N: ToString, V: Into<Cell>>(
        &mut self,
        fields: impl IntoIterator<Item = (N, V)>,
    ) {
        let mut table = self.new_table();
        table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        for (name, value) in fields {
            table.add_row([Cell::new(name.to_string()), value.into()]);
        }
        self.line(table.trim_fmt());
    }

    /// Adds a table.
    pub(crate) fn table<const N: usize>(
        &mut self,
        header: [&str; N],
        rows: impl IntoIterator<Item = [Cell; N]>,
    ) {
        let mut table = self.new_table();
        table.set_header(header);
        for row in rows {
            table.add_row(row);
        }
        self.line(table.to_string());
    }

    fn new_table(&self) -> Table {
        let mut table = Table::new();
        table
            .load_preset(UTF8_FULL_CONDENSED)
            .apply_modifier(UTF8_ROUND_CORNERS)
            .set_content_arrangement(ContentArrangement::Dynamic);
        if !self.colour {
            table.force_no_tty();
        }
        let width = table.width().unwrap_or(MAX_WIDTH).min(MAX_WIDTH);
        table.set_width(width);
        table
    }
}

/// A cell of a table.
pub(crate) fn cell(value: impl ToString) -> Cell {
    Cell::new(value.to_string())
}

/// A cell that shows at a glance how it is meant.
pub(crate) fn toned(value: impl ToString, tone: Tone) -> Cell {
    Cell::new(value.to_string()).fg(tone.color())
}

/// An amount for a person: `0.00123456 BTC (123,456 sat)`.
pub(crate) fn amount(amount: farbank_types::bitcoin::Amount) -> String {
    let sat = amount.to_sat();
    format!("{}.{:08} BTC ({} sat)", sat / 100_000_000, sat % 100_000_000, thousands(sat))
}

/// A number with a comma between each three digits.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use farbank_types::bitcoin::Amount;

    #[test]
    fn amounts_show_bitcoins_and_satoshis() {
        assert_eq!(amount(Amount::from_sat(123_456)), "0.00123456 BTC (123,456 sat)");
        assert_eq!(amount(Amount::from_sat(2_100_000_000)), "21.00000000 BTC (2,100,000,000 sat)");
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_000), "1,000");
    }

    #[test]
    fn page_without_a_terminal_has_no_colour() {
        let mut page = Page { colour: false, text: String::new() };
        page.table(["a"], [[toned("x", Tone::Bad)]]);
        page.fields([("name", toned("value", Tone::Good))]);
        assert!(!page.text.contains('\u{1b}'), "{:?}", page.text);
        assert!(page.text.contains("value"));
    }
}
