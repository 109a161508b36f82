//! The vectors that Foundry reads as well: compared with what this crate gives, and written anew with
//! `FARBANK_BLESS=1`.

use bitcoin::consensus::serialize;
use bitcoin::hashes::Hash as _;
use bitcoin::{OutPoint, Transaction};
use farbank_federation::custody::{
    payout_dust, CustodyOutput, CustodyPlan, CustodyTransaction, Redemption, ShapeRefusal,
};
use farbank_types::DepositId;
use serde_json::{json, Value};

use crate::common::{deposit, key, outpoint, plan, sat, script};

fn compare_or_bless(name: &str, value: &Value) {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(name);
    if std::env::var_os("FARBANK_BLESS").is_some() {
        let text = serde_json::to_string_pretty(value).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("written");
    }
    let stored = std::fs::read_to_string(&path).expect("vector file; make it with FARBANK_BLESS=1");
    let stored: Value = serde_json::from_str(&stored).expect("JSON");
    assert!(stored == *value, "{name} differs; if that is meant, run again with FARBANK_BLESS=1");
}

fn prefixed(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn named(outpoint: &OutPoint) -> Value {
    json!({ "txid": prefixed(outpoint.txid.to_byte_array()), "vout": outpoint.vout })
}

fn redemption(redemption: &Redemption) -> Value {
    json!({
        "id": redemption.id,
        "amount": redemption.amount.to_sat(),
        "maxFee": redemption.max_fee.to_sat(),
        "requestedAt": redemption.requested_at,
        "requester": prefixed(redemption.requester),
        "script": prefixed(&redemption.script),
        "commitment": prefixed(redemption.commitment()),
    })
}

fn custody(custody: &CustodyOutput) -> Value {
    let mut value = named(&custody.outpoint);
    value["value"] = json!(custody.value.to_sat());
    value["key"] = json!(prefixed(custody.key.serialize()));
    value
}

fn sound(name: &str, plan: CustodyPlan) -> Value {
    let (spent, fee) = (plan.custody, plan.fee);
    let mut swept = plan.deposits.clone();
    let request = plan.build().expect("built");
    let parsed = CustodyTransaction::parse(&request.transaction).expect("of the shape");
    swept.sort_by_key(|one| parsed.deposits.iter().position(|outpoint| *outpoint == one.outpoint));
    let deposits = swept.iter().map(|deposit| {
        let mut value = named(&deposit.outpoint);
        value["id"] = json!(prefixed(DepositId::of(&deposit.outpoint).get()));
        value["value"] = json!(deposit.value.to_sat());
        value
    });
    let payouts = parsed.payouts.iter().map(|output| output.value.to_sat());
    json!({
        "name": name,
        "transaction": prefixed(serialize(&request.transaction)),
        "txid": prefixed(parsed.txid.to_byte_array()),
        "spent": custody(&spent),
        "deposits": deposits.collect::<Vec<_>>(),
        "redemptions": request.redemptions.iter().map(redemption).collect::<Vec<_>>(),
        "payouts": payouts.collect::<Vec<_>>(),
        "custody": custody(&parsed.custody),
        "anchor": prefixed(parsed.anchor),
        "idsHash": prefixed(parsed.ids_hash),
        "fee": fee.to_sat(),
        "signedWeight": parsed.signed_weight.to_wu(),
    })
}

fn refused(change: impl FnOnce(&mut Transaction)) -> Value {
    let plan = CustodyPlan {
        deposits: vec![deposit(3, 1, 40_000), deposit(7, 0, 60_000)],
        ..plan(&[1, 2])
    };
    let mut transaction = plan.build().expect("built").transaction;
    change(&mut transaction);
    let refusal: ShapeRefusal = CustodyTransaction::parse(&transaction).expect_err("changed");
    let name: &str = (&refusal).into();
    json!({ "refused": name, "transaction": prefixed(serialize(&transaction)) })
}

#[test]
fn custody_transactions_are_as_stored() {
    let deposits = || vec![deposit(7, 0, 60_000), deposit(3, 300, 50_000), deposit(3, 1, 40_000)];
    let rotation = CustodyPlan { key: key(9), ..plan(&[]) };
    let mut dear = plan(&[8]);
    dear.payouts[0].fee_share = dear.payouts[0].redemption.max_fee;
    let transactions = [
        sound("one payout", plan(&[1])),
        sound("five payouts", plan(&[1, 2, 3, 4, 5])),
        sound("twenty-five payouts", plan(&(100..125).collect::<Vec<_>>())),
        sound("sweep", CustodyPlan { deposits: deposits(), ..plan(&[]) }),
        sound("payouts and sweep", CustodyPlan { deposits: deposits(), ..plan(&[9, 2]) }),
        sound("rotation", rotation),
        sound("greatest fee", CustodyPlan { fee: sat(9_000), ..dear }),
    ];
    let refusals = [
        refused(|t| t.version = bitcoin::transaction::Version::TWO),
        refused(|t| t.lock_time = bitcoin::absolute::LockTime::from_consensus(1)),
        refused(|t| t.input[1].sequence = bitcoin::Sequence::MAX),
        refused(|t| t.input[0].script_sig = bitcoin::ScriptBuf::from_bytes(vec![0x51])),
        refused(|t| t.input.swap(1, 2)),
        refused(|t| t.input[2].previous_output = outpoint(3, 1)),
        refused(|t| t.output[2].script_pubkey = script(0)),
        refused(|t| t.output[3].value = sat(1)),
        refused(|t| t.output[3].script_pubkey = bitcoin::ScriptBuf::new_op_return([0; 63])),
        refused(|t| t.output.truncate(1)),
    ];
    let dust: Vec<_> = (0..5)
        .map(|at| {
            let dust = payout_dust(&script(at)).expect("supported").to_sat();
            json!({ "script": prefixed(script(at)), "dust": dust })
        })
        .collect();
    let value = json!({ "transactions": transactions, "refused": refusals, "dust": dust });
    compare_or_bless("custody.json", &value);
}
