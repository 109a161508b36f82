//! `farbank status`: the bridge at a glance, every wait with its cause and remedy.

use clap::Args;
use comfy_table::Cell;
use farbank_relayer::client::error::ClientFault;
use farbank_relayer::client::relayer::RelayerClient;
use farbank_relayer::client::status::{status, BridgeStatus};
use serde_json::Value;

use super::failures::fault_failure;
use super::nodes::BitcoinArgs;
use crate::clock;
use crate::context::{block_on, Context};
use crate::failure::Failure;
use crate::output::{amount, cell, toned, Page, Report, Tone};

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    node: BitcoinArgs,
    /// Address of a relayer, to be asked how it is
    #[arg(long, value_name = "URL", env = "FARBANK_RELAYER_URL")]
    relayer: Option<String>,
}

/// Runs `farbank status`. Waits are an answer, not a failure.
pub(crate) fn run(args: &StatusArgs, context: &Context) -> Result<(), Failure> {
    let deployment = context.deployment()?;
    let node = args.node.connect(Some(&deployment))?;
    let relayer = args.relayer.as_deref().map(RelayerClient::new).transpose();
    let relayer = relayer.map_err(|error| fault_failure(ClientFault::Relayer(error)))?;
    let found =
        block_on(async { Ok(status(&node, &deployment, relayer.as_ref(), clock::now()).await) })?;
    context.output.report(&found)
}

impl Report for BridgeStatus {
    fn render(&self, page: &mut Page) {
        let mut rows = Vec::new();
        if let Some(bitcoin) = &self.bitcoin {
            rows.push(("Bitcoin", format!("{}, block {}", bitcoin.network, bitcoin.height)));
        }
        if let Some(side) = &self.side_chain {
            rows.push(("Side chain", format!("chain {}, block {}", side.chain_id, side.block)));
            let tip = format!("{}, {} s old", side.contract_height, side.tip_age_secs);
            rows.push(("Newest Bitcoin header in the contract", tip));
        }
        if let Some(reserves) = &self.reserves {
            rows.push(("Owed", amount(reserves.left)));
            rows.push(("Held", amount(reserves.right)));
        }
        if let Some(peg_out) = &self.peg_out {
            let unpaid = format!("{} of {} requested", amount(peg_out.unpaid), peg_out.requested);
            rows.push(("Redemptions not paid yet", unpaid));
            let custody = peg_out.custody_outpoint;
            rows.push((
                "Custody outpoint",
                custody.map_or_else(|| "none".into(), |at| at.to_string()),
            ));
            rows.push(("Federation's key", peg_out.key.to_string()));
            if let (Some(key), Some(from)) = (peg_out.next_key, peg_out.next_key_usable_from) {
                rows.push(("Next key", format!("{key}, from {from} (Unix time)")));
            }
            if let (Some(key), Some(until)) = (peg_out.previous_key, peg_out.previous_key_until) {
                rows.push(("Previous key", format!("{key}, deposits up to block {until}")));
            }
        }
        if let Some(relayer) = &self.relayer {
            rows.push(("The relayer says", said(relayer)));
        }
        page.fields(rows);
        let own = self
            .waits
            .iter()
            .map(|wait| [toned(wait.name, Tone::Waiting), cell(&wait.cause), cell(wait.remedy)]);
        let waits: Vec<[Cell; 3]> =
            own.chain(self.relayer.iter().flat_map(relayer_waits)).collect();
        if waits.is_empty() {
            page.line("Nothing is waited for.");
        } else {
            page.table(["Wait", "Cause", "Remedy"], waits);
        }
    }
}

/// The relayer's own words in one line. Nothing in them has to be there.
fn said(relayer: &Value) -> String {
    let number = |path: &str| relayer.pointer(path).map_or_else(|| "?".into(), Value::to_string);
    let ready = relayer.get("ready").and_then(Value::as_bool) == Some(true);
    format!(
        "{}, Bitcoin block {}, {} deposits announced",
        if ready { "ready" } else { "not ready" },
        number("/bitcoin/height"),
        number("/descriptors"),
    )
}

/// What the relayer says that it waits for.
fn relayer_waits(relayer: &Value) -> Vec<[Cell; 3]> {
    let waits = relayer.get("waits").and_then(Value::as_array);
    let text = |wait: &Value, key: &str| {
        wait.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    waits
        .into_iter()
        .flatten()
        .map(|wait| {
            let subject = format!("relayer: {}", text(wait, "subject"));
            [toned(subject, Tone::Waiting), cell(text(wait, "cause")), cell(text(wait, "remedy"))]
        })
        .collect()
}
