//! A world to apply events in.

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::taproot::TapLeafHash;
use bitcoin::{Amount, BlockHash, FeeRate, OutPoint, ScriptBuf, Txid, XOnlyPublicKey};
use farbank_bitcoin_light_client::BlockRef;
use farbank_federation::custody::{CustodyTransaction, DepositInput};
use farbank_relayer_core::custody::{
    plan, AttemptFacts, CustodyContext, CustodyHistory, CustodyLook, CustodyOutput,
    CustodyParameters, CustodySpend, Proposal, ProvenCustody, SweepCandidate,
};
use farbank_relayer_core::peg_in::{ContractView, DepositId};
use farbank_relayer_core::peg_out::{Redemption, RedemptionId};
use farbank_types::{BitcoinHeight, BlockCount, EvmAddress, UnixTime, B256};

pub(crate) const NOW: u64 = 1_700_000_000;

/// What a context borrows from.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) parameters: CustodyParameters,
    pub(crate) now: UnixTime,
    pub(crate) bitcoin_tip: BitcoinHeight,
    pub(crate) searched_to: BitcoinHeight,
    pub(crate) contract: ContractView,
    pub(crate) custody: Option<CustodyLook>,
    pub(crate) proven_stands: bool,
    pub(crate) history: CustodyHistory,
    pub(crate) redemptions: Vec<Redemption>,
    pub(crate) deposits: Vec<SweepCandidate>,
    pub(crate) fee_rate: FeeRate,
}

pub(crate) fn key() -> XOnlyPublicKey {
    let secret = SecretKey::from_slice(&[5; 32]).unwrap();
    secret.x_only_public_key(&Secp256k1::new()).0
}

/// The first custody output: 1,000,000,000 sat.
pub(crate) fn seed() -> CustodyOutput {
    let outpoint = OutPoint { txid: Txid::from_byte_array([0xaa; 32]), vout: 0 };
    CustodyOutput { outpoint, value: Amount::from_sat(1_000_000_000), key: key() }
}

pub(crate) fn parameters() -> CustodyParameters {
    CustodyParameters {
        confirmations: BlockCount::new(6),
        fee_reserve: Amount::from_sat(1_000_000),
        sweep_age: BlockCount::new(20),
        collect_secs: 3,
        sweep_collect_secs: 10,
        signing_secs: 60,
        replace_after: BlockCount::new(3),
        fee_target: BlockCount::new(6),
        max_fee_rate: FeeRate::from_sat_per_vb_u32(200),
        max_payouts: 100,
        max_sweeps: 40,
    }
}

impl World {
    /// The seed is proven and unspent, everything is searched, both tips are at `tip`.
    pub(crate) fn at_tip(tip: u32) -> Self {
        let first = ProvenCustody { output: Some(seed()), spend: None };
        Self {
            parameters: parameters(),
            now: UnixTime::new(NOW),
            bitcoin_tip: height(tip),
            searched_to: height(tip),
            contract: ContractView {
                tip_height: height(tip),
                tip_time: UnixTime::new(NOW),
                shared_height: height(tip),
                paused_until: UnixTime::new(0),
                side_time: UnixTime::new(NOW),
            },
            custody: Some(CustodyLook {
                newest: first,
                finalized: first,
                anchor: B256::repeat_byte(0x11),
                key: key(),
            }),
            proven_stands: true,
            history: CustodyHistory::default(),
            redemptions: Vec::new(),
            deposits: Vec::new(),
            fee_rate: FeeRate::from_sat_per_vb_u32(10),
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn owing(self, redemptions: impl IntoIterator<Item = Redemption>) -> Self {
        self.with(|world| world.redemptions.extend(redemptions))
    }

    pub(crate) fn later(self, secs: u64) -> Self {
        self.with(|world| world.now = world.now.saturating_add_secs(secs))
    }

    /// Bitcoin and the contract's header chain grow to `tip`.
    pub(crate) fn grown_to(self, tip: u32) -> Self {
        self.with(|world| {
            (world.bitcoin_tip, world.searched_to) = (height(tip), height(tip));
            (world.contract.tip_height, world.contract.shared_height) = (height(tip), height(tip));
        })
    }

    /// An attempt is known, in a block or in none.
    pub(crate) fn knowing(self, proposal: &Proposal, block: Option<BlockRef>) -> Self {
        self.with(|world| world.history.put(attempt(proposal, block).into()))
    }

    /// The contract's newest and final state hold what this makes.
    pub(crate) fn proven(self, proposal: &Proposal, block: BlockRef, is_final: bool) -> Self {
        let shape = CustodyTransaction::parse(&proposal.request.transaction).unwrap();
        let spend = CustodySpend { txid: shape.txid, block };
        let proven = ProvenCustody { output: Some(shape.custody), spend: Some(spend) };
        self.with(|world| {
            let look = world.custody.as_mut().unwrap();
            look.newest = proven;
            if is_final {
                look.finalized = proven;
            }
        })
    }

    pub(crate) fn context(&self) -> CustodyContext<'_> {
        CustodyContext {
            parameters: &self.parameters,
            now: self.now,
            bitcoin_tip: self.bitcoin_tip,
            searched_to: self.searched_to,
            contract: self.contract,
            custody: self.custody,
            proven_stands: self.proven_stands,
            history: &self.history,
            redemptions: &self.redemptions,
            deposits: &self.deposits,
            fee_rate: self.fee_rate,
        }
    }

    /// What would be proposed now.
    pub(crate) fn proposal(&self) -> Box<Proposal> {
        plan(&self.context(), &self.custody.unwrap(), None).proposal.unwrap()
    }
}

pub(crate) fn attempt(proposal: &Proposal, block: Option<BlockRef>) -> AttemptFacts {
    AttemptFacts {
        transaction: proposal.request.transaction.clone(),
        input: proposal.request.transaction.input[0].previous_output,
        ids: Some(proposal.request.redemptions.iter().map(|r| r.id).collect()),
        fee: Some(proposal.fee),
        block,
    }
}

pub(crate) fn height(height: u32) -> BitcoinHeight {
    BitcoinHeight::new(height)
}

pub(crate) fn block(height: u32, mark: u8) -> BlockRef {
    BlockRef { height: BitcoinHeight::new(height), hash: BlockHash::from_byte_array([mark; 32]) }
}

/// A P2WPKH payout of `amount` sat, at most `max_fee` sat of it for fees.
pub(crate) fn redemption(id: u64, amount: u64, max_fee: u64) -> Redemption {
    Redemption {
        id: RedemptionId::new(id),
        amount: Amount::from_sat(amount),
        max_fee: Amount::from_sat(max_fee),
        requested_at: UnixTime::new(NOW),
        requester: EvmAddress::repeat_byte(0x22),
        script: ScriptBuf::from_bytes([&[0x00, 0x14][..], &[9; 20]].concat()),
    }
}

/// A deposit of 500,000 sat in the block at `at`.
pub(crate) fn deposit(mark: u8, at: u32) -> SweepCandidate {
    let outpoint = OutPoint { txid: Txid::from_byte_array([mark; 32]), vout: 1 };
    SweepCandidate {
        id: DepositId::of(&outpoint),
        outpoint,
        value: Amount::from_sat(500_000),
        height: height(at),
        input: DepositInput {
            federation_key: key(),
            leaf_hash: TapLeafHash::from_byte_array([mark; 32]),
        },
    }
}
