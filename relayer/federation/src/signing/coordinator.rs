//! The relayer's side. Nobody trusts it: it learns nothing secret, and can at worst waste a round.

use std::collections::BTreeMap;

use frost_core::keys::PublicKeyPackage;
use frost_core::{aggregate_custom, CheaterDetection};
use frost_secp256k1_tr as frost;
use frost_secp256k1_tr::keys::Tweak as _;
use rand_core::{CryptoRng, RngCore};
use secp256k1::{schnorr, Message, Secp256k1, VerifyOnly};

use super::batch::{SigningBatch, SigningItem};
use super::errors::{CoordinatorRejection, NotEnoughSigners, SignerFault};
use super::round::{Commitments, SessionId, SignatureShares, SigningSet};
use crate::group::Group;
use crate::identity::AttesterIndex;

/// What the coordinator wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoordinatorStep {
    /// More answers of the round that runs, or the end of its time: [`Coordinator::timed_out`].
    Wait,
    /// A new attempt: propose the batch to these, under this session.
    Propose {
        /// The attempt's name.
        session: SessionId,
        /// Whom to ask: everybody who has not failed so far.
        attesters: Vec<AttesterIndex>,
    },
    /// Enough committed: have these sign. Its signers are whom to ask.
    Sign(SigningSet),
    /// Done: a signature for each input in its order, verified under the input's key (BIP-0340).
    Done(Vec<schnorr::Signature>),
    /// Too few attesters are left.
    Failed(NotEnoughSigners),
}

/// The round that runs.
enum Stage {
    Committing(BTreeMap<AttesterIndex, Commitments>),
    Signing { set: SigningSet, shares: BTreeMap<AttesterIndex, SignatureShares> },
    Over,
}

/// Runs sessions for one batch until it is signed or too few attesters are left. An attester that was
/// silent, refused or sent something wrong is not asked again; every attempt uses new nonces.
pub struct Coordinator {
    group: Group,
    batch: SigningBatch,
    session: SessionId,
    stage: Stage,
    faults: BTreeMap<AttesterIndex, SignerFault>,
    secp: Secp256k1<VerifyOnly>,
}

impl core::fmt::Debug for Coordinator {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Coordinator")
            .field("session", &self.session)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl Coordinator {
    /// Starts the first attempt: the step is a proposal to all attesters.
    #[must_use]
    pub fn start(
        group: Group,
        batch: SigningBatch,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> (Self, CoordinatorStep) {
        let mut coordinator = Self {
            group,
            batch,
            session: SessionId::random(rng),
            stage: Stage::Over,
            faults: BTreeMap::new(),
            secp: Secp256k1::verification_only(),
        };
        let step = coordinator.attempt(rng);
        (coordinator, step)
    }

    /// Takes an attester's commitments.
    ///
    /// # Errors
    /// [`CoordinatorRejection`] when nothing waits for them.
    pub fn committed(
        &mut self,
        sender: AttesterIndex,
        session: SessionId,
        commitments: Commitments,
    ) -> Result<CoordinatorStep, CoordinatorRejection> {
        self.admit(sender, session)?;
        let (found, expected) = (commitments.inputs(), self.batch.items().len());
        let Stage::Committing(committed) = &mut self.stage else {
            return Err(CoordinatorRejection::NotAwaited { sender });
        };
        if found != expected {
            self.faults.insert(sender, SignerFault::WrongInputCount { found, expected });
            return Ok(self.await_commitments());
        }
        committed.insert(sender, commitments);
        if committed.len() < usize::from(self.group.threshold().signers()) {
            return Ok(CoordinatorStep::Wait);
        }
        let set = SigningSet { session, signers: core::mem::take(committed) };
        self.stage = Stage::Signing { set: set.clone(), shares: BTreeMap::new() };
        Ok(CoordinatorStep::Sign(set))
    }

    /// Takes an attester's shares. With the last one the signatures are added up and verified; who
    /// spoilt them is named, and a new attempt starts without him.
    ///
    /// # Errors
    /// [`CoordinatorRejection`] when nothing waits for them.
    pub fn signed(
        &mut self,
        sender: AttesterIndex,
        session: SessionId,
        signed: SignatureShares,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<CoordinatorStep, CoordinatorRejection> {
        self.admit(sender, session)?;
        let (found, expected) = (signed.inputs(), self.batch.items().len());
        let Stage::Signing { set, shares } = &mut self.stage else {
            return Err(CoordinatorRejection::NotAwaited { sender });
        };
        if found != expected {
            self.faults.insert(sender, SignerFault::WrongInputCount { found, expected });
            return Ok(self.attempt(rng));
        }
        shares.insert(sender, signed);
        if shares.len() < set.signers.len() {
            return Ok(CoordinatorStep::Wait);
        }
        let (set, shares) = match core::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Signing { set, shares } => (set, shares),
            Stage::Committing(_) | Stage::Over => return Err(CoordinatorRejection::Over),
        };
        Ok(match self.aggregate(&set, &shares) {
            Ok(signatures) => CoordinatorStep::Done(signatures),
            Err(culprits) => {
                self.faults.extend(culprits);
                self.attempt(rng)
            }
        })
    }

    /// Takes an attester's refusal, of either round.
    ///
    /// # Errors
    /// [`CoordinatorRejection`] when nothing waits for an answer of that attester.
    pub fn refused(
        &mut self,
        sender: AttesterIndex,
        session: SessionId,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<CoordinatorStep, CoordinatorRejection> {
        self.failed(sender, session, SignerFault::Refused, rng)
    }

    /// Takes note that an attester cannot be asked, or that its answer is lost: it counts as silent.
    ///
    /// # Errors
    /// [`CoordinatorRejection`] when nothing waits for an answer of that attester.
    pub fn unreachable(
        &mut self,
        attester: AttesterIndex,
        session: SessionId,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<CoordinatorStep, CoordinatorRejection> {
        self.failed(attester, session, SignerFault::Silent, rng)
    }

    fn failed(
        &mut self,
        attester: AttesterIndex,
        session: SessionId,
        fault: SignerFault,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<CoordinatorStep, CoordinatorRejection> {
        self.admit(attester, session)?;
        self.faults.insert(attester, fault);
        Ok(self.without_the_faulty(rng))
    }

    /// Ends the waiting of this round: who has not answered counts as silent.
    ///
    /// # Errors
    /// [`CoordinatorRejection::Over`].
    pub fn timed_out(
        &mut self,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<CoordinatorStep, CoordinatorRejection> {
        if matches!(self.stage, Stage::Over) {
            return Err(CoordinatorRejection::Over);
        }
        for silent in self.awaited() {
            self.faults.insert(silent, SignerFault::Silent);
        }
        Ok(self.without_the_faulty(rng))
    }

    /// Returns whose answer this round waits for.
    #[must_use]
    pub fn awaited(&self) -> Vec<AttesterIndex> {
        match &self.stage {
            Stage::Committing(committed) => {
                self.eligible().filter(|index| !committed.contains_key(index)).collect()
            }
            Stage::Signing { set, shares } => {
                set.signers.keys().copied().filter(|index| !shares.contains_key(index)).collect()
            }
            Stage::Over => Vec::new(),
        }
    }

    /// Returns who failed so far, and how.
    #[must_use]
    pub const fn faults(&self) -> &BTreeMap<AttesterIndex, SignerFault> {
        &self.faults
    }

    /// Returns the attempt that runs.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.session
    }

    fn admit(&self, sender: AttesterIndex, session: SessionId) -> Result<(), CoordinatorRejection> {
        if !self.group.threshold().contains(sender) {
            return Err(CoordinatorRejection::UnknownSender { sender });
        }
        if matches!(self.stage, Stage::Over) {
            return Err(CoordinatorRejection::Over);
        }
        if session != self.session {
            let (found, expected) = (session, self.session);
            return Err(CoordinatorRejection::WrongSession { found, expected });
        }
        if !self.awaited().contains(&sender) {
            return Err(CoordinatorRejection::NotAwaited { sender });
        }
        Ok(())
    }

    fn eligible(&self) -> impl Iterator<Item = AttesterIndex> + '_ {
        self.group.threshold().indices().filter(|index| !self.faults.contains_key(index))
    }

    /// Starts an attempt with everybody who has not failed.
    fn attempt(&mut self, rng: &mut (impl CryptoRng + RngCore)) -> CoordinatorStep {
        if let Some(failure) = self.too_few() {
            self.stage = Stage::Over;
            return CoordinatorStep::Failed(failure);
        }
        self.session = SessionId::random(rng);
        self.stage = Stage::Committing(BTreeMap::new());
        CoordinatorStep::Propose { session: self.session, attesters: self.eligible().collect() }
    }

    /// Commitments of the others stay good; a signer that drops out ends the attempt.
    fn without_the_faulty(&mut self, rng: &mut (impl CryptoRng + RngCore)) -> CoordinatorStep {
        match self.stage {
            Stage::Committing(_) => self.await_commitments(),
            Stage::Signing { .. } | Stage::Over => self.attempt(rng),
        }
    }

    fn await_commitments(&mut self) -> CoordinatorStep {
        match self.too_few() {
            Some(failure) => {
                self.stage = Stage::Over;
                CoordinatorStep::Failed(failure)
            }
            None => CoordinatorStep::Wait,
        }
    }

    fn too_few(&self) -> Option<NotEnoughSigners> {
        let (have, need) = (self.eligible().count(), self.group.threshold().signers());
        if have >= usize::from(need) {
            return None;
        }
        let (mut silent, mut refused, mut bad) = (Vec::new(), Vec::new(), Vec::new());
        for (index, fault) in &self.faults {
            match fault {
                SignerFault::Silent => silent.push(*index),
                SignerFault::Refused => refused.push(*index),
                SignerFault::WrongInputCount { .. } | SignerFault::BadShare { .. } => {
                    bad.push(*index);
                }
            }
        }
        Some(NotEnoughSigners { have, need, silent, refused, bad })
    }

    /// Adds up every input's shares; names all whose shares do not verify.
    fn aggregate(
        &self,
        set: &SigningSet,
        shares: &BTreeMap<AttesterIndex, SignatureShares>,
    ) -> Result<Vec<schnorr::Signature>, BTreeMap<AttesterIndex, SignerFault>> {
        let public = self.group.package();
        let mut culprits = BTreeMap::new();
        let mut signatures = Vec::with_capacity(self.batch.items().len());
        for (input, item) in self.batch.items().iter().enumerate() {
            match self.aggregate_item(set, shares, &public, input, item) {
                Ok(signature) => signatures.push(signature),
                Err(bad) => {
                    for signer in bad {
                        culprits.entry(signer).or_insert(SignerFault::BadShare { input });
                    }
                }
            }
        }
        if culprits.is_empty() {
            Ok(signatures)
        } else {
            Err(culprits)
        }
    }

    fn aggregate_item(
        &self,
        set: &SigningSet,
        shares: &BTreeMap<AttesterIndex, SignatureShares>,
        public: &PublicKeyPackage<frost::Secp256K1Sha256TR>,
        input: usize,
        item: &SigningItem,
    ) -> Result<schnorr::Signature, Vec<AttesterIndex>> {
        // Whom to blame when no single share is wrong: nobody else took part.
        let everyone = || set.signers.keys().copied().collect::<Vec<_>>();
        let package = set.package(input, &item.message).ok_or_else(everyone)?;
        let shares = shares
            .iter()
            .filter_map(|(index, shares)| Some((index.identifier(), shares.of_input(input)?)))
            .collect();
        let public = match item.merkle_root {
            None => public.clone(),
            Some(root) => public.clone().tweak(Some(root)),
        };
        let signature = aggregate_custom(&package, &shares, &public, CheaterDetection::AllCheaters)
            .map_err(|error| {
                let culprits = error.culprits();
                let named: Vec<_> =
                    culprits.iter().filter_map(|id| self.group.roster().blamed(*id)).collect();
                if named.is_empty() {
                    everyone()
                } else {
                    named
                }
            })?;
        self.verified(item, &signature).ok_or_else(everyone)
    }

    /// Checks a signature as a Bitcoin node will, by another library than the one that made it.
    fn verified(
        &self,
        item: &SigningItem,
        signature: &frost::Signature,
    ) -> Option<schnorr::Signature> {
        let signature = schnorr::Signature::from_slice(&signature.serialize().ok()?).ok()?;
        let key = item.output_key(self.group.federation_key(), &self.secp)?;
        let message = Message::from_digest(item.message);
        self.secp.verify_schnorr(&signature, &message, &key).ok()?;
        Some(signature)
    }
}
