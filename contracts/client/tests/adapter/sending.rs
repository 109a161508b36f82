//! What is decided and signed without a node: nonces, fees, gas, bytes, fates.

use ethers::types::transaction::eip2718::TypedTransaction;
use ethers::utils::rlp::Rlp;
use farbank_contracts::{
    next_nonce, Call, ConfirmedNonces, ExecutionStatus, Fee, FeeMarket, FeePolicy, FeeRejection,
    GasEstimate, IntentFate, PrepareRejection, PreparedTransaction, Receipt, TransactionIntent,
};
use farbank_types::{Bytes, EvmBlockNumber, Gas, Nonce, Wei, B256};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

use crate::support::{fee, nonce, sender, small_transfer, ANVIL_CHAIN, PLAIN_TRANSFER};

fn market(base_gwei: u64, priority_gwei: u64) -> FeeMarket {
    FeeMarket { base_fee: Wei::from_gwei(base_gwei), priority_fee: Wei::from_gwei(priority_gwei) }
}

fn prepared(number: u64, fee: Fee) -> PreparedTransaction {
    sender().prepare(&small_transfer(), nonce(number), fee, PLAIN_TRANSFER).unwrap()
}

proptest! {
    #[test]
    fn next_nonce_is_the_lowest_free_one(latest in 0_u64..50, own in prop::collection::vec(0_u64..60, 0..40)) {
        let next = next_nonce(nonce(latest), own.iter().copied().map(nonce)).get();
        prop_assert!(next >= latest);
        prop_assert!(!own.contains(&next));
        prop_assert!((latest..next).all(|used| own.contains(&used)));
    }

    #[test]
    fn chosen_fee_stays_within_the_policy(base in any::<u64>(), priority in any::<u64>()) {
        let policy = FeePolicy::default();
        let market = FeeMarket { base_fee: Wei::from(base), priority_fee: Wei::from(priority) };
        match policy.choose(market) {
            Ok(fee) => {
                prop_assert!(fee.max_fee_per_gas <= policy.max_fee_per_gas);
                prop_assert!(fee.max_fee_per_gas >= market.base_fee.saturating_add(fee.priority_fee_per_gas));
                prop_assert!(fee.priority_fee_per_gas >= policy.min_priority_fee);
                prop_assert!(fee.priority_fee_per_gas <= policy.max_priority_fee);
            }
            Err(FeeRejection::AboveCap { needed, cap }) => prop_assert!(needed > cap),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn bump_raises_both_fees_by_an_eighth_or_stops_at_the_cap(max in 1_u64..250_000_000_000, priority in 0_u64..10_000_000_000, base in 0_u64..100) {
        let old = Fee { max_fee_per_gas: Wei::from(max.max(priority)), priority_fee_per_gas: Wei::from(priority) };
        let sender = sender();
        let cap = sender.policy().max_fee_per_gas;
        if old.max_fee_per_gas > cap {
            return Ok(());
        }
        let first = prepared(4, old);
        match sender.bump(&small_transfer(), &first, market(base, 1)) {
            Ok(second) => {
                for (new, old) in [
                    (second.fee.max_fee_per_gas, old.max_fee_per_gas),
                    (second.fee.priority_fee_per_gas, old.priority_fee_per_gas),
                ] {
                    prop_assert!(new.saturating_mul_gas(Gas::new(8)) >= old.saturating_mul_gas(Gas::new(9)));
                    prop_assert!(new > old);
                }
                prop_assert!(second.fee.priority_fee_per_gas <= second.fee.max_fee_per_gas);
                prop_assert!(second.fee.max_fee_per_gas <= cap);
                prop_assert_eq!((second.nonce, second.gas_limit), (first.nonce, first.gas_limit));
                prop_assert!(second.hash != first.hash);
            }
            Err(FeeRejection::AboveCap { needed, .. }) => prop_assert!(needed > cap),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}

#[test]
fn next_nonce_at_the_end_of_the_numbers_does_not_wrap() {
    assert_eq!(next_nonce(Nonce::new(u64::MAX), [Nonce::new(u64::MAX)]), Nonce::new(u64::MAX));
}

#[test]
fn same_arguments_give_the_same_bytes_and_the_signer_is_recovered() {
    let call = Call { data: Bytes::from_static(&[1, 2, 3]), ..small_transfer() };
    let estimate = GasEstimate(Gas::new(100_001));
    let once = sender().prepare(&call, nonce(7), fee(3, 2), estimate).unwrap();
    assert_eq!(once, sender().prepare(&call, nonce(7), fee(3, 2), estimate).unwrap());
    assert_eq!(once.gas_limit, Gas::new(120_002));
    let (read, signature) = TypedTransaction::decode_signed(&Rlp::new(&once.raw)).unwrap();
    assert_eq!(read.chain_id().unwrap().as_u64(), ANVIL_CHAIN.get());
    assert_eq!(read.nonce().unwrap().as_u64(), 7);
    assert_eq!(read.data().unwrap().as_ref(), [1, 2, 3]);
    let signer = signature.recover(read.sighash()).unwrap();
    assert_eq!(signer.0, sender().address().into_array());
}

#[test]
fn gas_and_fees_beyond_the_policy_are_rejected() {
    let over = GasEstimate(Gas::new(15_000_001));
    let rejected = sender().prepare(&small_transfer(), nonce(0), fee(2, 1), over).unwrap_err();
    assert!(matches!(rejected, PrepareRejection::GasAboveLimit { .. }), "{rejected}");
    let near = GasEstimate(Gas::new(14_000_000));
    let near = sender().prepare(&small_transfer(), nonce(0), fee(2, 1), near).unwrap();
    assert_eq!(near.gas_limit, Gas::new(15_000_000));

    let costly =
        sender().prepare(&small_transfer(), nonce(0), fee(201, 1), PLAIN_TRANSFER).unwrap_err();
    assert!(matches!(costly, PrepareRejection::Fee(FeeRejection::AboveCap { .. })), "{costly}");
    let odd = sender().prepare(&small_transfer(), nonce(0), fee(1, 2), PLAIN_TRANSFER).unwrap_err();
    assert!(matches!(odd, PrepareRejection::Fee(FeeRejection::PriorityAboveFee { .. })), "{odd}");
}

#[test]
fn bumping_again_and_again_ends_at_the_cap() {
    let mut attempt = prepared(0, fee(2, 1));
    let mut bumps = 0;
    while let Ok(next) = sender().bump(&small_transfer(), &attempt, market(1, 1)) {
        attempt = next;
        bumps += 1;
        assert!(bumps < 60);
    }
    assert!(attempt.fee.max_fee_per_gas > Wei::from_gwei(170));
}

fn intent() -> TransactionIntent {
    let first = prepared(5, fee(2, 1));
    let second = sender().bump(&small_transfer(), &first, market(1, 1)).unwrap();
    let mut intent =
        TransactionIntent::new(ANVIL_CHAIN, sender().address(), small_transfer(), first);
    intent.replacements.push(second);
    intent
}

fn receipt(hash: B256) -> Receipt {
    Receipt {
        hash,
        status: ExecutionStatus::Succeeded,
        block: EvmBlockNumber::new(9),
        block_hash: B256::repeat_byte(9),
        gas_used: Gas::new(21_000),
        gas_price: None,
        created: None,
        logs: vec![],
    }
}

#[test]
fn fate_follows_from_nonces_and_receipts() {
    let intent = intent();
    let [replacement, first] = intent.hashes().collect::<Vec<_>>().try_into().unwrap();
    let foreign = receipt(B256::repeat_byte(1));
    let table = [
        ((5, 5), vec![], IntentFate::Waiting),
        ((3, 2), vec![foreign.clone()], IntentFate::Waiting),
        ((6, 5), vec![], IntentFate::Unclear),
        ((6, 5), vec![receipt(first)], IntentFate::Included(receipt(first))),
        (
            (6, 5),
            vec![foreign.clone(), receipt(replacement)],
            IntentFate::Included(receipt(replacement)),
        ),
        ((6, 6), vec![receipt(first)], IntentFate::Final(receipt(first))),
        ((9, 6), vec![foreign], IntentFate::Displaced),
    ];
    for ((latest, last_final), receipts, fate) in table {
        let nonces = ConfirmedNonces { latest: nonce(latest), finalized: nonce(last_final) };
        assert_eq!(intent.fate(nonces, &receipts), fate, "{nonces:?}");
    }
}

#[test]
fn intent_survives_storage() {
    let intent = intent();
    let stored = serde_json::to_string(&intent).unwrap();
    assert_eq!(serde_json::from_str::<TransactionIntent>(&stored).unwrap(), intent);
    assert_eq!(intent.newest().hash, intent.hashes().next().unwrap());
}
