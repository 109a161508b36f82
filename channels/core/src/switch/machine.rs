//! Which input leads where.

use farbank_types::UnixTime;

use super::errors::SwitchRejection;
use super::input::SwitchInput;
use super::output::SwitchOutput;
use super::state::{Step, Switch, SwitchSigner};
use crate::channel::{ChannelInput, OpIntent};
use crate::domain::ChannelId;
use crate::message::ChannelMessage;
use crate::signature::NodeId;
use crate::units::TokenAmount;

impl Switch {
    /// Applies an input. Pure and deterministic. The signer holds the node's key.
    ///
    /// # Errors
    /// [`SwitchRejection`]; the state is as it was.
    pub fn apply<S: SwitchSigner>(
        &mut self,
        input: &SwitchInput,
        now: UnixTime,
        signer: &S,
    ) -> Result<Vec<SwitchOutput>, SwitchRejection> {
        if signer.node_id() != self.node {
            return Err(SwitchRejection::WrongSigner);
        }
        let mut step = Step { now, signer, outputs: Vec::new() };
        match input {
            SwitchInput::Open { terms, peer } => self.open(*terms, *peer)?,
            SwitchInput::LinkUp(peer) => self.link(*peer, &ChannelInput::LinkUp, &mut step)?,
            SwitchInput::LinkDown(peer) => self.link(*peer, &ChannelInput::LinkDown, &mut step)?,
            SwitchInput::Received { peer, message } => {
                self.received(*peer, message, &mut step)?;
            }
            SwitchInput::Channel { id, event } => self.channel_event(*id, *event, &mut step)?,
            SwitchInput::Registry { registry, event } => {
                self.registry_event(*registry, *event, &mut step)?;
            }
            SwitchInput::Expect(expected) => self.expect(expected.clone())?,
            SwitchInput::Release(preimage) => self.release(*preimage, &mut step)?,
            SwitchInput::Decline(hash) => self.decline(*hash, &mut step)?,
            SwitchInput::Pay(command) => self.pay(command, &mut step)?,
            SwitchInput::Push { channel, amount, memo } => {
                let (amount, memo) = (*amount, memo.clone());
                self.check_push(*channel, amount)?;
                let intent = OpIntent::Pay { amount, memo };
                self.command(*channel, &ChannelInput::Propose(intent), &mut step)?;
            }
            SwitchInput::Offer(quote) => self.quotes.enter(*quote, now)?,
            SwitchInput::Settle { channel, intent } => {
                self.command(*channel, &ChannelInput::ProposeSettle(*intent), &mut step)?;
            }
            SwitchInput::Leave { channel, deadline, to_vault } => {
                let (deadline, to_vault) = (*deadline, *to_vault);
                let input = ChannelInput::ProposeClose { deadline, to_vault };
                self.command(*channel, &input, &mut step)?;
            }
            SwitchInput::Close(channel) => {
                self.command(*channel, &ChannelInput::Close, &mut step)?;
            }
            SwitchInput::Trust(peer) => self.trust(*peer)?,
            SwitchInput::Configure(config) => self.config = config.as_ref().clone(),
            SwitchInput::Tick => {
                self.clean(&mut step);
                self.sign(&mut step);
            }
        }
        Ok(step.outputs)
    }

    fn link<S: SwitchSigner>(
        &mut self,
        peer: NodeId,
        input: &ChannelInput,
        step: &mut Step<'_, S>,
    ) -> Result<(), SwitchRejection> {
        let known = self.peers.get(&peer).ok_or(SwitchRejection::UnknownPeer { peer })?;
        for id in known.channels.clone() {
            self.feed(id, input, step)?;
        }
        Ok(())
    }

    fn received<S: SwitchSigner>(
        &mut self,
        peer: NodeId,
        message: &ChannelMessage,
        step: &mut Step<'_, S>,
    ) -> Result<(), SwitchRejection> {
        let id = message.channel();
        let link = self.links.get(&id).ok_or(SwitchRejection::UnknownChannel { id })?;
        if link.peer != peer {
            return Err(SwitchRejection::WrongPeer { id, peer });
        }
        // Cheaper to clone than to decode once more: the log wrote the message, not this.
        self.feed(id, &ChannelInput::Received(message.clone()), step)?;
        Ok(())
    }

    fn command<S: SwitchSigner>(
        &mut self,
        id: ChannelId,
        input: &ChannelInput,
        step: &mut Step<'_, S>,
    ) -> Result<(), SwitchRejection> {
        if !self.links.contains_key(&id) {
            return Err(SwitchRejection::UnknownChannel { id });
        }
        self.feed(id, input, step)?;
        Ok(())
    }

    /// Bounds what a peer can keep for itself: less than is enough for a lock.
    fn check_push(&self, id: ChannelId, amount: TokenAmount) -> Result<(), SwitchRejection> {
        let asset = self.asset(&id).ok_or(SwitchRejection::UnknownChannel { id })?;
        let policy = self.config.assets.get(&asset);
        let limit = policy.map_or(TokenAmount::ZERO, |policy| policy.min_lock);
        if amount >= limit {
            return Err(SwitchRejection::PushTooLarge { amount, limit });
        }
        Ok(())
    }

    fn trust(&mut self, peer: NodeId) -> Result<(), SwitchRejection> {
        let known = self.peers.get_mut(&peer).ok_or(SwitchRejection::UnknownPeer { peer })?;
        known.suspended = false;
        Ok(())
    }
}
