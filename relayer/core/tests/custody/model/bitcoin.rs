//! Bitcoin: blocks with a mark each, of which some spend the custody output.

use std::collections::BTreeSet;

use bitcoin::hashes::Hash as _;
use bitcoin::{BlockHash, OutPoint};
use farbank_bitcoin_light_client::BlockRef;
use farbank_federation::custody::CustodyTransaction;
use farbank_relayer_core::custody::Proposal;

use crate::world::{height, seed};

/// Height of the first modelled block.
pub(super) const FIRST: u32 = 100;

/// A block: its mark, which no other block has, and the transaction that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mined {
    pub(super) mark: u32,
    pub(super) spend: Option<usize>,
}

pub(super) struct Bitcoin {
    pub(super) blocks: Vec<Mined>,
    marks: u32,
}

/// The block at this place with this mark.
pub(super) fn block_at(place: usize, mark: u32) -> BlockRef {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&mark.to_be_bytes());
    let at = height(FIRST + u32::try_from(place).unwrap());
    BlockRef { height: at, hash: BlockHash::from_byte_array(hash) }
}

impl Bitcoin {
    pub(super) fn new() -> Self {
        Self { blocks: vec![Mined { mark: 0, spend: None }], marks: 0 }
    }

    pub(super) fn tip(&self) -> u32 {
        FIRST + u32::try_from(self.blocks.len()).unwrap() - 1
    }

    pub(super) fn stands(&self, block: &BlockRef) -> bool {
        self.blocks.iter().enumerate().any(|(at, mined)| block_at(at, mined.mark) == *block)
    }

    fn unspent(&self, signed: &[Proposal]) -> OutPoint {
        let mut spends = self.blocks.iter().filter_map(|block| block.spend);
        spends.next_back().map_or(seed().outpoint, |index| {
            let transaction = &signed[index].request.transaction;
            CustodyTransaction::parse(transaction).unwrap().custody.outpoint
        })
    }

    /// A block with one of the transactions that are valid on top.
    pub(super) fn mine(&mut self, signed: &[Proposal], pick: Option<u8>) {
        let unspent = self.unspent(signed);
        let valid: Vec<_> = (0..signed.len())
            .filter(|index| signed[*index].request.transaction.input[0].previous_output == unspent)
            .collect();
        let spend = pick.filter(|_| !valid.is_empty()).map(|pick| match pick {
            // What an honest miner takes.
            u8::MAX => *valid.iter().max_by_key(|index| signed[**index].fee).unwrap(),
            _ => valid[usize::from(pick) % valid.len()],
        });
        self.marks += 1;
        self.blocks.push(Mined { mark: self.marks, spend });
    }

    pub(super) fn reorganise(&mut self, signed: &[Proposal], depth: usize, pick: Option<u8>) {
        let depth = depth.min(self.blocks.len() - 1);
        self.blocks.truncate(self.blocks.len() - depth);
        self.mine(signed, pick);
        for _ in 0..depth {
            self.mine(signed, None);
        }
    }

    pub(super) fn check_nobody_is_paid_twice(&self, signed: &[Proposal]) {
        let mut paid = BTreeSet::new();
        for index in self.blocks.iter().filter_map(|block| block.spend) {
            for redemption in &signed[index].request.redemptions {
                assert!(paid.insert(redemption.id), "{} is paid twice", redemption.id);
            }
        }
    }
}
