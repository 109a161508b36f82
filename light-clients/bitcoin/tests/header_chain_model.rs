//! The header chain against a naive twin that keeps every block with its whole ancestry and decides
//! everything from scratch.

mod common;

use std::collections::HashMap;

use bitcoin::block::Header;
use bitcoin::{BlockHash, CompactTarget};
use common::{mine_chain, mine_child, regtest, remine};
use farbank_bitcoin_light_client::{BlockRef, HeaderChain, ImportOutcome};
use farbank_types::{BitcoinHeight, BlockCount, UnixTime};
use proptest::prelude::*;

/// Blocks of the chain that every run starts with: more than one kept state apart.
const BASE: usize = 300;

/// Every branch as a whole path from the genesis block.
struct Model {
    paths: HashMap<BlockHash, Vec<Header>>,
    best: BlockHash,
}

impl Model {
    fn new(genesis: Header) -> Self {
        let best = genesis.block_hash();
        Self { paths: HashMap::from([(best, vec![genesis])]), best }
    }

    fn best(&self) -> &[Header] {
        &self.paths[&self.best]
    }

    fn judge(path: &[Header], header: &Header, now: UnixTime) -> Result<(), &'static str> {
        let mut times: Vec<_> = path.iter().rev().take(11).map(|parent| parent.time).collect();
        times.sort_unstable();
        if header.bits != path[0].bits {
            Err("BadBits")
        } else if header.time <= times[times.len() / 2] {
            Err("TimeTooOld")
        } else if u64::from(header.time) > now.get() + 7_200 {
            Err("TimeTooNew")
        } else if header.validate_pow(header.target()).is_err() {
            Err("BadProofOfWork")
        } else {
            Ok(())
        }
    }

    fn import(&mut self, batch: &[Header], now: UnixTime) -> Result<ImportOutcome, &'static str> {
        let mut added = Vec::new();
        for (at, header) in batch.iter().enumerate() {
            if at > 0 && header.prev_blockhash != batch[at - 1].block_hash() {
                return Err("BadLink");
            }
            if added.is_empty() && self.paths.contains_key(&header.block_hash()) {
                continue;
            }
            let path: &Vec<Header> = match added.last() {
                Some((_, path)) => path,
                None => self.paths.get(&header.prev_blockhash).ok_or("UnknownParent")?,
            };
            Self::judge(path, header, now)?;
            let mut path = path.clone();
            path.push(*header);
            added.push((header.block_hash(), path));
        }
        let Some((end, path)) = added.last().cloned() else { return Ok(ImportOutcome::Unchanged) };
        self.paths.extend(added);
        let old = self.best().to_vec();
        if path.len() <= old.len() {
            let end = reference(path.len() - 1, &path[path.len() - 1]);
            return Ok(ImportOutcome::SideBranch { end });
        }
        self.best = end;
        let fork = old.iter().zip(&path).take_while(|(a, b)| a == b).count();
        let refs = |path: &[Header]| -> Vec<BlockRef> {
            path.iter().enumerate().skip(fork).map(|(at, header)| reference(at, header)).collect()
        };
        let (reverted, connected) = (refs(&old), refs(&path));
        Ok(if reverted.is_empty() {
            ImportOutcome::Extended { connected }
        } else {
            ImportOutcome::Reorganized { reverted, connected }
        })
    }
}

fn reference(height: usize, header: &Header) -> BlockRef {
    let height = BitcoinHeight::new(u32::try_from(height).expect("fits"));
    BlockRef { height, hash: header.block_hash() }
}

/// What is wrong with the last header of a batch.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    OldTime,
    NewTime,
    Bits,
    ProofOfWork,
    Link,
    Parent,
}

/// A batch: which known block it grows from, its length, and what is wrong with it.
#[derive(Clone, Debug)]
struct Step {
    parent: prop::sample::Index,
    near_the_tip: bool,
    length: usize,
    overlap: usize,
    salt: u64,
    spacing: i64,
    fault: Fault,
}

fn step() -> impl Strategy<Value = Step> {
    let fault = prop_oneof![
        12 => Just(Fault::None),
        1 => Just(Fault::OldTime),
        1 => Just(Fault::NewTime),
        1 => Just(Fault::Bits),
        1 => Just(Fault::ProofOfWork),
        1 => Just(Fault::Link),
        1 => Just(Fault::Parent),
    ];
    (
        any::<prop::sample::Index>(),
        prop::bool::weighted(0.8),
        1..9_usize,
        0..4_usize,
        0..4_u64,
        -1_500..3_000_i64,
        fault,
    )
        .prop_map(|(parent, near_the_tip, length, overlap, salt, spacing, fault)| Step {
            parent,
            near_the_tip,
            length,
            overlap,
            salt,
            spacing,
            fault,
        })
}

/// Makes the batch of a step on the model's blocks.
fn batch_of(model: &Model, known: &[BlockHash], step: &Step, now: UnixTime) -> Vec<Header> {
    let pick = if step.near_the_tip { &known[known.len().saturating_sub(24)..] } else { known };
    let path = &model.paths[step.parent.get(pick)];
    let parent = path[path.len() - 1];
    let mut batch = path[path.len().saturating_sub(step.overlap + 1)..].to_vec();
    batch.drain(..batch.len() - step.overlap.min(batch.len() - 1));
    for _ in 0..step.length {
        let parent = *batch.last().unwrap_or(&parent);
        batch.push(mine_child(&parent, step.spacing, step.salt));
    }
    let mut last = batch.pop().expect("at least one");
    match step.fault {
        Fault::None => {}
        Fault::OldTime => last.time = path[0].time,
        Fault::NewTime => last.time = u32::try_from(now.get()).expect("fits") + 7_201,
        Fault::Bits => last.bits = CompactTarget::from_consensus(0x207f_fffe),
        Fault::ProofOfWork => {
            while last.validate_pow(last.target()).is_ok() {
                last.nonce += 1;
            }
        }
        Fault::Link => last.prev_blockhash = path[0].prev_blockhash,
        Fault::Parent => batch.clear(),
    }
    if !matches!(step.fault, Fault::ProofOfWork) {
        last = remine(last);
    }
    batch.push(last);
    batch
}

fn name_of(
    result: Result<ImportOutcome, farbank_bitcoin_light_client::ImportRejection>,
) -> Result<ImportOutcome, &'static str> {
    result.map_err(|refusal| refusal.name())
}

fn assert_same(chain: &HeaderChain, model: &Model) {
    let best = model.best();
    let tip = chain.tip();
    assert_eq!(tip.hash, model.best);
    assert_eq!(usize::try_from(tip.height.get()).expect("fits") + 1, best.len());
    let unit = best[0].work();
    let work = best.iter().skip(1).fold(unit, |sum, header| sum + header.work());
    assert_eq!(tip.work, work.into());
    for (at, header) in best.iter().enumerate() {
        let BlockRef { height, hash } = reference(at, header);
        assert_eq!(chain.hash(height), Some(hash));
        assert_eq!(chain.header(height), Some(header));
        assert_eq!(chain.height_of(&hash), Some(height));
    }
    let above = tip.height.checked_add(BlockCount::new(1)).expect("no overflow");
    assert_eq!(chain.hash(above), None);
    for path in model.paths.values() {
        let end = path[path.len() - 1].block_hash();
        if best.get(path.len() - 1).map(Header::block_hash) != Some(end) {
            assert_eq!(chain.height_of(&end), None);
        }
    }
    assert_eq!(chain.side_headers() + best.len(), model.paths.len());
}

/// The state rebuilt inside the chain is the one that a fresh chain ends with.
fn assert_states(chain: &HeaderChain, best: &[Header], now: UnixTime) {
    for length in [2, 11, 12, BASE - 45, BASE - 44, BASE, best.len()] {
        let length = length.min(best.len());
        let mut fresh = regtest();
        fresh.import(&best[1..length], now).expect("valid");
        let height = fresh.tip().height;
        assert_eq!(chain.state_at(height), fresh.state_at(height));
        let mut times: Vec<_> = best[..length].iter().rev().take(11).map(|h| h.time).collect();
        times.sort_unstable();
        let median = UnixTime::new(u64::from(times[times.len() / 2]));
        assert_eq!(chain.median_time_past(height), Some(median));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn chain_and_twin_agree_on_every_import(steps in prop::collection::vec(step(), 1..24)) {
        let mut chain = regtest();
        let genesis = chain.checkpoint().header;
        let mut model = Model::new(genesis);
        let base = mine_chain(&genesis, BASE, 0);
        let now = UnixTime::new(u64::from(base[BASE - 1].time) + 40_000);
        let mut known = vec![genesis.block_hash()];
        for batch in base.chunks(77) {
            prop_assert_eq!(name_of(chain.import(batch, now)), model.import(batch, now));
            known.extend(common::hashes(batch));
        }
        for step in &steps {
            let batch = batch_of(&model, &known, step, now);
            let expected = model.import(&batch, now);
            prop_assert_eq!(name_of(chain.import(&batch, now)), expected.clone());
            if expected.is_ok() {
                known.extend(
                    common::hashes(&batch).into_iter().filter(|hash| model.paths.contains_key(hash)),
                );
            }
            assert_same(&chain, &model);
        }
        assert_states(&chain, model.best(), now);
    }

    #[test]
    fn small_bound_on_side_headers_never_changes_the_best_chain(
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let wide = regtest();
        let (rules, checkpoint) = (wide.rules(), wide.checkpoint().clone());
        let mut chain = HeaderChain::with_side_limit(rules, checkpoint, 10).expect("genesis");
        let genesis = chain.checkpoint().header;
        let mut model = Model::new(genesis);
        let now = UnixTime::new(u64::from(genesis.time) + 4_000_000);
        let mut known = vec![genesis.block_hash()];
        for step in &steps {
            let batch = batch_of(&model, &known, step, now);
            // What was pruned is unknown again; the twin follows whatever the chain accepts.
            if chain.import(&batch, now).is_ok() {
                let followed = model.import(&batch, now);
                prop_assert!(followed.is_ok());
                known.extend(
                    common::hashes(&batch).into_iter().filter(|hash| model.paths.contains_key(hash)),
                );
            }
            prop_assert!(chain.side_headers() <= 10);
            prop_assert_eq!(chain.tip().hash, model.best);
        }
    }
}
