//! One interleaving: random steps of everybody, and the look at the best chain after each.

use std::collections::BTreeSet;

use farbank_federation::custody::{CustodyPlan, CustodyTransaction, PlannedPayout, RedemptionId};
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::attester::{Attester, Rules};
use crate::common::{plan, sat};
use crate::contract::Contract;
use crate::ledger::{seed, Ledger, Proposed};

/// The attester that signs anything.
const LIAR: usize = 3;

/// I3 does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Two transactions of the best chain pay one redemption.
    PaidTwice { id: RedemptionId },
    /// A transaction of the best chain pays what the final side chain does not owe.
    NotOwed { id: RedemptionId },
}

/// What happened, to see that the model moves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) paid: u64,
    pub(crate) reverted: u64,
    pub(crate) second_form: u64,
    pub(crate) proven: u64,
    pub(crate) undone: u64,
    pub(crate) restored: u64,
    pub(crate) forgotten: u64,
}

pub(crate) struct Episode {
    rng: ChaCha8Rng,
    rules: Rules,
    ledger: Ledger,
    transactions: Vec<Proposed>,
    /// Every block of the side chain, final up to and with `newest_final`.
    chain: Vec<Contract>,
    newest_final: usize,
    attesters: [Attester; 4],
    /// Old copies of their folders.
    copies: Vec<(usize, Attester)>,
    requests: u8,
}

fn count(value: usize) -> u64 {
    u64::try_from(value).expect("fits")
}

impl Episode {
    pub(crate) fn new(seed: u64, rules: Rules) -> Self {
        let ledger = Ledger::new();
        let chain = vec![Contract::new(&ledger)];
        let attesters = <[Attester; 4]>::default();
        let copies = (0..LIAR).map(|at| (at, Attester::default())).collect();
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            rules,
            ledger,
            transactions: Vec::new(),
            chain,
            newest_final: 0,
            attesters,
            copies,
            requests: 0,
        }
    }

    pub(crate) fn run(mut self, steps: usize, tally: &mut Tally) -> Result<(), Violation> {
        for _ in 0..steps {
            match self.below(100) {
                0..28 => self.propose(tally),
                28..48 => self.mine(tally),
                48..53 => self.reorganise(tally),
                53..60 => self.on_side_chain(|contract, requests| contract.request(requests)),
                60..68 => {
                    let mut next = self.newest().clone();
                    next.post_headers(&self.ledger);
                    self.chain.push(next);
                }
                68..77 => self.prove(tally),
                77..82 => self.undo(tally),
                82..91 => self.finalise(),
                91..93 => self.replace_unfinal(),
                93..95 => self.copy(),
                95..97 => self.restore(tally),
                _ => self.forget(tally),
            }
            self.check()?;
        }
        Ok(())
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.rng.next_u64() % count(bound)).expect("fits")
    }

    fn newest(&self) -> &Contract {
        &self.chain[self.chain.len() - 1]
    }

    fn on_side_chain(&mut self, act: impl FnOnce(&mut Contract, u8)) {
        let mut next = self.newest().clone();
        self.requests = self.requests.wrapping_add(1);
        act(&mut next, self.requests);
        self.chain.push(next);
    }

    /// The lying relayer: any custody output that it ever heard of, any redemptions, any attesters.
    fn propose(&mut self, tally: &mut Tally) {
        let again = !self.transactions.is_empty() && self.below(4) == 0;
        let at = if again { self.below(self.transactions.len()) } else { self.invent() };
        for member in 0..4 {
            if self.below(5) == 0 {
                continue;
            }
            let signed = if member == LIAR {
                true
            } else {
                let attester = &mut self.attesters[member];
                let (all, chain) = (&self.transactions, &self.chain);
                let intent = attester.sign(at, all, chain, &self.ledger, self.rules);
                let second = intent.as_ref().is_some_and(|intent| intent.parent.is_some());
                tally.second_form += u64::from(second);
                intent.is_some()
            };
            self.transactions[at].signers[member] |= signed;
        }
    }

    /// Makes a proposal up and returns its place.
    fn invent(&mut self) -> usize {
        let newest = self.newest().custody(&self.transactions);
        let confirmed = self.ledger.custody(&self.transactions);
        let known = self.transactions.iter().map(|one| one.parsed.custody);
        let known: Vec<_> = [seed()].into_iter().chain(known).collect();
        let likely = match self.below(4) {
            0 => known.iter().find(|one| one.outpoint == newest),
            1 => known.iter().find(|one| one.outpoint == confirmed),
            _ => None,
        };
        let custody = *likely.unwrap_or(&known[self.below(known.len())]);
        let owed = self.newest().redemptions.clone();
        let payouts: Vec<_> = owed
            .into_iter()
            .filter(|_| self.below(3) == 0)
            .map(|owed| PlannedPayout { redemption: owed.redemption, fee_share: sat(500) })
            .collect();
        let fee = sat(1_500 + count(self.below(200)));
        let plan = CustodyPlan { custody, payouts, fee, ..plan(&[]) };
        let request = plan.build().expect("custody suffices");
        let parsed = CustodyTransaction::parse(&request.transaction).expect("of the shape");
        let known = self.transactions.iter().position(|one| one.parsed.txid == parsed.txid);
        known.unwrap_or_else(|| {
            self.transactions.push(Proposed { request, parsed, signers: [false; 4] });
            self.transactions.len() - 1
        })
    }

    /// A block with up to three custody transactions, each spending the one before it.
    fn mine(&mut self, tally: &mut Tally) {
        let blocks = 1 + self.below(2);
        self.ledger.mine(blocks);
        for _ in 0..self.below(4) {
            let custody = self.ledger.custody(&self.transactions);
            let signed = self.transactions.iter().enumerate().filter(|(_, one)| one.is_signed());
            let fitting: Vec<_> = signed
                .filter(|(_, one)| one.parsed.custody_input == custody)
                .map(|(at, _)| at)
                .collect();
            if fitting.is_empty() {
                return;
            }
            let at = fitting[self.below(fitting.len())];
            tally.paid += count(self.transactions[at].request.redemptions.len());
            self.ledger.confirm(at);
        }
    }

    fn reorganise(&mut self, tally: &mut Tally) {
        let depth = u32::try_from(self.below(8)).expect("fits") + 1;
        tally.reverted += count(self.ledger.reorganise(depth));
    }

    fn prove(&mut self, tally: &mut Tally) {
        let mut next = self.newest().clone();
        if next.prove(&self.transactions) {
            tally.proven += 1;
            self.chain.push(next);
        }
    }

    fn undo(&mut self, tally: &mut Tally) {
        let mut next = self.newest().clone();
        if next.undo(&self.transactions) {
            tally.undone += 1;
            self.chain.push(next);
        }
    }

    fn finalise(&mut self) {
        self.newest_final += self.below(self.chain.len() - self.newest_final);
        for member in 0..LIAR {
            if self.below(3) != 0 {
                let behind = self.newest_final - self.attesters[member].view.min(self.newest_final);
                self.attesters[member].view += self.below(behind + 1);
            }
        }
    }

    /// The side chain's end is replaced, as far as it is not final.
    fn replace_unfinal(&mut self) {
        let keep = self.newest_final + self.below(self.chain.len() - self.newest_final);
        self.chain.truncate(keep + 1);
    }

    fn copy(&mut self) {
        let member = self.below(LIAR);
        self.copies.push((member, self.attesters[member].clone()));
    }

    fn restore(&mut self, tally: &mut Tally) {
        let at = self.below(self.copies.len());
        let (member, old) = self.copies[at].clone();
        self.attesters[member] = old;
        tally.restored += 1;
    }

    fn forget(&mut self, tally: &mut Tally) {
        let member = self.below(LIAR);
        let attester = &mut self.attesters[member];
        let gone = attester.forget(&self.transactions, &self.chain, &self.ledger);
        tally.forgotten += count(gone);
    }

    fn check(&self) -> Result<(), Violation> {
        let mut paid = BTreeSet::new();
        for (_, at) in &self.ledger.confirmed {
            for redemption in &self.transactions[*at].request.redemptions {
                let id = redemption.id;
                if !paid.insert(id) {
                    return Err(Violation::PaidTwice { id });
                }
                let owed = self.chain[self.newest_final].owed(redemption);
                if owed.is_none_or(|owed| owed.redemption != *redemption) {
                    return Err(Violation::NotOwed { id });
                }
            }
        }
        Ok(())
    }
}
