//! Every state of a redemption, decided from facts alone: one row each.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::transaction::Version;
use bitcoin::{
    absolute, Amount, FeeRate, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid,
};
use farbank_contracts::FederationKeys;
use farbank_federation::custody::{anchor_script, custody_script, ids_hash};
use farbank_relayer::client::peg_out::explain::explain;
use farbank_relayer::client::peg_out::raise;
use farbank_relayer::client::peg_out::request::{
    check_amount, check_facts, check_fee, RequestFacts, RequestRejection,
};
use farbank_relayer::client::peg_out::spends::{CustodySpend, CustodySpends, SpendsEnd};
use farbank_relayer::client::peg_out::waits::{
    state_of, BitcoinFacts, PegOutState, ProofFacts, RedemptionFacts,
};
use farbank_types::{
    BitcoinHeight, BlockCount, BridgeParameters, EvmAddress, EvmBlockNumber, Redemption,
    RedemptionId, UnixTime, B256,
};
use serde_json::Value;

const ID: RedemptionId = RedemptionId::new(7);
const OWED: u64 = 99_000;
const MAX_FEE: u64 = 1_000;
/// Block of the payout.
const HEIGHT: u32 = 1_000;

fn script() -> ScriptBuf {
    ScriptBuf::from_bytes([&[0, 20][..], &[7; 20]].concat())
}

fn redemption() -> Redemption {
    Redemption {
        id: ID,
        amount: Amount::from_sat(OWED),
        max_fee: Amount::from_sat(MAX_FEE),
        requested_at: UnixTime::new(1),
        requester: EvmAddress::repeat_byte(1),
        script: script(),
    }
}

fn key() -> bitcoin::XOnlyPublicKey {
    SecretKey::from_slice(&[7; 32]).unwrap().x_only_public_key(&Secp256k1::new()).0
}

/// A custody transaction that pays `paid` to the redemption's script and says that it pays `id`.
fn custody(input: Txid, paid: Option<u64>, id: RedemptionId) -> Transaction {
    let output = |value, script_pubkey| TxOut { value: Amount::from_sat(value), script_pubkey };
    let mut outputs: Vec<TxOut> = paid.map(|value| output(value, script())).into_iter().collect();
    let ids = ids_hash(paid.map(|_| id));
    outputs.push(output(5_000_000, custody_script(key())));
    outputs.push(output(0, anchor_script(B256::ZERO, ids)));
    Transaction {
        version: Version(3),
        lock_time: absolute::LockTime::ZERO,
        input: vec![TxIn {
            previous_output: OutPoint::new(input, 0),
            sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
            ..TxIn::default()
        }],
        output: outputs,
    }
}

/// What one row varies; the rest is a redemption that nothing is in the way of.
#[derive(Clone)]
struct Row {
    newest_final: Option<u64>,
    proven: bool,
    has_custody: bool,
    bitcoin: bool,
    contract_height: u32,
    on_our_chain: Option<bool>,
    tip: u32,
    sat_per_vb: u64,
    spends: Vec<(Transaction, Option<u32>)>,
    end: SpendsEnd,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            newest_final: Some(50),
            proven: false,
            has_custody: true,
            bitcoin: true,
            contract_height: HEIGHT + 5,
            on_our_chain: Some(true),
            tip: HEIGHT + 5,
            sat_per_vb: 2,
            spends: Vec::new(),
            end: SpendsEnd::Unspent,
        }
    }
}

fn judge(row: &Row) -> PegOutState {
    let facts = RedemptionFacts {
        redemption: redemption(),
        requested_in: EvmBlockNumber::new(50),
        newest_final: row.newest_final.map(EvmBlockNumber::new),
        proof: row
            .proven
            .then(|| ProofFacts { txid: Txid::all_zeros(), transaction: B256::repeat_byte(9) }),
        has_custody: row.has_custody,
        contract_height: BitcoinHeight::new(row.contract_height),
        on_our_chain: row.on_our_chain,
        confirmations_needed: BlockCount::new(6),
    };
    let spends = row.spends.iter().map(|(transaction, height)| CustodySpend {
        transaction: transaction.clone(),
        height: height.map(BitcoinHeight::new),
    });
    let spends =
        CustodySpends { tip: BitcoinHeight::new(row.tip), spends: spends.collect(), end: row.end };
    let bitcoin = if row.proven {
        BitcoinFacts::Proven {
            confirmations: BlockCount::new(9),
            payout: Some(Amount::from_sat(98_000)),
        }
    } else {
        BitcoinFacts::Unproven {
            spends: row.has_custody.then_some(spends),
            fee_rate: FeeRate::from_sat_per_vb(row.sat_per_vb).unwrap(),
        }
    };
    state_of(&facts, row.bitcoin.then_some(&bitcoin))
}

#[test]
fn every_state_follows_from_its_facts() {
    let row = Row::default();
    let seed = Txid::all_zeros();
    let pays = custody(seed, Some(98_000), ID);
    let sweep = custody(seed, None, ID);
    let paid = |tip, contract_height| Row {
        spends: vec![(pays.clone(), Some(HEIGHT))],
        tip,
        contract_height,
        ..Row::default()
    };
    let spent_by = |transaction: &Transaction, height| Row {
        spends: vec![(transaction.clone(), height)],
        ..Row::default()
    };
    let child = custody(sweep.compute_txid(), Some(98_000), ID);
    let (end, foreign) = (
        SpendsEnd::NotFound { searched_from: BitcoinHeight::new(1) },
        SpendsEnd::Foreign { txid: seed },
    );
    let rows: [(&str, Row, &str, &str); 20] = [
        ("nothing in the way", row.clone(), "Final", "NextPayout"),
        ("not final", Row { newest_final: Some(49), ..row.clone() }, "Requested", ""),
        ("no finality yet", Row { newest_final: None, ..row.clone() }, "Requested", ""),
        ("Bitcoin silent", Row { bitcoin: false, ..row.clone() }, "Final", "BitcoinUnknown"),
        ("no custody", Row { has_custody: false, ..row.clone() }, "Final", "NoCustody"),
        ("custody stolen", Row { end: foreign, ..row.clone() }, "Final", "ForeignSpend"),
        ("spend not found", Row { end, ..row.clone() }, "Final", "SpendNotFound"),
        ("fee rate too high", Row { sat_per_vb: 10, ..row.clone() }, "Final", "MaxFeeTooLow"),
        ("sweep first", spent_by(&sweep, None), "Final", "CustodyBusy"),
        ("payout in the mempool", spent_by(&pays, None), "Paying", ""),
        ("payout in a block", paid(HEIGHT, HEIGHT), "Paid", "Confirming"),
        ("one confirmation short", paid(HEIGHT + 4, HEIGHT + 4), "Paid", "Confirming"),
        ("headers behind", paid(HEIGHT + 5, HEIGHT + 4), "Paid", "HeadersBehind"),
        ("provable", paid(HEIGHT + 5, HEIGHT + 5), "Paid", "Provable"),
        (
            "another branch",
            Row { on_our_chain: Some(false), ..paid(HEIGHT + 5, HEIGHT + 5) },
            "Paid",
            "OtherBranch",
        ),
        (
            "payout after a sweep",
            Row { spends: vec![(sweep, Some(HEIGHT)), (child, None)], ..row.clone() },
            "Paying",
            "",
        ),
        (
            "equal payout of another redemption",
            spent_by(&custody(seed, Some(98_000), RedemptionId::new(8)), None),
            "Final",
            "CustodyBusy",
        ),
        (
            "payout below what its requester allows",
            spent_by(&custody(seed, Some(97_999), ID), None),
            "Final",
            "CustodyBusy",
        ),
        ("proven", Row { proven: true, ..row.clone() }, "Proven", ""),
        ("proven, Bitcoin silent", Row { proven: true, bitcoin: false, ..row }, "Proven", ""),
    ];
    for (what, row, name, wait) in rows {
        let state = judge(&row);
        let document = serde_json::to_value(state).unwrap();
        assert_eq!((state.name(), &document["state"]), (name, &Value::from(name)), "{what}");
        assert_eq!(document["wait"].as_str().unwrap_or_default(), wait, "{what}");
        let explained = explain(&state);
        assert!(!explained.cause.is_empty() && !explained.remedy.is_empty(), "{what}");
    }
}

#[test]
fn payout_shows_amount_and_confirmations() {
    let pays = custody(Txid::all_zeros(), Some(98_000), ID);
    let row = Row { spends: vec![(pays.clone(), Some(HEIGHT))], tip: HEIGHT + 2, ..Row::default() };
    let document = serde_json::to_value(judge(&row)).unwrap();
    assert_eq!(document["bitcoin_tx"], pays.compute_txid().to_string());
    assert_eq!((&document["payout_sat"], &document["confirmations"]), (&98_000.into(), &3.into()));
}

fn refused(result: Result<impl core::fmt::Debug, RequestRejection>) -> String {
    let document = serde_json::to_value(result.unwrap_err()).unwrap();
    document["refused"].as_str().unwrap().to_owned()
}

#[test]
fn request_is_refused_by_the_contracts_own_names() {
    let parameters = BridgeParameters::devnet();
    let sat = Amount::from_sat;
    let amount = |value, script: &ScriptBuf| check_amount(sat(value), script, &parameters);
    assert_eq!(amount(100_000, &script()).unwrap(), sat(OWED));
    assert_eq!(refused(amount(9_999, &script())), "RedemptionTooSmall");
    assert_eq!(refused(amount(10_000_000_001, &script())), "RedemptionTooLarge");
    assert_eq!(refused(amount(100_000, &ScriptBuf::new())), "UnsupportedScript");
    let fee = |owed, max_fee| check_fee(sat(owed), sat(max_fee), &script(), &parameters);
    assert!(fee(9_000, 9_000 - 294).is_ok());
    assert_eq!(refused(fee(9_000, 9_000 - 293)), "DustPayout");
    assert_eq!(refused(fee(9_000, 999)), "MaxFeeTooLow");

    let facts = RequestFacts {
        account: EvmAddress::repeat_byte(1),
        balance: sat(100_000),
        keys: FederationKeys { current: key(), next: None, previous: None },
        paused_until: Some(UnixTime::new(10)),
        block_time: UnixTime::new(10),
    };
    let state = |sat, facts: &RequestFacts| check_facts(Amount::from_sat(sat), &script(), facts);
    assert!(state(100_000, &facts).is_ok());
    assert_eq!(refused(state(100_001, &facts)), "InsufficientBalance");
    let paused = RequestFacts { block_time: UnixTime::new(9), ..facts };
    assert_eq!(refused(state(100_000, &paused)), "Paused");
    let own = check_facts(sat(100_000), &custody_script(key()), &facts);
    assert_eq!(refused(own), "FederationScript");
}

#[test]
fn rise_is_refused_by_the_contracts_own_names() {
    let check = |caller, sat| {
        let caller = EvmAddress::repeat_byte(caller);
        let checked = raise::check(&redemption(), caller, Amount::from_sat(sat));
        checked.err().map_or_else(String::new, |rejection| {
            let document = serde_json::to_value(rejection).unwrap();
            document["refused"].as_str().unwrap().to_owned()
        })
    };
    assert_eq!(check(1, MAX_FEE + 1), "");
    assert_eq!(check(1, MAX_FEE), "MaxFeeTooLow");
    assert_eq!(check(2, MAX_FEE + 1), "NotRequester");
    assert_eq!(check(1, OWED - 293), "DustPayout");
}
