//! `farbank peg-out request`.

use clap::Args;
use farbank_contracts::Wait;
use farbank_relayer::client::peg_out::request::{request, Payee, RedemptionRequest, Requested};
use farbank_types::bitcoin::address::NetworkUnchecked;
use farbank_types::bitcoin::{Address, Amount, Network};

use super::super::failures::client_failure;
use super::super::keys;
use super::super::nodes::BitcoinArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{amount, thousands, Page, Report};
use crate::progress::Progress;

#[derive(Args, Debug)]
pub(crate) struct RequestArgs {
    /// How much fBTC to burn, fees included
    #[arg(long, value_name = "SAT")]
    amount_sat: u64,
    /// Where the bitcoins go: a Bitcoin address, or a name of `farbank keys`
    #[arg(long, value_name = "ADDRESS|NAME")]
    to: String,
    /// Whose fBTC: a name of `farbank keys`, or a key file
    #[arg(long, value_name = "NAME|FILE")]
    key: String,
    /// Most that the payout may cost on Bitcoin [default: twice what it costs alone at the node's
    /// fee rate]
    #[arg(long, value_name = "SAT")]
    max_fee_sat: Option<u64>,
    #[command(flatten)]
    node: BitcoinArgs,
}

/// Runs `farbank peg-out request`.
pub(super) async fn run(args: &RequestArgs, context: &Context) -> Result<(), Failure> {
    let deployment = context.deployment()?;
    let key = keys::load(&args.key, context)?;
    let to = payee(&args.to, deployment.bitcoin.network, context)?;
    let node = args.node.connect(Some(&deployment))?;
    let asked = RedemptionRequest {
        deployment: &deployment,
        key: &key,
        amount: Amount::from_sat(args.amount_sat),
        to,
        max_fee: args.max_fee_sat.map(Amount::from_sat),
        wait: Wait::default(),
    };
    let progress = Progress::spinner("Asking the contract for the redemption");
    let requested = request(&node, &asked).await.map_err(client_failure)?;
    drop(progress);
    context.output.report(&requested)
}

/// Reads an address, or the name of a key.
fn payee(text: &str, network: Network, context: &Context) -> Result<Payee, Failure> {
    if let Ok(address) = text.parse::<Address<NetworkUnchecked>>() {
        return Ok(Payee::Address(address));
    }
    Ok(Payee::Script(keys::load(text, context)?.bitcoin_address(network).script_pubkey()))
}

impl Report for Requested {
    fn render(&self, page: &mut Page) {
        page.fields([
            ("Redemption", self.id.to_string()),
            ("Burnt", amount(self.burnt)),
            ("Owed", amount(self.owed)),
            ("Less the Bitcoin fee, at most", amount(self.max_fee)),
            ("Paid to", self.address.clone()),
            ("Transaction on the side chain", self.side_tx.to_string()),
            ("Gas", thousands(self.gas.get())),
        ]);
        page.line(format!("Follow it with `farbank peg-out status {}`.", self.id));
    }
}
