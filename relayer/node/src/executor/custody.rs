//! What the contract is told of custody transactions: proofs, undoing, evidence.

use bitcoin::Block;
use farbank_bitcoin_light_client::inclusion::InclusionProof;
use farbank_bitcoin_light_client::segment::SegmentPreimage as ChainPreimage;
use farbank_contracts::{BlockAt, BlockProof, Call, CallFailure, CustodyProof, PaidRedemption};
use farbank_relayer_core::custody::{
    CustodyAttempt, CustodyDuty, CustodyEvent, CustodySpend, Submission, SubmissionRefusal,
};
use farbank_relayer_core::peg_out::RedemptionId;
use farbank_relayer_core::ports::{BitcoinNetwork, IntentPurpose, PegInStore, PegOutStore};
use farbank_types::{BitcoinHeight, Bytes, Nonce};

use super::{outcome, ActError, Executor};
use crate::clock::Clock;
use crate::pipeline::LedgerError;

/// What a proof that failed in a block means: usually another relayer was faster.
pub(super) const FAILED: SubmissionRefusal = SubmissionRefusal::Overtaken;

impl<N: BitcoinNetwork, U: PegInStore + PegOutStore, C: Clock> Executor<N, U, C> {
    pub(super) async fn tell_of_custody(&self, latest: Nonce) -> Result<(), ActError> {
        let due = self.ledger.store().custody_duties().await.map_err(LedgerError::new)?;
        for duty in due {
            let (submission, spend) = match duty {
                CustodyDuty::ProveCustody(spend) => (Submission::Prove, spend),
                CustodyDuty::UndoCustody(spend) => (Submission::Undo, spend),
                CustodyDuty::ReportCustody(spend) => (Submission::Report, spend),
                // The payer's.
                CustodyDuty::SignCustody
                | CustodyDuty::ReplaceCustody
                | CustodyDuty::BroadcastCustody(_) => continue,
            };
            let purpose = IntentPurpose::Custody(submission, spend);
            if self.is_told(&purpose).await {
                continue;
            }
            let prepared = match submission {
                Submission::Prove => self.proof(spend, true).await?,
                Submission::Report => self.proof(spend, false).await?,
                Submission::Undo => self.undoing(spend).await?,
            };
            match prepared {
                Some(call) => self.submit_custody(latest, call, submission, spend).await?,
                None => tracing::debug!(%purpose, "not everything for it is known yet"),
            }
        }
        Ok(())
    }

    async fn submit_custody(
        &self,
        latest: Nonce,
        call: Call,
        submission: Submission,
        spend: CustodySpend,
    ) -> Result<(), ActError> {
        let node = self.side_chain.client().await?.node();
        match node.simulate(self.account(), &call, BlockAt::Latest).await {
            Ok(gas) => {
                self.send(latest, call, gas, IntentPurpose::Custody(submission, spend)).await
            }
            Err(CallFailure::Refused(refusal)) => {
                tracing::info!(
                    txid = %spend.txid, what = submission.name(), %refusal,
                    "the contract does not take this about custody now"
                );
                self.feed_back_submission(submission, spend, outcome::of_custody(&refusal)).await
            }
            Err(CallFailure::Fault(fault)) => Err(fault.into()),
        }
    }

    pub(super) async fn feed_back_submission(
        &self,
        submission: Submission,
        spend: CustodySpend,
        refusal: SubmissionRefusal,
    ) -> Result<(), ActError> {
        let event = CustodyEvent::SubmissionRefused { submission, spend, refusal };
        Ok(self.ledger.feed_back_custody(event, None).await?)
    }

    /// Returns whether a transaction with this purpose may still get into a block, or is in one.
    async fn is_told(&self, purpose: &IntentPurpose) -> bool {
        let ids: Vec<_> = {
            let memory = self.ledger.memory().await;
            let same = memory.intents().filter(|intent| intent.purpose == *purpose);
            same.map(|intent| intent.id).collect()
        };
        for id in ids {
            if !self.is_failed(&id).await {
                return true;
            }
        }
        false
    }

    /// Puts the proof of a transaction in a block together, as a conforming one or as evidence;
    /// `None` while something for it is missing.
    async fn proof(&self, spend: CustodySpend, conforms: bool) -> Result<Option<Call>, ActError> {
        let Some(block) = self.block(spend.block).await? else { return Ok(None) };
        let paid = match conforms {
            true => self.paid(spend).await?,
            false => Some(Vec::new()),
        };
        let Some(paid) = paid else {
            let refusal = SubmissionRefusal::Unidentified;
            self.feed_back_submission(Submission::Prove, spend, refusal).await?;
            return Ok(None);
        };
        let Some(place) = self.block_proof(spend.block.height).await else { return Ok(None) };
        let Some(proof) = custody_proof(&block, spend, place, paid) else { return Ok(None) };
        let calls = self.side_chain.client().await?.calls();
        Ok(Some(match conforms {
            true => calls.prove_custody(&proof),
            false => calls.report_non_conforming(&proof),
        }))
    }

    /// Returns the redemptions that a transaction pays, as the contract's newest state has them.
    async fn paid(&self, spend: CustodySpend) -> Result<Option<Vec<PaidRedemption>>, ActError> {
        let ids: Option<Vec<RedemptionId>> = {
            let memory = self.ledger.memory().await;
            let attempt = memory.treasury().history().get(&spend.txid);
            attempt.map(CustodyAttempt::facts).and_then(|facts| facts.ids.clone())
        };
        let Some(ids) = ids else { return Ok(None) };
        let mut paid = Vec::with_capacity(ids.len());
        for id in ids {
            let stored = self.ledger.store().redemption(id).await.map_err(LedgerError::new)?;
            let Some(record) = stored else { return Ok(None) };
            let newest = self.ledger.memory().await.treasury().newest(&record.redemption);
            paid.push(PaidRedemption::from(&newest));
        }
        Ok(Some(paid))
    }

    /// Returns the undoing of the newest record, when it is this transaction's.
    async fn undoing(&self, spend: CustodySpend) -> Result<Option<Call>, ActError> {
        let newest = self.side_chain.newest_record().await?;
        let Some(record) = newest.filter(|record| record.block_hash == spend.block.hash) else {
            return Ok(None);
        };
        let Some(other) = self.block_proof(record.height).await else { return Ok(None) };
        Ok(Some(self.side_chain.client().await?.calls().undo_custody(&record, &other)))
    }

    /// Proves the best chain's block at a height to be in the contract's; `None` when the contract
    /// does not have it.
    async fn block_proof(&self, height: BitcoinHeight) -> Option<BlockProof> {
        let memory = self.ledger.memory().await;
        let segment = *memory.look()?.chain.holding(height)?;
        let stored = self.side_chain.preimage(segment.index).await?;
        let preimage = ChainPreimage { root: stored.root, meta: stored.meta, state: stored.state };
        let chain = memory.chain()?;
        let place = preimage.locate(chain, height).ok()?;
        let position = u32::try_from(place.position).ok()?;
        let header = *chain.header(height)?;
        Some(BlockProof::new(header, segment.index, &stored, position, place.path))
    }
}

fn custody_proof(
    block: &Block,
    spend: CustodySpend,
    place: BlockProof,
    paid: Vec<PaidRedemption>,
) -> Option<CustodyProof> {
    let inclusion = InclusionProof::from_block(block, spend.txid).ok()?;
    (place.header == inclusion.header).then_some(CustodyProof {
        block: place,
        coinbase_digest: inclusion.coinbase,
        coinbase_branch: inclusion.coinbase_branch,
        index: inclusion.index,
        branch: inclusion.branch,
        transaction: Bytes::from(inclusion.tx),
        paid,
    })
}
