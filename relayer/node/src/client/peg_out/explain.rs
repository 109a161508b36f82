//! The state of a redemption in words: what holds it up and what to do about it.

use farbank_types::BlockCount;

use super::waits::{Payout, PayoutWait, PegOutState, ProofWait};
use crate::client::peg_in::waits::Explanation;

const RAISE: &str =
    "raise it with `farbank peg-out raise ID --max-fee-sat N`, or wait for a lower \
                     fee rate or for others to share the cost";
const RELAY: &str = "wait for a relayer, or run one (`farbank relayer run`)";
const WARN: &str = "tell the operators: your claim stays on record, and payouts have stopped";

/// Explains a state.
#[must_use]
pub fn explain(state: &PegOutState) -> Explanation {
    Explanation { cause: cause(state), remedy: remedy(state).to_owned() }
}

fn cause(state: &PegOutState) -> String {
    match state {
        PegOutState::Requested { requested_in, newest_final } => {
            let newest =
                newest_final.map_or_else(|| "none".to_owned(), |number| number.to_string());
            format!(
                "requested in side-chain block {requested_in}, which is not final (newest final \
                 block: {newest})"
            )
        }
        PegOutState::Final { wait } => payout_cause(wait),
        PegOutState::Paying { payout } => {
            format!("the payout {} waits in the mempool", payout.bitcoin_tx)
        }
        PegOutState::Paid { payout, wait } => proof_cause(payout, wait),
        PegOutState::Proven { payout, .. } => match payout.confirmations {
            Some(count) if is_zero(count) => format!(
                "paid by {} and proven, but its block is not in your node's best chain",
                payout.bitcoin_tx
            ),
            Some(count) => {
                format!("paid by {} with {count} confirmations, and proven", payout.bitcoin_tx)
            }
            None => format!("paid by {}, and proven", payout.bitcoin_tx),
        },
    }
}

fn payout_cause(wait: &PayoutWait) -> String {
    match wait {
        PayoutWait::BitcoinUnknown => "the Bitcoin node could not be asked".to_owned(),
        PayoutWait::NoCustody => {
            "the contract holds no custody output: a spend of it did not conform".to_owned()
        }
        PayoutWait::ForeignSpend { txid } => {
            format!("{txid} spends the custody output and is no custody transaction")
        }
        PayoutWait::SpendNotFound { searched_from } => format!(
            "the proven custody output is not unspent, and nothing from block {searched_from} on \
             spends it"
        ),
        PayoutWait::MaxFeeTooLow { needed, max_fee } => format!(
            "its payout alone costs {needed} at the present fee rate, above its max fee of {max_fee}"
        ),
        PayoutWait::CustodyBusy { txid, custody_confirmations, needed } => format!(
            "the custody transaction {txid} comes first: {custody_confirmations} of {needed} \
             confirmations"
        ),
        PayoutWait::NextPayout => "it goes into the next custody transaction".to_owned(),
    }
}

fn proof_cause(payout: &Payout, wait: &ProofWait) -> String {
    let txid = payout.bitcoin_tx;
    let confirmations = payout.confirmations.unwrap_or_default();
    match wait {
        ProofWait::Confirming { needed } => format!(
            "paid by {txid}; {confirmations} of {needed} confirmations for the proof to the contract"
        ),
        ProofWait::OtherBranch { contract_height } => format!(
            "paid by {txid} with {confirmations} confirmations; the contract's best header, \
             {contract_height}, is not in your node's best chain"
        ),
        ProofWait::HeadersBehind { contract_height, needed_height } => format!(
            "paid by {txid} with {confirmations} confirmations; the contract's headers reach \
             {contract_height}, {needed_height} is needed"
        ),
        ProofWait::Provable => format!(
            "paid by {txid} with {confirmations} confirmations; nobody has proven it to the contract"
        ),
    }
}

const fn remedy(state: &PegOutState) -> &'static str {
    match state {
        PegOutState::Requested { .. } => "wait for a few side-chain blocks",
        PegOutState::Final { wait } => match wait {
            PayoutWait::BitcoinUnknown => {
                "start your Bitcoin node, or correct --bitcoin and --cookie-file"
            }
            PayoutWait::NoCustody | PayoutWait::ForeignSpend { .. } => WARN,
            PayoutWait::SpendNotFound { .. } => {
                "check that your Bitcoin node is up to date and not pruned that far"
            }
            PayoutWait::MaxFeeTooLow { .. } => RAISE,
            PayoutWait::CustodyBusy { .. } => {
                "wait: the next payout follows its proof; a relayer carries it"
            }
            PayoutWait::NextPayout => {
                "wait: a relayer proposes it and the attesters sign; ask the operators if it lasts"
            }
        },
        PegOutState::Paying { .. } => {
            "wait for the next block; relayers replace it with a higher fee if it takes long"
        }
        PegOutState::Paid { wait, .. } => match wait {
            ProofWait::Confirming { .. } => "nothing: the coins are yours; the proof follows",
            ProofWait::OtherBranch { .. } => {
                "check that your node is up to date; relayers post the better branch"
            }
            ProofWait::HeadersBehind { .. } | ProofWait::Provable => RELAY,
        },
        PegOutState::Proven { payout, .. } => match payout.confirmations {
            Some(count) if is_zero(count) => {
                "check that your node is up to date; else relayers undo the proof and pay again"
            }
            Some(_) | None => "nothing: the coins are yours",
        },
    }
}

const fn is_zero(count: BlockCount) -> bool {
    count.get() == 0
}
