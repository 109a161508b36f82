//! The moves of the adversary.

use farbank_channels::channel::{ChainEvent, ChannelInput, ChannelOutput, OpIntent, SettleIntent};
use farbank_channels::commit::{Commit, FailReason, Op};
use farbank_channels::domain::{Party, Sides};
use farbank_channels::locks::{Lock, LockSet};
use farbank_channels::message::ChannelMessage;
use farbank_channels::objects::{CoopClose, Settle, SignedProof, VaultFlags};
use farbank_channels::settlement::SettleRefusal;
use farbank_channels::units::{LockId, Preimage, SettleSeq};

use crate::contract::{Phase, Transaction};
use crate::episode::{amount, preimage, Episode, PLAY};
use crate::hub::MARGIN;
use crate::peer::Signed;
use crate::rules::Rules;

impl Episode {
    pub(crate) fn adversary(&mut self) {
        self.steps += 1;
        let at = usize::from(self.chance(50));
        match self.below(100) {
            0..38 => self.commit(at),
            38..48 => {
                let newest = self.peers[at].hubs.len();
                let spread = u64::try_from(newest - self.peers[at].acked + 1).expect("short");
                self.peers[at].acked += usize::try_from(self.below(spread)).expect("short");
                self.send(at, &[]);
            }
            48..56 => self.reveal(at),
            56..62 => self.ask_settle(at),
            62..68 => {
                let settles = self.peers[at].settles.clone();
                if let Some(newest) = settles.last().copied() {
                    let settle = if self.chance(70) { newest } else { self.pick(&settles) };
                    self.contract.execute(at, Transaction::Settle(settle));
                }
            }
            68..70 => self.close_by_peer(at),
            70..84 => self.counter_by_peer(at),
            84..87 => self.contract.execute(at, Transaction::Finalise),
            87..90 => self.fund(at),
            90..94 => self.pay_from_hub(at),
            94..96 => self.settle_by_hub(at),
            96 => self.ask_close(at),
            97 => {
                let closes = self.peers[at].closes.clone();
                if let Some(close) = closes.last() {
                    self.contract.execute(at, Transaction::CoopClose(*close));
                }
            }
            98 => {
                let half = self.time() > PLAY / 2;
                if half {
                    self.close(at);
                }
            }
            _ => {
                self.give(at, &ChannelInput::Tick);
            }
        }
    }

    pub(crate) fn send(&mut self, at: usize, ops: &[Op]) {
        if self.muted[at] {
            return;
        }
        let Some((commit, locks)) = self.peers[at].commit(ops) else { return };
        let input = ChannelInput::Received(ChannelMessage::Commit(Box::new(commit.clone())));
        // Mostly it tries only what the hub takes.
        let mut probe = self.hub.channels[at].clone();
        let answer = probe.apply(&input, self.contract.now, &self.hub.key);
        let freezes = |outputs: &[ChannelOutput]| {
            outputs.iter().any(|output| matches!(output, ChannelOutput::Freeze { .. }))
        };
        match answer {
            Err(_) => return,
            Ok(outputs) if freezes(&outputs) && !self.chance(2) => return,
            Ok(outputs) => {
                if !freezes(&outputs) {
                    self.accepted(at, commit, locks);
                }
            }
        }
        self.give(at, &input);
        if self.chance(60) {
            self.give(at, &ChannelInput::Tick);
        }
    }

    fn accepted(&mut self, at: usize, commit: Commit, locks: LockSet) {
        self.contract.leaves.insert(commit.proof.locks_root, locks.clone());
        self.peers[at].own.push(Signed { proof: commit.signed_proof(), locks });
    }

    fn commit(&mut self, at: usize) {
        let mut ops = Vec::new();
        for lock in self.peers[at].locks().iter().copied().collect::<Vec<_>>() {
            let (fulfilled, failed) = (
                self.peers[at].fulfilled.contains(&lock.id),
                self.peers[at].failed.contains(&lock.id),
            );
            if fulfilled && self.chance(50) {
                ops.push(Op::Unlock(lock.id));
                continue;
            }
            let drops =
                if failed { self.chance(60) } else { self.chance(4) && self.may_drop(at, lock.id) };
            if drops {
                ops.push(Op::Drop(lock.id));
            }
        }
        for lock in self.peers[at].hub_locks().iter().copied().collect::<Vec<_>>() {
            let known = self.preimages.get(&lock.hash).copied();
            match (self.below(100), known) {
                (0..25, Some(preimage)) => ops.push(Op::Fulfil { lock: lock.id, preimage }),
                (25..40, _) => {
                    let reason = FailReason::Onion(Vec::new());
                    ops.push(Op::Fail { lock: lock.id, reason });
                }
                _ => {}
            }
        }
        if self.chance(60) {
            ops.push(self.new_lock(at));
        }
        self.send(at, &ops);
    }

    /// The rule about drops is bypassed by having the machine believe that the hub failed the lock.
    fn may_drop(&mut self, at: usize, lock: LockId) -> bool {
        if self.rules != Rules::DropWithoutFail {
            return self.chance(10);
        }
        let reason = FailReason::Onion(Vec::new());
        let fail = ChannelInput::Propose(OpIntent::Fail { lock, reason });
        self.give(at, &fail) && self.give(at, &ChannelInput::Tick)
    }

    fn new_lock(&mut self, at: usize) -> Op {
        let hash = match self.below(100) {
            0..15 => {
                let preimage = self.new_preimage();
                self.hub.invoices.insert(preimage.hash(), preimage);
                preimage.hash()
            }
            15..35 if !self.preimages.is_empty() => {
                let hashes: Vec<_> = self.preimages.keys().copied().collect();
                self.pick(&hashes)
            }
            _ => {
                let preimage = self.new_preimage();
                self.preimages.insert(preimage.hash(), preimage);
                preimage.hash()
            }
        };
        let life = self.pick(&[MARGIN, 2 * MARGIN, 10, 14, 20, 31, 32, 33, 50, 60]);
        let value = self.pick(&[1, 3, 8, 15]);
        self.peers[at].last_lock += 1;
        let lock = Lock {
            id: LockId::new(self.peers[at].last_lock),
            amount: amount(value),
            expiry: self.contract.now.saturating_add_secs(life),
            hash,
        };
        Op::Add { lock, onion: Vec::new() }
    }

    fn new_preimage(&mut self) -> Preimage {
        self.seeds += 1;
        preimage(self.seeds)
    }

    fn reveal(&mut self, at: usize) {
        let now = self.contract.now;
        let posted = *self.contract.channels[at].posted.of(self.peers[at].party.other());
        let signed = match posted {
            Some(proof) => self.peers[at].hubs.iter().find(|signed| signed.proof == proof),
            None => self.peers[at].hubs.last(),
        };
        let Some(signed) = signed else { return };
        let known = |lock: &Lock| Some((*self.preimages.get(&lock.hash)?, lock.expiry));
        let all: Vec<_> = signed.locks.iter().filter_map(known).collect();
        // Best in the last second that counts.
        let last = all.iter().find(|(_, expiry)| *expiry == now).map(|(preimage, _)| *preimage);
        let chosen = match last {
            Some(preimage) => preimage,
            None if all.is_empty() || self.chance(50) => return,
            None => self.pick(&all).0,
        };
        self.contract.execute(at, Transaction::Reveal(chosen));
    }

    pub(crate) fn reveal_in_the_last_second(&mut self, at: usize) {
        let now = self.contract.now;
        let locks = self.peers[at].hub_locks();
        let last = locks.iter().find(|lock| lock.expiry == now);
        let preimage = last.and_then(|lock| self.preimages.get(&lock.hash)).copied();
        if let Some(preimage) = preimage {
            self.contract.execute(at, Transaction::Reveal(preimage));
        }
    }

    /// A preimage for the hub when nothing is left of the time to reveal it.
    pub(crate) fn fulfil_in_the_last_second(&mut self, at: usize) {
        let now = self.contract.now;
        let locks = self.peers[at].hub_locks();
        let last = locks.iter().find(|lock| lock.expiry == now);
        let known = last.and_then(|lock| Some((lock.id, *self.preimages.get(&lock.hash)?)));
        if let Some((lock, preimage)) = known {
            self.send(at, &[Op::Fulfil { lock, preimage }]);
        }
    }

    /// What a proof of the hub is worth to the adversary: transfers, and locks that it can still claim.
    fn worth(&self, signed: &Signed) -> u128 {
        let now = self.contract.now;
        let claimable = signed
            .locks
            .iter()
            .filter(|lock| lock.expiry >= now && self.preimages.contains_key(&lock.hash));
        let locked: u128 = claimable.map(|lock| lock.amount.get()).sum();
        signed.proof.proof.transferred.get() + locked
    }

    /// A proof of the hub to post: mostly the most valuable.
    fn choose(&mut self, at: usize) -> Option<SignedProof> {
        let best = self.peers[at].hubs.iter().max_by_key(|signed| self.worth(signed));
        let best = best.map(|signed| signed.proof);
        let all: Vec<_> = self.peers[at].hubs.iter().map(|signed| signed.proof).collect();
        if all.is_empty() || self.chance(70) {
            return best;
        }
        Some(self.pick(&all))
    }

    fn ask_settle(&mut self, at: usize) {
        let sides = self.contract.channels[at].sides;
        let all = u64::try_from(sides.a.funded.get() + sides.b.funded.get()).expect("small");
        let (peer, balances) = (self.peers[at].party, self.hub.channels[at].balances());
        let entitled = balances.entitled(peer).unwrap_or_default();
        let mut total = |party: Party| match self.below(100) {
            0..40 => sides.of(party).withdrawn,
            40..60 if party == peer => entitled,
            60..80 if party == peer => entitled.saturating_add(*balances.locked.of(peer)),
            _ => amount(self.below(all + 1)),
        };
        let total_out = Sides { a: total(Party::A), b: total(Party::B) };
        let seq = self.hub.channels[at].settlement().newest().get() + 1 + self.below(2);
        let settle = Settle {
            id: self.hub.channels[at].id(),
            seq: SettleSeq::new(seq),
            total_out,
            deadline: self.contract.now.saturating_add_secs(1 + self.below(20)),
            to_vault: VaultFlags::default(),
        };
        self.peers[at].proposed.push(settle);
        let input = ChannelInput::Received(ChannelMessage::ProposeSettle(settle));
        match self.rules {
            Rules::NoReservation => {
                // The hub signs, and forgets that it did.
                let before = self.hub.channels[at].clone();
                self.give(at, &input);
                self.hub.channels[at] = before;
            }
            Rules::SettleIgnoresLocks => self.sign_without_locks(at, &settle),
            _ => {
                self.give(at, &input);
            }
        }
    }

    /// The hub signs what it would sign if there were no locks, and moves nothing afterwards.
    fn sign_without_locks(&mut self, at: usize, settle: &Settle) {
        let channel = &self.hub.channels[at];
        let mut balances = channel.balances();
        balances.locked = Sides::default();
        let checked = channel.settlement().check(settle, &balances, self.contract.now);
        let closing = !self.hub.is_open(at);
        if checked == Ok::<(), SettleRefusal>(()) && !closing && !self.muted[at] {
            self.peers[at].settles.push(*settle);
            self.muted[at] = true;
        }
    }

    fn settle_by_hub(&mut self, at: usize) {
        let balances = self.hub.channels[at].balances();
        let total = |party| balances.entitled(party).unwrap_or_default();
        let intent = SettleIntent {
            total_out: Sides { a: total(Party::A), b: total(Party::B) },
            deadline: self.contract.now.saturating_add_secs(10),
            to_vault: VaultFlags::default(),
        };
        self.give(at, &ChannelInput::ProposeSettle(intent));
        if let Some(settle) = self.hub.channels[at].settlement().proposed().copied() {
            let answer = self.peers[at].accept(&settle);
            self.give(at, &ChannelInput::Received(answer));
        }
    }

    fn ask_close(&mut self, at: usize) {
        let balances = self.hub.channels[at].balances();
        let total = |party| balances.entitled(party).unwrap_or_default();
        let close = CoopClose {
            id: self.hub.channels[at].id(),
            funded: balances.funded,
            total_out: Sides { a: total(Party::A), b: total(Party::B) },
            deadline: self.contract.now.saturating_add_secs(10),
            to_vault: VaultFlags::default(),
        };
        self.peers[at].asked_close.push(close);
        self.give(at, &ChannelInput::Received(ChannelMessage::ProposeClose(close)));
    }

    fn close_by_peer(&mut self, at: usize) {
        let proof = self.choose(at);
        let by = self.peers[at].party;
        self.contract.execute(at, Transaction::Close(by, proof));
    }

    fn counter_by_peer(&mut self, at: usize) {
        let by = Some(self.peers[at].party);
        let hubs: Vec<_> = self.peers[at].hubs.iter().map(|signed| signed.proof).collect();
        let own: Vec<_> = self.peers[at].own.iter().map(|signed| signed.proof).collect();
        let wipe = self.rules == Rules::CounterWithoutAck;
        let counter = if wipe && self.chance(50) {
            Transaction::Counter(by, self.peers[at].wipe(), None)
        } else if self.chance(20) {
            let Some(proof) = self.choose(at) else { return };
            Transaction::Counter(by, proof, None)
        } else if !own.is_empty() {
            // Its own older proofs, with the hub's acks of them.
            let proof = self.pick(&own);
            let digest = proof.proof.digest(self.peers[at].terms.domain());
            let ack = hubs.into_iter().find(|ack| ack.proof.ack_hash == digest);
            Transaction::Counter(by, proof, ack)
        } else {
            return;
        };
        self.contract.execute(at, counter);
    }

    fn fund(&mut self, at: usize) {
        let party = self.peers[at].party;
        let value = self.pick(&[1, 5, 20]);
        if self.rules == Rules::FundingNotFinal {
            // Seen in a block that does not stay.
            let funded = self.contract.channels[at].sides.of(party).funded;
            let total = funded.checked_add(amount(value)).expect("small");
            let event = ChainEvent::Funded { of: party, total };
            self.contract.channels[at].taken_back.push(event);
        } else if self.chance(80) {
            self.contract.execute(at, Transaction::Fund(party, amount(value)));
        } else if self.contract.channels[at].phase == Phase::Open {
            self.put_in += u128::from(value);
            self.contract.execute(at, Transaction::Fund(party.other(), amount(value)));
        }
    }

    fn pay_from_hub(&mut self, at: usize) {
        let preimage = self.new_preimage();
        self.preimages.insert(preimage.hash(), preimage);
        let value = self.pick(&[1, 5]);
        let life = self.pick(&[10, 20]);
        let now = self.contract.now;
        let expiry = now.saturating_add_secs(life);
        self.hub.pay(at, amount(value), expiry, preimage.hash(), now);
    }
}
