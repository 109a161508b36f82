//! Every state of a deposit, decided from facts alone: one row each.

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, BlockHash, OutPoint, Txid};
use farbank_relayer::client::peg_in::explain::explain;
use farbank_relayer::client::peg_in::outputs::{BlockPlace, DepositOutput, Spend, SpendPath};
use farbank_relayer::client::peg_in::waits::{
    state_of, DepositFacts, DepositState, DepositTerms, MintFacts, SideChainFacts,
};
use farbank_types::{BitcoinHeight, BlockCount, BridgeParameters, UnixTime};

/// Block of the deposit.
const HEIGHT: u32 = 1_000;
const NOW: u64 = 1_700_000_000;

/// What one row varies; the rest is a deposit that can be claimed.
#[derive(Clone)]
struct Row {
    sat: u64,
    tip: u32,
    mined: bool,
    spend: Option<(SpendPath, Option<u32>)>,
    minted: bool,
    minted_from_block: u64,
    side: bool,
    contract_height: u32,
    on_our_chain: Option<bool>,
    tip_age: u64,
    paused_until: Option<u64>,
    unswept: u64,
    carrier_fee: u64,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            sat: 100_000,
            tip: HEIGHT + 5,
            mined: true,
            spend: None,
            minted: false,
            minted_from_block: 0,
            side: true,
            contract_height: HEIGHT + 5,
            on_our_chain: Some(true),
            tip_age: 60,
            paused_until: None,
            unswept: 0,
            carrier_fee: 1_000,
        }
    }
}

fn judge(row: &Row) -> DepositState {
    let txid = Txid::all_zeros();
    let height = BitcoinHeight::new;
    let output = DepositOutput {
        outpoint: OutPoint::new(txid, 0),
        amount: Amount::from_sat(row.sat),
        block: row
            .mined
            .then(|| BlockPlace { height: height(HEIGHT), hash: BlockHash::all_zeros() }),
        spend: row.spend.map(|(path, at)| Spend { txid, height: at.map(height), path }),
    };
    // Reclaim 300, sweep window 150, confirmations 2 to 6, freshness 600 s.
    let parameters = BridgeParameters::devnet();
    let terms = DepositTerms {
        parameters,
        reclaim_blocks: parameters.reclaim_blocks,
        carrier_fee: Amount::from_sat(row.carrier_fee),
    };
    let facts = SideChainFacts {
        contract_height: height(row.contract_height),
        contract_time: UnixTime::new(NOW - row.tip_age),
        on_our_chain: row.on_our_chain,
        block_time: UnixTime::new(NOW),
        paused_until: row.paused_until.map(UnixTime::new),
        unswept: Amount::from_sat(row.unswept),
    };
    let deposit = DepositFacts {
        minted: row.minted.then_some(MintFacts { transaction: None, block: None }),
        minted_from_block: Amount::from_sat(row.minted_from_block),
    };
    state_of(&output, height(row.tip), &terms, row.side.then_some((&facts, &deposit)))
}

#[test]
fn every_state_follows_from_its_facts() {
    let row = Row::default();
    let both = |tip| Row { tip, contract_height: tip, ..Row::default() };
    let reclaim = SpendPath::Reclaim;
    let rows: [(&str, Row, &str); 27] = [
        ("all there", row.clone(), "Claimable"),
        ("in the mempool", Row { mined: false, ..row.clone() }, "Unconfirmed"),
        ("first confirmation", both(HEIGHT), "Confirming"),
        ("last confirmation", both(HEIGHT + 1), "Claimable"),
        ("one bitcoin needs one more", Row { sat: 100_000_000, ..both(HEIGHT + 1) }, "Confirming"),
        (
            "others minted from the block",
            Row { minted_from_block: 99_900_000, ..both(HEIGHT + 1) },
            "Confirming",
        ),
        ("side chain silent", Row { side: false, ..row.clone() }, "SideChainUnknown"),
        ("side chain silent, too early anyway", Row { side: false, ..both(HEIGHT) }, "Confirming"),
        ("another branch", Row { on_our_chain: Some(false), ..row.clone() }, "OtherBranch"),
        ("contract ahead of us", Row { on_our_chain: None, ..row.clone() }, "Claimable"),
        ("contract behind", Row { contract_height: HEIGHT, ..row.clone() }, "HeadersBehind"),
        ("contract below it", Row { contract_height: HEIGHT - 9, ..row.clone() }, "HeadersBehind"),
        ("tip at the bound", Row { tip_age: 600, ..row.clone() }, "Claimable"),
        ("tip too old", Row { tip_age: 601, ..row.clone() }, "TipStale"),
        ("paused", Row { paused_until: Some(NOW + 1), ..row.clone() }, "Paused"),
        ("pause over", Row { paused_until: Some(NOW), ..row.clone() }, "Claimable"),
        (
            "too much unswept",
            Row { unswept: 200_000_000_000, ..row.clone() },
            "UnsweptValueExceeded",
        ),
        ("minted", Row { minted: true, ..row.clone() }, "Minted"),
        ("minted long ago", Row { minted: true, ..both(HEIGHT + 400) }, "Minted"),
        ("below the floor", Row { sat: 29_999, ..row.clone() }, "AmountTooSmall"),
        ("fee above it", Row { carrier_fee: 100_001, ..row }, "CarrierFeeTooHigh"),
        ("last mintable tip", both(HEIGHT + 150), "Claimable"),
        ("window closed", both(HEIGHT + 151), "TooCloseToReclaim"),
        ("one block before", both(HEIGHT + 298), "TooCloseToReclaim"),
        ("timelock over", both(HEIGHT + 299), "Reclaimable"),
        (
            "reclaim in the mempool",
            Row { spend: Some((reclaim, None)), ..both(HEIGHT + 299) },
            "Reclaiming",
        ),
        (
            "reclaim in a block",
            Row { spend: Some((reclaim, Some(HEIGHT + 300))), ..both(HEIGHT + 300) },
            "Reclaimed",
        ),
    ];
    for (what, row, name) in rows {
        let state = judge(&row);
        assert_eq!(state.name(), name, "{what}: {state:?}");
    }
}

#[test]
fn spend_by_the_federation_is_a_sweep_only_after_the_mint() {
    let spend = Some((SpendPath::Federation, Some(HEIGHT + 9)));
    let swept = judge(&Row { spend, minted: true, ..Row::default() });
    let taken = judge(&Row { spend, minted: false, ..Row::default() });
    assert_eq!((swept.name(), taken.name()), ("Swept", "TakenByFederation"));
    assert!(swept.is_settled() && taken.is_settled());
}

#[test]
fn blocks_left_count_down_to_the_reclaim() {
    let at = |tip| judge(&Row { sat: 1_000, tip, contract_height: tip, ..Row::default() });
    for (tip, left) in [(HEIGHT, 299), (HEIGHT + 298, 1)] {
        let DepositState::AmountTooSmall { blocks_left, .. } = at(tip) else {
            panic!("{:?}", at(tip));
        };
        assert_eq!(blocks_left, BlockCount::new(left));
    }
    assert_eq!(at(HEIGHT + 299), DepositState::Reclaimable);
}

#[test]
fn every_state_has_a_cause_a_remedy_and_its_name_in_json() {
    let txid = Txid::all_zeros();
    let (height, blocks_left) = (BitcoinHeight::new(7), BlockCount::new(7));
    let amount = Amount::from_sat(7);
    let states = [
        DepositState::NotPaid {
            searched_from: height,
            searched_to: height,
            mempool_searched: true,
        },
        DepositState::Unconfirmed,
        DepositState::Confirming { confirmations: blocks_left, needed: blocks_left },
        DepositState::SideChainUnknown,
        DepositState::OtherBranch { contract_height: height },
        DepositState::HeadersBehind { contract_height: height, needed_height: height },
        DepositState::TipStale { age_secs: 7, freshness_secs: 7 },
        DepositState::Paused { until: UnixTime::new(7) },
        DepositState::UnsweptValueExceeded { sum: amount, cap: amount },
        DepositState::Claimable,
        DepositState::Minted(MintFacts { transaction: None, block: None }),
        DepositState::Swept { txid },
        DepositState::TakenByFederation { txid },
        DepositState::AmountTooSmall { floor: amount, blocks_left },
        DepositState::CarrierFeeTooHigh { carrier_fee: amount, blocks_left },
        DepositState::TooCloseToReclaim { latest: height, blocks_left },
        DepositState::Reclaimable,
        DepositState::Reclaiming { txid },
        DepositState::Reclaimed { txid, height },
    ];
    for state in states {
        let explanation = explain(&state);
        assert!(!explanation.cause.is_empty() && !explanation.remedy.is_empty(), "{state:?}");
        assert_eq!(serde_json::to_value(state).unwrap()["state"], state.name());
    }
}
