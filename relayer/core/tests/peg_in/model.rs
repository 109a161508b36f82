//! Both chains reorganise, nodes and relayer stop at any point: nothing is minted twice and nothing
//! is lost.
//!
//! The model is naive: Bitcoin is a list of branch marks, the side chain a list of states of a
//! contract that mints by its own rules. The relayer sees what a pipeline would see.

use farbank_relayer_core::peg_in::{
    apply, begin, ClaimRefusal, ClaimWait, ContractView, Inclusion, PegInDuty, PegInEvent,
    PegInState,
};
use proptest::collection::vec;
use proptest::prelude::{any, prop_oneof, proptest, Just, ProptestConfig, Strategy};

use crate::transition::{block, evm, height, World};

/// Side-chain blocks on top that make one final.
const FINALITY: usize = 6;
/// Height of the first modelled Bitcoin block.
const FIRST: u32 = 100;

#[derive(Clone, Debug)]
enum Step {
    /// A Bitcoin block; with the deposit if it is not in the chain.
    Mine { include: bool },
    /// The last blocks are replaced by one more of another branch, with or without the deposit.
    ReorgBitcoin { depth: usize, include: bool },
    /// Someone posts all headers.
    PostHeaders,
    /// A side-chain block with whatever waits in the pool.
    SideBlock,
    /// The last side-chain blocks vanish; their transactions too when `forget`.
    ReorgSide { depth: usize, forget: bool },
    /// The relayer looks at both chains, and acts unless it is killed in between.
    Relay { killed: bool },
}

/// The Bitcoin chain: which branch each block belongs to, and where the deposit is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bitcoin {
    blocks: Vec<u8>,
    deposit: Option<usize>,
}

/// The contract after one block.
#[derive(Clone, Debug)]
struct Contract {
    headers: Bitcoin,
    mints: u32,
}

struct Model {
    bitcoin: Bitcoin,
    branches: u8,
    side: Vec<Contract>,
    /// Blocks of the side chain that no reorganisation reaches.
    finalized: usize,
    pool: Vec<Inclusion>,
    relayer: Option<(PegInState, Vec<PegInDuty>)>,
}

impl Bitcoin {
    fn inclusion(&self) -> Option<Inclusion> {
        let at = self.deposit?;
        let offset = u32::try_from(at).unwrap();
        Some(Inclusion { block: block(FIRST + offset, self.blocks[at]), index: 1 })
    }

    fn tip(&self) -> u32 {
        FIRST + u32::try_from(self.blocks.len()).unwrap() - 1
    }

    fn mine(&mut self, branch: u8, include: bool) {
        self.blocks.push(branch);
        if include && self.deposit.is_none() {
            self.deposit = Some(self.blocks.len() - 1);
        }
    }

    fn shared_with(&self, other: &Self) -> u32 {
        let shared = self.blocks.iter().zip(&other.blocks).take_while(|(a, b)| a == b).count();
        FIRST + u32::try_from(shared).unwrap() - 1
    }
}

impl Model {
    fn new() -> Self {
        let bitcoin = Bitcoin { blocks: vec![0], deposit: None };
        let contract = Contract { headers: bitcoin.clone(), mints: 0 };
        Self {
            bitcoin,
            branches: 0,
            side: vec![contract],
            finalized: 0,
            pool: vec![],
            relayer: None,
        }
    }

    fn newest(&self) -> &Contract {
        self.side.last().unwrap()
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Mine { include } => {
                let branch = *self.bitcoin.blocks.last().unwrap();
                self.bitcoin.mine(branch, include);
            }
            Step::ReorgBitcoin { depth, include } => {
                let depth = depth.min(self.bitcoin.blocks.len() - 1);
                let keep = self.bitcoin.blocks.len() - depth;
                self.branches += 1;
                self.bitcoin.blocks.truncate(keep);
                self.bitcoin.deposit = self.bitcoin.deposit.filter(|at| *at < keep);
                for _ in 0..=depth {
                    self.bitcoin.mine(self.branches, include);
                }
            }
            Step::PostHeaders => {
                let headers = self.bitcoin.clone();
                let mints = self.newest().mints;
                self.side.push(Contract { headers, mints });
            }
            Step::SideBlock => self.side_block(),
            Step::ReorgSide { depth, forget } => {
                let depth = depth.min(self.side.len() - self.finalized.max(1));
                self.side.truncate(self.side.len() - depth);
                if forget {
                    self.pool.clear();
                }
            }
            Step::Relay { killed } => self.relay(killed),
        }
        self.finalized = self.finalized.max(self.side.len().saturating_sub(FINALITY));
        assert!(self.side.iter().all(|contract| contract.mints <= 1), "minted twice");
    }

    /// The contract's rules: known block, deep enough, not minted.
    fn side_block(&mut self) {
        let mut contract = self.newest().clone();
        for claim in self.pool.drain(..) {
            let known = contract.headers.inclusion() == Some(claim);
            let deep = contract.headers.tip() > claim.block.height.get();
            if known && deep && contract.mints == 0 {
                contract.mints += 1;
            }
        }
        self.side.push(contract);
    }

    fn world(&self) -> World {
        let tip = self.bitcoin.tip();
        let headers = &self.newest().headers;
        World::at_tip(tip).with(|world| {
            world.contract = ContractView {
                tip_height: height(headers.tip()),
                shared_height: height(self.bitcoin.shared_with(headers)),
                ..world.contract
            };
        })
    }

    /// What a pipeline does: look, apply, keep; then act on the duties.
    fn relay(&mut self, killed: bool) {
        let world = self.world();
        let context = world.context();
        let included = self.bitcoin.inclusion();
        let Some((mut state, mut duties)) = self.relayer.take() else {
            self.relayer = included.map(|inclusion| {
                let first = begin(inclusion, &context);
                (first.next, first.duties)
            });
            return;
        };
        let number = |length: usize| evm(u64::try_from(length).unwrap());
        let mut events = Vec::new();
        // Below the newest block that both the deposit's branch and the chain of today hold.
        if included != Some(*state.inclusion()) {
            let below = state.inclusion().height().get() - 1;
            events.push(PegInEvent::Disconnected { fork: height(below) });
        }
        events.extend(included.map(PegInEvent::Included));
        events.push(PegInEvent::BitcoinAdvanced);
        let finalized = self.finalized;
        events.push(match self.newest().mints {
            0 => PegInEvent::MintVanished,
            _ => PegInEvent::MintObserved { at: number(self.side.len()) },
        });
        if finalized > 0 && self.side[finalized - 1].mints > 0 {
            events.push(PegInEvent::MintFinal { at: number(finalized) });
        }
        events.push(PegInEvent::ContractViewed);
        for event in events {
            if let Ok(transition) = apply(&state, event, &context) {
                (state, duties) = (transition.next, transition.duties);
            }
        }
        if !killed && duties.contains(&PegInDuty::Claim) {
            let inclusion = *state.inclusion();
            let known = self.newest().headers.inclusion() == Some(inclusion);
            if !known {
                let refusal = ClaimRefusal::NotNow(ClaimWait::NotDeepEnough);
                let refused = apply(&state, PegInEvent::ClaimRefused(refusal), &context).unwrap();
                (state, duties) = (refused.next, refused.duties);
            } else if !self.pool.contains(&inclusion) {
                self.pool.push(inclusion);
            }
        }
        self.relayer = Some((state, duties));
    }
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<bool>().prop_map(|include| Step::Mine { include }),
        1 => (1_usize..6, any::<bool>())
            .prop_map(|(depth, include)| Step::ReorgBitcoin { depth, include }),
        2 => Just(Step::PostHeaders),
        3 => Just(Step::SideBlock),
        1 => (1_usize..FINALITY, any::<bool>())
            .prop_map(|(depth, forget)| Step::ReorgSide { depth, forget }),
        4 => any::<bool>().prop_map(|killed| Step::Relay { killed }),
    ]
}

/// Both chains calm down: blocks come, headers are posted, the relayer works.
fn settle(model: &mut Model) {
    model.step(&Step::Mine { include: true });
    for _ in 0..12 {
        model.step(&Step::Mine { include: false });
        model.step(&Step::PostHeaders);
        model.step(&Step::Relay { killed: false });
        model.step(&Step::SideBlock);
        model.step(&Step::Relay { killed: false });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_is_minted_twice_and_nothing_is_lost(steps in vec(steps(), 0..60)) {
        let mut model = Model::new();
        for step in &steps {
            model.step(step);
        }
        settle(&mut model);
        let (state, duties) = model.relayer.clone().expect("the deposit was seen");
        assert!(matches!(state, PegInState::Done { .. }), "lost: {state:?}");
        assert!(duties.is_empty());
        assert_eq!(model.newest().mints, 1);
    }

    #[test]
    fn relayer_is_done_only_when_a_final_block_minted(steps in vec(steps(), 0..60)) {
        let mut model = Model::new();
        for step in &steps {
            model.step(step);
            if let Some((PegInState::Done { .. }, _)) = model.relayer {
                assert_eq!(model.newest().mints, 1, "done without a mint");
            }
        }
    }
}
