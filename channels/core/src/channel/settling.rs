//! Agreeing on a settle or a cooperative close.
//!
//! The proposer reserves for itself and asks; the answerer checks, reserves, and signs first; the
//! proposer checks again and signs last. So what is on its way while they talk never breaks what
//! either signed: the proposer's commits are there before its question, the answerer's before its
//! answer. When they moved on meanwhile, the answer is a refusal with nonces, and the proposer asks
//! again.

use farbank_types::{UnixTime, B256};

use super::input::SettleIntent;
use super::output::ChannelOutput;
use super::phase::{ChannelPhase, Link, SignedClose};
use super::rejection::ChannelRejection;
use super::Channel;
use crate::domain::{Digest, Party, Sides};
use crate::message::{ChannelMessage, Countersignature, Nack};
use crate::objects::{CoopClose, Settle, VaultFlags};
use crate::settlement::{check_deadline, LiveSettle, SettleRefusal};
use crate::signature::{ChannelSigner, CompactSignature};
use crate::units::SettleSeq;

impl Channel {
    pub(super) fn propose_settle(
        &mut self,
        intent: SettleIntent,
        now: UnixTime,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        self.check_free()?;
        if self.settlement.proposed().is_some() {
            return Err(SettleRefusal::Busy.into());
        }
        let next = self.settlement.newest().checked_add(SettleSeq::new(1));
        let seq = next.ok_or(SettleRefusal::TooManySettles)?;
        let SettleIntent { total_out, deadline, to_vault } = intent;
        let settle = Settle { id: self.terms.id(), seq, total_out, deadline, to_vault };
        self.settlement.check(&settle, &self.balances(), now)?;
        self.settlement.propose(settle);
        Ok(self.say(ChannelMessage::ProposeSettle(settle)))
    }

    pub(super) fn answer_settle(
        &mut self,
        settle: &Settle,
        now: UnixTime,
        signer: &impl ChannelSigner,
    ) -> Vec<ChannelOutput> {
        let object = settle.struct_hash();
        let signed = self.settlement.live().iter().find(|live| live.settle == *settle);
        if let Some(live) = signed {
            return self.countersign(object, live.ours, ChannelMessage::AcceptSettle);
        }
        let mut outputs = Vec::new();
        if self.settlement.proposed().is_some() {
            // Both asked at once: A's question is answered.
            if self.holder.is_a() {
                return self.refuse(object, SettleRefusal::Busy);
            }
            let mine = self.settlement.take_proposed();
            outputs.extend(
                mine.map(|settle| ChannelOutput::SettleRefused {
                    settle,
                    why: SettleRefusal::Busy,
                }),
            );
        }
        let checked = self
            .check_free()
            .and_then(|()| self.settlement.check_sequence(settle.seq))
            .and_then(|()| self.settlement.check(settle, &self.balances(), now));
        if let Err(why) = checked {
            outputs.extend(self.refuse(object, why));
            return outputs;
        }
        let ours = signer.sign(settle.digest(self.terms.domain()));
        self.settlement.sign(LiveSettle { settle: *settle, ours, theirs: None });
        self.expect_reserved(settle);
        outputs.extend(self.countersign(object, ours, ChannelMessage::AcceptSettle));
        outputs
    }

    pub(super) fn settle_accepted(
        &mut self,
        signed: &Countersignature,
        now: UnixTime,
        signer: &impl ChannelSigner,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let proposed = self.settlement.proposed().copied();
        let Some(settle) = proposed.filter(|settle| settle.struct_hash() == signed.object) else {
            return Err(ChannelRejection::UnknownProposal);
        };
        let digest = settle.digest(self.terms.domain());
        self.check_countersigner(signed, digest)?;
        self.settlement.take_proposed();
        self.expect_reserved(&settle);
        let checked =
            self.check_free().and_then(|()| self.settlement.check(&settle, &self.balances(), now));
        if let Err(why) = checked {
            return Ok(vec![ChannelOutput::SettleRefused { settle, why }]);
        }
        let (ours, theirs) = (signer.sign(digest), signed.signature);
        self.settlement.sign(LiveSettle { settle, ours, theirs: Some(theirs) });
        let signatures = self.both(ours, theirs);
        let mut outputs = vec![ChannelOutput::SettleReady { settle, signatures }];
        outputs.extend(self.countersign(signed.object, ours, ChannelMessage::CompleteSettle));
        Ok(outputs)
    }

    pub(super) fn settle_completed(
        &mut self,
        signed: &Countersignature,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let waits =
            |live: &LiveSettle| live.theirs.is_none() && live.settle.struct_hash() == signed.object;
        // Repeated, or paid meanwhile.
        let Some(at) = self.settlement.live().iter().position(waits) else { return Ok(Vec::new()) };
        let LiveSettle { settle, ours, .. } = self.settlement.live()[at];
        self.check_countersigner(signed, settle.digest(self.terms.domain()))?;
        self.settlement.complete(at, signed.signature);
        let signatures = self.both(ours, signed.signature);
        Ok(vec![ChannelOutput::SettleReady { settle, signatures }])
    }

    pub(super) fn propose_close(
        &mut self,
        deadline: UnixTime,
        to_vault: VaultFlags,
        now: UnixTime,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let balances = self.balances();
        let entitled = |party| balances.entitled(party).ok_or(SettleRefusal::WrongBalance);
        let total_out = Sides { a: entitled(Party::A)?, b: entitled(Party::B)? };
        let (id, funded) = (self.terms.id(), self.funded);
        let close = CoopClose { id, funded, total_out, deadline, to_vault };
        self.check_close(&close, now)?;
        self.leaving.proposed = Some(close);
        Ok(self.say(ChannelMessage::ProposeClose(close)))
    }

    pub(super) fn answer_close(
        &mut self,
        close: &CoopClose,
        now: UnixTime,
        signer: &impl ChannelSigner,
    ) -> Vec<ChannelOutput> {
        let object = close.struct_hash();
        if self.leaving.proposed.is_some() && self.holder.is_a() {
            return self.refuse(object, SettleRefusal::Busy);
        }
        if let Err(why) = self.check_close(close, now) {
            return self.refuse(object, why);
        }
        let ours = signer.sign(close.digest(self.terms.domain()));
        self.leaving.proposed = None;
        self.leaving.is_agreed = true;
        self.leaving.signed = Some(SignedClose { close: *close, ours, theirs: None });
        self.countersign(object, ours, ChannelMessage::AcceptClose)
    }

    pub(super) fn close_accepted(
        &mut self,
        signed: &Countersignature,
        now: UnixTime,
        signer: &impl ChannelSigner,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let proposed = self.leaving.proposed.filter(|close| close.struct_hash() == signed.object);
        let close = proposed.ok_or(ChannelRejection::UnknownProposal)?;
        let digest = close.digest(self.terms.domain());
        self.check_countersigner(signed, digest)?;
        self.leaving.proposed = None;
        self.leaving.is_agreed = true;
        if let Err(why) = self.check_close(&close, now) {
            return Ok(vec![ChannelOutput::CloseRefused { why }]);
        }
        let (ours, theirs) = (signer.sign(digest), signed.signature);
        self.leaving.signed = Some(SignedClose { close, ours, theirs: Some(theirs) });
        let signatures = self.both(ours, theirs);
        let mut outputs = vec![ChannelOutput::CloseReady { close, signatures }];
        outputs.extend(self.countersign(signed.object, ours, ChannelMessage::CompleteClose));
        Ok(outputs)
    }

    pub(super) fn close_completed(
        &mut self,
        signed: &Countersignature,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let waits =
            |own: &SignedClose| own.theirs.is_none() && own.close.struct_hash() == signed.object;
        let Some(own) = self.leaving.signed.filter(waits) else { return Ok(Vec::new()) };
        self.check_countersigner(signed, own.close.digest(self.terms.domain()))?;
        self.leaving.signed = Some(SignedClose { theirs: Some(signed.signature), ..own });
        let signatures = self.both(own.ours, signed.signature);
        Ok(vec![ChannelOutput::CloseReady { close: own.close, signatures }])
    }

    pub(super) fn nacked(&mut self, nack: &Nack) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let is_settle = |settle: &Settle| settle.struct_hash() == nack.object;
        if self.settlement.proposed().is_some_and(is_settle) {
            let Some(settle) = self.settlement.take_proposed() else { return Ok(Vec::new()) };
            // It may have signed, and seen the deadline pass before it was asked again.
            self.expect_told(&settle);
            return Ok(vec![ChannelOutput::SettleRefused { settle, why: nack.why }]);
        }
        if self.leaving.proposed.is_some_and(|close| close.struct_hash() == nack.object) {
            self.leaving.proposed = None;
            return Ok(vec![ChannelOutput::CloseRefused { why: nack.why }]);
        }
        Err(ChannelRejection::UnknownProposal)
    }

    /// Whether settles may be signed at all.
    fn check_free(&self) -> Result<(), SettleRefusal> {
        if self.phase != ChannelPhase::Open {
            return Err(SettleRefusal::NotOpen);
        }
        if !self.leaving.may_pay() {
            return Err(SettleRefusal::Leaving);
        }
        Ok(())
    }

    /// A cooperative close pays what both have, with nothing on its way and within every settle that
    /// may still be paid before it.
    fn check_close(&self, close: &CoopClose, now: UnixTime) -> Result<(), SettleRefusal> {
        if self.phase != ChannelPhase::Open {
            return Err(SettleRefusal::NotOpen);
        }
        check_deadline(close.deadline, now)?;
        if self.settlement.proposed().is_some() {
            return Err(SettleRefusal::Busy);
        }
        let balances = self.balances();
        if balances.locked != Sides::default() {
            return Err(SettleRefusal::LocksLeft);
        }
        let entitled = [Party::A, Party::B].map(|party| {
            balances.entitled(party).filter(|total| *total >= self.settlement.reserved(party))
        });
        let proposed = [Some(close.total_out.a), Some(close.total_out.b)];
        if close.funded != self.funded || entitled != proposed {
            return Err(SettleRefusal::WrongBalance);
        }
        Ok(())
    }

    /// From here each counts what the settle pays the other as gone, whatever was said before.
    fn expect_reserved(&mut self, settle: &Settle) {
        let counted = &mut self.outgoing.counted;
        counted.reserved = counted.reserved.max(settle.out(self.holder));
        self.expect_told(settle);
    }

    /// The counterparty may count it so without having been told: tell it again what is left.
    fn expect_told(&mut self, settle: &Settle) {
        let told = &mut self.incoming.told;
        told.reserved = told.reserved.max(settle.out(self.holder.other()));
    }

    fn check_countersigner(
        &self,
        signed: &Countersignature,
        digest: Digest,
    ) -> Result<(), ChannelRejection> {
        if signed.signature.is_by(self.peer_id, digest) {
            Ok(())
        } else {
            Err(ChannelRejection::WrongCountersigner)
        }
    }

    const fn both(
        &self,
        ours: CompactSignature,
        theirs: CompactSignature,
    ) -> Sides<CompactSignature> {
        if self.holder.is_a() {
            Sides { a: ours, b: theirs }
        } else {
            Sides { a: theirs, b: ours }
        }
    }

    fn countersign(
        &self,
        object: B256,
        signature: CompactSignature,
        message: fn(Countersignature) -> ChannelMessage,
    ) -> Vec<ChannelOutput> {
        let signed = Countersignature { id: self.terms.id(), object, signature };
        vec![ChannelOutput::Send(message(signed))]
    }

    fn refuse(&self, object: B256, why: SettleRefusal) -> Vec<ChannelOutput> {
        let nack = Nack {
            id: self.terms.id(),
            object,
            why,
            out_nonce: self.outgoing.ledger.nonce,
            in_nonce: self.incoming.ledger.nonce,
        };
        vec![ChannelOutput::Send(ChannelMessage::Nack(nack))]
    }

    /// Says it now, or when the link resumes.
    fn say(&self, message: ChannelMessage) -> Vec<ChannelOutput> {
        if self.link == Link::Up {
            vec![ChannelOutput::Send(message)]
        } else {
            Vec::new()
        }
    }
}
