//! A declarative record of one transition.

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, BlockHash, Txid};
use farbank_bitcoin_light_client::BlockRef;
use farbank_relayer_core::peg_out::{
    apply, Payout, PegOutContext, PegOutEvent, PegOutRejection, PegOutState, QueueCause,
};
use farbank_types::{BitcoinHeight, BlockCount, EvmBlockNumber};

/// Burial at 12 confirmations.
pub(crate) fn at_tip(tip: u32) -> PegOutContext {
    PegOutContext { bitcoin_tip: BitcoinHeight::new(tip), burial: BlockCount::new(12) }
}

/// From a state, by an event, to a state or a rejection.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) tip: u32,
    pub(crate) from: PegOutState,
    pub(crate) event: PegOutEvent,
    pub(crate) to: Option<PegOutState>,
}

pub(crate) fn check(cases: impl IntoIterator<Item = Case>) {
    for Case { name, tip, from, event, to } in cases {
        let expected = match to {
            Some(next) => Ok(next),
            None if from.is_terminal() => Err(PegOutRejection::Terminal { state: from.name() }),
            None => Err(PegOutRejection::Unchanged { state: from.name() }),
        };
        assert_eq!(apply(&from, event, &at_tip(tip)), expected, "{name}");
    }
}

pub(crate) fn evm(number: u64) -> EvmBlockNumber {
    EvmBlockNumber::new(number)
}

pub(crate) fn txid(mark: u8) -> Txid {
    Txid::from_byte_array([mark; 32])
}

pub(crate) fn payout(height: u32, mark: u8) -> Payout {
    let hash = BlockHash::from_byte_array([mark; 32]);
    Payout {
        txid: txid(7),
        block: BlockRef { height: BitcoinHeight::new(height), hash },
        value: Amount::from_sat(90_000),
    }
}

pub(crate) fn requested() -> PegOutState {
    PegOutState::Requested { seen_at: evm(50) }
}

pub(crate) fn queued() -> PegOutState {
    PegOutState::Queued { cause: QueueCause::NextPayout }
}

pub(crate) fn too_low(sat: u64) -> QueueCause {
    QueueCause::MaxFeeTooLow { needed: Amount::from_sat(sat) }
}

pub(crate) fn in_payout() -> PegOutState {
    PegOutState::InPayout { txid: txid(7) }
}

pub(crate) fn paid() -> PegOutState {
    PegOutState::Paid { payout: payout(100, 1) }
}

pub(crate) fn proven() -> PegOutState {
    PegOutState::Proven { payout: payout(100, 1), seen_at: evm(60) }
}

pub(crate) fn unbacked() -> PegOutState {
    PegOutState::Unbacked { payout: payout(100, 1), seen_at: evm(60) }
}

pub(crate) fn done() -> PegOutState {
    PegOutState::Done { payout: payout(100, 1), seen_at: evm(70) }
}

/// One of each.
pub(crate) fn every_state() -> Vec<PegOutState> {
    vec![
        requested(),
        queued(),
        PegOutState::Queued { cause: too_low(500) },
        in_payout(),
        paid(),
        proven(),
        unbacked(),
        done(),
        PegOutState::Vanished,
    ]
}
