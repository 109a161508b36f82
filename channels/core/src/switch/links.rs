//! The channels: what goes into them, what comes out.

use super::config::Registry;
use super::output::SwitchOutput;
use super::state::{Link, Step, Switch, SwitchSigner};
use super::{LockKey, SwitchRejection};
use crate::channel::{Channel, ChannelInput, ChannelOutput, ChannelRejection, OpIntent};
use crate::domain::{ChannelId, ChannelTerms};
use crate::payload::AssetKey;
use crate::signature::NodeId;
use crate::units::{LockId, TokenAmount};

impl Switch {
    pub(super) fn open(
        &mut self,
        terms: ChannelTerms,
        peer: NodeId,
    ) -> Result<(), SwitchRejection> {
        let id = terms.id();
        if self.links.contains_key(&id) {
            return Err(SwitchRejection::ChannelExists { id });
        }
        let raw = terms.raw();
        let asset = AssetKey { chain: raw.chain_id, contract: raw.contract, token: raw.token };
        let channel = Channel::new(terms, self.config.channel, self.node, peer)?;
        self.links.insert(id, Link { channel, peer, asset });
        self.peers.entry(peer).or_default().channels.push(id);
        Ok(())
    }

    /// Feeds an input to a channel, and what comes out of it to the node.
    pub(super) fn feed<S: SwitchSigner>(
        &mut self,
        id: ChannelId,
        input: &ChannelInput,
        step: &mut Step<'_, S>,
    ) -> Result<(), ChannelRejection> {
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        let outputs = link.channel.apply(input, step.now, step.signer)?;
        self.ready.insert(id);
        for output in outputs {
            self.handle(id, output, step);
        }
        Ok(())
    }

    /// Has the channels sign what is ready, and what becomes ready by it.
    pub(super) fn sign<S: SwitchSigner>(&mut self, step: &mut Step<'_, S>) {
        while let Some(id) = self.ready.pop_first() {
            let Some(link) = self.links.get_mut(&id) else { continue };
            // Of a channel that is not open nothing is signed, which is no fault of the batch's.
            let outputs = link.channel.apply(&ChannelInput::Tick, step.now, step.signer);
            for output in outputs.unwrap_or_default() {
                self.handle(id, output, step);
            }
        }
    }

    /// Hands an operation to a channel; returns the number of a new lock.
    pub(super) fn propose<S: SwitchSigner>(
        &mut self,
        id: ChannelId,
        intent: OpIntent,
        step: &mut Step<'_, S>,
    ) -> Result<Option<LockId>, ChannelRejection> {
        let Some(link) = self.links.get_mut(&id) else { return Ok(None) };
        let input = ChannelInput::Propose(intent);
        let outputs = link.channel.apply(&input, step.now, step.signer)?;
        self.ready.insert(id);
        let mut queued = None;
        for output in outputs {
            if let ChannelOutput::LockQueued(lock) = output {
                queued = Some(lock);
            } else {
                self.handle(id, output, step);
            }
        }
        Ok(queued)
    }

    fn handle<S: SwitchSigner>(
        &mut self,
        id: ChannelId,
        output: ChannelOutput,
        step: &mut Step<'_, S>,
    ) {
        let key = |lock| LockKey { channel: id, lock };
        match output {
            ChannelOutput::Send(message) => {
                if let Some(peer) = self.links.get(&id).map(|link| link.peer) {
                    step.outputs.push(SwitchOutput::Send { peer, message });
                }
            }
            ChannelOutput::LockOffered { lock, onion } => {
                self.offered(key(lock.id), lock, &onion, step);
            }
            ChannelOutput::Fulfilled { lock, preimage, .. } => {
                self.fulfilled(key(lock), preimage, step);
            }
            ChannelOutput::Dropped { lock, cause } => self.dropped(key(lock), cause, step),
            ChannelOutput::Vanished(lock) => self.vanished(key(lock), step),
            ChannelOutput::Claimed(lock) => self.claimed(key(lock), step),
            // A lock counts once it is queued, and until its channel says how it ended.
            ChannelOutput::LockQueued(_)
            | ChannelOutput::LockAccepted(_)
            | ChannelOutput::Failed { .. } => {}
            ChannelOutput::Resumed
            | ChannelOutput::PaymentReceived { .. }
            | ChannelOutput::PaymentVanished { .. }
            | ChannelOutput::SettleReady { .. }
            | ChannelOutput::SettleRefused { .. }
            | ChannelOutput::CloseReady { .. }
            | ChannelOutput::CloseRefused { .. }
            | ChannelOutput::Freeze { .. }
            | ChannelOutput::Restored => pass(id, output, step),
        }
    }

    /// The channels with a peer in one asset.
    pub(super) fn channels_with(&self, peer: &NodeId, asset: &AssetKey) -> Vec<ChannelId> {
        let channels = self.peers.get(peer).map_or(&[][..], |peer| &peer.channels);
        let in_asset = |id: &&ChannelId| self.asset(id).is_some_and(|found| found == *asset);
        channels.iter().filter(in_asset).copied().collect()
    }

    pub(super) fn asset(&self, id: &ChannelId) -> Option<AssetKey> {
        self.links.get(id).map(|link| link.asset)
    }

    /// What the channels with a peer in one asset hold.
    pub(super) fn funded_with(&self, peer: &NodeId, asset: &AssetKey) -> TokenAmount {
        let channels = self.channels_with(peer, asset);
        let links = channels.iter().filter_map(|id| self.links.get(id));
        links.fold(TokenAmount::ZERO, |sum, link| {
            let funded = link.channel.funded();
            sum.saturating_add(funded.a).saturating_add(funded.b)
        })
    }

    pub(super) fn channels_of(&self, registry: Registry) -> Vec<ChannelId> {
        let of = |link: &Link| Registry::from(link.asset) == registry;
        self.links.iter().filter(|(_, link)| of(link)).map(|(id, _)| *id).collect()
    }
}

fn pass<S>(id: ChannelId, output: ChannelOutput, step: &mut Step<'_, S>) {
    step.outputs.push(SwitchOutput::Channel { id, output: Box::new(output) });
}
