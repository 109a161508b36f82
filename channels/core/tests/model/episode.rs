//! One episode: random moves of the adversary, blocks, and at the end what the hub is left with.

use std::collections::BTreeMap;

use farbank_channels::channel::{
    Channel, ChannelInput, ChannelParameters, ChannelPhase, FreezeCause,
};
use farbank_channels::commit::Op;
use farbank_channels::domain::{ChannelTerms, RawTerms};
use farbank_channels::message::{ChannelMessage, Resume};
use farbank_channels::settlement::Counted;
use farbank_channels::signature::{ChannelSigner as _, NodeKey};
use farbank_channels::units::{ChallengePeriod, PaymentHash, Preimage, Seconds, TokenAmount};
use farbank_types::{ChainId, EvmAddress, UnixTime, B256};
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::contract::{Contract, Phase, Transaction, CHALLENGE, INCLUSION, LAG};
use crate::hub::{Hub, MARGIN};
use crate::peer::Peer;
use crate::rules::Rules;

const START: u64 = 1_000_000;
/// Blocks of play before the hub closes everything.
pub(crate) const PLAY: u64 = 60;
/// Blocks until everything must be over.
const END: u64 = 260;

/// What the hub ended up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What it got.
    pub(crate) got: u128,
    /// What it put in, was paid for its invoices, and did not spend.
    pub(crate) due: u128,
    /// Moves of the adversary.
    pub(crate) steps: u64,
}

impl Outcome {
    pub(crate) fn lost(&self) -> bool {
        self.got < self.due
    }
}

pub(crate) struct Episode {
    rng: ChaCha8Rng,
    pub(crate) rules: Rules,
    pub(crate) contract: Contract,
    pub(crate) hub: Hub,
    pub(crate) peers: [Peer; 2],
    /// The adversary's preimages; those of the hub's invoices once it showed them.
    pub(crate) preimages: BTreeMap<PaymentHash, Preimage>,
    pub(crate) seeds: u64,
    /// Transactions of the hub with the block that they are in at the latest.
    pending: Vec<(u64, usize, Transaction)>,
    pub(crate) put_in: u128,
    /// A peer that the hub does not listen to any more.
    pub(crate) muted: [bool; 2],
    pub(crate) steps: u64,
}

fn key(seed: u8) -> NodeKey {
    NodeKey::from_bytes(&[seed; 32]).expect("a key")
}

pub(crate) fn amount(value: u64) -> TokenAmount {
    TokenAmount::new(u128::from(value))
}

fn terms(hub: &NodeKey, peer: &NodeKey, salt: u8, rules: Rules) -> ChannelTerms {
    let (hub, peer) = (hub.node_id().address(), peer.node_id().address());
    let challenge = if rules == Rules::LongLocks { 2 * CHALLENGE } else { CHALLENGE };
    ChannelTerms::new(RawTerms {
        chain_id: ChainId::new(1),
        contract: EvmAddress::repeat_byte(0xc0),
        party_a: hub.min(peer),
        party_b: hub.max(peer),
        token: EvmAddress::repeat_byte(0x70),
        challenge: ChallengePeriod::new(u32::try_from(challenge).expect("short")),
        salt: B256::repeat_byte(salt),
    })
    .expect("terms")
}

/// Plays one episode.
pub(crate) fn play(seed: u64, rules: Rules) -> Outcome {
    let mut episode = Episode::new(seed, rules);
    while episode.time() < PLAY {
        episode.tick(4);
    }
    for _ in 0..END {
        for at in [0, 1] {
            episode.close(at);
        }
        let moves = if episode.time() < PLAY + 60 { 2 } else { 0 };
        episode.tick(moves);
        let over = |at: usize| matches!(episode.contract.channels[at].phase, Phase::Closed(_));
        if over(0) && over(1) {
            break;
        }
    }
    episode.outcome()
}

impl Episode {
    fn new(seed: u64, rules: Rules) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let (hub_key, peer_keys) = (key(1), [key(2), key(3)]);
        let all =
            [terms(&hub_key, &peer_keys[0], 0, rules), terms(&hub_key, &peer_keys[1], 1, rules)];
        let parameters = ChannelParameters {
            reveal_margin: Seconds::new(MARGIN),
            stale_after: Seconds::new(1_000),
        };
        let channel = |at: usize| {
            let peer = peer_keys[at].node_id();
            Channel::new(all[at], parameters, hub_key.node_id(), peer).expect("a channel")
        };
        let channels = [channel(0), channel(1)];
        let contract = Contract::new(all, UnixTime::new(START), rules);
        let [one, two] = peer_keys;
        let peers = [Peer::new(one, all[0]), Peer::new(two, all[1])];
        let hub = Hub::new(hub_key, channels, rules);
        let mut episode = Self {
            rng,
            rules,
            contract,
            hub,
            peers,
            preimages: BTreeMap::new(),
            seeds: 0,
            pending: Vec::new(),
            put_in: 0,
            muted: [false, false],
            steps: 0,
        };
        episode.open();
        episode
    }

    fn open(&mut self) {
        for at in [0, 1] {
            let peer = self.peers[at].party;
            let (own, theirs) = (self.pick(&[0, 5, 20]), self.pick(&[5, 20, 40]));
            self.put_in += u128::from(own);
            self.contract.execute(at, Transaction::Fund(peer.other(), amount(own)));
            self.contract.execute(at, Transaction::Fund(peer, amount(theirs)));
        }
        self.contract.now = self.contract.now.saturating_add_secs(LAG + 1);
        self.look();
        for at in [0, 1] {
            self.give(at, &ChannelInput::LinkUp);
            let id = self.hub.channels[at].id();
            let resume = Resume {
                id,
                out_nonce: Default::default(),
                out_hash: Default::default(),
                acked: Default::default(),
                in_nonce: Default::default(),
                in_hash: Default::default(),
                is_open: true,
                settle_seq: Default::default(),
            };
            self.give(at, &ChannelInput::Received(ChannelMessage::Resume(resume)));
            // As much as the hub likes: it has its own view as well.
            let funded = TokenAmount::new(u128::MAX / 4);
            self.send(at, &[Op::Count(Counted { funded, reserved: TokenAmount::ZERO })]);
        }
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.rng.next_u64() % bound.max(1)
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let bound = u64::try_from(from.len()).expect("short");
        from[usize::try_from(self.below(bound)).expect("short")]
    }

    pub(crate) fn time(&self) -> u64 {
        self.contract.now.get() - START
    }

    fn tick(&mut self, moves: u64) {
        for _ in 0..self.below(moves + 1) {
            self.adversary();
        }
        self.look();
        self.block();
        if moves > 0 {
            for at in [0, 1] {
                match self.below(4) {
                    0 | 1 => self.reveal_in_the_last_second(at),
                    2 => self.fulfil_in_the_last_second(at),
                    _ => {}
                }
            }
            if self.chance(50) {
                self.adversary();
            }
        }
        self.contract.now = self.contract.now.saturating_add_secs(1);
    }

    fn look(&mut self) {
        for (at, transaction) in self.hub.look(&self.contract) {
            let block = self.contract.now.get() + self.below(INCLUSION + 1);
            self.pending.push((block, at, transaction));
        }
        for at in [0, 1] {
            let refused = matches!(
                self.hub.channels[at].phase(),
                ChannelPhase::Frozen { cause: FreezeCause::Refused(_) }
            );
            if refused {
                self.give(at, &ChannelInput::Close);
            }
        }
        self.hear();
    }

    /// A block, its transactions in the adversary's order.
    fn block(&mut self) {
        let now = self.contract.now.get();
        let (mut due, rest): (Vec<_>, Vec<_>) =
            self.pending.drain(..).partition(|(block, ..)| *block <= now);
        self.pending = rest;
        while !due.is_empty() {
            let bound = u64::try_from(due.len()).expect("short");
            let at = usize::try_from(self.below(bound)).expect("short");
            let (_, channel, transaction) = due.swap_remove(at);
            self.contract.execute(channel, transaction);
        }
        for at in [0, 1] {
            // A finalise that came too early is sent again by anybody.
            if self.chance(20) {
                self.contract.execute(at, Transaction::Finalise);
            }
        }
    }

    /// The hub gets an input; the peers hear what it says.
    pub(crate) fn give(&mut self, at: usize, input: &ChannelInput) -> bool {
        let now = self.contract.now;
        let taken = self.hub.apply(at, input, now);
        self.hear();
        taken
    }

    fn hear(&mut self) {
        for (at, message) in core::mem::take(&mut self.hub.wire) {
            let before = self.peers[at].hubs.len();
            self.peers[at].hears(message);
            for signed in &self.peers[at].hubs[before..] {
                self.contract.leaves.insert(signed.proof.proof.locks_root, signed.locks.clone());
            }
        }
        let shown: Vec<PaymentHash> = self.hub.shown.iter().copied().collect();
        for hash in shown {
            let preimage = (0..=self.seeds).map(preimage).find(|one| one.hash() == hash);
            self.preimages.extend(preimage.map(|preimage| (hash, preimage)));
            self.hub.shown.remove(&hash);
        }
    }

    pub(crate) fn close(&mut self, at: usize) {
        if self.hub.is_open(at) {
            self.give(at, &ChannelInput::Close);
        }
    }

    fn outcome(&self) -> Outcome {
        let got = [0, 1].map(|at| {
            let channel = &self.contract.channels[at];
            assert!(matches!(channel.phase, Phase::Closed(_)), "everything ends");
            channel.got(self.peers[at].party.other())
        });
        let due = self.put_in + self.hub.gained - self.hub.spent.min(self.put_in + self.hub.gained);
        Outcome { got: got[0] + got[1], due, steps: self.steps }
    }
}

pub(crate) fn preimage(seed: u64) -> Preimage {
    let mut bytes = [0x33; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    Preimage::new(bytes)
}
