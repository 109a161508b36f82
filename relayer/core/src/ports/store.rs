//! The record that outlives the process.

use core::future::Future;

use farbank_bitcoin_light_client::BlockRef;
use farbank_types::{BitcoinHeight, EvmBlockNumber};

use super::changes::{
    Changes, DepositRecord, DescriptorRecord, IntentRecord, MintedDeposit, RedemptionRecord,
};
use super::network::PortError;
use crate::custody::{AttemptFacts, CustodyDuty, CustodyState};
use crate::header_relay::{HeaderRelayDuty, HeaderRelayState};
use crate::peg_in::{DepositId, DescriptorId, PegInDuty};
use crate::peg_out::RedemptionId;

/// Everything that a relayer continues from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The watched descriptors.
    pub descriptors: Vec<DescriptorRecord>,
    /// Deposits that something can still happen to.
    pub deposits: Vec<DepositRecord>,
    /// The newest searched blocks, ascending: what a reorganisation is noticed by.
    pub scanned: Vec<BlockRef>,
    /// Deposits minted for good whose output is unspent, or was spent within the searched blocks.
    pub minted: Vec<MintedDeposit>,
    /// Redemptions that something can still happen to.
    pub redemptions: Vec<RedemptionRecord>,
    /// The contract's events up to this final block are in the record; `None` when none were read.
    pub events_read_to: Option<EvmBlockNumber>,
    /// Custody.
    pub custody: CustodyState,
    /// Attempts to move it that may matter.
    pub attempts: Vec<AttemptFacts>,
    /// Every block up to here was searched for custody transactions; `None` in a new record.
    pub custody_searched_to: Option<BitcoinHeight>,
    /// The header relay.
    pub header_relay: HeaderRelayState,
    /// Transactions whose nonce is not spent for good.
    pub intents: Vec<IntentRecord>,
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Entries left out.
    pub offset: u32,
    /// Entries at most.
    pub limit: u32,
}

/// Writes. The only way to change the record.
pub trait UnitOfWork: Send + Sync {
    /// Its faults.
    type Error: PortError;

    /// Writes all changes or none; durable when it returns. Writing the same changes twice leaves
    /// what writing them once leaves.
    fn commit(&self, changes: &Changes) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Reads.
pub trait PegInStore: UnitOfWork {
    /// Returns everything to continue from.
    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, Self::Error>> + Send;

    /// Returns the duties of deposits that are not done.
    fn peg_in_duties(
        &self,
    ) -> impl Future<Output = Result<Vec<(DepositId, PegInDuty)>, Self::Error>> + Send;

    /// Returns the duties of the header relay that are not done.
    fn header_relay_duties(
        &self,
    ) -> impl Future<Output = Result<Vec<HeaderRelayDuty>, Self::Error>> + Send;

    /// Returns a descriptor with its deposits, those done with included, or `None`.
    fn descriptor(
        &self,
        id: DescriptorId,
    ) -> impl Future<Output = Result<Option<(DescriptorRecord, Vec<DepositRecord>)>, Self::Error>> + Send;

    /// Returns descriptors in the order of their arrival.
    fn descriptors(
        &self,
        page: Page,
    ) -> impl Future<Output = Result<Vec<DescriptorRecord>, Self::Error>> + Send;

    /// Returns the number of descriptors.
    fn descriptor_count(&self) -> impl Future<Output = Result<u32, Self::Error>> + Send;
}

/// Reads what peg-out needs beside the snapshot.
pub trait PegOutStore: UnitOfWork {
    /// Returns the duties of custody that are not done.
    fn custody_duties(&self) -> impl Future<Output = Result<Vec<CustodyDuty>, Self::Error>> + Send;

    /// Returns a redemption, done with or not, or `None`.
    fn redemption(
        &self,
        id: RedemptionId,
    ) -> impl Future<Output = Result<Option<RedemptionRecord>, Self::Error>> + Send;

    /// Returns redemptions, the newest first.
    fn redemptions(
        &self,
        page: Page,
    ) -> impl Future<Output = Result<Vec<RedemptionRecord>, Self::Error>> + Send;

    /// Returns the number of redemptions.
    fn redemption_count(&self) -> impl Future<Output = Result<u32, Self::Error>> + Send;
}
