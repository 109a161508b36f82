//! `farbank peg-in pay`.

use std::path::PathBuf;

use clap::Args;
use farbank_relayer::client::peg_in::pay::{pay, Paid, PayRequest};
use farbank_types::bitcoin::secp256k1::rand::rngs::OsRng;
use farbank_types::bitcoin::{Amount, FeeRate};

use super::super::failures::client_failure;
use super::super::keys;
use super::super::nodes::BitcoinArgs;
use super::{parse_fee_rate, read_deposit};
use crate::clock;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{amount, Page, Report};
use crate::progress::Progress;

#[derive(Args, Debug)]
pub(crate) struct PayArgs {
    /// The deposit file
    file: PathBuf,
    /// How much
    #[arg(long, value_name = "SAT")]
    amount_sat: u64,
    /// The wallet's key: a name of `farbank keys`, or a key file
    #[arg(long, value_name = "NAME|FILE")]
    key: String,
    /// Fee rate in satoshi per virtual byte [default: the node's estimate]
    #[arg(long, value_name = "RATE", value_parser = parse_fee_rate)]
    fee_rate: Option<FeeRate>,
    #[command(flatten)]
    node: BitcoinArgs,
}

/// Runs `farbank peg-in pay`.
pub(super) async fn run(args: &PayArgs, context: &Context) -> Result<(), Failure> {
    let file = read_deposit(&args.file)?;
    let deployment = context.deployment()?;
    let key = keys::load(&args.key, context)?;
    let node = args.node.connect(Some(&deployment))?;
    let request = PayRequest {
        file: &file,
        deployment: &deployment,
        amount: Amount::from_sat(args.amount_sat),
        key: &key,
        fee_rate: args.fee_rate,
        now: clock::now(),
    };
    let progress = Progress::spinner("Reading the wallet's coins and paying");
    let paid = pay(&node, &request, &mut OsRng).await.map_err(client_failure)?;
    drop(progress);
    context.output.report(&paid)
}

impl Report for Paid {
    fn render(&self, page: &mut Page) {
        page.fields([
            ("Paid", amount(self.amount)),
            ("To", self.address.clone()),
            ("Transaction", self.outpoint.txid.to_string()),
            ("Output", self.outpoint.vout.to_string()),
            ("Fee", amount(self.fee)),
            ("From", self.from.clone()),
            ("Confirmations needed", self.confirmations_needed.to_string()),
        ]);
        page.line("Follow it with `farbank peg-in status FILE`.");
    }
}
