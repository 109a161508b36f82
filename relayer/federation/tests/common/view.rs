//! What an attester sees: all that `judge` takes beside the request.

use core::time::Duration;
use std::collections::BTreeMap;

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, FeeRate};
use farbank_bitcoin_light_client::HeaderChain;
use farbank_federation::bridge_state::{
    Anchor, BridgeState, DepositRecord, DepositState, FederationKeys, FinalBlock, ProvenCustody,
};
use farbank_federation::custody::{CustodyPlan, SigningRequest};
use farbank_federation::policy::{judge, PolicyLimits, PolicyRefusal, SignedIntent};
use farbank_types::{BitcoinHeight, DepositId, EvmBlockNumber, UnixTime, B256};

use super::chain::{mine_on, regtest};
use super::{key, ANCHOR};

pub(crate) const GENESIS: B256 = B256::repeat_byte(0x6e);

#[derive(Clone)]
pub(crate) struct View {
    pub(crate) state: BridgeState,
    pub(crate) bitcoin: HeaderChain,
    pub(crate) own: Vec<SignedIntent>,
    pub(crate) limits: PolicyLimits,
    pub(crate) now: UnixTime,
}

pub(crate) fn limits() -> PolicyLimits {
    PolicyLimits {
        genesis: GENESIS,
        fee_reserve: Amount::from_sat(10_000),
        min_fee_rate: FeeRate::BROADCAST_MIN,
        max_fee_rate: FeeRate::from_sat_per_vb_u32(100),
        max_redemption: Amount::from_sat(1_000_000),
        payout_cap: None,
        max_anchor_age: Duration::from_secs(600),
        max_side_chain_age: Duration::from_secs(120),
        max_bitcoin_age: Duration::from_secs(3_600),
        max_unproven: 4,
        paused: false,
    }
}

impl View {
    /// An attester whose final state has what the plan spends and pays.
    pub(crate) fn of(plan: &CustodyPlan) -> Self {
        let mut bitcoin = regtest();
        mine_on(&mut bitcoin, BitcoinHeight::new(0), 12, 1);
        let now = bitcoin.tip().time;
        let block = |number, back: u64, hash| FinalBlock {
            number: EvmBlockNumber::new(number),
            hash,
            time: UnixTime::new(now.get() - back),
        };
        let mut view = Self {
            state: BridgeState {
                genesis: GENESIS,
                block: block(900, 30, B256::repeat_byte(0xb1)),
                anchor: Anchor::Final(block(890, 60, ANCHOR)),
                custody: Some(ProvenCustody {
                    outpoint: plan.custody.outpoint,
                    value: plan.custody.value,
                    height: BitcoinHeight::new(2),
                }),
                keys: FederationKeys { current: key(1), next: None, previous: None },
                redemption_count: 1_000,
                redemptions: BTreeMap::new(),
                deposits: BTreeMap::new(),
            },
            bitcoin,
            own: Vec::new(),
            limits: limits(),
            now,
        };
        view.add(plan);
        view
    }

    /// Puts a plan's redemptions and deposits into the state.
    pub(crate) fn add(&mut self, plan: &CustodyPlan) {
        for payout in &plan.payouts {
            let redemption = &payout.redemption;
            self.state.redemptions.insert(redemption.id, redemption.commitment());
        }
        let height = BitcoinHeight::new(3);
        let hash = self.bitcoin.hash(height).expect("mined").to_byte_array();
        for deposit in &plan.deposits {
            let record = DepositRecord {
                amount: deposit.value,
                height,
                block_hash_low: hash[..16].try_into().expect("16 bytes"),
                state: DepositState::Minted,
            };
            self.state.deposits.insert(DepositId::of(&deposit.outpoint), record);
        }
    }

    pub(crate) fn judge(&self, request: &SigningRequest) -> Result<SignedIntent, PolicyRefusal> {
        judge(request, &self.state, &self.bitcoin, &self.own, &self.limits, self.now)
    }

    /// Judges what must be fine, and remembers it.
    #[track_caller]
    pub(crate) fn sign(&mut self, plan: CustodyPlan) -> SignedIntent {
        let intent = self.judge(&plan.build().expect("built")).expect("signed");
        self.own.push(intent.clone());
        intent
    }

    #[track_caller]
    pub(crate) fn refuses(&self, request: &SigningRequest, refusal: impl Into<PolicyRefusal>) {
        assert_eq!(self.judge(request).map(|intent| intent.txid()), Err(refusal.into()));
    }
}
