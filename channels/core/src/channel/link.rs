//! Opening a link: both ends say where they stand, and the one that is ahead sends what is missing.

use farbank_types::UnixTime;

use super::output::ChannelOutput;
use super::phase::{ChannelPhase, FreezeCause, Link, SignedClose};
use super::rejection::{ChannelRejection, ResumeRejection};
use super::Channel;
use crate::message::{ChannelMessage, Countersignature, Restore, Resume, MAX_RESTORED_SETTLES};
use crate::objects::SignedSettle;
use crate::settlement::Counted;
use crate::units::ProofNonce;

impl Channel {
    pub(super) fn link_up(&mut self) -> Vec<ChannelOutput> {
        self.link = Link::AwaitsResume;
        let (out, inn) = (&self.outgoing, &self.incoming);
        let resume = Resume {
            id: self.terms.id(),
            out_nonce: out.ledger.nonce,
            out_hash: out.ledger.digest,
            acked: inn.ack_nonce,
            in_nonce: inn.ledger.nonce,
            in_hash: inn.ledger.digest,
            is_open: self.phase == ChannelPhase::Open,
            settle_seq: self.settlement.newest(),
        };
        vec![ChannelOutput::Send(ChannelMessage::Resume(resume))]
    }

    pub(super) fn resume(
        &mut self,
        theirs: &Resume,
        now: UnixTime,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        if self.link != Link::AwaitsResume {
            return Err(ResumeRejection::UnexpectedResume.into());
        }
        if self.phase != ChannelPhase::Open {
            return Err(ChannelRejection::NotOpen);
        }
        if let Some(nonce) = self.fork(theirs) {
            let why = ResumeRejection::ForkedState { nonce }.into();
            return Ok(self.freeze(FreezeCause::Forked(why), why));
        }
        if !theirs.is_open {
            return Err(ChannelRejection::NotOpen);
        }
        let (out, inn) = (&self.outgoing, &self.incoming);
        if theirs.in_nonce > out.ledger.nonce || theirs.acked > inn.ledger.nonce {
            self.link = Link::AwaitsRestore;
            return Ok(Vec::new());
        }
        let mut outputs = Vec::new();
        if theirs.in_nonce < out.acked.nonce || theirs.out_nonce < inn.ledger.nonce {
            outputs.extend(self.restore_for_peer());
            self.incoming.told = Counted::default();
            self.incoming.ack_owed = true;
        }
        (self.link, self.resumed_at) = (Link::Up, now);
        let missing =
            self.outgoing.unacked.iter().filter(|sent| sent.commit.proof.nonce > theirs.in_nonce);
        outputs.extend(missing.map(|sent| {
            ChannelOutput::Send(ChannelMessage::Commit(Box::new(sent.commit.clone())))
        }));
        outputs.extend(self.open_proposals());
        outputs.push(ChannelOutput::Resumed);
        Ok(outputs)
    }

    /// Returns the nonce of a proof that both ends know, each another one.
    fn fork(&self, theirs: &Resume) -> Option<ProofNonce> {
        let known = self.outgoing.digest_of(theirs.in_nonce);
        if known.is_some_and(|digest| digest != theirs.in_hash) {
            return Some(theirs.in_nonce);
        }
        let newest = &self.incoming.ledger;
        let forked = theirs.out_nonce == newest.nonce && theirs.out_hash != newest.digest;
        forked.then_some(newest.nonce)
    }

    /// What the counterparty signed and lost. Nothing, when it never paid.
    fn restore_for_peer(&self) -> Option<ChannelOutput> {
        let (out, inn) = (&self.outgoing, &self.incoming);
        let theirs = self.settlement.live().iter().filter_map(|live| {
            live.theirs.map(|signature| SignedSettle { settle: live.settle, signature })
        });
        let restore = Restore {
            id: self.terms.id(),
            newest: inn.newest?,
            newest_leaves: inn.ledger.locks.leaves().into(),
            newest_last_lock: inn.ledger.last_lock,
            acked: out.acked.proof,
            acked_leaves: out.acked.locks.leaves().into(),
            acked_last_lock: out.acked.last_lock,
            settles: theirs.take(MAX_RESTORED_SETTLES).collect(),
        };
        Some(ChannelOutput::Send(ChannelMessage::Restore(Box::new(restore))))
    }

    /// What the counterparty may have missed about settles and a cooperative close. After the commits:
    /// what it says that it counts must not overtake what it signed.
    fn open_proposals(&self) -> Vec<ChannelOutput> {
        let id = self.terms.id();
        let mut messages = Vec::new();
        for live in self.settlement.live().iter().filter(|live| live.theirs.is_some()) {
            let object = live.settle.struct_hash();
            let signed = Countersignature { id, object, signature: live.ours };
            messages.push(ChannelMessage::CompleteSettle(signed));
        }
        messages.extend(self.settlement.proposed().copied().map(ChannelMessage::ProposeSettle));
        messages.extend(self.leaving.proposed.map(ChannelMessage::ProposeClose));
        if let Some(SignedClose { close, ours, theirs: Some(_) }) = self.leaving.signed {
            let object = close.struct_hash();
            let signed = Countersignature { id, object, signature: ours };
            messages.push(ChannelMessage::CompleteClose(signed));
        }
        messages.into_iter().map(ChannelOutput::Send).collect()
    }
}
