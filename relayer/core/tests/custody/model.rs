//! Both chains reorganise, two relayers stop at any point: nobody is paid twice, nobody is forgotten.
//!
//! The models are naive: Bitcoin is a list of blocks of which each spends the one custody output, the
//! side chain a list of states of a contract that proves and undoes by its own rules, attesters
//! remember nothing and sign what the final state allows. A relayer sees what a pipeline would see.

mod bitcoin;
mod relayer;
mod side;

use proptest::collection::vec;
use proptest::prelude::{any, prop_oneof, proptest, ProptestConfig, Strategy};

use self::bitcoin::Bitcoin;
use self::relayer::Relayer;
use self::side::Side;
use farbank_relayer_core::custody::Proposal;

#[derive(Clone, Debug)]
enum Step {
    /// Somebody burns, for a fee that is enough or for one that is not.
    Request { generous: bool },
    /// A Bitcoin block, with a signed transaction when one fits.
    Mine { pick: Option<u8> },
    /// The last blocks are replaced by one more of another branch.
    ReorgBitcoin { depth: usize, pick: Option<u8> },
    /// Someone posts all headers.
    PostHeaders,
    /// A side-chain block with whatever waits in the pool.
    SideBlock,
    /// The last side-chain blocks vanish; their transactions too when `forget`.
    ReorgSide { depth: usize, forget: bool },
    /// For some rounds everybody does what they should: without it payouts rarely get far enough for
    /// the rest to hurt.
    Prosper { rounds: u8 },
    /// A relayer looks at both chains and acts, unless it is killed at one of these points.
    Relay { second: bool, killed: Option<u8> },
}

struct Model {
    bitcoin: Bitcoin,
    side: Side,
    /// Everything that attesters ever signed: anybody may send it.
    signed: Vec<Proposal>,
    relayers: [Relayer; 2],
    seconds: u64,
}

impl Model {
    fn new() -> Self {
        Self {
            bitcoin: Bitcoin::new(),
            side: Side::new(),
            signed: Vec::new(),
            relayers: [Relayer::new(), Relayer::new()],
            seconds: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        self.seconds += 5;
        match *step {
            Step::Request { generous } => self.side.request(generous),
            Step::Mine { pick } => self.bitcoin.mine(&self.signed, pick),
            Step::ReorgBitcoin { depth, pick } => {
                self.bitcoin.reorganise(&self.signed, depth, pick);
            }
            Step::PostHeaders => self.side.post_headers(&self.bitcoin),
            Step::SideBlock => self.side.mine(&self.signed),
            Step::ReorgSide { depth, forget } => self.side.reorganise(depth, forget),
            Step::Prosper { rounds } => (0..rounds).for_each(|_| self.round()),
            Step::Relay { second, killed } => self.relay(usize::from(second), killed),
        }
        self.bitcoin.check_nobody_is_paid_twice(&self.signed);
    }

    fn relay(&mut self, who: usize, killed: Option<u8>) {
        let relayer = &mut self.relayers[who];
        relayer.look_at_bitcoin(&self.bitcoin, &self.signed);
        if killed == Some(0) {
            return;
        }
        relayer.look_at_contract(&self.bitcoin, &self.side, self.seconds);
        if killed == Some(1) {
            return;
        }
        if let Some(proposal) = relayer.proposal() {
            let answer = self.side.attesters_sign(&proposal);
            if answer {
                self.signed.push(proposal.clone());
            }
            if killed == Some(2) {
                return;
            }
            relayer.learn(&proposal, answer, &self.bitcoin, &self.side, self.seconds);
        }
        self.side.pool.extend(relayer.submissions());
    }

    fn round(&mut self) {
        self.step(&Step::Mine { pick: Some(u8::MAX) });
        self.step(&Step::PostHeaders);
        self.step(&Step::Relay { second: false, killed: None });
        self.step(&Step::SideBlock);
        self.step(&Step::Relay { second: true, killed: None });
        (0..2).for_each(|_| self.step(&Step::SideBlock));
    }

    /// Nothing happens any more but what should.
    fn settle(&mut self) {
        (0..40).for_each(|_| self.round());
        // Whatever happened, the bridge still pays.
        self.step(&Step::Request { generous: true });
        (0..40).for_each(|_| self.round());
        self.side.newest().check_lineage(&self.bitcoin);
        let unpaid = self.side.newest().unpaid.values();
        assert!(unpaid.clone().all(|redemption| !side::is_generous(redemption)), "forgotten");
        for relayer in &self.relayers {
            relayer.check_all_is_over(self.side.newest());
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let picks = || proptest::option::of(any::<u8>());
    let step = prop_oneof![
        2 => any::<bool>().prop_map(|generous| Step::Request { generous }),
        4 => picks().prop_map(|pick| Step::Mine { pick }),
        1 => (1_usize..5, picks()).prop_map(|(depth, pick)| Step::ReorgBitcoin { depth, pick }),
        3 => proptest::strategy::Just(Step::PostHeaders),
        4 => proptest::strategy::Just(Step::SideBlock),
        1 => (1_usize..3, any::<bool>())
            .prop_map(|(depth, forget)| Step::ReorgSide { depth, forget }),
        3 => (1_u8..8).prop_map(|rounds| Step::Prosper { rounds }),
        6 => (any::<bool>(), proptest::option::of(0_u8..3))
            .prop_map(|(second, killed)| Step::Relay { second, killed }),
    ];
    vec(step, 1..80)
}

proptest! {
    // Each case runs hundreds of looks; `PROPTEST_CASES` asks for more of them.
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(16),
        ..ProptestConfig::default()
    })]

    #[test]
    fn nobody_is_paid_twice_and_nobody_is_forgotten(steps in steps()) {
        let mut model = Model::new();
        steps.iter().for_each(|step| model.step(step));
        model.settle();
    }
}
