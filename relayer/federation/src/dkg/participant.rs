//! One participant: which message leads where.

use core::fmt;
use std::collections::BTreeMap;

use frost::keys::dkg::{part1, part2, part3, round1, round2};
use frost_secp256k1_tr as frost;
use rand_core::{CryptoRng, RngCore};

use super::errors::{DkgFailure, DkgFault, DkgRejection};
use super::message::{CeremonyId, DkgBody, DkgMessage, DkgRound, PackageHash, SecretShare};
use crate::group::{Group, GroupHash};
use crate::identity::{AttesterIndex, IdentityRejection, Roster};
use crate::share::KeyShare;

/// What the ceremony makes: this attester's share, with the public group inside.
pub struct DkgOutcome {
    /// The share; to be sealed at once.
    pub share: KeyShare,
    /// What everybody may know.
    pub group: Group,
}

impl fmt::Debug for DkgOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DkgOutcome").field("group", &self.group).finish_non_exhaustive()
    }
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// To whom.
    pub to: AttesterIndex,
    /// What.
    pub message: DkgMessage,
}

/// What a message brought about.
#[derive(Debug)]
pub struct DkgProgress {
    /// To be sent now; also when the ceremony has just ended.
    pub send: Vec<Outgoing>,
    /// How the ceremony stands.
    pub status: DkgStatus,
}

/// How a ceremony stands.
#[derive(Debug)]
pub enum DkgStatus {
    /// It waits for [`Participant::awaited`].
    Running,
    /// All n attesters confirmed the same group. Given out once.
    Finished(Box<DkgOutcome>),
    /// It has failed; secrets are gone.
    Failed(DkgFailure),
}

/// What this participant holds, by the round whose messages it waits for.
enum Stage {
    Commit(round1::SecretPackage),
    Echo(round1::SecretPackage),
    Share(round2::SecretPackage),
    Confirm(Box<DkgOutcome>),
    Over,
}

impl Stage {
    const fn round(&self) -> Option<DkgRound> {
        match self {
            Self::Commit(_) => Some(DkgRound::Commit),
            Self::Echo(_) => Some(DkgRound::Echo),
            Self::Share(_) => Some(DkgRound::Share),
            Self::Confirm(_) => Some(DkgRound::Confirm),
            Self::Over => None,
        }
    }
}

type From<T> = BTreeMap<AttesterIndex, T>;

/// One attester's side of a ceremony. Deterministic after [`Participant::start`].
pub struct Participant {
    roster: Roster,
    index: AttesterIndex,
    ceremony: CeremonyId,
    own_hash: PackageHash,
    stage: Stage,
    commits: From<round1::Package>,
    echoes: From<Vec<PackageHash>>,
    shares: From<round2::Package>,
    confirms: From<GroupHash>,
}

impl fmt::Debug for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Participant")
            .field("index", &self.index)
            .field("ceremony", &self.ceremony)
            .field("round", &self.stage.round())
            .finish_non_exhaustive()
    }
}

impl Participant {
    /// Starts a ceremony as attester `index`; returns the messages of its first round.
    ///
    /// # Errors
    /// [`IdentityRejection::IndexOutOfRange`] when `index` is not on the roster.
    pub fn start(
        roster: Roster,
        index: AttesterIndex,
        ceremony: CeremonyId,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Self, Vec<Outgoing>), IdentityRejection> {
        let threshold = roster.threshold();
        if !threshold.contains(index) {
            return Err(IdentityRejection::IndexOutOfRange { index: index.get() });
        }
        let (k, n) = (threshold.signers(), threshold.attesters());
        let (secret, package) = part1(index.identifier(), n, k, rng)
            .map_err(|_| IdentityRejection::BadThreshold { k, n })?;
        let participant = Self {
            roster,
            index,
            ceremony,
            own_hash: PackageHash::of(ceremony, &package),
            stage: Stage::Commit(secret),
            commits: From::new(),
            echoes: From::new(),
            shares: From::new(),
            confirms: From::new(),
        };
        let send = participant.to_everyone(&DkgBody::Commit(package));
        Ok((participant, send))
    }

    /// Returns who has not sent the message that this participant waits for; whom to name when the
    /// node gives up waiting.
    #[must_use]
    pub fn awaited(&self) -> Vec<AttesterIndex> {
        let Some(round) = self.stage.round() else { return Vec::new() };
        self.others().filter(|peer| self.newest_of(*peer) < Some(round)).collect()
    }

    /// Returns the round that this participant waits for; nothing when the ceremony is over.
    #[must_use]
    pub const fn round(&self) -> Option<DkgRound> {
        self.stage.round()
    }

    /// Takes a message that the transport received from `sender`.
    ///
    /// # Errors
    /// [`DkgRejection`] when it is refused; nothing has changed then.
    pub fn receive(
        &mut self,
        sender: AttesterIndex,
        message: DkgMessage,
    ) -> Result<DkgProgress, DkgRejection> {
        self.admit(sender, &message)?;
        let failure = match message.body {
            DkgBody::Abort(fault) => Some(DkgFailure::Reported { reporter: sender, fault }),
            DkgBody::Commit(package) => {
                let fault = self.wrong_degree(sender, &package);
                self.commits.insert(sender, package);
                fault.map(DkgFailure::Here)
            }
            DkgBody::Echo(hashes) => {
                let expected = self.roster.threshold().attesters();
                let found = hashes.len();
                self.echoes.insert(sender, hashes);
                (found != usize::from(expected))
                    .then_some(DkgFault::MalformedEcho { sender, found, expected })
                    .map(DkgFailure::Here)
            }
            DkgBody::Share(share) => {
                self.shares.insert(sender, share.0);
                None
            }
            DkgBody::Confirm(hash) => {
                self.confirms.insert(sender, hash);
                None
            }
        };
        Ok(match failure {
            Some(failure) => self.fail(Vec::new(), failure),
            None => self.advance(),
        })
    }

    /// Refuses what must not reach the state: strangers, other ceremonies, repetitions, gaps, and
    /// rounds that the sender cannot have reached without this participant's own message.
    fn admit(&self, sender: AttesterIndex, message: &DkgMessage) -> Result<(), DkgRejection> {
        if !self.roster.threshold().contains(sender) {
            return Err(DkgRejection::UnknownSender { sender });
        }
        if sender == self.index {
            return Err(DkgRejection::OwnIndex { sender });
        }
        if message.ceremony != self.ceremony {
            let (found, expected) = (message.ceremony, self.ceremony);
            return Err(DkgRejection::WrongCeremony { found, expected });
        }
        let own = self.stage.round().ok_or(DkgRejection::Over)?;
        let Some(round) = message.body.round() else { return Ok(()) };
        let newest = self.newest_of(sender);
        if newest >= Some(round) {
            return Err(DkgRejection::Replayed { sender, round });
        }
        let next = newest.map_or(Some(DkgRound::Commit), DkgRound::next);
        if let Some(expected) = next.filter(|expected| *expected != round) {
            return Err(DkgRejection::OutOfOrder { sender, found: round, expected });
        }
        // Waiting for a round means having sent one's own message of it.
        if Some(round) > own.next().or(Some(own)) {
            return Err(DkgRejection::Premature { sender, round });
        }
        Ok(())
    }

    fn newest_of(&self, peer: AttesterIndex) -> Option<DkgRound> {
        [
            (DkgRound::Confirm, self.confirms.contains_key(&peer)),
            (DkgRound::Share, self.shares.contains_key(&peer)),
            (DkgRound::Echo, self.echoes.contains_key(&peer)),
            (DkgRound::Commit, self.commits.contains_key(&peer)),
        ]
        .into_iter()
        .find_map(|(round, here)| here.then_some(round))
    }

    fn wrong_degree(&self, sender: AttesterIndex, package: &round1::Package) -> Option<DkgFault> {
        let expected = self.roster.threshold().signers();
        let found = package.commitment().serialize().map_or(0, |coefficients| coefficients.len());
        let wrong = found != usize::from(expected);
        wrong.then_some(DkgFault::WrongDegree { sender, found, expected })
    }

    /// Goes through as many rounds as the messages at hand allow.
    fn advance(&mut self) -> DkgProgress {
        let peers = usize::from(self.roster.threshold().attesters()) - 1;
        let mut send = Vec::new();
        loop {
            let complete = match self.stage {
                Stage::Commit(_) => self.commits.len(),
                Stage::Echo(_) => self.echoes.len(),
                Stage::Share(_) => self.shares.len(),
                Stage::Confirm(_) => self.confirms.len(),
                Stage::Over => 0,
            } == peers;
            if !complete {
                return DkgProgress { send, status: DkgStatus::Running };
            }
            let step = match core::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Commit(secret) => {
                    send.extend(self.to_everyone(&DkgBody::Echo(self.seen())));
                    Ok(Stage::Echo(secret))
                }
                Stage::Echo(secret) => self.share_out(secret, &mut send),
                Stage::Share(secret) => self.conclude(&secret, &mut send),
                Stage::Confirm(outcome) => match self.disagreement(outcome.group.hash()) {
                    Some(fault) => Err(fault),
                    None => {
                        self.shares.clear();
                        return DkgProgress { send, status: DkgStatus::Finished(outcome) };
                    }
                },
                Stage::Over => return DkgProgress { send, status: DkgStatus::Running },
            };
            match step {
                Ok(stage) => self.stage = stage,
                Err(fault) => return self.fail(send, DkgFailure::Here(fault)),
            }
        }
    }

    /// Hash of everybody's first message as this participant saw it, in the order of the indices.
    fn seen(&self) -> Vec<PackageHash> {
        let hash_of = |index| match self.commits.get(&index) {
            Some(package) => PackageHash::of(self.ceremony, package),
            None => self.own_hash,
        };
        self.roster.threshold().indices().map(hash_of).collect()
    }

    /// Compares the echoes, then checks the proofs of knowledge and sends everybody its share.
    fn share_out(
        &self,
        secret: round1::SecretPackage,
        send: &mut Vec<Outgoing>,
    ) -> Result<Stage, DkgFault> {
        let seen = self.seen();
        for (witness, echo) in &self.echoes {
            for (sender, (ours, theirs)) in
                self.roster.threshold().indices().zip(seen.iter().zip(echo))
            {
                if ours != theirs {
                    return Err(DkgFault::InconsistentBroadcast { sender, seen_by: *witness });
                }
            }
        }
        let (secret, shares) =
            part2(secret, &by_identifier(&self.commits)).map_err(|error| self.blame(&error))?;
        for (peer, share) in
            self.others().filter_map(|peer| Some((peer, shares.get(&peer.identifier())?)))
        {
            let body = DkgBody::Share(SecretShare(share.clone()));
            send.push(Outgoing { to: peer, message: self.message(body) });
        }
        Ok(Stage::Share(secret))
    }

    /// Checks the shares received, adds them up and tells everybody the hash of the result.
    fn conclude(
        &self,
        secret: &round2::SecretPackage,
        send: &mut Vec<Outgoing>,
    ) -> Result<Stage, DkgFault> {
        let (key, public) =
            part3(secret, &by_identifier(&self.commits), &by_identifier(&self.shares))
                .map_err(|error| self.blame(&error))?;
        let group =
            Group::from_package(self.roster.clone(), public).map_err(|_| DkgFault::UnusableKey)?;
        let share =
            KeyShare::new(self.index, key, group.clone()).map_err(|_| DkgFault::UnusableKey)?;
        send.extend(self.to_everyone(&DkgBody::Confirm(group.hash())));
        Ok(Stage::Confirm(Box::new(DkgOutcome { share, group })))
    }

    fn disagreement(&self, own: GroupHash) -> Option<DkgFault> {
        let (sender, _) = self.confirms.iter().find(|(_, hash)| **hash != own)?;
        Some(DkgFault::DifferentResult { sender: *sender })
    }

    fn fail(&mut self, mut send: Vec<Outgoing>, failure: DkgFailure) -> DkgProgress {
        self.stage = Stage::Over;
        self.shares.clear();
        if let DkgFailure::Here(fault) = failure {
            send.extend(self.to_everyone(&DkgBody::Abort(fault)));
        }
        DkgProgress { send, status: DkgStatus::Failed(failure) }
    }

    fn blame(&self, error: &frost::Error) -> DkgFault {
        let sender = error.culprits().first().and_then(|culprit| self.roster.blamed(*culprit));
        match (error, sender) {
            (frost::Error::InvalidProofOfKnowledge { .. }, Some(sender)) => {
                DkgFault::InvalidProofOfKnowledge { sender }
            }
            (frost::Error::InvalidSecretShare { .. }, Some(sender)) => {
                DkgFault::BadSecretShare { sender }
            }
            (_, _) => DkgFault::UnusableKey,
        }
    }

    fn others(&self) -> impl Iterator<Item = AttesterIndex> + '_ {
        self.roster.threshold().indices().filter(|index| *index != self.index)
    }

    const fn message(&self, body: DkgBody) -> DkgMessage {
        DkgMessage { ceremony: self.ceremony, body }
    }

    fn to_everyone(&self, body: &DkgBody) -> Vec<Outgoing> {
        self.others().map(|to| Outgoing { to, message: self.message(body.clone()) }).collect()
    }
}

fn by_identifier<T: Clone>(packages: &From<T>) -> BTreeMap<frost::Identifier, T> {
    packages.iter().map(|(index, package)| (index.identifier(), package.clone())).collect()
}
