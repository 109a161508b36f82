//! Payments of the node's own: one lock at a time, until one is paid or no route is left.

use farbank_types::bitcoin::hashes::{sha256, Hash as _, HashEngine as _};
use farbank_types::UnixTime;

use super::envelope::Reason;
use super::failure::{HopFailure, SignedFailure};
use super::forward::NewLock;
use super::output::SwitchOutput;
use super::payments::{
    Attempt, PayCommand, PayRejection, Payment, PaymentEnd, PaymentFailure, PaymentState,
};
use super::route::{FinalNote, Route};
use super::state::{Origin, OutgoingLock, Step, Switch, SwitchSigner};
use crate::channel::DropCause;
use crate::commit::FailReason;
use crate::units::{PaymentHash, Preimage, TokenAmount};

impl Switch {
    pub(super) fn pay<S: SwitchSigner>(
        &mut self,
        command: &PayCommand,
        step: &mut Step<'_, S>,
    ) -> Result<(), PayRejection> {
        self.check_payment(command, step.now)?;
        let payment = Payment {
            request: command.request.clone(),
            // Replaced at once, by an attempt or by what kept the first route from being tried.
            state: PaymentState::Unknown,
            routes: command.routes.clone(),
            attempts: 0,
            entropy: command.entropy,
        };
        self.advance(payment, PaymentFailure::NotSent(HopFailure::UnknownNext), step);
        Ok(())
    }

    fn check_payment(&self, command: &PayCommand, now: UnixTime) -> Result<(), PayRejection> {
        let request = &command.request;
        let hash = &request.payment_hash;
        if request.payee == self.node || self.expected.contains_key(hash) {
            return Err(PayRejection::ToSelf);
        }
        match self.payments.get(hash).map(|payment| &payment.state) {
            Some(PaymentState::InFlight(_)) => return Err(PayRejection::InFlight),
            Some(PaymentState::Paid { .. } | PaymentState::Unknown) => {
                return Err(PayRejection::AlreadyPaid);
            }
            Some(PaymentState::Failed { .. }) | None => {}
        }
        let expires_at = request.expires_at;
        if now > expires_at {
            return Err(PayRejection::InvoiceExpired { expires_at, now });
        }
        if request.amount == TokenAmount::ZERO {
            return Err(PayRejection::ZeroAmount);
        }
        if command.routes.is_empty() {
            return Err(PayRejection::WrongRoute);
        }
        command.routes.iter().try_for_each(|route| self.check_route(route, command))
    }

    fn check_route(&self, route: &Route, command: &PayCommand) -> Result<(), PayRejection> {
        let request = &command.request;
        let (Some(first), Some(last)) = (route.first(), route.last()) else {
            return Err(PayRejection::WrongRoute);
        };
        let leads = last.node == request.payee
            && last.asset == request.asset
            && last.amount == request.amount
            && route.hops().iter().all(|hop| hop.node != self.node);
        if !leads {
            return Err(PayRejection::WrongRoute);
        }
        let (needed, allowed) = (first.amount, request.max_amount_in);
        if needed > allowed {
            return Err(PayRejection::TooExpensive { needed, allowed });
        }
        Ok(())
    }

    /// Tries the routes that are left, the first one that can be sent; `failure` is what the payment
    /// ends with when there is none.
    fn advance<S: SwitchSigner>(
        &mut self,
        mut payment: Payment,
        mut failure: PaymentFailure,
        step: &mut Step<'_, S>,
    ) {
        let payment_hash = payment.request.payment_hash;
        while !payment.routes.is_empty()
            && failure.is_temporary()
            && step.now <= payment.request.expires_at
        {
            let route = payment.routes.remove(0);
            payment.attempts = payment.attempts.saturating_add(1);
            match self.attempt(&payment, route, step) {
                Ok(attempt) => {
                    let attempts = payment.attempts;
                    payment.state = PaymentState::InFlight(attempt);
                    self.payments.insert(payment_hash, payment);
                    let attempt = attempts;
                    step.outputs.push(SwitchOutput::PaymentSent { payment_hash, attempt });
                    return;
                }
                Err(refused) => failure = PaymentFailure::NotSent(refused),
            }
        }
        payment.state = PaymentState::Failed { failure, at: step.now };
        self.end(payment_hash, payment, PaymentEnd::Failed(failure), step);
    }

    fn attempt<S: SwitchSigner>(
        &mut self,
        payment: &Payment,
        route: Route,
        step: &mut Step<'_, S>,
    ) -> Result<Attempt, HopFailure> {
        let request = &payment.request;
        let hash = request.payment_hash;
        let first = *route.first().ok_or(HopFailure::UnknownNext)?;
        // Before the work of an onion.
        self.check_offered(&first.node, &first.asset, first.amount)?;
        let note =
            FinalNote { secret: &request.secret, uetr: request.uetr, meta_hash: request.meta_hash };
        let session = session(&payment.entropy, payment.attempts);
        let wrapped = route.wrap(hash, &note, &session).map_err(|_| HopFailure::BadPayload)?;
        let lock = NewLock {
            amount: first.amount,
            expiry: first.expiry,
            hash,
            envelope: wrapped.envelope,
            unlock_until: first.expiry,
        };
        let key = self.offer(&first.node, &first.asset, &lock, step)?;
        let (amount, origin) = (first.amount, Origin::Payment);
        self.take_out(key, OutgoingLock { amount, hash, origin });
        Ok(Attempt { lock: key, route, secrets: wrapped.secrets })
    }

    /// The payee's preimage came: the payment is made.
    pub(super) fn payment_paid<S>(
        &mut self,
        outgoing: &OutgoingLock,
        preimage: Preimage,
        step: &mut Step<'_, S>,
    ) {
        if let Some(mut payment) = self.payments.remove(&outgoing.hash) {
            let (amount, at) = (outgoing.amount, step.now);
            payment.state = PaymentState::Paid { preimage, amount, at };
            self.end(outgoing.hash, payment, PaymentEnd::Paid(preimage), step);
        }
    }

    /// The lock is dead for good: the next route, or the end.
    pub(super) fn payment_failed<S: SwitchSigner>(
        &mut self,
        outgoing: &OutgoingLock,
        cause: &DropCause,
        step: &mut Step<'_, S>,
    ) {
        let Some(payment) = self.payments.remove(&outgoing.hash) else { return };
        let failure = match (&payment.state, cause) {
            (PaymentState::InFlight(attempt), DropCause::Failed(FailReason::Onion(reason))) => {
                read_failure(attempt, outgoing.hash, reason)
            }
            (_, DropCause::Failed(FailReason::Refused(refusal)) | DropCause::NotSent(refusal)) => {
                PaymentFailure::ByChannel(*refusal)
            }
            (_, DropCause::Expired) => PaymentFailure::LockExpired,
            (_, DropCause::Unsendable) => PaymentFailure::NotSent(HopFailure::NextOffline),
            (_, DropCause::Failed(FailReason::Onion(_))) => PaymentFailure::Unreadable,
        };
        self.advance(payment, failure, step);
    }

    /// Data was lost, and nobody can say whether the payment was made: it is never made again.
    pub(super) fn payment_vanished<S>(&mut self, hash: PaymentHash, step: &mut Step<'_, S>) {
        if let Some(mut payment) = self.payments.remove(&hash) {
            payment.state = PaymentState::Unknown;
            self.end(hash, payment, PaymentEnd::Unknown, step);
        }
    }

    fn end<S>(
        &mut self,
        payment_hash: PaymentHash,
        mut payment: Payment,
        end: PaymentEnd,
        step: &mut Step<'_, S>,
    ) {
        payment.routes = Vec::new();
        payment.entropy = [0; 32];
        let until: UnixTime = payment.request.expires_at.max(step.now);
        self.payments.insert(payment_hash, payment);
        self.forget_later(until, payment_hash);
        step.outputs.push(SwitchOutput::PaymentEnded { payment_hash, end });
    }
}

/// The secret of one attempt's onion: no two attempts may share one.
fn session(entropy: &[u8; 32], attempt: u32) -> [u8; 32] {
    let mut engine = sha256::Hash::engine();
    engine.input(entropy);
    engine.input(&attempt.to_be_bytes());
    sha256::Hash::from_engine(engine).to_byte_array()
}

/// Reads what came back with a failed lock. Only what a node of the route signed counts.
fn read_failure(attempt: &Attempt, hash: PaymentHash, reason: &[u8]) -> PaymentFailure {
    let read = match Reason::read(reason) {
        Some(Reason::Plain(message)) => Some((0, message.to_vec())),
        Some(Reason::Onion(packet)) => packet.unwrap_by(&attempt.secrets),
        None => None,
    };
    let signed = read.and_then(|(hop, message)| {
        let node = attempt.route.hops().get(hop)?.node;
        SignedFailure::read(&message, node, hash)
    });
    signed.map_or(PaymentFailure::Unreadable, PaymentFailure::ByHop)
}
