//! Signers, turns and votes against a naive twin: geth's `verifySeal` and `Snapshot.apply`, written
//! down line by line and applied from the genesis block on for every header.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use alloy_consensus::Header;
use common::{child, genesis_header, wide, Signers, NOW};
use farbank_evm_light_client::clique::{CliqueChain, CliqueRules};
use farbank_evm_light_client::SideHeader;
use farbank_types::{EvmAddress, U256};
use proptest::prelude::*;

/// Signers and candidates.
const PEOPLE: usize = 6;

/// One header as the twin remembers it.
#[derive(Clone)]
struct Entry {
    number: u64,
    signer: EvmAddress,
    about: EvmAddress,
    add: bool,
}

struct Twin {
    epoch: u64,
    first: Vec<EvmAddress>,
    entries: Vec<Entry>,
}

/// geth's `Snapshot`.
#[derive(Default)]
struct Snapshot {
    signers: BTreeSet<EvmAddress>,
    recents: BTreeMap<u64, EvmAddress>,
    votes: Vec<(EvmAddress, EvmAddress, bool)>,
    tally: BTreeMap<EvmAddress, (bool, usize)>,
}

impl Snapshot {
    fn limit(&self) -> u64 {
        wide(self.signers.len() / 2 + 1)
    }

    fn uncast(&mut self, about: EvmAddress, add: bool) {
        match self.tally.get_mut(&about) {
            Some((kind, votes)) if *kind == add && *votes > 1 => *votes -= 1,
            Some((kind, _)) if *kind == add => {
                self.tally.remove(&about);
            }
            _ => {}
        }
    }

    fn apply(&mut self, epoch: u64, entry: &Entry) -> Result<(), &'static str> {
        let Entry { number, signer, about, add } = entry.clone();
        if number % epoch == 0 {
            self.votes.clear();
            self.tally.clear();
        }
        if number >= self.limit() {
            self.recents.remove(&(number - self.limit()));
        }
        if !self.signers.contains(&signer) {
            return Err("UnauthorizedSigner");
        }
        if self.recents.values().any(|recent| *recent == signer) {
            return Err("RecentlySigned");
        }
        self.recents.insert(number, signer);
        if let Some(at) = self.votes.iter().position(|vote| vote.0 == signer && vote.1 == about) {
            let (_, about, add) = self.votes.remove(at);
            self.uncast(about, add);
        }
        if self.signers.contains(&about) != add {
            self.tally.entry(about).or_insert((add, 0)).1 += 1;
            self.votes.push((signer, about, add));
        }
        let Some((add, votes)) = self.tally.get(&about).copied() else { return Ok(()) };
        if votes <= self.signers.len() / 2 {
            return Ok(());
        }
        if add {
            self.signers.insert(about);
        } else {
            self.signers.remove(&about);
            if number >= self.limit() {
                self.recents.remove(&(number - self.limit()));
            }
            let mut at = 0;
            while at < self.votes.len() {
                if self.votes[at].0 == about {
                    let (_, on, add) = self.votes.remove(at);
                    self.uncast(on, add);
                } else {
                    at += 1;
                }
            }
        }
        self.votes.retain(|vote| vote.1 != about);
        self.tally.remove(&about);
        Ok(())
    }
}

impl Twin {
    fn snapshot(&self) -> Snapshot {
        let mut snapshot =
            Snapshot { signers: self.first.iter().copied().collect(), ..Snapshot::default() };
        for entry in &self.entries {
            snapshot.apply(self.epoch, entry).expect("accepted before");
        }
        snapshot
    }

    /// Judges a header whose sealer is known, in geth's order.
    fn judge(&mut self, header: &Header, signer: EvmAddress) -> Result<(), &'static str> {
        let mut snapshot = self.snapshot();
        let number = header.number;
        let add = header.nonce.0 == [0xff; 8];
        if number.is_multiple_of(self.epoch) {
            let listed: Vec<u8> =
                snapshot.signers.iter().flat_map(|signer| signer.into_array()).collect();
            if header.extra_data[32..header.extra_data.len() - 65] != listed {
                return Err("BadCheckpointSigners");
            }
        }
        let place = snapshot.signers.iter().position(|known| *known == signer);
        let place = place.ok_or("UnauthorizedSigner")?;
        let count = wide(snapshot.signers.len());
        let turn = number % count == wide(place);
        let entry = Entry { number, signer, about: header.beneficiary, add };
        snapshot.apply(self.epoch, &entry)?;
        if header.difficulty != U256::from(if turn { 2 } else { 1 }) {
            return Err("BadDifficulty");
        }
        self.entries.push(entry);
        Ok(())
    }
}

/// What a header is made of.
#[derive(Clone, Debug)]
struct Step {
    signer: usize,
    about: Option<usize>,
    add: bool,
    wrong_turn: bool,
    wrong_list: bool,
}

fn step() -> impl Strategy<Value = Step> {
    // Few voters and few candidates, so that votes pass; removals as often as additions.
    (
        0..PEOPLE,
        prop::option::weighted(0.8, 0..PEOPLE),
        any::<bool>(),
        prop::bool::weighted(0.03),
        prop::bool::weighted(0.03),
    )
        .prop_map(|(signer, about, add, wrong_turn, wrong_list)| Step {
            signer,
            about,
            add,
            wrong_turn,
            wrong_list,
        })
}

fn header_of(
    people: &Signers,
    twin: &Twin,
    parent: &SideHeader,
    step: &Step,
) -> (SideHeader, EvmAddress) {
    let snapshot = twin.snapshot();
    let number = parent.header().number + 1;
    let checkpoint = number.is_multiple_of(twin.epoch);
    let mut listed: Vec<_> = snapshot.signers.iter().copied().collect();
    if step.wrong_list {
        listed.pop();
    }
    let mut header = child(parent, if checkpoint { &listed } else { &[] });
    let signer = people.address(step.signer);
    let place = snapshot.signers.iter().position(|known| *known == signer).unwrap_or(PEOPLE);
    let count = wide(snapshot.signers.len());
    let turn = number % count == wide(place);
    header.difficulty = U256::from(if turn == step.wrong_turn { 1 } else { 2 });
    if !checkpoint {
        header.beneficiary = step.about.map_or(EvmAddress::ZERO, |about| people.address(about));
        header.nonce = if step.add && step.about.is_some() { [0xff; 8] } else { [0; 8] }.into();
    }
    (people.seal(step.signer, header), signer)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chain_and_twin_agree_on_every_header(
        first in 1..4_usize,
        epoch in 3..9_u64,
        steps in prop::collection::vec(step(), 1..70),
    ) {
        let people = Signers::new(PEOPLE);
        let signers = people.addresses(&(0..first).collect::<Vec<_>>());
        let genesis = genesis_header(&signers);
        let rules = CliqueRules { period_secs: 1, epoch };
        let mut chain = CliqueChain::new(rules, genesis.clone()).expect("genesis");
        let mut twin = Twin { epoch, first: signers, entries: Vec::new() };
        let mut parent = genesis;
        for step in &steps {
            if twin.snapshot().signers.is_empty() {
                break;
            }
            let (header, signer) = header_of(&people, &twin, &parent, step);
            let expected = twin.judge(header.header(), signer);
            let judged = chain.import(std::slice::from_ref(&header), NOW);
            prop_assert_eq!(judged.map(drop).map_err(|refusal| refusal.name()), expected);
            if expected.is_ok() {
                parent = header;
            }
            let signers: Vec<_> = twin.snapshot().signers.into_iter().collect();
            prop_assert_eq!(chain.signers(), signers);
        }
        // A chain that reads it all at once ends in the same state.
        let mut whole = CliqueChain::new(rules, chain.checkpoint().clone()).expect("genesis");
        let headers: Vec<_> = (1..=chain.tip().number.get())
            .map(|number| chain.header_at(number.into()).expect("kept").clone())
            .collect();
        prop_assert!(whole.import(&headers, NOW).is_ok());
        prop_assert_eq!(whole.signers(), chain.signers());
    }
}
