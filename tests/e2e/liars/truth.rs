//! What an honest relayer would propose.

use bitcoin::secp256k1::Secp256k1;
use bitcoin::{Amount, OutPoint};
use farbank_contracts::{BlockAt, BlockRange, BridgeEvent, SideChainClient};
use farbank_federation::custody::{
    CustodyOutput, CustodyPlan, DepositInput, PlannedDeposit, PlannedPayout, SpentOutput,
};
use farbank_relayer_core::peg_in::deposit_file::DepositFile;
use farbank_tests::{Deposit, Devnet};
use farbank_types::{Deployment, EvmBlockNumber, Redemption, RedemptionId, B256};
use serde_json::json;

/// An honest payout's share of the fee: what every redemption allows at least.
const FEE_SHARE: Amount = Amount::from_sat(1_000);
/// A few satoshi for each of some 270 vB.
const FEE: Amount = Amount::from_sat(1_000);

/// The state of the bridge with one redemption, one minted deposit and one that nobody minted.
#[derive(Debug)]
pub(crate) struct Truth {
    pub(crate) deployment: Deployment,
    pub(crate) custody: CustodyOutput,
    pub(crate) redemption: Redemption,
    pub(crate) requested_in: EvmBlockNumber,
    pub(crate) minted: PlannedDeposit,
    pub(crate) unminted: PlannedDeposit,
}

impl Truth {
    /// Reads it off the nodes; the transaction `stray` pays the deposit's address once more.
    pub(crate) fn of(
        devnet: &Devnet,
        redemption: &farbank_tests::Redemption,
        deposit: &Deposit,
        stray: &str,
    ) -> Self {
        let deployment: Deployment = serde_json::from_value(devnet.deployment()).expect("one");
        let key = deployment.federation_key.x_only;
        let file = std::fs::read(&deposit.file).expect("a deposit file");
        let file = DepositFile::from_json(&Secp256k1::new(), &file).expect("a deposit file");
        let leaf_hash = file.deposit.descriptor.leaf_hash().expect("a leaf");
        let input = DepositInput { federation_key: key, leaf_hash };
        let planned = |txid| {
            let (outpoint, value) = output_at(devnet, txid, &deposit.address);
            PlannedDeposit { outpoint, value, input }
        };
        let id = RedemptionId::new(redemption.id);
        let (redemption, requested_in, custody) = on_chain(&deployment, id);
        Self {
            custody,
            redemption,
            requested_in,
            minted: planned(&deposit.txid),
            unminted: planned(stray),
            deployment,
        }
    }

    /// Returns the plan of an honest relayer: it sweeps the deposit and pays the redemption.
    pub(crate) fn plan(&self, anchor: B256) -> CustodyPlan {
        CustodyPlan {
            custody: self.custody,
            deposits: vec![self.minted],
            payouts: vec![PlannedPayout {
                redemption: self.redemption.clone(),
                fee_share: FEE_SHARE,
            }],
            key: self.custody.key,
            anchor,
            fee: FEE,
        }
    }

    /// Returns the outputs that the plan spends.
    pub(crate) fn spent(&self) -> [SpentOutput; 2] {
        let CustodyOutput { value, key, .. } = self.custody;
        let leaf_hash = Some(self.minted.input.leaf_hash);
        [
            SpentOutput { value, key, leaf_hash: None },
            SpentOutput { value: self.minted.value, key, leaf_hash },
        ]
    }
}

/// Returns a redemption, the block that holds its request, and the custody output.
fn on_chain(
    deployment: &Deployment,
    id: RedemptionId,
) -> (Redemption, EvmBlockNumber, CustodyOutput) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = SideChainClient::connect(deployment).await.expect("the bridge");
        let last = client.node().head().await.expect("a head").number;
        let range = BlockRange { first: EvmBlockNumber::new(1), last };
        let events = client.redemption_events(id, range).await.expect("events");
        let BridgeEvent::RedemptionRequested(redemption) = events[0].event.clone() else {
            panic!("no request: {events:?}")
        };
        let proven = client.custody(BlockAt::Latest).await.expect("custody").expect("custody");
        let key = deployment.federation_key.x_only;
        let custody = CustodyOutput { outpoint: proven.outpoint, value: proven.value, key };
        (redemption, events[0].block, custody)
    })
}

/// Finds the output of a transaction that pays an address.
fn output_at(devnet: &Devnet, txid: &str, address: &str) -> (OutPoint, Amount) {
    let found = devnet.bitcoin().get("getrawtransaction", &[json!(txid), json!(true)]);
    let outputs = found["vout"].as_array().expect("outputs");
    let is_paid = |output: &&serde_json::Value| output["scriptPubKey"]["address"] == address;
    let output = outputs.iter().find(is_paid).expect("an output at the address");
    let vout = output["n"].as_u64().and_then(|vout| u32::try_from(vout).ok()).expect("a number");
    let value = Amount::from_btc(output["value"].as_f64().expect("a number")).expect("an amount");
    (OutPoint { txid: txid.parse().expect("a txid"), vout }, value)
}
