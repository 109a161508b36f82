//! `farbank peg-out raise`.

use clap::Args;
use farbank_contracts::Wait;
use farbank_relayer::client::peg_out::raise::{raise, RaiseRequest, Raised};
use farbank_types::bitcoin::Amount;
use farbank_types::RedemptionId;

use super::super::failures::client_failure;
use super::super::keys;
use super::parse_id;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{amount, thousands, Page, Report};
use crate::progress::Progress;

#[derive(Args, Debug)]
pub(crate) struct RaiseArgs {
    /// The redemption, as the request printed it
    #[arg(value_parser = parse_id)]
    id: RedemptionId,
    /// Most that the payout may cost on Bitcoin from now on
    #[arg(long, value_name = "SAT")]
    max_fee_sat: u64,
    /// Who requested it: a name of `farbank keys`, or a key file
    #[arg(long, value_name = "NAME|FILE")]
    key: String,
}

/// Runs `farbank peg-out raise`.
pub(super) async fn run(args: &RaiseArgs, context: &Context) -> Result<(), Failure> {
    let deployment = context.deployment()?;
    let key = keys::load(&args.key, context)?;
    let request = RaiseRequest {
        deployment: &deployment,
        key: &key,
        id: args.id,
        max_fee: Amount::from_sat(args.max_fee_sat),
        wait: Wait::default(),
    };
    let progress = Progress::spinner("Raising the max fee");
    let raised = raise(&request).await.map_err(client_failure)?;
    drop(progress);
    context.output.report(&raised)
}

impl Report for Raised {
    fn render(&self, page: &mut Page) {
        page.fields([
            ("Redemption", self.id.to_string()),
            ("Owed", amount(self.owed)),
            ("Max fee before", amount(self.previous)),
            ("Max fee now", amount(self.max_fee)),
            ("Transaction on the side chain", self.side_tx.to_string()),
            ("Gas", thousands(self.gas.get())),
        ]);
    }
}
