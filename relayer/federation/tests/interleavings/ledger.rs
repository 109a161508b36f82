//! Bitcoin as the model needs it: which custody transactions are in the best chain.

use bitcoin::{BlockHash, OutPoint};
use farbank_bitcoin_light_client::{BlockRef, HeaderChain};
use farbank_federation::custody::{CustodyOutput, CustodyTransaction, SigningRequest};
use farbank_types::BitcoinHeight;

use crate::common::chain::{mine_on, regtest};
use crate::common::plan;

/// A custody transaction that somebody proposed once.
pub(crate) struct Proposed {
    pub(crate) request: SigningRequest,
    pub(crate) parsed: CustodyTransaction,
    pub(crate) signers: [bool; 4],
}

impl Proposed {
    pub(crate) fn is_signed(&self) -> bool {
        self.signers.iter().filter(|signed| **signed).count() >= 3
    }
}

/// The custody output that everything starts from.
pub(crate) fn seed() -> CustodyOutput {
    plan(&[]).custody
}

/// The best chain and the custody transactions in it, each spending the one before it.
pub(crate) struct Ledger {
    pub(crate) headers: HeaderChain,
    pub(crate) confirmed: Vec<(BitcoinHeight, usize)>,
    salt: u64,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        let mut headers = regtest();
        mine_on(&mut headers, BitcoinHeight::new(0), 1, 0);
        Self { headers, confirmed: Vec::new(), salt: 1 }
    }

    pub(crate) fn tip(&self) -> BitcoinHeight {
        self.headers.tip().height
    }

    pub(crate) fn hash(&self, height: BitcoinHeight) -> BlockHash {
        self.headers.hash(height).expect("in the best chain")
    }

    /// The outpoint that the next custody transaction must spend.
    pub(crate) fn custody(&self, transactions: &[Proposed]) -> OutPoint {
        let newest = self.confirmed.last();
        newest.map_or(seed().outpoint, |(_, at)| transactions[*at].parsed.custody.outpoint)
    }

    pub(crate) fn place_of(&self, transaction: usize) -> Option<BlockRef> {
        let (height, _) = self.confirmed.iter().find(|(_, at)| *at == transaction)?;
        Some(BlockRef { height: *height, hash: self.hash(*height) })
    }

    /// Mines `count` blocks.
    pub(crate) fn mine(&mut self, count: usize) {
        self.salt += 1;
        let tip = self.tip();
        mine_on(&mut self.headers, tip, count, self.salt);
    }

    /// Puts a transaction into the newest block.
    pub(crate) fn confirm(&mut self, transaction: usize) {
        self.confirmed.push((self.tip(), transaction));
    }

    /// Replaces the newest `depth` blocks by empty ones, and one more. Returns how many custody
    /// transactions left the chain.
    pub(crate) fn reorganise(&mut self, depth: u32) -> usize {
        let fork = BitcoinHeight::new(self.tip().get().saturating_sub(depth));
        let blocks = self.tip().get() - fork.get() + 1;
        self.salt += 1;
        mine_on(&mut self.headers, fork, usize::try_from(blocks).expect("fits"), self.salt);
        let before = self.confirmed.len();
        self.confirmed.retain(|(height, _)| *height <= fork);
        before - self.confirmed.len()
    }
}
