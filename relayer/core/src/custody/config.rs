//! What the machine goes by: the bridge's rules and this relayer's habits.

use bitcoin::{Amount, FeeRate};
use farbank_types::BlockCount;

use super::events::{SigningRefusal, SubmissionRefusal};

/// What the machine goes by. The first part is the bridge's, the second is this relayer's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustodyParameters {
    /// Confirmations that the contract asks of a custody proof.
    pub confirmations: BlockCount,
    /// Most of a fee that no redemption pays: the bridge's fee reserve.
    pub fee_reserve: Amount,
    /// Confirmations at which a minted deposit is swept, even alone.
    pub sweep_age: BlockCount,
    /// How long a payout waits for company, in seconds.
    pub collect_secs: u64,
    /// How long a sweep without payouts waits for company, in seconds.
    pub sweep_collect_secs: u64,
    /// How long attesters may take before a proposal is made anew, in seconds.
    pub signing_secs: u64,
    /// Blocks without a confirmation after which a higher fee is paid.
    pub replace_after: BlockCount,
    /// Blocks within which a payout should confirm: what the node's estimate is asked for.
    pub fee_target: BlockCount,
    /// Highest fee rate that is paid, whatever the node says.
    pub max_fee_rate: FeeRate,
    /// Most payouts in one transaction: the proof of 100 costs about 1 M gas.
    pub max_payouts: usize,
    /// Most deposits in one transaction, so that payouts find room in its 10,000 vB.
    pub max_sweeps: usize,
}

/// Attesters are a few blocks behind at worst.
const SOON_SECS: u64 = 3;
/// A fault somewhere: worth another look, not another look at once.
const LATER_SECS: u64 = 30;
/// A contradiction: a human or another node has to change it.
const MUCH_LATER_SECS: u64 = 300;

/// Returns the seconds until attesters are asked again.
pub(super) const fn signing_retry_secs(refusal: SigningRefusal) -> u64 {
    match refusal {
        SigningRefusal::Behind | SigningRefusal::Amended => SOON_SECS,
        SigningRefusal::TooFew { .. } | SigningRefusal::NoAttesters | SigningRefusal::Limited => {
            LATER_SECS
        }
        SigningRefusal::Disputed => MUCH_LATER_SECS,
    }
}

/// Returns the seconds until the contract is asked again.
pub(super) const fn submission_retry_secs(refusal: SubmissionRefusal) -> u64 {
    match refusal {
        SubmissionRefusal::Overtaken => SOON_SECS,
        SubmissionRefusal::NotDeepEnough
        | SubmissionRefusal::Unidentified
        | SubmissionRefusal::Unexplained => LATER_SECS,
        SubmissionRefusal::Disputed => MUCH_LATER_SECS,
    }
}
