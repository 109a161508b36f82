//! What the process knows: a copy of the record, the verified header chain, the last look.

use std::collections::{BTreeMap, HashMap};

use bitcoin::secp256k1::{Secp256k1, VerifyOnly};
use bitcoin::{Amount, BlockHash, OutPoint, ScriptBuf};
use farbank_bitcoin_light_client::store::FileHeaderStore;
use farbank_bitcoin_light_client::HeaderChain;
use farbank_relayer_core::header_relay::HeaderRelayState;
use farbank_relayer_core::peg_in::{
    ContractView, DepositId, DescriptorId, PegInContext, PegInState,
};
use farbank_relayer_core::peg_out::PegOutContext;
use farbank_relayer_core::ports::{
    Changes, ContractLook, DepositRecord, DescriptorRecord, IntentChange, IntentId, IntentRecord,
    MintedDeposit, ScanChange, Snapshot,
};
use farbank_types::{BitcoinHeight, BlockCount, BridgeParameters, CustodyRecord, UnixTime};

use super::treasury::{Treasury, KEPT_BLOCKS};

/// The verified header chain with its file.
#[derive(Debug)]
pub struct ChainFile {
    /// The chain in memory.
    pub chain: HeaderChain,
    /// The same on disk.
    pub file: FileHeaderStore,
}

/// What the process knows. Everything but the header chain and the last look is a copy of the
/// record and follows it.
#[derive(Debug)]
pub struct Memory {
    parameters: BridgeParameters,
    secp: Secp256k1<VerifyOnly>,
    descriptors: HashMap<DescriptorId, DescriptorRecord>,
    scripts: HashMap<ScriptBuf, DescriptorId>,
    deposits: BTreeMap<DepositId, DepositRecord>,
    outpoints: HashMap<OutPoint, DepositId>,
    scanned: BTreeMap<BitcoinHeight, BlockHash>,
    header_relay: HeaderRelayState,
    intents: BTreeMap<IntentId, IntentRecord>,
    treasury: Treasury,
    /// The header chain, once it could be opened.
    pub(super) chain: Option<ChainFile>,
    /// The contract, once it was looked at.
    pub(super) look: Option<ContractLook>,
    /// Sums minted from the blocks of live deposits, as of the last look.
    pub(super) minted_from: BTreeMap<BitcoinHeight, Amount>,
}

impl Memory {
    /// Continues from a snapshot; `seed` is the custody output of the deployment.
    #[must_use]
    pub fn new(parameters: BridgeParameters, seed: CustodyRecord, snapshot: Snapshot) -> Self {
        let treasury = Treasury::new(seed, &snapshot);
        let mut memory = Self {
            parameters,
            treasury,
            secp: Secp256k1::verification_only(),
            descriptors: HashMap::new(),
            scripts: HashMap::new(),
            deposits: BTreeMap::new(),
            outpoints: HashMap::new(),
            scanned: snapshot.scanned.iter().map(|block| (block.height, block.hash)).collect(),
            header_relay: snapshot.header_relay,
            intents: snapshot.intents.into_iter().map(|intent| (intent.id, intent)).collect(),
            chain: None,
            look: None,
            minted_from: BTreeMap::new(),
        };
        snapshot.descriptors.into_iter().for_each(|descriptor| memory.watch(descriptor));
        snapshot.deposits.into_iter().for_each(|deposit| memory.follow(deposit));
        memory
    }

    /// Takes over what was committed.
    pub(super) fn absorb(&mut self, changes: &Changes) {
        for descriptor in &changes.descriptors {
            if !self.descriptors.contains_key(&descriptor.id) {
                self.watch(descriptor.clone());
            }
        }
        for scan in &changes.scans {
            self.absorb_scan(*scan);
        }
        for change in &changes.deposits {
            self.follow(change.record);
        }
        self.treasury.absorb(changes);
        if let Some(change) = &changes.header_relay {
            self.header_relay = change.state;
        }
        for intent in &changes.intents {
            match intent {
                IntentChange::Put(record) => {
                    self.intents.insert(record.id, record.clone());
                }
                IntentChange::Resolved(id) => {
                    self.intents.remove(id);
                }
            }
        }
    }

    fn watch(&mut self, descriptor: DescriptorRecord) {
        // Announcements are checked before they are stored, so they have an output script.
        if let Ok(script) = descriptor.announcement.descriptor.script_pubkey(&self.secp) {
            self.scripts.insert(script, descriptor.id);
        }
        self.descriptors.insert(descriptor.id, descriptor);
    }

    fn follow(&mut self, record: DepositRecord) {
        let id = record.facts.id();
        if matches!(record.state, PegInState::Done { .. }) {
            self.treasury.keep(MintedDeposit { record, spent_at: None });
        }
        if record.state.is_terminal() {
            self.deposits.remove(&id);
            self.outpoints.remove(&record.facts.outpoint);
        } else {
            self.deposits.insert(id, record);
            self.outpoints.insert(record.facts.outpoint, id);
        }
    }

    fn absorb_scan(&mut self, scan: ScanChange) {
        self.treasury.absorb_scan(scan);
        match scan {
            ScanChange::CustodyStart(_) => {}
            ScanChange::Scanned(block) => {
                self.scanned.insert(block.height, block.hash);
                if let Some((top, _)) = self.scanned.last_key_value() {
                    let lowest = top.get().saturating_sub(KEPT_BLOCKS - 1);
                    self.scanned = self.scanned.split_off(&BitcoinHeight::new(lowest));
                }
                for descriptor in self.descriptors.values_mut() {
                    if descriptor.scanned_to.get().checked_add(1) == Some(block.height.get()) {
                        descriptor.scanned_to = block.height;
                    }
                }
            }
            ScanChange::Clipped { fork } => {
                self.scanned.retain(|height, _| *height <= fork);
                for descriptor in self.descriptors.values_mut() {
                    descriptor.scanned_to = descriptor.scanned_to.min(fork);
                }
            }
        }
    }

    /// Returns what is known of peg-out.
    #[must_use]
    pub const fn treasury(&self) -> &Treasury {
        &self.treasury
    }

    pub(super) const fn treasury_mut(&mut self) -> &mut Treasury {
        &mut self.treasury
    }

    /// Returns what the machine sees when an event happens to a redemption.
    #[must_use]
    pub fn peg_out_context(&self) -> PegOutContext {
        let proof = self.parameters.custody_confirmations.max(self.parameters.max_confirmations);
        PegOutContext {
            bitcoin_tip: self.chain().map(|chain| chain.tip().height).unwrap_or_default(),
            // A reorganisation deep enough to undo a proof has to be as deep again to be missed.
            burial: BlockCount::new(proof.get().saturating_mul(2)),
        }
    }

    /// Returns the bridge's parameters.
    #[must_use]
    pub const fn parameters(&self) -> &BridgeParameters {
        &self.parameters
    }

    /// Returns the header chain, once it is open.
    #[must_use]
    pub fn chain(&self) -> Option<&HeaderChain> {
        self.chain.as_ref().map(|opened| &opened.chain)
    }

    /// Returns the last look at the contract.
    #[must_use]
    pub const fn look(&self) -> Option<&ContractLook> {
        self.look.as_ref()
    }

    /// Returns the sums minted by Bitcoin height, as of the last look.
    #[must_use]
    pub const fn minted_from(&self) -> &BTreeMap<BitcoinHeight, Amount> {
        &self.minted_from
    }

    /// Returns the watched descriptors.
    pub fn descriptors(&self) -> impl Iterator<Item = &DescriptorRecord> {
        self.descriptors.values()
    }

    /// Returns one descriptor.
    #[must_use]
    pub fn descriptor(&self, id: &DescriptorId) -> Option<&DescriptorRecord> {
        self.descriptors.get(id)
    }

    /// Returns the descriptor that an output pays to.
    #[must_use]
    pub fn paid_descriptor(&self, script: &ScriptBuf) -> Option<&DescriptorRecord> {
        self.scripts.get(script).and_then(|id| self.descriptors.get(id))
    }

    /// Returns the deposits that something can still happen to.
    pub fn deposits(&self) -> impl Iterator<Item = &DepositRecord> {
        self.deposits.values()
    }

    /// Returns one of them.
    #[must_use]
    pub fn deposit(&self, id: &DepositId) -> Option<&DepositRecord> {
        self.deposits.get(id)
    }

    /// Returns the live deposit at an outpoint.
    #[must_use]
    pub fn deposit_at(&self, outpoint: &OutPoint) -> Option<DepositId> {
        self.outpoints.get(outpoint).copied()
    }

    /// Returns the hashes of the newest searched blocks.
    #[must_use]
    pub const fn scanned(&self) -> &BTreeMap<BitcoinHeight, BlockHash> {
        &self.scanned
    }

    /// Returns what the header relay waits for.
    #[must_use]
    pub const fn header_relay(&self) -> &HeaderRelayState {
        &self.header_relay
    }

    /// Returns the transactions whose nonce is not spent for good.
    pub fn intents(&self) -> impl Iterator<Item = &IntentRecord> {
        self.intents.values()
    }

    /// Returns the contract's header chain and brakes; before the first look a contract that knows
    /// nothing, for which no deposit is deep enough.
    #[must_use]
    pub fn contract_view(&self) -> ContractView {
        let nothing = ContractView {
            tip_height: BitcoinHeight::new(0),
            tip_time: UnixTime::new(0),
            shared_height: BitcoinHeight::new(0),
            paused_until: UnixTime::new(0),
            side_time: UnixTime::new(0),
        };
        let Some(look) = &self.look else { return nothing };
        let Some(newest) = look.chain.newest() else { return nothing };
        let shared = self.chain().and_then(|chain| look.chain.shared_height(chain));
        ContractView {
            tip_height: newest.last,
            tip_time: look.chain.tip_time,
            shared_height: shared.unwrap_or_default(),
            paused_until: look.paused_until,
            side_time: look.head_time,
        }
    }

    /// Returns what the machine sees when an event happens to this deposit.
    #[must_use]
    pub fn context<'a>(
        &'a self,
        record: &'a DepositRecord,
        contract: ContractView,
        now: UnixTime,
    ) -> PegInContext<'a> {
        let height = record.state.inclusion().height();
        let minted = self.minted_from.get(&height).copied().unwrap_or(Amount::ZERO);
        // The contract's sum holds the deposit itself once it is minted.
        let own = match record.state {
            PegInState::Minted { .. } | PegInState::Orphaned { .. } | PegInState::Done { .. } => {
                record.facts.amount
            }
            PegInState::Confirming { .. }
            | PegInState::Claimable { .. }
            | PegInState::Claiming { .. }
            | PegInState::Disconnected { .. }
            | PegInState::TooLate { .. }
            | PegInState::Spent { .. }
            | PegInState::Refused { .. }
            | PegInState::Reclaimed { .. } => Amount::ZERO,
        };
        PegInContext {
            parameters: &self.parameters,
            facts: &record.facts,
            now,
            bitcoin_tip: self.chain().map(|chain| chain.tip().height).unwrap_or_default(),
            contract,
            minted_from_block: minted.checked_sub(own).unwrap_or(Amount::ZERO),
        }
    }

    /// Returns the lowest contract tip that a live deposit waits for and that the verified chain
    /// already has; without one the lowest at all.
    #[must_use]
    pub fn demanded_tip(&self, now: UnixTime) -> Option<BitcoinHeight> {
        let contract = self.contract_view();
        self.deposits
            .values()
            .filter(|record| !matches!(record.state, PegInState::Minted { .. }))
            .filter_map(|record| record.state.awaited_tip(&self.context(record, contract, now)))
            .chain(self.tip_for_proof())
            .filter(|height| *height > contract.tip_height)
            .min()
    }

    /// Returns the contract tip at which the next custody transaction can be proven.
    fn tip_for_proof(&self) -> Option<BitcoinHeight> {
        let output = self.treasury.look()?.newest.output?;
        let spend = self.treasury.history().confirmed(output.outpoint)?.spend()?;
        let above = self.parameters.custody_confirmations.get().saturating_sub(1);
        spend.block.height.checked_add(BlockCount::new(above))
    }
}
