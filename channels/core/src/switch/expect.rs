//! Payments to the node: expected, held, claimed, received.

use farbank_types::UnixTime;

use super::failure::HopFailure;
use super::invoices::{Expected, ExpectedPayment, ExpectedState};
use super::output::SwitchOutput;
use super::state::{IncomingLock, Purpose, Step, Switch, SwitchSigner};
use super::{LockKey, SwitchRejection};
use crate::channel::OpIntent;
use crate::locks::Lock;
use crate::onion::HopSecret;
use crate::payload::{AssetKey, FinalPayload};
use crate::units::{PaymentHash, Preimage};

impl Switch {
    pub(super) fn expect(&mut self, expected: Expected) -> Result<(), SwitchRejection> {
        let payment_hash = expected.payment_hash;
        if expected.preimage.is_some_and(|preimage| preimage.hash() != payment_hash) {
            return Err(SwitchRejection::WrongPreimage { payment_hash });
        }
        if self.expected.contains_key(&payment_hash) {
            return Err(SwitchRejection::InvoiceExists { payment_hash });
        }
        self.forget_later(expected.expires_at, payment_hash);
        let state = ExpectedState::Open;
        self.expected.insert(payment_hash, ExpectedPayment { expected, state });
        Ok(())
    }

    /// Takes a payment to the node, or says why not.
    pub(super) fn receive<S: SwitchSigner>(
        &mut self,
        key: LockKey,
        lock: &Lock,
        payload: FinalPayload,
        secret: Option<&HopSecret>,
        step: &mut Step<'_, S>,
    ) -> Result<(), HopFailure> {
        let asset = self.check_taken(key, lock)?;
        let expected = self.check_expected(lock, &asset, &payload, step.now)?;
        let preimage = expected.preimage;
        let purpose = Purpose::Expected(secret.cloned());
        self.take_in(key, IncomingLock { lock: *lock, purpose, is_answered: false });
        let (payment_hash, amount) = (lock.hash, lock.amount);
        let boxed = Box::new(payload.clone());
        if let Some(preimage) = preimage {
            self.set_expected(payment_hash, ExpectedState::Claimed { lock: key, payload });
            self.claim(key, preimage, step);
            let payload = boxed;
            let claimed = SwitchOutput::PaymentClaimed { payment_hash, preimage, amount, payload };
            step.outputs.push(claimed);
        } else {
            self.set_expected(payment_hash, ExpectedState::Held { lock: key, payload });
            self.held.insert((self.config.channel.reveal_from(lock.expiry), payment_hash));
            let payload = boxed;
            step.outputs.push(SwitchOutput::PaymentHeld { payment_hash, amount, payload });
        }
        Ok(())
    }

    /// Whoever does not know the invoice's secret learns nothing about it.
    fn check_expected(
        &self,
        lock: &Lock,
        asset: &AssetKey,
        payload: &FinalPayload,
        now: UnixTime,
    ) -> Result<&Expected, HopFailure> {
        let record = self.expected.get(&lock.hash).ok_or(HopFailure::UnknownInvoice)?;
        let expected = &record.expected;
        if payload.secret != expected.secret {
            return Err(HopFailure::UnknownInvoice);
        }
        if record.state != ExpectedState::Open {
            return Err(HopFailure::InvoicePaid);
        }
        if now > expected.expires_at {
            return Err(HopFailure::InvoiceExpired);
        }
        if *asset != expected.asset || payload.asset != expected.asset {
            return Err(HopFailure::OtherAsset);
        }
        let asked = expected.amount.unwrap_or(payload.total);
        if payload.total != asked || lock.amount < payload.total {
            return Err(HopFailure::OtherAmount);
        }
        let earliest = now.saturating_add_secs(expected.min_lock_secs.into());
        if lock.expiry < payload.expiry || lock.expiry < earliest {
            return Err(HopFailure::ExpiryTooSoon);
        }
        Ok(expected)
    }

    pub(super) fn release<S: SwitchSigner>(
        &mut self,
        preimage: Preimage,
        step: &mut Step<'_, S>,
    ) -> Result<(), SwitchRejection> {
        let payment_hash = preimage.hash();
        let record = self
            .expected
            .get_mut(&payment_hash)
            .ok_or(SwitchRejection::UnknownInvoice { payment_hash })?;
        let ExpectedState::Held { lock, payload } = record.state.clone() else {
            return Err(SwitchRejection::NotHeld { payment_hash });
        };
        let amount = self
            .incoming
            .get(&lock)
            .map(|incoming| incoming.lock.amount)
            .ok_or(SwitchRejection::NotHeld { payment_hash })?;
        let boxed = Box::new(payload.clone());
        self.set_expected(payment_hash, ExpectedState::Claimed { lock, payload });
        self.held.retain(|(_, held)| *held != payment_hash);
        self.claim(lock, preimage, step);
        let payload = boxed;
        step.outputs.push(SwitchOutput::PaymentClaimed { payment_hash, preimage, amount, payload });
        Ok(())
    }

    pub(super) fn decline<S: SwitchSigner>(
        &mut self,
        payment_hash: PaymentHash,
        step: &mut Step<'_, S>,
    ) -> Result<(), SwitchRejection> {
        let unknown = SwitchRejection::UnknownInvoice { payment_hash };
        match &self.expected.get(&payment_hash).ok_or(unknown)?.state {
            ExpectedState::Open => {}
            ExpectedState::Held { lock, .. } => {
                let lock = *lock;
                self.held.retain(|(_, held)| *held != payment_hash);
                self.give_back(lock, payment_hash, step);
            }
            ExpectedState::Claimed { .. } | ExpectedState::Received { .. } => {
                return Err(SwitchRejection::NotHeld { payment_hash });
            }
        }
        self.expected.remove(&payment_hash);
        Ok(())
    }

    /// Fails a lock that is held.
    pub(super) fn give_back<S: SwitchSigner>(
        &mut self,
        key: LockKey,
        hash: PaymentHash,
        step: &mut Step<'_, S>,
    ) {
        let secret = match self.incoming.get(&key).map(|incoming| &incoming.purpose) {
            Some(Purpose::Expected(secret)) => secret.clone(),
            Some(Purpose::Forward(_)) | None => None,
        };
        self.fail_by(key, hash, HopFailure::Declined, secret.as_ref(), step);
    }

    /// Shows the preimage of an incoming lock. A channel that is not open any more has it revealed on
    /// chain.
    pub(super) fn claim<S: SwitchSigner>(
        &mut self,
        key: LockKey,
        preimage: Preimage,
        step: &mut Step<'_, S>,
    ) {
        let intent = OpIntent::Fulfil { lock: key.lock, preimage };
        match self.propose(key.channel, intent, step) {
            Ok(_) => {
                if let Some(incoming) = self.incoming.get_mut(&key) {
                    incoming.is_answered = true;
                }
            }
            // The lock is gone: it was paid or given up before.
            Err(_) => {
                self.drop_in(key);
            }
        }
    }

    /// The payer unlocked an incoming lock.
    pub(super) fn claimed<S>(&mut self, key: LockKey, step: &mut Step<'_, S>) {
        let Some(incoming) = self.drop_in(key) else { return };
        if matches!(incoming.purpose, Purpose::Expected(_)) {
            let (payment_hash, amount) = (incoming.lock.hash, incoming.lock.amount);
            let at = step.now;
            self.set_expected(payment_hash, ExpectedState::Received { amount, at });
            step.outputs.push(SwitchOutput::PaymentReceived { payment_hash, amount });
        }
    }

    pub(super) fn set_expected(&mut self, payment_hash: PaymentHash, state: ExpectedState) {
        if let Some(record) = self.expected.get_mut(&payment_hash) {
            record.state = state;
        }
    }
}
