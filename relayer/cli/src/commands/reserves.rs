//! `farbank reserves`: both sides of I1 and the verdict.

use comfy_table::Cell;
use farbank_relayer::client::error::ClientFault;
use farbank_relayer::client::reserves::{reserves, ReservesReport};
use farbank_relayer::client::side_chain;
use farbank_types::bitcoin::OutPoint;

use super::failures::{client_failure, fault_failure};
use crate::context::{block_on, Context};
use crate::failure::Failure;
use crate::output::{amount, cell, toned, Page, Report, Tone};

/// Runs `farbank reserves`. A verdict against I1 is a refusal: scripts must notice.
pub(crate) fn run(context: &Context) -> Result<(), Failure> {
    let report = block_on(async {
        let client = side_chain::connect(&context.deployment()?).await.map_err(client_failure)?;
        reserves(&client).await.map_err(|fault| fault_failure(ClientFault::SideChain(fault)))
    })?;
    if report.holds {
        return context.output.report(&report);
    }
    let message = format!(
        "the bridge owes {} and holds {}: do not deposit, and tell its operators",
        amount(report.left),
        amount(report.right)
    );
    let values = serde_json::to_value(report).unwrap_or_default();
    Err(Failure::named("ReservesShort", values, message))
}

/// The custody outpoint, or that there is none.
pub(crate) fn outpoint(custody: Option<OutPoint>) -> Cell {
    custody.map_or_else(|| toned("none", Tone::Bad), cell)
}

impl Report for ReservesReport {
    fn render(&self, page: &mut Page) {
        page.table(
            ["Owed", "", "Held", ""],
            [
                [
                    cell("fBTC in circulation"),
                    cell(amount(self.supply)),
                    cell("proven custody"),
                    cell(amount(self.custody)),
                ],
                [
                    cell("redemptions not paid yet"),
                    cell(amount(self.unpaid)),
                    cell("minted, not yet swept"),
                    cell(amount(self.unswept)),
                ],
                [cell("sum"), cell(amount(self.left)), cell("sum"), cell(amount(self.right))],
            ],
        );
        let verdict = if self.holds { "holds: owed <= held" } else { "broken: owed > held" };
        page.fields([
            ("I1", toned(verdict, Tone::of(self.holds))),
            ("Surplus", cell(amount(self.surplus))),
            ("Custody outpoint", outpoint(self.custody_outpoint)),
            ("At side-chain block", cell(self.block)),
        ]);
    }
}
