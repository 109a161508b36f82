use bitcoin::Amount;
use farbank_relayer_core::peg_in::{begin, DepositRefusal, Inclusion, PegInState};

use crate::transition::{block, confirming, here, World};

#[test]
fn valid_deposit_starts_confirming() {
    let world = World::at_tip(100);
    assert_eq!(begin(here(), &world.context()).next, confirming());
}

#[test]
fn deposit_below_the_floor_is_refused_and_one_at_the_floor_is_not() {
    let floor = World::at_tip(100).parameters.min_deposit;
    let amount = Amount::from_sat(floor.to_sat() - 1);
    let world = World::at_tip(100).with(|world| world.facts.amount = amount);
    assert_eq!(
        begin(here(), &world.context()).next,
        PegInState::Refused {
            inclusion: here(),
            reason: DepositRefusal::AmountTooSmall { amount, floor }
        }
    );
    let world = World::at_tip(100).with(|world| world.facts.amount = floor);
    assert_eq!(begin(here(), &world.context()).next, confirming());
}

#[test]
fn carrier_fee_above_the_amount_is_refused_and_an_equal_one_is_not() {
    let world = World::at_tip(100).with(|world| world.facts.carrier_fee = world.facts.amount);
    assert_eq!(begin(here(), &world.context()).next, confirming());
    let world =
        world.with(|world| world.facts.carrier_fee = world.facts.amount + Amount::from_sat(1));
    let (carrier_fee, amount) = (world.facts.carrier_fee, world.facts.amount);
    assert_eq!(
        begin(here(), &world.context()).next,
        PegInState::Refused {
            inclusion: here(),
            reason: DepositRefusal::CarrierFeeTooHigh { carrier_fee, amount }
        }
    );
}

#[test]
fn coinbase_output_is_refused() {
    let world = World::at_tip(100);
    let inclusion = Inclusion { block: block(100, 1), index: 0 };
    assert_eq!(
        begin(inclusion, &world.context()).next,
        PegInState::Refused { inclusion, reason: DepositRefusal::CoinbaseIndex }
    );
}
