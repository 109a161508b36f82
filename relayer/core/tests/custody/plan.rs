//! The plan: who goes, who waits, who pays.

use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::{Amount, FeeRate, XOnlyPublicKey};
use farbank_federation::custody::{CustodyTransaction, MAX_WEIGHT};
use farbank_relayer_core::custody::{plan, Plan, Proposal, Replaced};
use farbank_relayer_core::peg_out::QueueCause;
use proptest::prelude::{proptest, ProptestConfig};

use crate::world::{deposit, redemption, World};

fn planned(world: &World) -> Plan {
    plan(&world.context(), &world.custody.unwrap(), None)
}

fn ids(proposal: &Proposal) -> Vec<u64> {
    proposal.request.redemptions.iter().map(|redemption| redemption.id.get()).collect()
}

/// Inputs less outputs is the fee, at no less than the rate.
fn check_sums(world: &World, proposal: &Proposal) {
    let transaction = &proposal.request.transaction;
    let shape = CustodyTransaction::parse(transaction).unwrap();
    let inputs: Amount = proposal.spent.iter().map(|output| output.value).sum();
    let outputs: Amount = transaction.output.iter().map(|output| output.value).sum();
    assert_eq!(inputs - outputs, proposal.fee);
    assert!(proposal.fee >= world.fee_rate.fee_wu(shape.signed_weight).unwrap());
    let mut shares = Amount::ZERO;
    for (redemption, payout) in proposal.request.redemptions.iter().zip(&shape.payouts) {
        let share = redemption.amount - payout.value;
        assert!(share <= redemption.max_fee);
        shares += share;
    }
    assert!(proposal.fee <= shares + world.parameters.fee_reserve);
}

#[test]
fn nothing_to_do_gives_no_plan() {
    assert_eq!(planned(&World::at_tip(100)), Plan::default());
}

#[test]
fn redemptions_share_the_fee_and_the_reserve_pays_for_sweeps() {
    let world = World::at_tip(130)
        .owing([redemption(1, 100_000, 5_000), redemption(2, 200_000, 5_000)])
        .with(|world| world.deposits = vec![deposit(3, 100), deposit(2, 129)]);
    let found = planned(&world);
    let proposal = found.proposal.unwrap();
    assert_eq!(ids(&proposal), [1, 2]);
    assert_eq!(proposal.spent.len(), 3);
    check_sums(&world, &proposal);
    assert!(found.pays && !found.is_full && found.passed.is_empty());
}

#[test]
fn redemption_with_too_low_a_max_fee_waits_and_blocks_nobody() {
    let world = World::at_tip(100).owing([
        redemption(1, 100_000, 300),
        redemption(2, 100_000, 5_000),
        redemption(3, 100_000, 1),
    ]);
    let found = planned(&world);
    assert_eq!(ids(found.proposal.as_ref().unwrap()), [2]);
    let waiting: Vec<_> = found.passed.iter().map(|(id, _)| id.get()).collect();
    assert_eq!(waiting, [1, 3]);
    let needed_more = |cause: &QueueCause| matches!(cause, QueueCause::MaxFeeTooLow { needed } if needed.to_sat() > 300);
    assert!(found.passed.iter().all(|(_, cause)| needed_more(cause)));
}

#[test]
fn payout_below_dust_waits() {
    let world = World::at_tip(100).owing([redemption(1, 2_400, 2_400)]);
    let found = planned(&world);
    assert!(found.proposal.is_none());
    assert!(matches!(found.passed[..], [(_, QueueCause::FeeLeavesDust { .. })]));
}

#[test]
fn young_deposit_goes_along_and_does_not_go_alone() {
    let young = |world: &mut World| world.deposits = vec![deposit(1, 99)];
    assert!(planned(&World::at_tip(100).with(young)).proposal.is_none());
    let with_payout = World::at_tip(100).with(young).owing([redemption(1, 100_000, 5_000)]);
    assert_eq!(planned(&with_payout).proposal.unwrap().spent.len(), 2);
    let old = World::at_tip(118).with(young);
    let found = planned(&old);
    check_sums(&old, &found.proposal.unwrap());
    assert!(!found.pays);
}

#[test]
fn reserve_bounds_what_is_swept() {
    let world = World::at_tip(200).with(|world| {
        world.deposits = (1..=30).map(|mark| deposit(mark, 100)).collect();
        world.fee_rate = FeeRate::from_sat_per_vb_u32(100);
        world.parameters.fee_reserve = Amount::from_sat(50_000);
    });
    let proposal = planned(&world).proposal.unwrap();
    // Custody input and outputs take 20,000 sat, each deposit 5,750.
    assert_eq!(proposal.spent.len(), 1 + 5);
    check_sums(&world, &proposal);
}

#[test]
fn oldest_go_first_when_not_all_fit() {
    let world = World::at_tip(100)
        .owing((1..=300).map(|id| redemption(id, 100_000, 5_000)))
        .with(|world| world.parameters.max_payouts = 200);
    let found = planned(&world);
    assert!(found.is_full);
    assert_eq!(ids(&found.proposal.unwrap()), (1..=200).collect::<Vec<_>>());
}

#[test]
fn replacement_pays_a_quarter_more_and_never_above_the_bound() {
    let world = World::at_tip(100).owing([redemption(1, 100_000, 20_000)]);
    let first = world.proposal();
    let weight = CustodyTransaction::parse(&first.request.transaction).unwrap().signed_weight;
    let replaced = Replaced { fee: first.fee, weight };
    let look = world.custody.unwrap();
    let second = plan(&world.context(), &look, Some(replaced)).proposal.unwrap();
    assert!(second.fee.to_sat() * 4 >= first.fee.to_sat() * 5);
    let bounded =
        world.with(|world| world.parameters.max_fee_rate = FeeRate::from_sat_per_vb_u32(11));
    assert!(plan(&bounded.context(), &look, Some(replaced)).proposal.is_none());
}

#[test]
fn replacement_that_pays_less_in_all_is_not_made() {
    let many = World::at_tip(100).owing((1..=20).map(|id| redemption(id, 100_000, 600)));
    let first = many.proposal();
    let weight = CustodyTransaction::parse(&first.request.transaction).unwrap().signed_weight;
    let replaced = Replaced { fee: first.fee, weight };
    // At the higher rate only one of them is left, whose fee alone is below the whole batch's.
    let one = many.with(|world| world.redemptions.truncate(1)).with(|world| {
        world.redemptions[0].max_fee = Amount::from_sat(50_000);
    });
    assert!(plan(&one.context(), &one.custody.unwrap(), Some(replaced)).proposal.is_none());
}

fn other_key() -> XOnlyPublicKey {
    SecretKey::from_slice(&[6; 32]).unwrap().x_only_public_key(&Secp256k1::new()).0
}

#[test]
fn deposit_to_another_key_blocks_nobody() {
    let world = World::at_tip(130).with(|world| {
        world.deposits = vec![deposit(3, 100), deposit(2, 101)];
        world.deposits[0].input.federation_key = other_key();
    });
    assert_eq!(planned(&world).proposal.unwrap().request.deposits, [deposit(2, 101).input]);
}

#[test]
fn rotation_moves_custody_even_alone() {
    let other = other_key();
    let world = World::at_tip(100).with(|world| world.custody.as_mut().unwrap().key = other);
    let proposal = planned(&world).proposal.unwrap();
    let shape = CustodyTransaction::parse(&proposal.request.transaction).unwrap();
    assert_eq!(shape.custody.key, other);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn plan_holds_the_rules_whatever_is_asked(
        owed in proptest::collection::vec((600_u64..300_000, 1_u64..20_000), 0..150),
        deposits in 0_u8..60,
        rate in 1_u32..200,
    ) {
        let redemptions = (1_u64..).zip(&owed).map(|(id, (amount, fee))| redemption(id, *amount, *fee));
        let world = World::at_tip(130).owing(redemptions).with(|world| {
            world.deposits = (0..deposits).map(|mark| deposit(mark, 100)).collect();
            world.fee_rate = FeeRate::from_sat_per_vb_u32(rate);
        });
        let found = planned(&world);
        if let Some(proposal) = found.proposal {
            check_sums(&world, &proposal);
            let shape = CustodyTransaction::parse(&proposal.request.transaction).unwrap();
            assert!(shape.signed_weight <= MAX_WEIGHT);
            assert!(found.passed.iter().all(|(id, _)| !ids(&proposal).contains(&id.get())));
        }
    }
}
