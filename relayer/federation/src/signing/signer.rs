//! The attester's side.

use core::fmt;

use frost::{round1, round2};
use frost_secp256k1_tr as frost;
use rand_core::{CryptoRng, RngCore};

use super::batch::{SigningBatch, SigningItem};
use super::errors::SigningRefusal;
use super::round::{Commitments, SessionId, SignatureShares, SigningSet};
use crate::share::KeyShare;

/// Nonces of one session with the messages that they may sign. They live in memory only: no clone, no
/// serialised form, zeroised on drop, and [`Signer::sign`] consumes them.
pub struct HeldNonces {
    session: SessionId,
    batch: SigningBatch,
    nonces: Vec<round1::SigningNonces>,
    commitments: Commitments,
}

impl HeldNonces {
    /// Returns the session that they serve.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.session
    }
}

impl fmt::Debug for HeldNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldNonces").field("session", &self.session).finish_non_exhaustive()
    }
}

/// Signs with one share. The caller decides what may be signed, before [`Signer::commit`], and makes
/// that decision durable before the result of [`Signer::sign`] leaves the process.
#[derive(Debug)]
pub struct Signer {
    share: KeyShare,
}

impl Signer {
    /// Takes the share.
    #[must_use]
    pub const fn new(share: KeyShare) -> Self {
        Self { share }
    }

    /// Returns the share.
    #[must_use]
    pub const fn share(&self) -> &KeyShare {
        &self.share
    }

    /// First round: draws nonces for a batch. The commitments are for the coordinator.
    #[must_use]
    pub fn commit(
        &self,
        session: SessionId,
        batch: SigningBatch,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> (HeldNonces, Commitments) {
        let secret = self.share.key().signing_share();
        let (nonces, commitments): (_, Vec<_>) =
            batch.items().iter().map(|_| round1::commit(secret, rng)).unzip();
        let commitments = Commitments::wrap(commitments);
        let held = HeldNonces { session, batch, nonces, commitments: commitments.clone() };
        (held, commitments)
    }

    /// Second round: signs the messages that the nonces were drawn for, with the others of `set`.
    ///
    /// # Errors
    /// [`SigningRefusal`]; the nonces are gone all the same.
    pub fn sign(
        &self,
        held: HeldNonces,
        set: &SigningSet,
    ) -> Result<SignatureShares, SigningRefusal> {
        self.check(&held, set)?;
        let inputs = held.batch.items().iter().zip(&held.nonces).enumerate();
        inputs
            .map(|(input, (item, nonces))| {
                self.sign_item(set, input, item, nonces)
                    .ok_or(SigningRefusal::UnusableCommitments { input })
            })
            .collect::<Result<_, _>>()
            .map(SignatureShares::wrap)
    }

    fn check(&self, held: &HeldNonces, set: &SigningSet) -> Result<(), SigningRefusal> {
        if set.session != held.session {
            let (found, expected) = (set.session, held.session);
            return Err(SigningRefusal::WrongSession { found, expected });
        }
        let (found, threshold) = (set.signers.len(), self.share.group().threshold());
        if found != usize::from(threshold.signers()) {
            let expected = threshold.signers();
            return Err(SigningRefusal::WrongSignerCount { found, expected });
        }
        let expected = held.batch.items().len();
        for (signer, commitments) in &set.signers {
            if !threshold.contains(*signer) {
                return Err(SigningRefusal::UnknownSigner { signer: *signer });
            }
            let (signer, found) = (*signer, commitments.inputs());
            if found != expected {
                return Err(SigningRefusal::WrongInputCount { signer, found, expected });
            }
        }
        let signer = self.share.index();
        if set.signers.get(&signer) != Some(&held.commitments) {
            return Err(SigningRefusal::ForeignCommitments { signer });
        }
        Ok(())
    }

    fn sign_item(
        &self,
        set: &SigningSet,
        input: usize,
        item: &SigningItem,
        nonces: &round1::SigningNonces,
    ) -> Option<round2::SignatureShare> {
        let package = set.package(input, &item.message)?;
        let key = self.share.key();
        match &item.merkle_root {
            None => round2::sign(&package, nonces, key),
            Some(root) => round2::sign_with_tweak(&package, nonces, key, Some(root)),
        }
        .ok()
    }
}
