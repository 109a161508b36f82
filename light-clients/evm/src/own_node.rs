//! The verdict of an attester's own node, for chains whose consensus cannot be verified from outside:
//! a development node, a rollup. Decides that a block is final because the operator's node calls it
//! `finalized`; leaves out every check of consensus, so it convinces nobody but that operator.

use std::collections::BTreeMap;

use farbank_types::{EvmBlockNumber, B256};

use crate::header::SideHeader;
use crate::verdict::{FinalHeader, FinalityVerifier, Progress, Verdict, Why};

/// Most final headers that are kept, the newest ones: more than a day at 15 s a block.
pub const MAX_KEPT_FINAL: usize = 8_192;

/// The node contradicts what it said before, or the headers do not join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OwnNodeRejection {
    /// Another block of this number was final before.
    #[error(
        "the node calls {given} final at {number}, but {known} was final there; stop and find out \
         whether the chain was rolled back"
    )]
    ConflictsWithFinal {
        /// The block's number.
        number: EvmBlockNumber,
        /// Hash that was final before.
        known: B256,
        /// Hash given now.
        given: B256,
    },
    /// The header is no parent of the oldest final one.
    #[error("block {number} is not the parent of the final block above it")]
    NotAnAncestor {
        /// The block's number.
        number: EvmBlockNumber,
    },
}

impl OwnNodeRejection {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ConflictsWithFinal { .. } => "ConflictsWithFinal",
            Self::NotAnAncestor { .. } => "NotAnAncestor",
        }
    }
}

/// Remembers what the own node called final.
#[derive(Clone, Debug, Default)]
pub struct OwnNode {
    by_number: BTreeMap<EvmBlockNumber, SideHeader>,
}

impl OwnNode {
    /// Starts knowing nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { by_number: BTreeMap::new() }
    }

    /// Takes the header that the node returns for the tag `finalized`. An older block than before
    /// is kept as well, when it does not contradict.
    ///
    /// # Errors
    /// Refuses another hash for a number that was final, and a neighbour that does not link.
    pub fn set_finalized(&mut self, header: SideHeader) -> Result<(), OwnNodeRejection> {
        let (number, given) = (header.number(), header.hash());
        if let Some(known) = self.by_number.get(&number) {
            let known = known.hash();
            return if known == given {
                Ok(())
            } else {
                Err(OwnNodeRejection::ConflictsWithFinal { number, known, given })
            };
        }
        let below = number.get().checked_sub(1).map(EvmBlockNumber::new);
        if let Some(parent) = below.and_then(|below| self.by_number.get(&below)) {
            if parent.hash() != header.parent_hash() {
                return Err(OwnNodeRejection::ConflictsWithFinal {
                    number: parent.number(),
                    known: parent.hash(),
                    given: header.parent_hash(),
                });
            }
        }
        let above = number.get().checked_add(1).map(EvmBlockNumber::new);
        if let Some(child) = above.and_then(|above| self.by_number.get(&above)) {
            if child.parent_hash() != given {
                let known = child.parent_hash();
                return Err(OwnNodeRejection::ConflictsWithFinal { number, known, given });
            }
        }
        self.by_number.insert(number, header);
        while self.by_number.len() > MAX_KEPT_FINAL {
            self.by_number.pop_first();
        }
        Ok(())
    }

    /// Takes ancestors of a final block, the nearest first: each the parent of the one before it, the
    /// first of them the parent of a final block.
    ///
    /// # Errors
    /// Refuses the first header that is no such parent; those before it stay.
    pub fn add_ancestors(
        &mut self,
        headers: impl IntoIterator<Item = SideHeader>,
    ) -> Result<(), OwnNodeRejection> {
        for header in headers {
            let number = header.number();
            let above = number.get().checked_add(1).map(EvmBlockNumber::new);
            let child = above.and_then(|above| self.by_number.get(&above));
            if child.map(SideHeader::parent_hash) != Some(header.hash()) {
                return Err(OwnNodeRejection::NotAnAncestor { number });
            }
            self.set_finalized(header)?;
        }
        Ok(())
    }

    /// Returns the final header of a number, if it was given.
    #[must_use]
    pub fn header_at(&self, number: EvmBlockNumber) -> Option<&SideHeader> {
        self.by_number.get(&number)
    }
}

impl FinalityVerifier for OwnNode {
    fn verdict(&self, block: &B256) -> Verdict {
        // Asked for rarely and of few headers: no second index.
        match self.by_number.values().rev().find(|header| header.hash() == *block) {
            Some(header) => Verdict::Final(FinalHeader::new(header)),
            None if self.by_number.is_empty() => Verdict::NotYet(Progress {
                blocks: 0,
                blocks_needed: 0,
                signers: 0,
                signers_needed: 0,
            }),
            None => Verdict::Invalid(Why::UnknownBlock),
        }
    }

    fn newest_final(&self) -> Option<FinalHeader> {
        self.by_number.last_key_value().map(|(_, header)| FinalHeader::new(header))
    }
}

#[cfg(test)]
mod tests {
    use alloy_consensus::Header;

    use super::*;

    fn chain(count: u64, salt: u64) -> Vec<SideHeader> {
        let mut headers: Vec<SideHeader> = Vec::new();
        for number in 0..count {
            let parent_hash = headers.last().map_or(B256::ZERO, SideHeader::hash);
            let header = Header { parent_hash, number, gas_used: salt, ..Header::default() };
            headers.push(SideHeader::new(header));
        }
        headers
    }

    #[test]
    fn block_is_final_when_the_node_called_it_so() {
        let headers = chain(4, 0);
        let mut node = OwnNode::new();
        assert!(matches!(node.verdict(&headers[3].hash()), Verdict::NotYet(_)));
        assert_eq!(node.newest_final(), None);
        node.set_finalized(headers[3].clone()).expect("first");
        let Verdict::Final(header) = node.verdict(&headers[3].hash()) else { panic!("final") };
        assert_eq!(node.newest_final(), Some(header));
        assert_eq!((header.number().get(), header.hash()), (3, headers[3].hash()));
        assert_eq!(node.verdict(&headers[2].hash()), Verdict::Invalid(Why::UnknownBlock));
    }

    #[test]
    fn ancestors_are_final_by_their_links_alone() {
        let headers = chain(4, 0);
        let mut node = OwnNode::new();
        node.set_finalized(headers[3].clone()).expect("first");
        let stranger = chain(4, 1)[2].clone();
        let refused = node.add_ancestors([stranger]).expect_err("no parent");
        assert_eq!(refused.name(), "NotAnAncestor");
        node.add_ancestors(headers[..3].iter().rev().cloned()).expect("linked");
        assert!(matches!(node.verdict(&headers[0].hash()), Verdict::Final(_)));
        assert_eq!(node.newest_final().expect("one").number().get(), 3);
    }

    #[test]
    fn node_that_contradicts_itself_is_refused() {
        let (headers, others) = (chain(5, 0), chain(5, 1));
        let mut node = OwnNode::new();
        node.set_finalized(headers[2].clone()).expect("first");
        node.set_finalized(headers[2].clone()).expect("the same");
        for other in [&others[1], &others[2], &others[3]] {
            let refused = node.set_finalized(other.clone()).expect_err("other chain");
            assert_eq!(refused.name(), "ConflictsWithFinal", "{}", other.number());
        }
        node.set_finalized(headers[3].clone()).expect("links");
    }

    #[test]
    fn oldest_headers_are_dropped() {
        let mut node = OwnNode::new();
        for header in chain(8_200, 0) {
            node.set_finalized(header).expect("links");
        }
        assert_eq!(node.by_number.len(), MAX_KEPT_FINAL);
        assert!(node.header_at(EvmBlockNumber::new(7)).is_none());
        assert!(node.header_at(EvmBlockNumber::new(8)).is_some());
    }
}
