//! Two scripted chains with a bridge between them, and attesters that can be killed.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use bitcoin::{Amount, FeeRate, Network, OutPoint, ScriptBuf, TxOut};
use farbank_federation::custody::{
    custody_script, CustodyOutput, CustodyPlan, PlannedPayout, Redemption, RedemptionId,
    SigningRequest, SpentOutput,
};
use farbank_federation::policy::PolicyLimits;
use farbank_relayer::adapters::attesters::AttesterClient;
use farbank_relayer::attester::{Attester, AttesterTerms, Start};
use farbank_relayer::clock::Clock;
use farbank_transport::{Admission, IdentityKey, PeerAddress, PeerLimits, PeerListener, Protocol};
use farbank_types::{
    keccak256, BitcoinEndpoint, BitcoinHeight, BridgeParameters, ChainId, CheckpointRecord,
    ContractAddresses, CustodyRecord, Deployment, EvmAddress, EvmBlockNumber, FederationKey,
    FederationKeyKind, SideChainEndpoint, SideChainKind, UnixTime, B256, DEPLOYMENT_VERSION, U256,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::bitcoin::{pays, FakeBitcoin};
use crate::federation::{identities, shares};
use crate::side_chain::{FakeSideChain, BRIDGE};

const INSTANCE: B256 = B256::repeat_byte(0x11);
/// Height of the block with the seed of custody, and of the checkpoint above it.
const SEED_HEIGHT: u32 = 4;
const CHECKPOINT: u32 = 8;

/// Where the contract keeps its variables (`contracts/abi/Bridge.storage.json`).
const LEDGER: u64 = 4_098;
const REDEMPTIONS: u64 = 4_187;
const CUSTODY: u64 = 4_188;
const KEYS: u64 = 4_191;

/// A clock that stands until it is moved.
#[derive(Clone, Debug)]
pub(crate) struct HeldClock(pub(crate) Arc<AtomicU64>);

impl Clock for HeldClock {
    fn now(&self) -> UnixTime {
        UnixTime::new(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) type TestAttester = Attester<FakeBitcoin, FakeSideChain, HeldClock>;

/// A running attester.
pub(crate) struct Member {
    pub(crate) attester: Arc<TestAttester>,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

/// Everything around the attesters.
pub(crate) struct World {
    pub(crate) bitcoin: Arc<FakeBitcoin>,
    pub(crate) side_chain: Arc<FakeSideChain>,
    pub(crate) clock: HeldClock,
    pub(crate) relayer: IdentityKey,
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) members: Vec<Option<Member>>,
    folder: TempDir,
}

impl World {
    /// Both chains with a bridge that owes redemptions 1 to 9; no attester runs.
    pub(crate) fn new() -> Self {
        let key = shares()[0].group().federation_key();
        let bitcoin = Arc::new(FakeBitcoin::new());
        bitcoin.mine_empty(SEED_HEIGHT - 1);
        let output = TxOut { value: Amount::ONE_BTC, script_pubkey: custody_script(key) };
        let seed = pays(OutPoint::null(), b"seed", vec![output]);
        bitcoin.mine(0, std::slice::from_ref(&seed));
        bitcoin.mine_empty(8);
        let now = u64::from(bitcoin.tip().time);
        let side_chain = Arc::new(FakeSideChain::new(now - 100));
        let outpoint = OutPoint { txid: seed.compute_txid(), vout: 0 };
        let checkpoint = bitcoin.at(CHECKPOINT).unwrap();
        let deployment = Arc::new(Deployment {
            version: DEPLOYMENT_VERSION,
            bitcoin: BitcoinEndpoint {
                network: Network::Regtest,
                rpc_url: "http://127.0.0.1:1".to_owned(),
                cookie_file: None,
            },
            side_chain: SideChainEndpoint {
                kind: SideChainKind::Anvil,
                chain_id: ChainId::new(31_337),
                genesis_hash: side_chain.genesis(),
                rpc_url: "http://127.0.0.1:1".to_owned(),
            },
            contracts: ContractAddresses {
                bridge: BRIDGE.address,
                token: EvmAddress::repeat_byte(2),
                governance: EvmAddress::repeat_byte(3),
                deployed_at: EvmBlockNumber::new(1),
            },
            instance: INSTANCE,
            federation_key: FederationKey { x_only: key, kind: FederationKeyKind::Dkg },
            checkpoint: CheckpointRecord {
                height: BitcoinHeight::new(CHECKPOINT),
                hash: checkpoint.block_hash(),
                epoch_start_time: UnixTime::new(bitcoin.at(0).unwrap().time.into()),
            },
            custody: CustodyRecord { outpoint, value: Amount::ONE_BTC },
            parameters: BridgeParameters::devnet(),
        });
        // All at once, so that no two are given the same port.
        let sockets: Vec<_> =
            (0..4).map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let world = Self {
            bitcoin,
            side_chain,
            clock: HeldClock(Arc::new(AtomicU64::new(now))),
            relayer: IdentityKey::generate().unwrap(),
            deployment,
            addresses: sockets.iter().map(|socket| socket.local_addr().unwrap()).collect(),
            members: (0..4).map(|_| None).collect(),
            folder: tempfile::tempdir().unwrap(),
        };
        world.seal(world.custody(), &(1..=9).collect::<Vec<_>>());
        world
    }

    /// The same with four attesters that have seen both chains.
    pub(crate) async fn running() -> Self {
        let mut world = Self::new();
        for member in 0..4 {
            world.start(member).await;
        }
        world
    }

    pub(crate) fn state_dir(&self, member: usize) -> PathBuf {
        self.folder.path().join(member.to_string())
    }

    pub(crate) fn limits(&self) -> PolicyLimits {
        PolicyLimits {
            min_fee_rate: FeeRate::BROADCAST_MIN,
            ..PolicyLimits::production(
                self.side_chain.genesis(),
                Amount::from_sat(10_000),
                Amount::from_sat(1_000_000),
            )
        }
    }

    pub(crate) async fn open(&self, member: usize, folder: &Path) -> TestAttester {
        self.open_with(member, folder, self.side_chain.genesis()).await
    }

    /// Opens an attester that expects another side chain.
    pub(crate) async fn open_with_genesis(&self, member: usize, genesis: B256) -> TestAttester {
        self.open_with(member, &self.state_dir(member), genesis).await
    }

    async fn open_with(&self, member: usize, folder: &Path, genesis: B256) -> TestAttester {
        let (bitcoin, side_chain) = (Arc::clone(&self.bitcoin), Arc::clone(&self.side_chain));
        let terms = self.terms(member, genesis);
        Attester::open(terms, bitcoin, side_chain, self.clock.clone(), folder).await.unwrap()
    }

    /// What an attester is told.
    pub(crate) fn terms(&self, member: usize, genesis: B256) -> AttesterTerms {
        AttesterTerms {
            deployment: Arc::clone(&self.deployment),
            bridge: BRIDGE,
            genesis,
            start: Start::OwnNode,
            limits: self.limits(),
            relayers: BTreeSet::from([self.relayer.identity()]),
            share: shares().remove(member),
        }
    }

    /// Starts an attester, or starts it again, and has it look at both chains.
    pub(crate) async fn start(&mut self, member: usize) {
        let attester = Arc::new(self.open(member, &self.state_dir(member)).await);
        look(&attester).await;
        self.serve(member, attester).await;
    }

    /// Has an attester answer peers, whatever it has seen.
    pub(crate) async fn serve(&mut self, member: usize, attester: Arc<TestAttester>) {
        let admitted = identities().iter().chain([&self.relayer]).map(IdentityKey::identity);
        let listener = PeerListener::bind(
            self.addresses[member],
            &identities()[member],
            Protocol::ATTESTER,
            Admission::only(admitted),
            PeerLimits::default(),
        );
        let (listener, stop) = (listener.await.unwrap(), CancellationToken::new());
        let served = tokio::spawn(listener.serve(Arc::clone(&attester), stop.clone()));
        self.members[member] = Some(Member { attester, stop, served });
    }

    /// Ends an attester; what it had in memory is gone.
    pub(crate) async fn kill(&mut self, member: usize) {
        self.members[member].take().unwrap().end().await;
    }

    pub(crate) fn attester(&self, member: usize) -> &Arc<TestAttester> {
        &self.members[member].as_ref().unwrap().attester
    }

    /// Has every running attester look at both chains.
    pub(crate) async fn look(&self) {
        for member in self.members.iter().flatten() {
            look(&member.attester).await;
        }
    }

    pub(crate) fn client(&self, key: &IdentityKey) -> AttesterClient {
        let addresses: Vec<PeerAddress> = self.addresses.iter().map(|one| (*one).into()).collect();
        let group = shares()[0].group().clone();
        AttesterClient::new(group, &addresses, key, INSTANCE, Duration::from_secs(10)).unwrap()
    }

    /// The seed of custody.
    pub(crate) fn custody(&self) -> CustodyOutput {
        let CustodyRecord { outpoint, value } = self.deployment.custody;
        CustodyOutput { outpoint, value, key: self.deployment.federation_key.x_only }
    }

    /// Adds a final side-chain block in which `custody` is proven and these redemptions are owed.
    pub(crate) fn seal(&self, custody: CustodyOutput, owed: &[u64]) {
        let word = |value: u64| B256::from(U256::from(value));
        let height = U256::from(SEED_HEIGHT);
        let packed = U256::from(custody.outpoint.vout)
            | (U256::from(custody.value.to_sat()) << 32)
            | (height << 96);
        let txid: &[u8; 32] = custody.outpoint.txid.as_ref();
        let mut storage = BTreeMap::from([
            (word(LEDGER), U256::from(9) << 32),
            (word(CUSTODY), U256::from_be_bytes(*txid)),
            (word(CUSTODY + 1), packed),
            (word(KEYS), U256::from_be_bytes(custody.key.serialize())),
        ]);
        for id in owed {
            let slot = keccak256([word(*id), word(REDEMPTIONS)].concat());
            storage.insert(slot, U256::from_be_bytes(redemption(*id).commitment().0));
        }
        self.side_chain.seal(self.clock.now().get(), storage);
    }

    /// A request that pays `ids` from `custody`, and what it spends.
    pub(crate) fn request(
        &self,
        custody: CustodyOutput,
        ids: &[u64],
    ) -> (SigningRequest, Vec<SpentOutput>) {
        let payout = |id: &u64| PlannedPayout {
            redemption: redemption(*id),
            fee_share: Amount::from_sat(1_000),
        };
        let plan = CustodyPlan {
            custody,
            deposits: Vec::new(),
            payouts: ids.iter().map(payout).collect(),
            key: custody.key,
            anchor: self.side_chain.newest(),
            fee: Amount::from_sat(1_000),
        };
        let spent = SpentOutput { value: custody.value, key: custody.key, leaf_hash: None };
        (plan.build().unwrap(), vec![spent])
    }
}

impl Member {
    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.served.await.unwrap();
        self.attester.close().await;
    }
}

/// Has an attester look at both chains until there is nothing new.
pub(crate) async fn look(attester: &TestAttester) {
    while attester.look_at_bitcoin().await.unwrap() {}
    while attester.look_at_side_chain().await.unwrap() {}
}

/// What the bridge owes under an id.
pub(crate) fn redemption(id: u64) -> Redemption {
    let seed = u8::try_from(id).unwrap();
    Redemption {
        id: RedemptionId::new(id),
        amount: Amount::from_sat(100_000 + id),
        max_fee: Amount::from_sat(5_000),
        requested_at: UnixTime::new(1_000_000 + id),
        requester: EvmAddress::repeat_byte(0x11),
        script: ScriptBuf::from_hex(&format!("0014{}", hex::encode([seed; 20]))).unwrap(),
    }
}

/// The custody output that a transaction makes: the one before the anchor.
pub(crate) fn custody_of(request: &SigningRequest, before: CustodyOutput) -> CustodyOutput {
    let transaction = &request.transaction;
    let vout = transaction.output.len() - 2;
    CustodyOutput {
        outpoint: OutPoint { txid: transaction.compute_txid(), vout: u32::try_from(vout).unwrap() },
        value: transaction.output[vout].value,
        key: before.key,
    }
}
