//! A lock came: what it says, whether the node takes it, how it is failed.

use super::envelope::{Envelope, Reason};
use super::failure::{HopFailure, SignedFailure};
use super::output::SwitchOutput;
use super::state::{Step, Switch, SwitchSigner};
use super::LockKey;
use crate::channel::OpIntent;
use crate::commit::FailReason;
use crate::locks::Lock;
use crate::onion::{peel, FailurePacket, HopSecret, OnionPacket, Peeled, PeeledHop};
use crate::payload::{FinalPayload, ForwardPayload, HopPayload};
use crate::units::PaymentHash;

/// What an envelope said.
enum Opened {
    /// The node is the payee.
    Final(FinalPayload),
    /// The node forwards.
    Forward(ForwardPayload, OnionPacket),
}

impl Switch {
    pub(super) fn offered<S: SwitchSigner>(
        &mut self,
        key: LockKey,
        lock: Lock,
        envelope: &[u8],
        step: &mut Step<'_, S>,
    ) {
        let (secret, opened) = self.unwrap(&lock, envelope, step);
        let taken = match (opened, &secret) {
            (Ok(Opened::Final(payload)), secret) => {
                self.receive(key, &lock, payload, secret.as_ref(), step)
            }
            (Ok(Opened::Forward(payload, next)), Some(secret)) => {
                self.forward(key, &lock, &payload, secret, &next, step)
            }
            (Ok(Opened::Forward(..)), None) => Err(HopFailure::BadPayload),
            (Err(failure), _) => Err(failure),
        };
        if let Err(failure) = taken {
            self.fail_by(key, lock.hash, failure, secret.as_ref(), step);
        }
    }

    /// Opens the envelope. The secret is there as soon as a packet is known to be genuine: from then on
    /// only the payer reads a failure.
    fn unwrap<S: SwitchSigner>(
        &mut self,
        lock: &Lock,
        envelope: &[u8],
        step: &Step<'_, S>,
    ) -> (Option<HopSecret>, Result<Opened, HopFailure>) {
        let peeled = Envelope::read(envelope).and_then(|envelope| match envelope {
            Envelope::Plain(payload) => Ok(Err(payload)),
            Envelope::Onion(packet) => peel(&packet, &lock.hash.get(), step.signer).map(Ok),
        });
        match peeled {
            Err(rejection) => (None, Err(rejection.into())),
            Ok(Err(payload)) => (None, read_final(payload)),
            Ok(Ok(Peeled::Final(PeeledHop { payload, secret }))) => {
                let opened = read_final(&payload).and_then(|opened| {
                    self.remember(&secret, lock, &opened, step)?;
                    Ok(opened)
                });
                (Some(secret), opened)
            }
            Ok(Ok(Peeled::Forward { hop: PeeledHop { payload, secret }, next })) => {
                let opened = read_forward(&payload, next).and_then(|opened| {
                    self.remember(&secret, lock, &opened, step)?;
                    Ok(opened)
                });
                (Some(secret), opened)
            }
        }
    }

    /// Refuses a packet that was here before. What it says about its expiry bounds how long it is
    /// remembered, so it must not say more than its lock does.
    fn remember<S>(
        &mut self,
        secret: &HopSecret,
        lock: &Lock,
        opened: &Opened,
        step: &Step<'_, S>,
    ) -> Result<(), HopFailure> {
        let expiry = match opened {
            Opened::Final(payload) => payload.expiry,
            Opened::Forward(payload, _) => payload.expiry,
        };
        if expiry > lock.expiry || expiry < step.now {
            return Err(HopFailure::ExpiryTooSoon);
        }
        self.replay.remember(secret, expiry, step.now).map_err(HopFailure::from)
    }

    /// Fails an incoming lock for a reason of the node's own.
    pub(super) fn fail_by<S: SwitchSigner>(
        &mut self,
        key: LockKey,
        hash: PaymentHash,
        failure: HopFailure,
        secret: Option<&HopSecret>,
        step: &mut Step<'_, S>,
    ) {
        let message = SignedFailure::sign(hash, failure, step.signer).message();
        let packet = secret.and_then(|secret| FailurePacket::new(secret, &message));
        let reason = packet.map_or(Reason::Plain(&message), Reason::Onion).write();
        self.fail(key, hash, reason, Some(failure), step);
    }

    /// Fails an incoming lock. A channel that is not open says no: then its lock expires.
    pub(super) fn fail<S: SwitchSigner>(
        &mut self,
        key: LockKey,
        payment_hash: PaymentHash,
        reason: Vec<u8>,
        failure: Option<HopFailure>,
        step: &mut Step<'_, S>,
    ) {
        let intent = OpIntent::Fail { lock: key.lock, reason: FailReason::Onion(reason) };
        self.drop_in(key);
        if self.propose(key.channel, intent, step).is_ok() {
            step.outputs.push(SwitchOutput::LockFailed { payment_hash, incoming: key, failure });
        }
    }
}

fn read_final(payload: &[u8]) -> Result<Opened, HopFailure> {
    match HopPayload::decode(payload, true) {
        Ok(HopPayload::Final(payload)) => Ok(Opened::Final(payload)),
        Ok(HopPayload::Forward(_)) | Err(_) => Err(HopFailure::BadPayload),
    }
}

fn read_forward(payload: &[u8], next: OnionPacket) -> Result<Opened, HopFailure> {
    match HopPayload::decode(payload, false) {
        Ok(HopPayload::Forward(payload)) => Ok(Opened::Forward(payload, next)),
        Ok(HopPayload::Final(_)) | Err(_) => Err(HopFailure::BadPayload),
    }
}
