//! The side chain's side: what the contract holds.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use bitcoin::OutPoint;
use farbank_relayer_core::header_relay::{HeaderRelayContext, HeaderRelayEvent};
use farbank_relayer_core::peg_in::{DepositId, PegInEvent, PegInState};
use farbank_relayer_core::ports::{
    Changes, ContractLook, DepositRecord, PegInStore, PegOutChain, SideChain,
};
use farbank_types::{BitcoinHeight, UnixTime};

use super::bitcoin::ObserveError;
use super::draft::Draft;
use super::ledger::Ledger;
use super::memory::Memory;
use super::redemptions::{ask, questions, Answers};
use crate::clock::Clock;

/// Every so many looks all deposits are asked for, not only those whose mint is expected: another
/// relayer may have minted one while this one was dead.
const FULL_LOOK_EVERY: u32 = 15;

/// Looks at the contract.
#[derive(Debug)]
pub struct ContractObserver<S, U, C> {
    side_chain: Arc<S>,
    ledger: Arc<Ledger<U, C>>,
    looks: AtomicU32,
}

/// What the contract says of one deposit.
#[derive(Clone, Copy, Debug)]
struct MintReport {
    id: DepositId,
    newest: bool,
    finalized: bool,
}

impl<S: SideChain + PegOutChain, U: PegInStore, C: Clock> ContractObserver<S, U, C> {
    /// Returns an observer.
    #[must_use]
    pub const fn new(side_chain: Arc<S>, ledger: Arc<Ledger<U, C>>) -> Self {
        Self { side_chain, ledger, looks: AtomicU32::new(0) }
    }

    /// Looks once.
    ///
    /// # Errors
    /// [`ObserveError`]; then nothing changed.
    pub async fn look(&self) -> Result<(), ObserveError> {
        let full = self.looks.fetch_add(1, Ordering::Relaxed).is_multiple_of(FULL_LOOK_EVERY);
        let look = SideChain::look(&*self.side_chain).await.map_err(ObserveError::network)?;
        let (asked, heights) = self.questions(full).await;
        let reports = self.ask_for_mints(&asked, &look).await?;
        let minted_from = self
            .side_chain
            .minted_from(&heights, look.head)
            .await
            .map_err(ObserveError::network)?;
        let redemptions = {
            let deployed_at = self.ledger.deployment().contracts.deployed_at;
            let questions = questions(&*self.ledger.memory().await, deployed_at, full);
            ask(&*self.side_chain, &look, questions).await?
        };
        {
            let mut memory = self.ledger.memory().await;
            redemptions.note(&mut memory);
            memory.look = Some(look);
            memory.minted_from = minted_from;
            let changes = self.changes(&memory, &reports, &redemptions, self.ledger.now());
            self.ledger.commit(&mut memory, &changes).await?;
        }
        Ok(self.ledger.reconcile(full).await?)
    }

    /// Returns the deposits to ask for, and the heights whose minted sums matter.
    async fn questions(&self, full: bool) -> (Vec<(DepositId, OutPoint)>, Vec<BitcoinHeight>) {
        let memory = self.ledger.memory().await;
        let asked = memory
            .deposits()
            .filter(|record| full || is_mint_expected(record))
            .map(|record| (record.facts.id(), record.facts.outpoint))
            .collect();
        let mut heights: Vec<_> =
            memory.deposits().map(|record| record.state.inclusion().height()).collect();
        heights.sort_unstable();
        heights.dedup();
        (asked, heights)
    }

    async fn ask_for_mints(
        &self,
        asked: &[(DepositId, OutPoint)],
        look: &ContractLook,
    ) -> Result<Vec<MintReport>, ObserveError> {
        let outpoints: Vec<_> = asked.iter().map(|(_, outpoint)| *outpoint).collect();
        let newest =
            self.side_chain.minted(&outpoints, look.head).await.map_err(ObserveError::network)?;
        let minted: Vec<_> = outpoints
            .iter()
            .zip(&newest)
            .filter_map(|(outpoint, minted)| minted.then_some(*outpoint))
            .collect();
        let answers =
            self.side_chain.minted(&minted, look.finalized).await.map_err(ObserveError::network)?;
        let mut finals = answers.into_iter();
        Ok(asked
            .iter()
            .zip(newest)
            .map(|((id, _), newest)| MintReport {
                id: *id,
                newest,
                finalized: newest && finals.next().unwrap_or(false),
            })
            .collect())
    }

    fn changes(
        &self,
        memory: &Memory,
        reports: &[MintReport],
        redemptions: &Answers,
        now: UnixTime,
    ) -> Changes {
        let Some(look) = memory.look() else { return Changes::default() };
        let mut draft = Draft::new(memory, now);
        redemptions.apply(memory, look, &mut draft);
        for report in reports {
            draft.event(
                report.id,
                match report {
                    MintReport { finalized: true, .. } => {
                        PegInEvent::MintFinal { at: look.finalized }
                    }
                    MintReport { newest: true, .. } => PegInEvent::MintObserved { at: look.head },
                    MintReport { .. } => PegInEvent::MintVanished,
                },
            );
        }
        let Some(chain) = memory.chain() else { return draft.finish() };
        draft.event_for_all(PegInEvent::ContractViewed);
        let context = HeaderRelayContext {
            parameters: &self.ledger.habits().header_relay,
            chain,
            contract: &look.chain,
            demand: memory.demanded_tip(now),
            now,
        };
        draft.header_relay(HeaderRelayEvent::Viewed, &context);
        draft.finish()
    }
}

/// A claim may be under way, by this relayer or another, or a mint may vanish.
const fn is_mint_expected(record: &DepositRecord) -> bool {
    matches!(
        record.state,
        PegInState::Claimable { .. }
            | PegInState::Claiming { .. }
            | PegInState::Minted { .. }
            | PegInState::Orphaned { .. }
    )
}
