//! The duties: headers, then claims.

use std::collections::HashSet;

use farbank_bitcoin_light_client::BlockRef;
use farbank_contracts::{BlockAt, CallFailure};
use farbank_relayer_core::header_relay::{
    HeaderRelayDuty, HeaderRelayEvent, SegmentPlan, SubmissionRefusal,
};
use farbank_relayer_core::peg_in::{
    plan_claims, Candidate, DepositId, PegInDuty, PegInEvent, PegInState,
};
use farbank_relayer_core::ports::{BitcoinNetwork, IntentPurpose, PegInStore, PegOutStore};
use farbank_types::{BitcoinHeight, Nonce};

use super::{outcome, ActError, Executor};
use crate::clock::Clock;
use crate::pipeline::LedgerError;

/// What a submission that failed in a block means: usually another one was faster.
pub(super) const FAILED: SubmissionRefusal = SubmissionRefusal::Overtaken;

impl<N: BitcoinNetwork, U: PegInStore + PegOutStore, C: Clock> Executor<N, U, C> {
    pub(super) async fn submit_headers(&self, latest: Nonce) -> Result<(), ActError> {
        let due = self.ledger.store().header_relay_duties().await.map_err(LedgerError::new)?;
        for HeaderRelayDuty::SubmitHeaders(segment) in due {
            if self.is_under_way(segment).await {
                continue;
            }
            let Some(parent) = self.side_chain.preimage(segment.parent).await else { continue };
            let headers = {
                let memory = self.ledger.memory().await;
                let Some(chain) = memory.chain() else { continue };
                (segment.first.get()..=segment.last.get())
                    .map_while(|height| chain.header(BitcoinHeight::new(height)).copied())
                    .collect::<Vec<_>>()
            };
            // The chain was reorganised since; the observer makes another plan.
            if headers.last().map(bitcoin::block::Header::block_hash) != Some(segment.tip) {
                continue;
            }
            let client = self.side_chain.client().await?;
            let call = client.calls().submit_headers(segment.parent, &parent, &headers);
            match client.node().simulate(self.account(), &call, BlockAt::Latest).await {
                Ok(gas) => {
                    let purpose = IntentPurpose::SubmitHeaders(segment);
                    self.send(latest, call, gas, purpose).await?;
                }
                Err(CallFailure::Refused(refusal)) => {
                    tracing::info!(first = %segment.first, last = %segment.last, %refusal,
                        "the contract does not take headers now");
                    self.feed_back_headers(segment, outcome::of_headers(&refusal)).await?;
                }
                Err(CallFailure::Fault(fault)) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    async fn is_under_way(&self, segment: SegmentPlan) -> bool {
        let ids: Vec<_> = {
            let memory = self.ledger.memory().await;
            let same = memory
                .intents()
                .filter(|intent| intent.purpose == IntentPurpose::SubmitHeaders(segment));
            same.map(|intent| intent.id).collect()
        };
        for id in ids {
            if !self.is_failed(&id).await {
                return true;
            }
        }
        false
    }

    pub(super) async fn claim(&self, latest: Nonce) -> Result<(), ActError> {
        let due = self.ledger.store().peg_in_duties().await.map_err(LedgerError::new)?;
        let under_way = self.claims_under_way().await;
        let plan = {
            let memory = self.ledger.memory().await;
            let candidates: Vec<Candidate> = due
                .into_iter()
                .filter(|(id, PegInDuty::Claim)| !under_way.contains(id))
                .filter_map(|(id, _)| memory.deposit(&id))
                .filter(|record| matches!(record.state, PegInState::Claiming { .. }))
                .map(|record| Candidate {
                    id: record.facts.id(),
                    amount: record.facts.amount,
                    inclusion: *record.state.inclusion(),
                })
                .collect();
            let tip = memory.contract_view().tip_height;
            let (sums, parameters) = (memory.minted_from(), memory.parameters());
            plan_claims(&candidates, sums, tip, parameters, self.max_claims)
        };
        for (block, chosen) in plan {
            self.claim_block(latest, block, &chosen).await?;
        }
        Ok(())
    }

    /// Claims of a block go together; when the contract refuses them together each is asked for
    /// alone: those refused learn why, the first that is not goes now, the others next time.
    async fn claim_block(
        &self,
        latest: Nonce,
        at: BlockRef,
        chosen: &[Candidate],
    ) -> Result<(), ActError> {
        let Some(block) = self.block(at).await? else { return Ok(()) };
        let mut groups = vec![chosen.to_vec()];
        if chosen.len() > 1 {
            groups.extend(chosen.iter().map(|one| vec![*one]));
        }
        for group in groups {
            let Some(claims) = self.block_claims(at, &block, &group).await else {
                continue;
            };
            let client = self.side_chain.client().await?;
            let call = client.calls().claim(&[claims])?;
            match client.node().simulate(self.account(), &call, BlockAt::Latest).await {
                Ok(gas) => {
                    let ids = group.iter().map(|candidate| candidate.id).collect();
                    return self.send(latest, call, gas, IntentPurpose::Claim(ids)).await;
                }
                Err(CallFailure::Refused(refusal)) => {
                    tracing::info!(height = %at.height, claims = group.len(), %refusal,
                        "the contract does not take claims now");
                    if let ([one], Some(refused)) = (&*group, outcome::of_claim(&refusal)) {
                        self.feed_back(&[(one.id, PegInEvent::ClaimRefused(refused))]).await?;
                    }
                }
                Err(CallFailure::Fault(fault)) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    /// Returns the deposits whose claim may still get into a block, or is in one.
    async fn claims_under_way(&self) -> HashSet<DepositId> {
        let intents: Vec<_> = {
            let memory = self.ledger.memory().await;
            memory
                .intents()
                .filter_map(|intent| match &intent.purpose {
                    IntentPurpose::Claim(ids) => Some((intent.id, ids.clone())),
                    IntentPurpose::SubmitHeaders(_) | IntentPurpose::Custody(..) => None,
                })
                .collect()
        };
        let mut under_way = HashSet::new();
        for (intent, ids) in intents {
            if !self.is_failed(&intent).await {
                under_way.extend(ids);
            }
        }
        under_way
    }

    pub(super) async fn feed_back(
        &self,
        events: &[(DepositId, PegInEvent)],
    ) -> Result<(), ActError> {
        Ok(self.ledger.feed_back(events).await?)
    }

    pub(super) async fn feed_back_headers(
        &self,
        segment: SegmentPlan,
        refusal: SubmissionRefusal,
    ) -> Result<(), ActError> {
        let event = HeaderRelayEvent::Refused { segment, refusal };
        Ok(self.ledger.feed_back_headers(event).await?)
    }
}
