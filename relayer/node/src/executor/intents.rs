//! Transactions that were signed: durable before they are sent, sent again until their nonce is
//! spent for good.

use farbank_contracts::{
    BlockAt, BroadcastFailure, BroadcastRefusal, Call, CallFailure, ConfirmedNonces,
    ExecutionStatus, GasEstimate, IntentFate, Receipt, TransactionIntent,
};
use farbank_relayer_core::peg_in::{ClaimRefusal, ClaimWait, PegInEvent};
use farbank_relayer_core::ports::{
    BitcoinNetwork, Changes, IntentChange, IntentId, IntentPurpose, IntentRecord, PegInStore,
    PegOutStore,
};
use farbank_types::{Nonce, UnixTime, Wei};

use super::{ActError, Attempt, Executor};
use crate::clock::Clock;

/// Version of the stored encoding.
const VERSION: u8 = 1;
/// A pool may have forgotten it (a restart of the node): sent again after so long.
const RESEND_SECS: u64 = 5;
/// In no block after so long: a higher fee, or taken back when the contract would refuse it now.
const STUCK_SECS: u64 = 30;

pub(super) fn decode(record: &IntentRecord) -> Result<TransactionIntent, ActError> {
    let damaged = |source| ActError::DamagedIntent { id: record.id, source };
    match record.transaction.split_first() {
        Some((&VERSION, json)) => serde_json::from_slice(json).map_err(|e| damaged(Some(e))),
        _ => Err(damaged(None)),
    }
}

fn encode(purpose: IntentPurpose, intent: &TransactionIntent) -> Result<IntentRecord, ActError> {
    let id = IntentId::new(intent.first.hash);
    let mut transaction = vec![VERSION];
    serde_json::to_writer(&mut transaction, intent)
        .map_err(|source| ActError::DamagedIntent { id, source: Some(source) })?;
    Ok(IntentRecord { id, purpose, transaction })
}

impl<N: BitcoinNetwork, U: PegInStore + PegOutStore, C: Clock> Executor<N, U, C> {
    /// Signs a call, writes the intent, and broadcasts it: in this order.
    pub(super) async fn send(
        &self,
        latest: Nonce,
        call: Call,
        estimate: GasEstimate,
        purpose: IntentPurpose,
    ) -> Result<(), ActError> {
        let node = self.side_chain.client().await?.node();
        let fee = self.sender.policy().choose(node.fee_market().await?)?;
        let nonce = self.next_nonce(latest).await;
        let prepared = self.sender.prepare(&call, nonce, fee, estimate)?;
        let intent =
            TransactionIntent::new(self.sender.chain_id(), self.sender.address(), call, prepared);
        let record = encode(purpose.clone(), &intent)?;
        let id = record.id;
        self.write_intent(IntentChange::Put(record)).await?;
        let now = self.ledger.now();
        self.attempts.lock().await.insert(id, Attempt { sent: now, made: now, reported: false });
        node.broadcast(intent.newest()).await?;
        tracing::info!(transaction = %id, %nonce, gas = %estimate.0, %purpose, "sent a transaction");
        Ok(())
    }

    /// Asks what became of every intent and does what follows. Returns the account's nonce in the
    /// newest block.
    pub(super) async fn settle_intents(&self) -> Result<Nonce, ActError> {
        let node = self.side_chain.client().await?.node();
        let account = self.sender.address();
        let head = node.head().await?.number;
        let finalized = self.side_chain.finalized(head).await?;
        let nonces = ConfirmedNonces {
            latest: node.nonce(account, BlockAt::Latest).await?,
            finalized: node.nonce(account, BlockAt::Number(finalized)).await?,
        };
        *self.balance.lock().await = Some(node.ether_balance(account, BlockAt::Latest).await?);
        let mut records: Vec<_> = self.ledger.memory().await.intents().cloned().collect();
        let mut intents = Vec::with_capacity(records.len());
        for record in records.drain(..) {
            intents.push((decode(&record)?, record));
        }
        // Lower nonces first: nothing above a missing one can get into a block.
        intents.sort_by_key(|(intent, _)| intent.nonce());
        let mut trouble = None;
        for (intent, record) in intents {
            if let Err(error) = self.settle(nonces, intent, record).await {
                if error.is_fatal() {
                    return Err(error);
                }
                // One that the node does not take must not hold up what others became.
                trouble.get_or_insert(error);
            }
        }
        trouble.map_or(Ok(nonces.latest), Err)
    }

    async fn settle(
        &self,
        nonces: ConfirmedNonces,
        intent: TransactionIntent,
        record: IntentRecord,
    ) -> Result<(), ActError> {
        let node = self.side_chain.client().await?.node();
        let mut receipts: Vec<Receipt> = Vec::new();
        if nonces.latest > intent.nonce() {
            for hash in intent.hashes() {
                receipts.extend(node.receipt(hash).await?);
            }
        }
        match intent.fate(nonces, &receipts) {
            IntentFate::Waiting => self.push(intent, record).await,
            IntentFate::Unclear => Ok(()),
            IntentFate::Included(receipt) => self.report(&record, &receipt).await,
            IntentFate::Final(receipt) => {
                self.report(&record, &receipt).await?;
                tracing::debug!(transaction = %receipt.hash, "a transaction is final");
                self.resolve(record.id).await
            }
            IntentFate::Displaced => {
                tracing::warn!(
                    transaction = %record.id, nonce = %intent.nonce(),
                    "another transaction of this account took the nonce: is the key used elsewhere?"
                );
                self.resolve(record.id).await
            }
        }
    }

    /// Sends a waiting transaction again, or a replacement of it when it is stuck.
    async fn push(
        &self,
        mut intent: TransactionIntent,
        record: IntentRecord,
    ) -> Result<(), ActError> {
        let node = self.side_chain.client().await?.node();
        let now = self.ledger.now();
        let known = self.attempts.lock().await.get(&record.id).copied();
        let attempt =
            known.unwrap_or(Attempt { sent: UnixTime::new(0), made: now, reported: false });
        if now < attempt.sent.saturating_add_secs(RESEND_SECS) {
            return Ok(());
        }
        let stuck = now >= attempt.made.saturating_add_secs(STUCK_SECS);
        let made = if stuck { now } else { attempt.made };
        if stuck {
            let call = self.still_wanted(&intent).await?;
            let market = node.fee_market().await?;
            let replacement = self.sender.bump(&call, intent.newest(), market)?;
            tracing::warn!(
                transaction = %record.id, nonce = %intent.nonce(), replacement = %replacement.hash,
                "a transaction is in no block; replacing it"
            );
            intent.replacements.push(replacement);
            let bumped = encode(record.purpose.clone(), &intent)?;
            self.write_intent(IntentChange::Put(bumped)).await?;
        }
        self.attempts.lock().await.insert(record.id, Attempt { sent: now, made, ..attempt });
        match node.broadcast(intent.newest()).await {
            // Its own receipt will tell; what the pool holds instead is an own earlier attempt.
            Err(BroadcastFailure::Refused(
                BroadcastRefusal::NonceTooLow | BroadcastRefusal::ReplacementUnderpriced,
            )) => Ok(()),
            answer => {
                let how = answer?;
                tracing::debug!(transaction = %record.id, ?how, "sent a transaction again");
                Ok(())
            }
        }
    }

    /// Returns the call again, or a transfer of nothing to oneself when the contract would refuse
    /// the call now: the nonce has to be spent either way.
    async fn still_wanted(&self, intent: &TransactionIntent) -> Result<Call, ActError> {
        let node = self.side_chain.client().await?.node();
        match node.simulate(intent.from, &intent.call, BlockAt::Latest).await {
            Ok(_) => Ok(intent.call.clone()),
            Err(CallFailure::Refused(refusal)) => {
                tracing::info!(nonce = %intent.nonce(), %refusal, "taking a transaction back");
                Ok(Call::transfer(intent.from, Wei::ZERO))
            }
            Err(CallFailure::Fault(fault)) => Err(fault.into()),
        }
    }

    /// Tells the machines about a transaction that failed in a block. A success is seen in the
    /// contract's state.
    async fn report(&self, record: &IntentRecord, receipt: &Receipt) -> Result<(), ActError> {
        if receipt.status == ExecutionStatus::Succeeded {
            return Ok(());
        }
        let now = self.ledger.now();
        {
            let mut attempts = self.attempts.lock().await;
            let fresh = Attempt { sent: now, made: now, reported: false };
            let attempt = attempts.entry(record.id).or_insert(fresh);
            if attempt.reported {
                return Ok(());
            }
            attempt.reported = true;
        }
        tracing::warn!(transaction = %receipt.hash, gas = %receipt.gas_used, "a transaction failed");
        match &record.purpose {
            IntentPurpose::Claim(ids) => {
                let refusal = ClaimRefusal::NotNow(ClaimWait::Unexplained);
                let events: Vec<_> =
                    ids.iter().map(|id| (*id, PegInEvent::ClaimRefused(refusal))).collect();
                self.feed_back(&events).await
            }
            IntentPurpose::SubmitHeaders(segment) => {
                self.feed_back_headers(*segment, super::duties::FAILED).await
            }
            IntentPurpose::Custody(submission, spend) => {
                self.feed_back_submission(*submission, *spend, super::custody::FAILED).await
            }
        }
    }

    /// Returns whether the failure of an intent was reported, so that it holds up nothing.
    pub(super) async fn is_failed(&self, id: &IntentId) -> bool {
        self.attempts.lock().await.get(id).is_some_and(|attempt| attempt.reported)
    }

    async fn resolve(&self, id: IntentId) -> Result<(), ActError> {
        self.write_intent(IntentChange::Resolved(id)).await?;
        self.attempts.lock().await.remove(&id);
        Ok(())
    }

    async fn write_intent(&self, change: IntentChange) -> Result<(), ActError> {
        let changes = Changes { intents: vec![change], ..Changes::default() };
        Ok(self.ledger.write(|_| changes).await?)
    }
}
