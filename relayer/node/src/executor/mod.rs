//! Doing what the duties ask for.
//!
//! The order is fixed: simulate, sign, write the intent, and only then broadcast; so a crash at any
//! point leaves either nothing or something that the next start finds. What became of a claim is
//! said by the contract's state, which the observer reads; a receipt only tells why one failed.

mod claims;
mod custody;
mod duties;
mod error;
mod intents;
mod outcome;
mod payer;
mod signing_outcome;

pub use error::ActError;
pub use payer::Payer;

use std::collections::HashMap;
use std::sync::Arc;

use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use farbank_contracts::{EvmKey, FeePolicy, TransactionSender};
use farbank_relayer_core::ports::{BitcoinNetwork, IntentId, PegInStore, PegOutStore};
use farbank_types::{EvmAddress, Nonce, UnixTime, Wei};
use tokio::sync::Mutex;

use crate::adapters::side_chain::EthersSideChain;
use crate::clock::Clock;
use crate::pipeline::Ledger;

/// Carries out duties with one account of the side chain.
#[derive(Debug)]
pub struct Executor<N, U, C> {
    network: Arc<N>,
    side_chain: Arc<EthersSideChain>,
    ledger: Arc<Ledger<U, C>>,
    sender: TransactionSender,
    max_claims: usize,
    secp: Secp256k1<VerifyOnly>,
    attempts: Mutex<HashMap<IntentId, Attempt>>,
    balance: Mutex<Option<Wei>>,
}

/// What this process did about an intent; lost in a crash, and only dates.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    /// Last broadcast of the newest attempt.
    sent: UnixTime,
    /// When the newest attempt was made, or first met after a start.
    made: UnixTime,
    /// Whether its failure was reported to the machines.
    reported: bool,
}

impl<N: BitcoinNetwork, U: PegInStore + PegOutStore, C: Clock> Executor<N, U, C> {
    /// Returns an executor that signs with `key`.
    #[must_use]
    pub fn new(
        network: Arc<N>,
        side_chain: Arc<EthersSideChain>,
        ledger: Arc<Ledger<U, C>>,
        key: EvmKey,
        max_claims: usize,
    ) -> Self {
        let chain_id = ledger.deployment().side_chain.chain_id;
        Self {
            network,
            side_chain,
            ledger,
            sender: TransactionSender::new(key, chain_id, FeePolicy::default()),
            max_claims,
            secp: Secp256k1::verification_only(),
            attempts: Mutex::new(HashMap::new()),
            balance: Mutex::new(None),
        }
    }

    /// Returns the account.
    pub fn account(&self) -> EvmAddress {
        self.sender.address()
    }

    /// Returns the account's ether, as last seen.
    pub async fn balance(&self) -> Option<Wei> {
        *self.balance.lock().await
    }

    /// Settles what was sent, then does what is due. Every duty runs again until its state is left.
    ///
    /// # Errors
    /// [`ActError`]; duties that were not reached stay due.
    pub async fn act(&self) -> Result<(), ActError> {
        let latest = self.settle_intents().await?;
        self.submit_headers(latest).await?;
        self.claim(latest).await?;
        self.tell_of_custody(latest).await
    }

    /// Returns the nonce for a new transaction.
    async fn next_nonce(&self, latest: Nonce) -> Nonce {
        let memory = self.ledger.memory().await;
        let unresolved = memory.intents().filter_map(|record| intents::decode(record).ok());
        farbank_contracts::next_nonce(latest, unresolved.map(|intent| intent.nonce()))
    }
}
