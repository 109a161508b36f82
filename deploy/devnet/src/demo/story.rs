//! What the demo tells while it runs.

use core::fmt;
use std::path::PathBuf;

use bitcoin::{Amount, Txid};
use farbank_types::{BitcoinHeight, BlockCount, EvmAddress, RedemptionId, B256};

use super::report::StepReport;
use crate::progress::Progress;

/// One sentence of the story.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Story {
    /// The devnet comes up.
    Devnet(Progress),
    /// A step begins.
    Began {
        /// Its stable name.
        step: &'static str,
        /// What it shows.
        shows: &'static str,
    },
    /// A step is over.
    Ended(StepReport),
    /// The user has bitcoins to spend.
    UserFunded {
        /// How much.
        amount: Amount,
    },
    /// A deposit has an address.
    AddressMade {
        /// The address.
        address: String,
        /// The file that can take the deposit back.
        file: PathBuf,
    },
    /// The relayer knows of the deposit.
    Announced {
        /// The relayer.
        relayer: String,
    },
    /// The deposit is paid.
    Paid {
        /// The transaction.
        txid: Txid,
        /// How much.
        amount: Amount,
    },
    /// Blocks were mined.
    Mined {
        /// How many.
        blocks: BlockCount,
        /// Height of the tip.
        height: BitcoinHeight,
    },
    /// The timelock held.
    ReclaimTooEarly {
        /// Blocks that are left.
        blocks_left: BlockCount,
    },
    /// The depositor has taken the deposit back.
    Reclaimed {
        /// The transaction.
        txid: Txid,
    },
    /// The contract minted.
    Minted {
        /// The transaction.
        transaction: B256,
        /// What it used.
        gas: u64,
    },
    /// A transaction that three attesters signed spends the custody output.
    CustodyMoves,
    /// The contract took the proof of a custody transaction.
    CustodyProven {
        /// The transaction.
        txid: Txid,
        /// The proof on the side chain.
        transaction: B256,
    },
    /// The user burnt tokens for bitcoins.
    RedemptionRequested {
        /// Number of the redemption.
        id: RedemptionId,
        /// The transaction.
        transaction: B256,
        /// What the bridge owes now.
        owed: Amount,
    },
    /// The user's address was paid.
    PaidOut {
        /// The custody transaction.
        txid: Txid,
        /// The address.
        address: String,
        /// What arrived.
        amount: Amount,
    },
    /// The recipient has the tokens, and the block is final.
    Received {
        /// The recipient.
        account: EvmAddress,
        /// The balance.
        balance: Amount,
    },
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Devnet(progress) => progress.fmt(f),
            Self::Began { step, shows } => write!(f, "{step}: {shows}"),
            Self::Ended(step) if step.ok => write!(f, "{} done: {}", step.name, step.note),
            Self::Ended(step) => write!(f, "{} failed: {}", step.name, step.note),
            Self::UserFunded { amount } => write!(f, "the user's wallet holds {amount}"),
            Self::AddressMade { address, file } => {
                write!(f, "deposit address {address}, reclaimable with {}", file.display())
            }
            Self::Announced { relayer } => write!(f, "the relayer at {relayer} knows the deposit"),
            Self::Paid { txid, amount } => write!(f, "paid {amount} in {txid}"),
            Self::Mined { blocks, height } => write!(f, "mined {blocks} blocks to {height}"),
            Self::ReclaimTooEarly { blocks_left } => {
                write!(
                    f,
                    "taking it back now is refused: the timelock has {blocks_left} blocks left"
                )
            }
            Self::Reclaimed { txid } => write!(f, "the depositor alone took it back in {txid}"),
            Self::Minted { transaction, gas } => {
                write!(f, "the contract checked the proofs and minted in {transaction} ({gas} gas)")
            }
            Self::CustodyMoves => {
                f.write_str("three of four attesters checked and signed; custody moves")
            }
            Self::CustodyProven { txid, transaction } => {
                write!(
                    f,
                    "the contract took the proof of custody transaction {txid} in {transaction}"
                )
            }
            Self::RedemptionRequested { id, transaction, owed } => {
                write!(f, "redemption {id} requested in {transaction}: {owed} owed")
            }
            Self::PaidOut { txid, address, amount } => {
                write!(f, "{address} received {amount} in {txid}")
            }
            Self::Received { account, balance } => {
                write!(
                    f,
                    "{account} holds {} fBTC, final",
                    balance.display_in(bitcoin::Denomination::Bitcoin)
                )
            }
        }
    }
}
