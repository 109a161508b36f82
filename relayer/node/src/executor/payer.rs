//! Having custody transactions signed, and sending them.
//!
//! A part of its own: attesters that hang hold up no header and no claim. The order is fixed: the
//! signed transaction is written, then it is known, and only then it is broadcast; so a crash at any
//! point leaves either nothing that anybody has, or something that the next start sends again.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::Arc;

use bitcoin::{Transaction, Txid};
use farbank_relayer_core::custody::{
    AttemptFacts, CustodyDuty, CustodyEvent, Proposal, SigningRefusal,
};
use farbank_relayer_core::ports::{Attesters, BitcoinNetwork, PegInStore, PegOutStore, Pool};
use farbank_types::UnixTime;
use tokio::sync::Mutex;

use super::signing_outcome::{self, Outcome};
use super::ActError;
use crate::clock::Clock;
use crate::pipeline::{Ledger, LedgerError};
use crate::signing::sign_custody;

/// A pool may have forgotten it (a restart of the node): sent again after so long.
const RESEND_SECS: u64 = 10;

/// Has custody transactions signed and sends them.
#[derive(Debug)]
pub struct Payer<N, U, C, A> {
    network: Arc<N>,
    ledger: Arc<Ledger<U, C>>,
    attesters: Option<A>,
    /// Time that attesters get for an answer.
    round: Duration,
    /// Last broadcasts; lost in a crash, and only dates.
    sent: Mutex<HashMap<Txid, UnixTime>>,
}

impl<N, U, C, A> Payer<N, U, C, A>
where
    N: BitcoinNetwork,
    U: PegInStore + PegOutStore,
    C: Clock,
    A: Attesters,
{
    /// Returns a payer; without attesters it only sends what was signed before.
    #[must_use]
    pub fn new(
        network: Arc<N>,
        ledger: Arc<Ledger<U, C>>,
        attesters: Option<A>,
        round: Duration,
    ) -> Self {
        Self { network, ledger, attesters, round, sent: Mutex::new(HashMap::new()) }
    }

    /// Does what is due. Every duty runs again until its state is left.
    ///
    /// # Errors
    /// [`ActError`]; duties that were not reached stay due.
    pub async fn act(&self) -> Result<(), ActError> {
        let due = self.ledger.store().custody_duties().await.map_err(LedgerError::new)?;
        for duty in due {
            match duty {
                CustodyDuty::BroadcastCustody(txid) => self.broadcast(txid).await?,
                CustodyDuty::SignCustody | CustodyDuty::ReplaceCustody => self.sign().await?,
                // The executor's.
                CustodyDuty::ProveCustody(_)
                | CustodyDuty::UndoCustody(_)
                | CustodyDuty::ReportCustody(_) => {}
            }
        }
        Ok(())
    }

    async fn broadcast(&self, txid: Txid) -> Result<(), ActError> {
        let now = self.ledger.now();
        let sent = self.sent.lock().await.get(&txid).copied();
        if sent.is_some_and(|sent| now < sent.saturating_add_secs(RESEND_SECS)) {
            return Ok(());
        }
        let transaction: Option<Transaction> = {
            let memory = self.ledger.memory().await;
            let attempt = memory.treasury().history().get(&txid);
            attempt.map(|attempt| attempt.facts().transaction.clone())
        };
        let Some(transaction) = transaction else { return Ok(()) };
        let answer = self.network.broadcast(&transaction).await.map_err(ActError::network)?;
        {
            let mut dates = self.sent.lock().await;
            dates.retain(|_, sent| now < sent.saturating_add_secs(RESEND_SECS));
            dates.insert(txid, now);
        }
        match answer {
            Pool::Taken => {
                tracing::debug!(%txid, "a custody transaction is in the pool");
                Ok(())
            }
            Pool::Refused { reason } => {
                tracing::warn!(%txid, %reason, "the Bitcoin node does not take a custody transaction");
                let event = CustodyEvent::BroadcastRefused { txid };
                Ok(self.ledger.feed_back_custody(event, None).await?)
            }
        }
    }

    async fn sign(&self) -> Result<(), ActError> {
        let Some(proposal) = self.proposal().await else { return Ok(()) };
        let txid = proposal.txid();
        let Some(attesters) = &self.attesters else {
            let refusal = SigningRefusal::NoAttesters;
            let event = CustodyEvent::SigningRefused { txid, refusal };
            return Ok(self.ledger.feed_back_custody(event, None).await?);
        };
        let asked = sign_custody(attesters, &proposal.request, &proposal.spent, self.round).await;
        match asked {
            Ok(transaction) => {
                let facts = attempt(transaction, &proposal);
                tracing::info!(
                    %txid, fee = %proposal.fee, payouts = proposal.request.redemptions.len(),
                    sweeps = proposal.request.deposits.len(), "a custody transaction is signed"
                );
                Ok(self
                    .ledger
                    .feed_back_custody(CustodyEvent::Signed { txid }, Some(facts))
                    .await?)
            }
            Err(error) => {
                tracing::warn!(%txid, %error, "attesters did not sign a custody transaction");
                let Outcome { refusal, redemptions, deposits } = signing_outcome::of(&error);
                self.ledger.dispute(&redemptions, &deposits).await?;
                let event = CustodyEvent::SigningRefused { txid, refusal };
                Ok(self.ledger.feed_back_custody(event, None).await?)
            }
        }
    }

    async fn proposal(&self) -> Option<Proposal> {
        self.ledger.memory().await.treasury().custody().proposal().cloned()
    }
}

fn attempt(transaction: Transaction, proposal: &Proposal) -> AttemptFacts {
    AttemptFacts {
        input: proposal.input(),
        ids: Some(proposal.request.redemptions.iter().map(|redemption| redemption.id).collect()),
        fee: Some(proposal.fee),
        block: None,
        transaction,
    }
}
