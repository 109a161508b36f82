//! What custody waits for, in words: the cause and what a person can do about it.

use farbank_types::BlockCount;

use super::state::{CustodyState, CustodyWait};

/// The side chain takes a proof within seconds, or the relayer's account is empty.
const CHECK_GAS: &str = "wait for the side chain; if it lasts, check the relayer's gas balance";

impl CustodyState {
    /// Returns cause and remedy, or `None` when nothing is under way. `confirmations` is what the
    /// contract asks of a proof.
    #[must_use]
    pub fn wait(&self, confirmations: BlockCount) -> Option<(String, &'static str)> {
        Some(match self {
            Self::Idle { wait: CustodyWait::Start | CustodyWait::NothingToDo } => return None,
            Self::Idle { wait } => (wait.to_string(), wait.remedy()),
            Self::Collecting { until } => {
                (format!("a payout collects redemptions until {until}"), "wait a little")
            }
            Self::Signing { .. } => {
                ("attesters are asked to sign".to_owned(), "wait; see farbank health")
            }
            Self::Broadcast { txid, .. } => (
                format!("custody transaction {txid} waits for a Bitcoin block"),
                "wait; a higher fee is paid if it takes long",
            ),
            Self::Replacing { txid, .. } => (
                format!("no block takes custody transaction {txid}; attesters are asked to sign one with a higher fee"),
                "wait",
            ),
            Self::Confirmed { spend } => (
                format!(
                    "custody transaction {} is in Bitcoin block {}; its proof needs {confirmations} confirmations in the contract",
                    spend.txid, spend.block.height
                ),
                "wait for Bitcoin blocks",
            ),
            Self::Proving { spend } => {
                (format!("the proof of custody transaction {} is on its way", spend.txid), CHECK_GAS)
            }
            Self::Proven { txid } => (
                format!("the proof of custody transaction {txid} is not final"),
                "wait for a few side-chain blocks",
            ),
            Self::Displaced { spend } => (
                format!(
                    "the contract knows custody transaction {} in a Bitcoin block that left the best chain",
                    spend.txid
                ),
                "wait: it is undone once the contract has the headers of the other branch",
            ),
            Self::Undoing { spend } => {
                (format!("custody transaction {} is being undone", spend.txid), CHECK_GAS)
            }
            Self::Reporting { spend } => (
                format!("transaction {} spends custody against the rules", spend.txid),
                "warn the operators: the bridge pauses as soon as the contract sees it",
            ),
            Self::Refused { refusal, not_before, .. } => (
                format!("{refusal}; it is tried again at {not_before}"),
                "see the relayer's log",
            ),
            Self::Halted => (
                "custody was spent against the rules, and the contract knows".to_owned(),
                "warn the operators; nothing can be paid",
            ),
        })
    }
}
