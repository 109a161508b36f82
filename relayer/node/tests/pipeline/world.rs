//! Scripted nodes, and a relayer that can be killed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bitcoin::absolute::LockTime;
use bitcoin::block::{Header, Version};
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::transaction::Version as TxVersion;
use bitcoin::{
    Amount, Block, BlockHash, FeeRate, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn,
    TxMerkleNode, TxOut, Txid, Witness, XOnlyPublicKey,
};
use farbank_bitcoin_light_client::{BlockRef, HeaderChain};
use farbank_relayer::adapters::attesters::AttesterClient;
use farbank_relayer::clock::Clock;
use farbank_relayer::executor::Payer;
use farbank_relayer::pipeline::{BitcoinObserver, ContractObserver, Habits, Ledger, ObserveError};
use farbank_relayer_core::custody::CustodyLook;
use farbank_relayer_core::header_relay::{ContractChain, ContractSegment, HeaderRelayParameters};
use farbank_relayer_core::peg_in::deposit_file::DepositAnnouncement;
use farbank_relayer_core::peg_in::descriptor::{Action, DepositDescriptor};
use farbank_relayer_core::peg_in::DescriptorId;
use farbank_relayer_core::peg_out::RedemptionId;
use farbank_relayer_core::ports::{
    BitcoinNetwork, ContractLook, DescriptorRecord, PegInStore as _, PegOutChain, Pool, PortError,
    RedemptionEvent, RedemptionsLook, SideChain,
};
use farbank_relayer_store::SqlitePegInStore;
use farbank_types::{
    BitcoinEndpoint, BitcoinHeight, BlockCount, BridgeParameters, ChainId, CheckpointRecord,
    ContractAddresses, CustodyRecord, Deployment, EvmAddress, EvmBlockNumber, FederationKey,
    FederationKeyKind, SegmentIndex, SideChainEndpoint, SideChainKind, UnixTime, B256,
    DEPLOYMENT_VERSION,
};

use crate::treasury::{custody_habits, FakeTreasury, FINALITY};

const INSTANCE: B256 = B256::repeat_byte(0x11);
/// Long after regtest's genesis block, so that no header lies in the future.
const NOW: u64 = 1_400_000_000;

/// Stands still until it is told to go on.
#[derive(Clone, Debug, Default)]
pub(crate) struct FixedClock {
    passed: Arc<AtomicU64>,
}

impl FixedClock {
    pub(crate) fn pass(&self, secs: u64) {
        self.passed.fetch_add(secs, Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> UnixTime {
        UnixTime::new(NOW + self.passed.load(Ordering::Relaxed))
    }
}

/// A node's fault; which one does not matter.
#[derive(Debug, thiserror::Error)]
#[error("the scripted node is away")]
pub(crate) struct Away;

impl PortError for Away {
    fn is_transient(&self) -> bool {
        true
    }
}

#[derive(Debug, Default)]
pub(crate) struct FakeBitcoin {
    blocks: Mutex<Vec<Block>>,
    /// What was broadcast.
    pub(crate) pool: Mutex<Vec<Transaction>>,
    pub(crate) away: Mutex<bool>,
    pub(crate) without_blocks: Mutex<bool>,
}

impl FakeBitcoin {
    fn new() -> Self {
        let genesis = bitcoin::constants::genesis_block(Network::Regtest);
        Self { blocks: Mutex::new(vec![genesis]), ..Self::default() }
    }

    pub(crate) fn tip(&self) -> u32 {
        u32::try_from(self.blocks.lock().unwrap().len()).unwrap() - 1
    }

    /// Mines a block with these payments; `branch` makes it differ from others at its height.
    pub(crate) fn mine(&self, branch: u8, payments: &[TxOut]) {
        let payment = (!payments.is_empty()).then(|| transaction(b"payment", payments));
        self.mine_transactions(branch, payment.into_iter().collect());
    }

    /// Mines a block with these transactions.
    pub(crate) fn mine_transactions(&self, branch: u8, transactions: Vec<Transaction>) {
        let mut blocks = self.blocks.lock().unwrap();
        let height = u8::try_from(blocks.len() % 251).unwrap();
        let parent = blocks.last().unwrap().header;
        let mut txdata = vec![transaction(&[height, branch], &[])];
        txdata.extend(transactions);
        let mut header = Header {
            version: Version::TWO,
            prev_blockhash: parent.block_hash(),
            merkle_root: TxMerkleNode::all_zeros(),
            time: parent.time + 10,
            bits: parent.bits,
            nonce: 0,
        };
        let mut block = Block { header, txdata };
        header.merkle_root = block.compute_merkle_root().unwrap();
        while header.validate_pow(header.target()).is_err() {
            header.nonce += 1;
        }
        block.header = header;
        blocks.push(block);
    }

    pub(crate) fn mine_empty(&self, count: u32, branch: u8) {
        (0..count).for_each(|_| self.mine(branch, &[]));
    }

    /// Drops the blocks above `height`.
    pub(crate) fn truncate(&self, height: u32) {
        self.blocks.lock().unwrap().truncate(usize::try_from(height).unwrap() + 1);
    }

    /// Changes the newest block's header after its work was done.
    pub(crate) fn spoil_newest(&self) {
        let mut blocks = self.blocks.lock().unwrap();
        let header = &mut blocks.last_mut().unwrap().header;
        while header.validate_pow(header.target()).is_ok() {
            header.nonce += 1;
        }
    }

    pub(crate) fn block_ref(&self, height: u32) -> BlockRef {
        let hash = self.at(height).unwrap().block_hash();
        BlockRef { height: BitcoinHeight::new(height), hash }
    }

    fn at(&self, height: u32) -> Option<Header> {
        let index = usize::try_from(height).unwrap();
        self.blocks.lock().unwrap().get(index).map(|block| block.header)
    }
}

fn transaction(tag: &[u8], outputs: &[TxOut]) -> Transaction {
    let input = TxIn {
        previous_output: OutPoint::null(),
        script_sig: ScriptBuf::from_bytes([tag, b"padding"].concat()),
        sequence: Sequence::MAX,
        witness: Witness::new(),
    };
    let output = match outputs {
        [] => vec![TxOut { value: Amount::ONE_BTC, script_pubkey: ScriptBuf::new() }],
        some => some.to_vec(),
    };
    Transaction { version: TxVersion::TWO, lock_time: LockTime::ZERO, input: vec![input], output }
}

impl BitcoinNetwork for FakeBitcoin {
    type Error = Away;

    async fn best_block(&self) -> Result<BlockRef, Away> {
        if *self.away.lock().unwrap() {
            return Err(Away);
        }
        let (height, header) = (self.tip(), self.at(self.tip()).unwrap());
        Ok(BlockRef { height: BitcoinHeight::new(height), hash: header.block_hash() })
    }

    async fn headers(&self, first: BitcoinHeight, count: BlockCount) -> Result<Vec<Header>, Away> {
        let heights = first.get()..first.get().saturating_add(count.get());
        Ok(heights.map_while(|height| self.at(height)).collect())
    }

    async fn block(&self, hash: &BlockHash) -> Result<Option<Block>, Away> {
        let blocks = self.blocks.lock().unwrap();
        let found = blocks.iter().find(|block| block.block_hash() == *hash).cloned();
        Ok(found.filter(|_| !*self.without_blocks.lock().unwrap()))
    }

    async fn broadcast(&self, transaction: &Transaction) -> Result<Pool, Away> {
        self.pool.lock().unwrap().push(transaction.clone());
        Ok(Pool::Taken)
    }

    async fn fee_rate(&self, _: BlockCount) -> Result<FeeRate, Away> {
        Ok(FeeRate::BROADCAST_MIN)
    }
}

/// A contract that holds every header up to `tip` in one segment, and mints as it is told.
#[derive(Debug, Default)]
pub(crate) struct FakeContract {
    pub(crate) segments: Mutex<Vec<ContractSegment>>,
    pub(crate) minted: Mutex<Vec<OutPoint>>,
    pub(crate) final_minted: Mutex<Vec<OutPoint>>,
    pub(crate) treasury: Mutex<FakeTreasury>,
}

impl FakeContract {
    /// Number of the newest block; six below is final.
    fn head(&self) -> u64 {
        self.treasury.lock().unwrap().head()
    }

    pub(crate) fn follow(&self, chain: &HeaderChain) {
        let tip = chain.tip();
        let segment = ContractSegment {
            index: SegmentIndex::new(1),
            first: BitcoinHeight::new(1),
            last: tip.height,
            tip: tip.hash,
            work: tip.work,
        };
        *self.segments.lock().unwrap() = vec![segment];
    }
}

impl SideChain for FakeContract {
    type Error = Away;

    async fn look(&self) -> Result<ContractLook, Away> {
        let segments = self.segments.lock().unwrap().clone();
        let head = self.head();
        Ok(ContractLook {
            head: EvmBlockNumber::new(head),
            head_time: UnixTime::new(NOW),
            finalized: EvmBlockNumber::new(head - FINALITY),
            chain: ContractChain { segments, tip_time: UnixTime::new(NOW) },
            paused_until: UnixTime::new(0),
        })
    }

    async fn minted(&self, outpoints: &[OutPoint], at: EvmBlockNumber) -> Result<Vec<bool>, Away> {
        let is_final = at.get() + FINALITY == self.head();
        let list = if is_final { &self.final_minted } else { &self.minted };
        let minted = list.lock().unwrap();
        Ok(outpoints.iter().map(|outpoint| minted.contains(outpoint)).collect())
    }

    async fn minted_from(
        &self,
        heights: &[BitcoinHeight],
        _at: EvmBlockNumber,
    ) -> Result<BTreeMap<BitcoinHeight, Amount>, Away> {
        Ok(heights.iter().map(|height| (*height, Amount::ZERO)).collect())
    }
}

impl PegOutChain for FakeContract {
    type Error = Away;

    async fn custody(&self, look: &ContractLook) -> Result<CustodyLook, Away> {
        Ok(self.treasury.lock().unwrap().custody(look))
    }

    async fn redemptions(
        &self,
        ids: &[RedemptionId],
        at: EvmBlockNumber,
    ) -> Result<RedemptionsLook, Away> {
        Ok(self.treasury.lock().unwrap().redemptions(ids, at))
    }

    async fn redemption_events(
        &self,
        first: EvmBlockNumber,
        last: EvmBlockNumber,
    ) -> Result<Vec<RedemptionEvent>, Away> {
        Ok(self.treasury.lock().unwrap().events(first, last))
    }
}

/// The nodes and the disk: what outlives a relayer.
pub(crate) struct World {
    pub(crate) clock: FixedClock,
    pub(crate) bitcoin: Arc<FakeBitcoin>,
    pub(crate) contract: Arc<FakeContract>,
    folder: tempfile::TempDir,
}

/// One life of a relayer.
pub(crate) struct Relayer {
    pub(crate) ledger: Arc<Ledger<SqlitePegInStore, FixedClock>>,
    bitcoin: BitcoinObserver<FakeBitcoin, SqlitePegInStore, FixedClock>,
    contract: ContractObserver<FakeContract, SqlitePegInStore, FixedClock>,
    side: Arc<FakeContract>,
    pub(crate) payer: Payer<FakeBitcoin, SqlitePegInStore, FixedClock, AttesterClient>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            clock: FixedClock::default(),
            bitcoin: Arc::new(FakeBitcoin::new()),
            contract: Arc::new(FakeContract::default()),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) async fn start(&self) -> Relayer {
        self.start_in("state").await
    }

    /// A relayer with an empty record.
    pub(crate) async fn start_anew(&self) -> Relayer {
        self.start_in("anew").await
    }

    async fn start_in(&self, folder: &str) -> Relayer {
        let state: PathBuf = self.folder.path().join(folder);
        let store = SqlitePegInStore::open(&state, INSTANCE).await.unwrap();
        let header_relay = HeaderRelayParameters {
            max_segment_headers: BlockCount::new(144),
            min_batch_headers: BlockCount::new(6),
            max_tip_age_secs: 3_600,
        };
        let deployment = Arc::new(deployment());
        let habits = Habits { header_relay, custody: custody_habits(&deployment) };
        let ledger = Ledger::open(store, self.clock.clone(), deployment, habits).await.unwrap();
        let ledger = Arc::new(ledger);
        Relayer {
            bitcoin: BitcoinObserver::new(Arc::clone(&self.bitcoin), Arc::clone(&ledger), &state),
            contract: ContractObserver::new(Arc::clone(&self.contract), Arc::clone(&ledger)),
            side: Arc::clone(&self.contract),
            payer: Payer::new(
                Arc::clone(&self.bitcoin),
                Arc::clone(&ledger),
                None,
                core::time::Duration::from_secs(1),
            ),
            ledger,
        }
    }
}

impl Relayer {
    /// Looks at Bitcoin until there is nothing more to do.
    pub(crate) async fn look(&self) -> Result<(), ObserveError> {
        while self.look_once().await? {}
        Ok(())
    }

    pub(crate) async fn look_once(&self) -> Result<bool, ObserveError> {
        self.bitcoin.look().await
    }

    /// Has the contract follow the verified chain, and looks at it.
    pub(crate) async fn look_at_contract(&self) {
        if let Some(chain) = self.ledger.memory().await.chain() {
            self.side.follow(chain);
        }
        self.contract.look().await.unwrap();
    }

    pub(crate) async fn watch(&self, salt: u8, scanned_to: u32) -> (DescriptorId, TxOut) {
        let announcement = announcement(salt);
        let id = DescriptorId::new(announcement.descriptor.tweak_hash().unwrap());
        let script = announcement.descriptor.script_pubkey(&Secp256k1::new()).unwrap();
        let scanned_to = BitcoinHeight::new(scanned_to);
        let record = DescriptorRecord { id, announcement, scanned_to };
        assert!(self.ledger.watch(record, 100).await.unwrap());
        (id, TxOut { value: Amount::from_sat(100_000), script_pubkey: script })
    }

    pub(crate) async fn cursor(&self, id: DescriptorId) -> u32 {
        self.ledger.memory().await.descriptor(&id).unwrap().scanned_to.get()
    }

    /// Returns name of the state and height of every payment, from the record.
    pub(crate) async fn stored(&self, id: DescriptorId) -> Vec<(&'static str, u32)> {
        let (_, deposits) = self.ledger.store().descriptor(id).await.unwrap().unwrap();
        deposits
            .iter()
            .map(|record| (record.state.name(), record.state.inclusion().height().get()))
            .collect()
    }

    pub(crate) async fn duties(&self) -> usize {
        self.ledger.store().peg_in_duties().await.unwrap().len()
    }

    pub(crate) async fn outpoints(&self) -> Vec<OutPoint> {
        let memory = self.ledger.memory().await;
        memory.deposits().map(|record| record.facts.outpoint).collect()
    }
}

pub(crate) fn key(byte: u8) -> XOnlyPublicKey {
    let secret = SecretKey::from_slice(&[byte; 32]).unwrap();
    secret.x_only_public_key(&Secp256k1::new()).0
}

fn announcement(salt: u8) -> DepositAnnouncement {
    let descriptor = DepositDescriptor {
        instance: INSTANCE,
        federation_key: key(1),
        recipient: EvmAddress::repeat_byte(0x22),
        carrier_fee: Amount::from_sat(1_000),
        salt: B256::repeat_byte(salt),
        action: Action::Mint,
        reclaim_blocks: BlockCount::new(300),
        reclaim_key: key(2),
    };
    let birth = BitcoinHeight::new(1);
    DepositAnnouncement::new(&Secp256k1::new(), Network::Regtest, descriptor, birth).unwrap()
}

fn deployment() -> Deployment {
    let genesis = bitcoin::constants::genesis_block(Network::Regtest);
    let url = "http://127.0.0.1:1".to_owned();
    Deployment {
        version: DEPLOYMENT_VERSION,
        bitcoin: BitcoinEndpoint {
            network: Network::Regtest,
            rpc_url: url.clone(),
            cookie_file: None,
        },
        side_chain: SideChainEndpoint {
            kind: SideChainKind::Anvil,
            chain_id: ChainId::new(1),
            genesis_hash: B256::ZERO,
            rpc_url: url,
        },
        contracts: ContractAddresses {
            bridge: EvmAddress::repeat_byte(1),
            token: EvmAddress::repeat_byte(2),
            governance: EvmAddress::repeat_byte(3),
            deployed_at: EvmBlockNumber::new(1),
        },
        instance: INSTANCE,
        federation_key: FederationKey { x_only: key(1), kind: FederationKeyKind::Supplied },
        checkpoint: CheckpointRecord {
            height: BitcoinHeight::new(0),
            hash: genesis.block_hash(),
            epoch_start_time: UnixTime::new(u64::from(genesis.header.time)),
        },
        custody: CustodyRecord {
            outpoint: OutPoint { txid: Txid::all_zeros(), vout: 0 },
            value: Amount::ONE_BTC,
        },
        parameters: BridgeParameters::devnet(),
    }
}
