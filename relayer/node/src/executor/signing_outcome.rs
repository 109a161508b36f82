//! What the attesters' refusals mean for the machines.

use std::collections::BTreeSet;

use bitcoin::OutPoint;
use farbank_federation::messages::Refusal;
use farbank_federation::policy::{DepositRefusal, PayoutRefusal, PolicyRefusal, ViewRefusal};
use farbank_relayer_core::custody::SigningRefusal;
use farbank_relayer_core::peg_out::RedemptionId;

use crate::signing::{NotSigned, SignCustodyError};

/// What follows from a proposal that was not signed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// For custody.
    pub(super) refusal: SigningRefusal,
    /// Redemptions that the next plan leaves out.
    pub(super) redemptions: Vec<RedemptionId>,
    /// Deposits that the next plan leaves out.
    pub(super) deposits: Vec<OutPoint>,
}

/// One refusal.
enum Meaning {
    Redemption(RedemptionId),
    Deposit(OutPoint),
    Limited,
    Behind,
    Disputed,
}

/// Returns what follows. A part that is disputed is left out whoever disputes it: it costs that part
/// a little time, and asking everybody again with it would cost everybody's.
pub(super) fn of(error: &SignCustodyError) -> Outcome {
    let all = |refusal| Outcome { refusal, redemptions: Vec::new(), deposits: Vec::new() };
    match error {
        SignCustodyError::NotSigned(not_signed) => of_refusals(not_signed),
        SignCustodyError::ForeignKey { .. }
        | SignCustodyError::Batch(_)
        | SignCustodyError::Assemble(_) => all(SigningRefusal::Disputed),
    }
}

fn of_refusals(not_signed: &NotSigned) -> Outcome {
    let (mut redemptions, mut deposits) = (BTreeSet::new(), BTreeSet::new());
    let (mut limited, mut behind, mut disputed) = (false, false, false);
    for refusal in not_signed.refusals.values() {
        match meaning(refusal) {
            Meaning::Redemption(id) => {
                redemptions.insert(id);
            }
            Meaning::Deposit(outpoint) => {
                deposits.insert(outpoint);
            }
            Meaning::Limited => limited = true,
            Meaning::Behind => behind = true,
            Meaning::Disputed => disputed = true,
        }
    }
    let refusal = if !redemptions.is_empty() || !deposits.is_empty() {
        SigningRefusal::Amended
    } else if limited {
        SigningRefusal::Limited
    } else if behind {
        SigningRefusal::Behind
    } else if disputed {
        SigningRefusal::Disputed
    } else {
        let answered = u16::try_from(not_signed.shortage.have).unwrap_or(u16::MAX);
        SigningRefusal::TooFew { answered, needed: not_signed.shortage.need }
    };
    Outcome {
        refusal,
        redemptions: redemptions.into_iter().collect(),
        deposits: deposits.into_iter().collect(),
    }
}

fn meaning(refusal: &Refusal) -> Meaning {
    match refusal {
        Refusal::Policy(refusal) => of_policy(refusal),
        Refusal::Unavailable | Refusal::Signing(_) => Meaning::Behind,
        Refusal::Message(_)
        | Refusal::WrongInstance { .. }
        | Refusal::NotAllowed
        | Refusal::NoShare { .. }
        | Refusal::NoCeremony
        | Refusal::Dkg(_) => Meaning::Disputed,
    }
}

fn of_policy(refusal: &PolicyRefusal) -> Meaning {
    match refusal {
        PolicyRefusal::View(view) => match view {
            ViewRefusal::Paused => Meaning::Limited,
            ViewRefusal::WrongGenesis { .. } => Meaning::Disputed,
            ViewRefusal::StaleSideChain { .. }
            | ViewRefusal::StaleBitcoin { .. }
            | ViewRefusal::WrongAnchor { .. }
            | ViewRefusal::UnfinalAnchor { .. }
            | ViewRefusal::StaleAnchor { .. } => Meaning::Behind,
        },
        // The proven output is another one for them: a proof that one side has not seen.
        PolicyRefusal::Lineage(_) => Meaning::Behind,
        PolicyRefusal::Shape(_) | PolicyRefusal::Fee(_) => Meaning::Disputed,
        PolicyRefusal::Payout(payout) => of_payout(payout),
        PolicyRefusal::Deposit(deposit) => match *deposit {
            DepositRefusal::DepositNotMinted { outpoint }
            | DepositRefusal::DepositAlreadySwept { outpoint }
            | DepositRefusal::DepositDisowned { outpoint }
            | DepositRefusal::DepositNotInBestChain { outpoint, .. }
            | DepositRefusal::UnknownDepositKey { outpoint, .. } => Meaning::Deposit(outpoint),
            DepositRefusal::DepositCount { .. } => Meaning::Disputed,
        },
    }
}

fn of_payout(refusal: &PayoutRefusal) -> Meaning {
    match *refusal {
        PayoutRefusal::RedemptionNotFinal { .. } => Meaning::Behind,
        PayoutRefusal::PayoutCapExceeded { .. } => Meaning::Limited,
        PayoutRefusal::UnknownRedemption { id }
        | PayoutRefusal::RedemptionAlreadyPaid { id }
        | PayoutRefusal::RedemptionMismatch { id, .. }
        | PayoutRefusal::RedemptionTooLarge { id, .. }
        | PayoutRefusal::WrongScript { id }
        | PayoutRefusal::PayoutTooSmall { id, .. }
        | PayoutRefusal::PayoutTooLarge { id, .. } => Meaning::Redemption(id),
        PayoutRefusal::RedemptionOrder { .. }
        | PayoutRefusal::ExtraOutput { .. }
        | PayoutRefusal::MissingPayout { .. }
        | PayoutRefusal::WrongIds { .. } => Meaning::Disputed,
    }
}
