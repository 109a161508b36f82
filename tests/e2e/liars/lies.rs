//! The table of lies: the honest request, damaged in one place, and the name of its refusal.

use bitcoin::absolute::LockTime;
use bitcoin::secp256k1::{Keypair, Secp256k1};
use bitcoin::transaction::Version;
use bitcoin::{Amount, ScriptBuf, Sequence, TxOut, XOnlyPublicKey};
use farbank_federation::custody::{
    anchor_script, custody_script, ids_hash, CustodyPlan, SigningRequest,
};
use farbank_types::{RedemptionId, B256};

use super::truth::Truth;

/// A lie.
#[derive(Debug)]
pub(crate) struct Lie {
    pub(crate) what: &'static str,
    pub(crate) tell: fn(&Truth, B256) -> SigningRequest,
    pub(crate) refused: &'static str,
}

/// Returns a key that is not the federation's.
pub(crate) fn thief() -> XOnlyPublicKey {
    let secp = Secp256k1::new();
    let pair = Keypair::from_seckey_slice(&secp, &[7; 32]).expect("a secret key");
    pair.x_only_public_key().0
}

fn thiefs_script() -> ScriptBuf {
    custody_script(thief())
}

/// Damages the plan.
fn planned(truth: &Truth, anchor: B256, damage: impl FnOnce(&mut CustodyPlan)) -> SigningRequest {
    let mut plan = truth.plan(anchor);
    damage(&mut plan);
    plan.build().expect("a plan")
}

/// Damages what was built.
fn built(truth: &Truth, anchor: B256, damage: impl FnOnce(&mut SigningRequest)) -> SigningRequest {
    let mut request = truth.plan(anchor).build().expect("a plan");
    damage(&mut request);
    request
}

/// Pays the redemption twice, the second time under `id`; the first stands before it.
fn two_payouts(truth: &Truth, anchor: B256, ids: [RedemptionId; 2]) -> SigningRequest {
    built(truth, anchor, |request| {
        let payout = request.transaction.output[0].clone();
        request.transaction.output.insert(0, payout);
        request.redemptions =
            ids.map(|id| farbank_types::Redemption { id, ..truth.redemption.clone() }).into();
        let anchor_output = request.transaction.output.last_mut().expect("an anchor");
        anchor_output.script_pubkey = anchor_script(anchor, ids_hash(ids));
    })
}

fn next_id(truth: &Truth) -> RedemptionId {
    RedemptionId::new(truth.redemption.id.get() + 1)
}

fn sat(amount: u64) -> Amount {
    Amount::from_sat(amount)
}

/// Every lie, each of which all attesters refuse.
pub(crate) const LIES: &[Lie] = &[
    Lie {
        what: "a redemption that was never requested",
        tell: |truth, anchor| {
            let id = next_id(truth);
            planned(truth, anchor, |plan| plan.payouts[0].redemption.id = id)
        },
        refused: "RedemptionNotFinal",
    },
    Lie {
        what: "a redemption of a number that none has",
        tell: |truth, anchor| {
            planned(truth, anchor, |plan| plan.payouts[0].redemption.id = RedemptionId::new(0))
        },
        refused: "UnknownRedemption",
    },
    Lie {
        what: "a redemption said to be of another script",
        tell: |truth, anchor| {
            planned(truth, anchor, |plan| plan.payouts[0].redemption.script = thiefs_script())
        },
        refused: "RedemptionMismatch",
    },
    Lie {
        what: "a redemption said to be of another amount",
        tell: |truth, anchor| {
            planned(truth, anchor, |plan| plan.payouts[0].redemption.amount += sat(1))
        },
        refused: "RedemptionMismatch",
    },
    Lie { what: "a payout to another script", tell: pays_another_script, refused: "WrongScript" },
    Lie {
        what: "a payout one satoshi below what the greatest fee leaves",
        tell: |truth, anchor| {
            let least = truth.redemption.amount - truth.redemption.max_fee;
            built(truth, anchor, |request| request.transaction.output[0].value = least - sat(1))
        },
        refused: "PayoutTooSmall",
    },
    Lie {
        what: "a payout one satoshi above what is owed",
        tell: |truth, anchor| {
            let owed = truth.redemption.amount;
            built(truth, anchor, |request| request.transaction.output[0].value = owed + sat(1))
        },
        refused: "PayoutTooLarge",
    },
    Lie { what: "one output more", tell: has_an_extra_output, refused: "ExtraOutput" },
    Lie {
        what: "a redemption named and not paid",
        tell: |truth, anchor| {
            built(truth, anchor, |request| drop(request.transaction.output.remove(0)))
        },
        refused: "MissingPayout",
    },
    Lie {
        what: "other ids beside the anchor",
        tell: |truth, anchor| {
            built(truth, anchor, |request| {
                let output = request.transaction.output.last_mut().expect("an anchor");
                output.script_pubkey = anchor_script(anchor, ids_hash([next_id(truth)]));
            })
        },
        refused: "WrongIds",
    },
    Lie {
        what: "the change to another key",
        tell: |truth, anchor| planned(truth, anchor, |plan| plan.key = thief()),
        refused: "WrongCustodyOutput",
    },
    Lie {
        what: "another output of the custody transaction as input 0",
        tell: |truth, anchor| planned(truth, anchor, |plan| plan.custody.outpoint.vout += 1),
        refused: "WrongCustodyInput",
    },
    Lie {
        what: "a deposit as input 0",
        tell: |truth, anchor| {
            planned(truth, anchor, |plan| plan.custody.outpoint = truth.unminted.outpoint)
        },
        refused: "UnknownParent",
    },
    Lie {
        what: "an anchor that is no block",
        tell: |truth, _| planned(truth, B256::repeat_byte(9), |_| ()),
        refused: "WrongAnchor",
    },
    Lie {
        what: "more of a fee than any rate explains",
        tell: |truth, anchor| planned(truth, anchor, |plan| plan.fee = sat(1_100_000)),
        refused: "FeeRateTooHigh",
    },
    Lie {
        what: "no fee",
        tell: |truth, anchor| planned(truth, anchor, |plan| plan.fee = Amount::ZERO),
        refused: "FeeTooLow",
    },
    Lie {
        what: "outputs above the inputs",
        tell: |truth, anchor| {
            built(truth, anchor, |request| request.transaction.output[1].value += sat(10_000))
        },
        refused: "Overdrawn",
    },
    Lie {
        what: "a deposit that was not minted",
        tell: |truth, anchor| planned(truth, anchor, |plan| plan.deposits = vec![truth.unminted]),
        refused: "DepositNotMinted",
    },
    Lie {
        what: "a deposit that was not minted beside one that was",
        tell: |truth, anchor| planned(truth, anchor, |plan| plan.deposits.push(truth.unminted)),
        refused: "DepositNotMinted",
    },
    Lie {
        what: "a deposit of another key",
        tell: |truth, anchor| {
            planned(truth, anchor, |plan| plan.deposits[0].input.federation_key = thief())
        },
        refused: "UnknownDepositKey",
    },
    Lie {
        what: "a deposit without its description",
        tell: |truth, anchor| built(truth, anchor, |request| request.deposits.clear()),
        refused: "DepositCount",
    },
    Lie {
        what: "a deposit twice",
        tell: |truth, anchor| {
            built(truth, anchor, |request| {
                let input = request.transaction.input[1].clone();
                request.transaction.input.push(input);
                request.deposits.push(truth.minted.input);
            })
        },
        refused: "DuplicateInput",
    },
    Lie {
        what: "deposits out of order",
        tell: |truth, anchor| {
            let mut request = planned(truth, anchor, |plan| plan.deposits.push(truth.unminted));
            request.transaction.input.swap(1, 2);
            request
        },
        refused: "WrongOrder",
    },
    Lie {
        what: "payouts out of order",
        tell: |truth, anchor| two_payouts(truth, anchor, [next_id(truth), truth.redemption.id]),
        refused: "RedemptionOrder",
    },
    Lie { what: "one redemption twice", tell: pays_twice, refused: "RedemptionOrder" },
    Lie {
        what: "version 2",
        tell: |truth, anchor| {
            built(truth, anchor, |request| request.transaction.version = Version::TWO)
        },
        refused: "WrongVersion",
    },
    Lie {
        what: "a lock time",
        tell: |truth, anchor| {
            built(truth, anchor, |request| {
                request.transaction.lock_time = LockTime::from_consensus(1);
            })
        },
        refused: "WrongLockTime",
    },
    Lie {
        what: "a sequence that cannot be replaced",
        tell: |truth, anchor| {
            built(truth, anchor, |request| request.transaction.input[0].sequence = Sequence::MAX)
        },
        refused: "WrongSequence",
    },
];

fn pays_another_script(truth: &Truth, anchor: B256) -> SigningRequest {
    built(truth, anchor, |request| request.transaction.output[0].script_pubkey = thiefs_script())
}

fn has_an_extra_output(truth: &Truth, anchor: B256) -> SigningRequest {
    built(truth, anchor, |request| {
        let extra = TxOut { value: sat(1_000_000), script_pubkey: thiefs_script() };
        request.transaction.output[1].value -= extra.value;
        request.transaction.output.insert(1, extra);
    })
}

fn pays_twice(truth: &Truth, anchor: B256) -> SigningRequest {
    two_payouts(truth, anchor, [truth.redemption.id; 2])
}

/// Returns the lies that would make a thief or a payee rich, with their refusals. All spend what the
/// truth spends.
pub(crate) fn worth_a_conspiracy(
    truth: &Truth,
    anchor: B256,
) -> [(SigningRequest, &'static str); 3] {
    [
        (pays_another_script(truth, anchor), "WrongScript"),
        (has_an_extra_output(truth, anchor), "ExtraOutput"),
        (pays_twice(truth, anchor), "RedemptionOrder"),
    ]
}
