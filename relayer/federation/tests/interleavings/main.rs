//! I3 over random interleavings: no redemption is paid by two confirmed transactions, and none that the
//! final side chain does not know.
//!
//! Four attesters, three of whom must sign, run the real `judge` over a small model of both chains: blocks,
//! reorganisations, proofs and their undoing, a contract that lags behind, a side chain whose unfinal end
//! changes. A lying relayer proposes anything; one attester signs anything; the others are restored from
//! old copies of their log, and forget what they may. Taking a rule out makes the model fail.
//!
//! 500 interleavings by default. The full check:
//! `FARBANK_INTERLEAVINGS=20000 cargo test -p farbank-federation --test interleavings`.

#[path = "../common/mod.rs"]
mod common;

mod attester;
mod contract;
mod episode;
mod ledger;

use attester::Rules;
use episode::{Episode, Tally, Violation};

const DEFAULT: u64 = 500;
const STEPS: usize = 150;

/// Interleavings within which a missing rule must show.
const ENOUGH: u64 = 3_000;

fn run(seeds: core::ops::Range<u64>, rules: Rules) -> Result<Tally, (u64, Violation)> {
    let mut tally = Tally::default();
    for seed in seeds {
        Episode::new(seed, rules).run(STEPS, &mut tally).map_err(|violation| (seed, violation))?;
    }
    Ok(tally)
}

#[track_caller]
fn breaks(rules: Rules) -> Violation {
    run(0..ENOUGH, rules).expect_err("a double payout without the rule").1
}

#[test]
fn no_redemption_is_paid_twice() {
    let count = std::env::var("FARBANK_INTERLEAVINGS");
    let count = count.map_or(DEFAULT, |count| count.parse().expect("a number of interleavings"));
    let tally = run(0..count, Rules::All).expect("no violation");
    assert!(
        tally.paid > count && tally.second_form > count / 4,
        "both forms are signed: {tally:?}"
    );
    assert!(tally.restored > count && tally.forgotten > 0, "logs lose entries: {tally:?}");
    assert!(tally.reverted > count / 4 && tally.undone > 0, "blocks and proofs go: {tally:?}");
}

#[test]
fn without_a_look_at_ancestors_a_redemption_is_paid_twice() {
    assert!(matches!(breaks(Rules::AncestorsIgnored), Violation::PaidTwice { .. }));
}

#[test]
fn with_parents_by_the_relayers_word_a_redemption_is_paid_twice() {
    assert!(matches!(breaks(Rules::ParentsByWord), Violation::PaidTwice { .. }));
}

#[test]
fn with_custody_and_redemptions_of_two_states_a_redemption_is_paid_twice() {
    assert!(matches!(breaks(Rules::StatesMixed), Violation::PaidTwice { .. }));
}

#[test]
fn without_a_look_at_the_custody_outpoint_a_redemption_is_paid_twice() {
    assert!(matches!(breaks(Rules::AnyCustodyInput), Violation::PaidTwice { .. }));
}

#[test]
fn in_a_state_that_is_not_final_a_redemption_is_paid_that_nobody_asked_for() {
    assert!(matches!(breaks(Rules::NotFinal), Violation::NotOwed { .. }));
}
