//! Judges headers that follow a known block: what the signers and votes there make of them.

use std::collections::VecDeque;
use std::sync::Arc;

use farbank_types::{EvmAddress, EvmBlockNumber, UnixTime, B256, U256};

use super::{Block, CliqueChain, VOTES_INTERVAL};
use crate::clique::check::{
    check_parent, check_signer_list, votes_for, IN_TURN, MAX_FUTURE_SECS, OUT_OF_TURN,
};
use crate::clique::rejection::CliqueRejection;
use crate::clique::seal;
use crate::clique::snapshot::Snapshot;
use crate::header::SideHeader;

/// A header that was just checked.
pub(super) struct Fresh {
    pub(super) block: Block,
    pub(super) signer: EvmAddress,
    pub(super) sealed: B256,
}

impl CliqueChain {
    /// Checks headers that follow the known block `parent`.
    pub(super) fn check(
        &self,
        headers: &[SideHeader],
        parent: B256,
        now: UnixTime,
    ) -> Result<Vec<Fresh>, CliqueRejection> {
        let latest = now.saturating_add_secs(MAX_FUTURE_SECS);
        let unknown = |header: &SideHeader| CliqueRejection::UnknownParent {
            number: header.number(),
            parent: header.parent_hash(),
        };
        let mut state: Option<(&SideHeader, u64)> =
            self.blocks.get(&parent).map(|block| (&block.header, block.weight));
        let mut snapshot = self.snapshot_after(parent);
        let mut recent = self.recent_signers(parent);
        let mut fresh = Vec::with_capacity(headers.len());
        for header in headers {
            let (Some((parent, weight)), Some(snapshot)) = (state, snapshot.as_mut()) else {
                return Err(unknown(header));
            };
            if header.parent_hash() != parent.hash() {
                return Err(unknown(header));
            }
            check_parent(self.rules, parent, header, latest)?;
            let (number, fields) = (header.number(), header.header());
            let checkpoint = self.rules.is_checkpoint(number.get());
            if checkpoint {
                check_signer_list(header, &snapshot.signers)?;
            }
            let seal::Seal { signer, sealed } = seal::recover(&self.secp, header)?;
            let place = snapshot.place(signer);
            let place = place.ok_or(CliqueRejection::UnauthorizedSigner { number, signer })?;
            let limit = snapshot.recent_limit();
            let last = recent.iter().rev().find(|(_, recent)| *recent == signer);
            if let Some((last, _)) = last.filter(|(last, _)| number.get() - last < limit) {
                let last = EvmBlockNumber::new(*last);
                return Err(CliqueRejection::RecentlySigned { number, signer, last });
            }
            let turn = snapshot.is_in_turn(number.get(), place);
            let expected = if turn { IN_TURN } else { OUT_OF_TURN };
            let difficulty = fields.difficulty;
            if difficulty != U256::from(expected) {
                let expected = Some(expected);
                return Err(CliqueRejection::BadDifficulty { number, difficulty, expected });
            }
            snapshot.apply(checkpoint, signer, fields.beneficiary, votes_for(header));
            recent.push_back((number.get(), signer));
            while recent.len() > snapshot.signers.len().saturating_add(2) {
                recent.pop_front();
            }
            let weight = weight.saturating_add(expected);
            let keep_votes = number.get().is_multiple_of(VOTES_INTERVAL);
            let block = Block {
                header: header.clone(),
                signer: Some(signer),
                signers: Arc::clone(&snapshot.signers),
                votes: keep_votes.then(|| Arc::clone(&snapshot.votes)),
                weight,
            };
            fresh.push(Fresh { block, signer, sealed });
            state = Some((header, weight));
        }
        Ok(fresh)
    }

    /// Returns signers and votes after a known block: those kept nearest below it, and the votes from
    /// there on counted again.
    fn snapshot_after(&self, hash: B256) -> Option<Snapshot> {
        let mut block = self.blocks.get(&hash)?;
        let mut later = Vec::new();
        let votes = loop {
            if let Some(votes) = &block.votes {
                break votes;
            }
            later.push(block);
            block = self.blocks.get(&block.header.parent_hash())?;
        };
        let (signers, votes) = (Arc::clone(&block.signers), Arc::clone(votes));
        let mut snapshot = Snapshot { signers, votes };
        for block in later.into_iter().rev() {
            let checkpoint = self.rules.is_checkpoint(block.header.number().get());
            let about = block.header.header().beneficiary;
            snapshot.apply(checkpoint, block.signer?, about, votes_for(&block.header));
        }
        Some(snapshot)
    }

    /// Returns who sealed the newest blocks up to `hash`, ascending, at least as many as matter.
    fn recent_signers(&self, hash: B256) -> VecDeque<(u64, EvmAddress)> {
        let mut recent = VecDeque::new();
        let mut at = self.blocks.get(&hash);
        let most = at.map_or(0, |block| block.signers.len()).saturating_add(2);
        while let Some((block, signer)) = at.and_then(|block| Some((block, block.signer?))) {
            if recent.len() >= most {
                break;
            }
            recent.push_front((block.header.number().get(), signer));
            at = self.blocks.get(&block.header.parent_hash());
        }
        recent
    }
}
