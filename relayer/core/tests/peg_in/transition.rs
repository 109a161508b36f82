//! A declarative record of one transition, and a world to apply it in.

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, BlockHash, OutPoint, Txid};
use farbank_bitcoin_light_client::BlockRef;
use farbank_relayer_core::peg_in::{
    apply, ClaimWait, ContractView, DepositFacts, DescriptorId, Inclusion, PegInContext, PegInDuty,
    PegInEvent, PegInRejection, PegInState, Retry,
};
use farbank_types::{BitcoinHeight, BridgeParameters, EvmBlockNumber, UnixTime, B256};

pub(crate) const NOW: u64 = 1_700_000_000;

/// What a context borrows from.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) parameters: BridgeParameters,
    pub(crate) facts: DepositFacts,
    pub(crate) now: UnixTime,
    pub(crate) bitcoin_tip: BitcoinHeight,
    pub(crate) contract: ContractView,
    pub(crate) minted_from_block: Amount,
}

impl World {
    /// A deposit of 1,000,000 sat in block 100; both tips at `tip`, everything open.
    pub(crate) fn at_tip(tip: u32) -> Self {
        Self {
            parameters: BridgeParameters::devnet(),
            facts: DepositFacts {
                outpoint: OutPoint { txid: Txid::from_byte_array([7; 32]), vout: 1 },
                amount: Amount::from_sat(1_000_000),
                carrier_fee: Amount::from_sat(1_000),
                descriptor: DescriptorId::new(B256::repeat_byte(9)),
            },
            now: UnixTime::new(NOW),
            bitcoin_tip: height(tip),
            contract: ContractView {
                tip_height: height(tip),
                tip_time: UnixTime::new(NOW),
                shared_height: height(tip),
                paused_until: UnixTime::new(0),
                side_time: UnixTime::new(NOW),
            },
            minted_from_block: Amount::ZERO,
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn context(&self) -> PegInContext<'_> {
        PegInContext {
            parameters: &self.parameters,
            facts: &self.facts,
            now: self.now,
            bitcoin_tip: self.bitcoin_tip,
            contract: self.contract,
            minted_from_block: self.minted_from_block,
        }
    }
}

/// From a state, by an event, to a state with its duties, or a rejection.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) world: World,
    pub(crate) from: PegInState,
    pub(crate) event: PegInEvent,
    pub(crate) to: Option<PegInState>,
}

pub(crate) fn check(cases: impl IntoIterator<Item = Case>) {
    for Case { name, world, from, event, to } in cases {
        let got = apply(&from, event, &world.context());
        match to {
            Some(next) => {
                let transition = got.unwrap_or_else(|rejection| panic!("{name}: {rejection}"));
                assert_eq!(transition.next, next, "{name}");
                let claims = matches!(next, PegInState::Claiming { .. });
                let duties = if claims { vec![PegInDuty::Claim] } else { vec![] };
                assert_eq!(transition.duties, duties, "{name}");
            }
            None if from.is_terminal() => {
                assert_eq!(got, Err(PegInRejection::Terminal { state: from.name() }), "{name}");
            }
            None => {
                assert_eq!(got, Err(PegInRejection::Unchanged { state: from.name() }), "{name}");
            }
        }
    }
}

pub(crate) fn height(height: u32) -> BitcoinHeight {
    BitcoinHeight::new(height)
}

pub(crate) fn block(height: u32, branch: u8) -> BlockRef {
    BlockRef { height: BitcoinHeight::new(height), hash: BlockHash::from_byte_array([branch; 32]) }
}

/// Block 100 of the first branch.
pub(crate) fn here() -> Inclusion {
    Inclusion { block: block(100, 1), index: 3 }
}

/// Block 101 of another branch.
pub(crate) fn there() -> Inclusion {
    Inclusion { block: block(101, 2), index: 1 }
}

pub(crate) fn evm(number: u64) -> EvmBlockNumber {
    EvmBlockNumber::new(number)
}

pub(crate) fn confirming() -> PegInState {
    PegInState::Confirming { inclusion: here() }
}

pub(crate) fn claimable(cause: ClaimWait, refused_at: u32, not_before: u64) -> PegInState {
    let retry = Retry { refused_at: height(refused_at), not_before: UnixTime::new(not_before) };
    PegInState::Claimable { inclusion: here(), cause, retry }
}

pub(crate) fn claiming() -> PegInState {
    PegInState::Claiming { inclusion: here() }
}

pub(crate) fn minted() -> PegInState {
    PegInState::Minted { inclusion: here(), seen_at: evm(50) }
}

pub(crate) fn orphaned() -> PegInState {
    PegInState::Orphaned { last: here(), seen_at: evm(50) }
}

pub(crate) fn disconnected() -> PegInState {
    PegInState::Disconnected { last: here() }
}

pub(crate) fn too_late() -> PegInState {
    PegInState::TooLate { inclusion: here() }
}

pub(crate) fn spent(at: u32) -> PegInState {
    PegInState::Spent { inclusion: here(), spent: block(at, 1) }
}

pub(crate) fn done() -> PegInState {
    PegInState::Done { inclusion: here(), seen_at: evm(50) }
}

pub(crate) fn reclaimed() -> PegInState {
    PegInState::Reclaimed { inclusion: here(), spent: block(420, 1) }
}

pub(crate) fn refused() -> PegInState {
    use farbank_relayer_core::peg_in::DepositRefusal;
    PegInState::Refused { inclusion: here(), reason: DepositRefusal::CoinbaseIndex }
}

/// One of each.
pub(crate) fn every_state() -> Vec<PegInState> {
    vec![
        confirming(),
        claimable(ClaimWait::StaleTip, 101, NOW),
        claimable(ClaimWait::MintCapExceeded, 101, NOW + 60),
        claiming(),
        minted(),
        orphaned(),
        disconnected(),
        too_late(),
        spent(420),
        done(),
        refused(),
        reclaimed(),
    ]
}
