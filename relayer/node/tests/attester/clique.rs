//! A Clique chain that real geth nodes sealed, followed by an attester.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;

use farbank_contracts::{BlockAt, BlockRange, RawHeader};
use farbank_evm_light_client::SideHeader;
use farbank_relayer::attester::{
    Attester, GenesisError, SideSource, SideViewError, Start, StateError,
};
use farbank_types::{Bytes, EvmAddress, ProofAnswer, B256};
use serde_json::Value;

use crate::bitcoin::Away;
use crate::chains::{HeldClock, World};

/// A node that has the first blocks of the recorded chain.
#[derive(Debug)]
struct Recorded {
    genesis: Vec<u8>,
    headers: Vec<RawHeader>,
    blocks: AtomicUsize,
    away: AtomicBool,
}

impl Recorded {
    fn read() -> Self {
        let path = "../../tests/vectors/clique/three-signers.json";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let raw = |rlp: &Value| {
            let rlp: Bytes = serde_json::from_value(rlp.clone()).unwrap();
            let header = SideHeader::decode(&rlp).unwrap();
            let (number, hash) = (header.number(), header.hash());
            RawHeader { number, hash, parent_hash: header.parent_hash(), rlp }
        };
        let headers: Vec<_> = file["headers"].as_array().unwrap().iter().map(raw).collect();
        Self {
            genesis: serde_json::to_vec(&file["genesis"]).unwrap(),
            blocks: AtomicUsize::new(headers.len()),
            headers,
            away: AtomicBool::new(false),
        }
    }

    fn seen(&self) -> Result<&[RawHeader], Away> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Away);
        }
        Ok(&self.headers[..self.blocks.load(Ordering::SeqCst)])
    }
}

impl SideSource for Recorded {
    type Error = Away;

    async fn header(&self, at: BlockAt) -> Result<Option<RawHeader>, Away> {
        let seen = self.seen()?;
        Ok(match at {
            BlockAt::Latest => seen.last(),
            BlockAt::Number(number) => seen.iter().find(|header| header.number == number),
            BlockAt::Hash(hash) => seen.iter().find(|header| header.hash == hash),
            BlockAt::Finalized => None,
        }
        .cloned())
    }

    async fn headers(&self, range: BlockRange) -> Result<Vec<RawHeader>, Away> {
        let seen = self.seen()?.iter();
        let inside = |header: &&RawHeader| (range.first..=range.last).contains(&header.number);
        Ok(seen.filter(inside).cloned().collect())
    }

    async fn proof(&self, _: EvmAddress, _: &[B256], _: BlockAt) -> Result<ProofAnswer, Away> {
        Err(Away)
    }
}

async fn open(
    world: &World,
    node: &Arc<Recorded>,
) -> Attester<crate::bitcoin::FakeBitcoin, Recorded, HeldClock> {
    let mut terms = world.terms(0, node.headers[0].hash);
    terms.start = Start::clique(&node.genesis, node.headers[0].hash).unwrap();
    let clock = HeldClock(Arc::new(AtomicU64::new(4_000_000_000)));
    let bitcoin = Arc::clone(&world.bitcoin);
    Attester::open(terms, bitcoin, Arc::clone(node), clock, &world.state_dir(0)).await.unwrap()
}

#[tokio::test]
async fn blocks_become_final_and_stay_so_through_a_restart() {
    let (world, node) = (World::new(), Arc::new(Recorded::read()));
    let attester = open(&world, &node).await;
    node.blocks.store(5, Ordering::SeqCst);
    attester.look_at_side_chain().await.unwrap_err();
    assert_eq!(attester.newest_final().await, None, "too few blocks");
    node.blocks.store(node.headers.len(), Ordering::SeqCst);
    // All is followed; the bridge itself is nowhere on this chain.
    let looked = attester.look_at_side_chain().await;
    assert!(matches!(looked, Err(SideViewError::Bridge(StateError::Node(_)))), "{looked:?}");
    let newest_final = attester.newest_final().await;
    assert!(newest_final.is_some());
    drop(attester);
    let attester = open(&world, &node).await;
    node.away.store(true, Ordering::SeqCst);
    attester.look_at_side_chain().await.unwrap_err();
    assert_eq!(attester.newest_final().await, newest_final);
}

#[tokio::test]
async fn genesis_file_of_another_chain_is_refused() {
    let node = Recorded::read();
    let pinned = B256::repeat_byte(3);
    assert!(matches!(
        Start::clique(&node.genesis, pinned),
        Err(GenesisError::WrongHash { expected, .. }) if expected == pinned
    ));
}
