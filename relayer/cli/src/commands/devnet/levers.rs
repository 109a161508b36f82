//! The levers of a devnet that is up.

use std::collections::BTreeMap;

use clap::Args;
use farbank_devnet::{Devnet, ReorgTransactions};
use farbank_types::bitcoin::address::NetworkUnchecked;
use farbank_types::bitcoin::{Address, Amount, Denomination};
use farbank_types::{BlockCount, EvmAddress, Wei};
use serde::Serialize;
use serde_json::json;

use super::devnet_failure;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Page, Report};
use crate::progress::Progress;

#[derive(Args, Debug)]
pub(crate) struct LogsArgs {
    /// A process, or `supervisor` [default: all]
    name: Option<String>,
    /// How many lines of each
    #[arg(long, short = 'n', default_value_t = 20)]
    lines: usize,
}

#[derive(Args, Debug)]
pub(crate) struct MineArgs {
    /// How many
    blocks: u32,
}

#[derive(Args, Debug)]
pub(crate) struct FundArgs {
    /// A Bitcoin address, or a side-chain account (0x...)
    address: String,
    /// Bitcoins (0.5), satoshi (50000sat), or whole ether for an account (1)
    amount: String,
}

#[derive(Args, Debug)]
pub(crate) struct ReorgArgs {
    /// How many blocks are replaced
    blocks: u32,
    /// Leave the transactions of the replaced blocks in the mempool instead of mining them again
    #[arg(long)]
    leave_transactions: bool,
}

#[derive(Args, Debug)]
pub(crate) struct NameArgs {
    /// The process, as `farbank devnet status` names it
    name: String,
}

/// One sentence, and the same as values.
#[derive(Debug, Serialize)]
struct Done {
    #[serde(skip)]
    sentence: String,
    #[serde(flatten)]
    values: serde_json::Value,
}

impl Report for Done {
    fn render(&self, page: &mut Page) {
        page.line(&self.sentence);
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Logs(BTreeMap<String, Vec<String>>);

impl Report for Logs {
    fn render(&self, page: &mut Page) {
        for (name, lines) in &self.0 {
            if self.0.len() > 1 {
                page.line(format!("==> {name} <=="));
            }
            for line in lines {
                page.line(line);
            }
        }
    }
}

/// Variables for a shell.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Environment(BTreeMap<&'static str, String>);

impl Report for Environment {
    fn render(&self, page: &mut Page) {
        for (name, value) in &self.0 {
            // A single quote inside single quotes ends them, is quoted itself, and begins new ones.
            page.line(format!("export {name}='{}'", value.replace('\'', "'\\''")));
        }
    }
}

pub(super) async fn down(devnet: Devnet, context: &Context) -> Result<(), Failure> {
    let folder = devnet.folder().root().display().to_string();
    let spinner = Progress::spinner("Stopping the devnet");
    devnet.down().await.map_err(devnet_failure)?;
    drop(spinner);
    let sentence = format!("Stopped, and {folder} removed.");
    context.output.report(&Done { sentence, values: json!({ "stopped": folder }) })
}

pub(super) async fn status(devnet: &Devnet, context: &Context) -> Result<(), Failure> {
    context.output.report(&devnet.status().await.map_err(devnet_failure)?)
}

pub(super) async fn logs(
    args: &LogsArgs,
    devnet: &Devnet,
    context: &Context,
) -> Result<(), Failure> {
    let names = match &args.name {
        Some(name) => vec![name.clone()],
        None => {
            let status = devnet.status().await.map_err(devnet_failure)?;
            let processes = status.processes.into_iter().map(|process| process.name);
            processes.chain(["supervisor".to_owned()]).collect()
        }
    };
    let mut logs = BTreeMap::new();
    for name in names {
        let lines = devnet.log_tail(&name, args.lines).await.map_err(devnet_failure)?;
        logs.insert(name, lines);
    }
    context.output.report(&Logs(logs))
}

pub(super) fn env(devnet: &Devnet, context: &Context) -> Result<(), Failure> {
    let fault = |error: farbank_devnet::Error| devnet_failure(error.into());
    let mut variables: BTreeMap<_, _> = devnet.environment().map_err(fault)?.into_iter().collect();
    if let Some(url) = devnet.state().map_err(fault)?.relayer_url {
        let token = devnet.folder().keys().join("relayer.token");
        variables.insert("FARBANK_RELAYER_URL", url);
        variables.insert("FARBANK_RELAYER_TOKEN_FILE", token.to_string_lossy().into_owned());
    }
    context.output.report(&Environment(variables))
}

pub(super) async fn mine(
    args: &MineArgs,
    devnet: &Devnet,
    context: &Context,
) -> Result<(), Failure> {
    let spinner = Progress::spinner("Mining");
    let mined = devnet.mine(BlockCount::new(args.blocks)).await.map_err(devnet_failure)?;
    drop(spinner);
    context.output.report(&mined)
}

pub(super) async fn fund(
    args: &FundArgs,
    devnet: &Devnet,
    context: &Context,
) -> Result<(), Failure> {
    let FundArgs { address, amount } = args;
    if address.starts_with("0x") {
        let account: EvmAddress =
            address.parse().map_err(|_| wrong(address, "0x and 40 hexadecimal digits"))?;
        let ether: u64 = amount.parse().map_err(|_| wrong(amount, "whole ether, such as 1"))?;
        let paid = devnet.fund_account(account, Wei::from_ether(ether)).await;
        let transaction = paid.map_err(devnet_failure)?;
        let sentence = format!("Paid {ether} ether to {account} by {transaction}.");
        let values = json!({ "side_tx": transaction, "account": account, "ether": ether });
        return context.output.report(&Done { sentence, values });
    }
    let to: Address<NetworkUnchecked> =
        address.parse().map_err(|_| wrong(address, "a Bitcoin address or an account (0x...)"))?;
    let sum = parse_amount(amount)
        .ok_or_else(|| wrong(amount, "bitcoins such as 0.5, or satoshi such as 50000sat"))?;
    let txid = devnet.fund_bitcoin(to, sum).await.map_err(devnet_failure)?;
    let sentence = format!("Paid {} to {address} by {txid}.", crate::output::amount(sum));
    let values = json!({ "bitcoin_tx": txid, "address": address, "amount_sat": sum.to_sat() });
    context.output.report(&Done { sentence, values })
}

pub(super) async fn reorg(
    args: &ReorgArgs,
    devnet: &Devnet,
    context: &Context,
) -> Result<(), Failure> {
    let transactions = if args.leave_transactions {
        ReorgTransactions::LeftInMempool
    } else {
        ReorgTransactions::MinedAgain
    };
    let reorganised = devnet.reorg(BlockCount::new(args.blocks), transactions).await;
    context.output.report(&reorganised.map_err(devnet_failure)?)
}

pub(super) async fn kill(
    args: &NameArgs,
    devnet: &Devnet,
    context: &Context,
) -> Result<(), Failure> {
    devnet.kill(&args.name).await.map_err(devnet_failure)?;
    let sentence = format!("Killed {}.", args.name);
    context.output.report(&Done { sentence, values: json!({ "killed": args.name }) })
}

pub(super) async fn start(
    args: &NameArgs,
    devnet: &Devnet,
    context: &Context,
) -> Result<(), Failure> {
    let spinner = Progress::spinner(format!("Starting {}", args.name));
    devnet.start(&args.name).await.map_err(devnet_failure)?;
    drop(spinner);
    let sentence = format!("{} runs.", args.name);
    context.output.report(&Done { sentence, values: json!({ "started": args.name }) })
}

fn wrong(found: &str, expected: &str) -> Failure {
    Failure::usage(format!("{found} does not serve, expected {expected}"))
}

/// Bitcoins, or satoshi when it says so.
fn parse_amount(text: &str) -> Option<Amount> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(sat) = text.strip_suffix("sat") {
        return Amount::from_str_in(sat.trim(), Denomination::Satoshi).ok();
    }
    let bitcoins = text.strip_suffix("btc").unwrap_or(&text);
    Amount::from_str_in(bitcoins.trim(), Denomination::Bitcoin).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_bitcoins_unless_they_say_satoshi() {
        for (text, sat) in [
            ("0.5", Some(50_000_000)),
            ("1btc", Some(100_000_000)),
            ("50000sat", Some(50_000)),
            ("50000 SAT", Some(50_000)),
            ("0.000000001", None),
            ("-1", None),
            ("many", None),
        ] {
            assert_eq!(parse_amount(text), sat.map(Amount::from_sat), "{text}");
        }
    }

    #[test]
    fn shell_variables_survive_quotes() {
        let output = Environment(BTreeMap::from([("A", "it's".to_owned())]));
        let mut page = Page::default();
        output.render(&mut page);
        assert_eq!(page.text(), "export A='it'\\''s'\n");
    }
}
