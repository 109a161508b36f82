//! The state of a deposit in words: what holds it up and what to do about it.

use farbank_types::BlockCount;

use super::waits::{DepositState, Explanation};

const CARRY: &str =
    "announce the deposit to a relayer (`farbank peg-in announce FILE --relayer URL \
                     --relayer-token-file FILE`) or run one (`farbank relayer run`)";
const POST_HEADERS: &str = "wait for a relayer to post them, or run one (`farbank relayer run`)";
const NOTHING: &str = "nothing: the recipient has the amount less the carrier fee";
const RECLAIM: &str = "take it back with `farbank peg-in reclaim`";
const RECLAIM_LATER: &str =
    "wait for the timelock, then take it back with `farbank peg-in reclaim`";

/// Explains a state.
#[must_use]
pub fn explain(state: &DepositState) -> Explanation {
    Explanation { cause: cause(state), remedy: remedy(state).to_owned() }
}

fn cause(state: &DepositState) -> String {
    match state {
        DepositState::NotPaid { searched_from, searched_to, mempool_searched } => {
            let mempool = if *mempool_searched {
                " or in the mempool"
            } else {
                "; the mempool is too full to search"
            };
            format!(
                "no output pays the address in blocks {searched_from} to {searched_to}{mempool}"
            )
        }
        DepositState::Unconfirmed => "the payment waits in the mempool".to_owned(),
        DepositState::Confirming { confirmations, needed } => {
            format!("{confirmations} of {needed} confirmations")
        }
        DepositState::SideChainUnknown => "the side chain could not be asked".to_owned(),
        DepositState::OtherBranch { contract_height } => format!(
            "the contract's best header, {contract_height}, is not in your node's best chain"
        ),
        DepositState::HeadersBehind { contract_height, needed_height } => format!(
            "the contract knows headers up to {contract_height}, the claim needs {needed_height}"
        ),
        DepositState::TipStale { age_secs, freshness_secs } => format!(
            "the contract's newest header is {age_secs} s old and it mints up to {freshness_secs} \
             s: nobody posts headers, or Bitcoin found no block"
        ),
        DepositState::Paused { until } => {
            format!("minting is paused until {until} (Unix time)")
        }
        DepositState::UnsweptValueExceeded { sum, cap } => format!(
            "with this deposit {sum} would be minted and not yet swept, at most {cap} may be"
        ),
        DepositState::Claimable => {
            "everything is there for the mint, and nobody has carried the claim".to_owned()
        }
        DepositState::Minted(mint) => mint.transaction.map_or_else(
            || "minted; the node no longer shows the transaction".to_owned(),
            |transaction| format!("minted by side-chain transaction {transaction}"),
        ),
        DepositState::Swept { txid } => format!("minted, and taken into custody by {txid}"),
        DepositState::TakenByFederation { txid } => {
            format!("the federation's key spent it in {txid}, and it is not minted")
        }
        DepositState::AmountTooSmall { floor, blocks_left } => {
            format!("below the least deposit of {floor}; {}", left(*blocks_left))
        }
        DepositState::CarrierFeeTooHigh { carrier_fee, blocks_left } => {
            format!("the carrier fee of {carrier_fee} exceeds the deposit; {}", left(*blocks_left))
        }
        DepositState::TooCloseToReclaim { latest, blocks_left } => format!(
            "the contract minted it up to block {latest}, which has passed; {}",
            left(*blocks_left)
        ),
        DepositState::Reclaimable => "the timelock has passed and nobody minted it".to_owned(),
        DepositState::Reclaiming { txid } => format!("the reclaim {txid} waits in the mempool"),
        DepositState::Reclaimed { txid, height } => {
            format!("taken back by {txid} in block {height}")
        }
    }
}

const fn remedy(state: &DepositState) -> &'static str {
    match state {
        DepositState::NotPaid { .. } => {
            "pay the address from any Bitcoin wallet or with `farbank peg-in pay`"
        }
        DepositState::Unconfirmed => {
            "wait for the next block; raise the fee in the wallet that paid if it takes too long"
        }
        DepositState::Confirming { .. } => {
            "wait: Bitcoin finds a block every ten minutes on average"
        }
        DepositState::SideChainUnknown => {
            "correct the side chain's address in deployment.json, or start its node"
        }
        DepositState::OtherBranch { .. } => {
            "check that your node is up to date; relayers replace the branch once yours has more work"
        }
        DepositState::HeadersBehind { .. } | DepositState::TipStale { .. } => POST_HEADERS,
        DepositState::Paused { .. } => {
            "wait: a pause ends by itself; the coins stay yours to reclaim"
        }
        DepositState::UnsweptValueExceeded { .. } => {
            "wait until the federation has swept older deposits"
        }
        DepositState::Claimable => CARRY,
        DepositState::Minted(_) | DepositState::Swept { .. } => NOTHING,
        DepositState::TakenByFederation { .. } => {
            "its custody proof keeps it mintable: show this transaction to the operators"
        }
        DepositState::AmountTooSmall { .. }
        | DepositState::CarrierFeeTooHigh { .. }
        | DepositState::TooCloseToReclaim { .. } => RECLAIM_LATER,
        DepositState::Reclaimable => RECLAIM,
        DepositState::Reclaiming { .. } => "wait for the next block",
        DepositState::Reclaimed { .. } => "nothing: the coins are yours again",
    }
}

fn left(blocks: BlockCount) -> String {
    format!("{blocks} more blocks until you can take it back")
}
