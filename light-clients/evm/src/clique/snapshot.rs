//! Who may sign, and the votes about it (EIP-225), step by step as geth's `Snapshot.apply`.

use std::collections::BTreeMap;
use std::sync::Arc;

use farbank_types::EvmAddress;

/// A vote that counts until its epoch ends, its signer leaves or votes otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Vote {
    signer: EvmAddress,
    about: EvmAddress,
    add: bool,
}

/// Votes about one address, all for the same change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tally {
    add: bool,
    votes: usize,
}

/// Votes in the order in which they were cast, and their sums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Votes {
    cast: Vec<Vote>,
    tallies: BTreeMap<EvmAddress, Tally>,
}

/// The signers in force after a block, and the votes that are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// Ascending.
    pub(super) signers: Arc<[EvmAddress]>,
    pub(super) votes: Arc<Votes>,
}

impl Snapshot {
    pub(super) fn new(signers: Vec<EvmAddress>) -> Self {
        Self { signers: signers.into(), votes: Arc::default() }
    }

    /// Returns the place of a signer in the order of turns.
    pub(super) fn place(&self, signer: EvmAddress) -> Option<usize> {
        self.signers.binary_search(&signer).ok()
    }

    /// Tells whether it is the turn of the signer at `place`.
    pub(super) fn is_in_turn(&self, number: u64, place: usize) -> bool {
        let turn =
            u64::try_from(self.signers.len()).ok().and_then(|count| number.checked_rem(count));
        turn == u64::try_from(place).ok()
    }

    /// Returns how many blocks have to pass before a signer signs again: of as many blocks in a row
    /// it signs one at most.
    pub(super) fn recent_limit(&self) -> u64 {
        u64::try_from(self.signers.len() / 2).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// Takes the vote of a block that `signer` sealed. A block without one votes against the zero
    /// address, which changes nothing as long as that is no signer.
    pub(super) fn apply(
        &mut self,
        checkpoint: bool,
        signer: EvmAddress,
        about: EvmAddress,
        add: bool,
    ) {
        if checkpoint && *self.votes != Votes::default() {
            self.votes = Arc::default();
        }
        let effective = self.place(about).is_some() != add;
        if !effective && self.votes.cast.is_empty() && self.votes.tallies.is_empty() {
            return;
        }
        let votes = Arc::make_mut(&mut self.votes);
        if let Some(at) = votes.cast.iter().position(|v| v.signer == signer && v.about == about) {
            let old = votes.cast.remove(at);
            votes.uncount(old);
        }
        if effective {
            let tally = votes.tallies.entry(about).or_insert(Tally { add, votes: 0 });
            tally.votes = tally.votes.saturating_add(1);
            votes.cast.push(Vote { signer, about, add });
        }
        // geth looks at the sum even when this block's vote had no effect: signers may have left.
        let passed = votes.tallies.get(&about).filter(|t| t.votes > self.signers.len() / 2);
        let Some(Tally { add, .. }) = passed.copied() else { return };
        let mut signers = self.signers.to_vec();
        match signers.binary_search(&about) {
            Err(place) if add => signers.insert(place, about),
            Ok(place) if !add => {
                signers.remove(place);
            }
            _ => {}
        }
        self.signers = signers.into();
        if !add {
            let (left, kept) = votes.cast.iter().partition(|vote| vote.signer == about);
            votes.cast = kept;
            let left: Vec<Vote> = left;
            for vote in left {
                votes.uncount(vote);
            }
        }
        votes.cast.retain(|vote| vote.about != about);
        votes.tallies.remove(&about);
    }
}

impl Votes {
    /// Takes a vote out of its sum, if it was counted there.
    fn uncount(&mut self, vote: Vote) {
        let Some(tally) = self.tallies.get_mut(&vote.about).filter(|tally| tally.add == vote.add)
        else {
            return;
        };
        if tally.votes > 1 {
            tally.votes -= 1;
        } else {
            self.tallies.remove(&vote.about);
        }
    }
}
