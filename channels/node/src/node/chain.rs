//! The side chain's news into the core loop, and what the state asks of the chain.

use core::time::Duration;
use std::sync::Arc;

use farbank_channels::channel::{ChainDuty, ChannelOutput};
use farbank_channels::domain::{ChannelId, ChannelTerms};
use farbank_channels::switch::{Switch, SwitchInput, SwitchOutput};
use farbank_types::UnixTime;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::Receiver;
use tokio::time::{interval, sleep, MissedTickBehavior};

use crate::clock::Clock;
use crate::engine::{Engine, EngineError, Machine};
use crate::side_chain::{SideChainNews, SideChainRequest, SideChainView};

/// Pause after a fault of the chain's node.
const PAUSE: Duration = Duration::from_millis(500);

/// Brings the chain's news until the core loop ends.
pub(crate) async fn follow<M: Machine>(
    engine: Engine<M>,
    view: Arc<impl SideChainView>,
    input: impl Fn(SideChainNews) -> M::Input + Send,
) -> Result<(), EngineError> {
    loop {
        match view.news().await {
            Ok(news) => {
                for news in news {
                    engine.bring(input(news)).await?;
                }
            }
            Err(fault) => {
                tracing::warn!(%fault, "no news of the side chain");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Returns what the switch hears of news.
pub(super) const fn input(news: SideChainNews) -> SwitchInput {
    match news {
        SideChainNews::Channel { id, event } => SwitchInput::Channel { id, event },
        SideChainNews::Registry { registry, event } => SwitchInput::Registry { registry, event },
    }
}

/// Asks every so often what is due, and has it done on chain.
pub(crate) async fn perform<M: Machine>(
    engine: Engine<M>,
    view: Arc<impl SideChainView>,
    clock: impl Clock,
    every: Duration,
    due: impl Fn(&M, UnixTime) -> Vec<(ChannelTerms, ChainDuty)> + Copy + Send + 'static,
) -> Result<(), EngineError> {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = clock.now();
        for (terms, duty) in engine.look(move |machine| due(machine, now)).await? {
            if let Err(fault) = view.submit(&terms, SideChainRequest::Duty(duty)).await {
                tracing::warn!(%fault, channel = %terms.id(), "a duty waits");
            }
        }
    }
}

/// Lets time pass for the switch: each batch ends with a look at the clock.
pub(super) async fn tick(engine: Engine<Switch>, every: Duration) -> Result<(), EngineError> {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        engine.bring(SwitchInput::Tick).await?;
    }
}

/// Returns what the switch wants on chain.
pub(super) fn due(switch: &Switch, now: UnixTime) -> Vec<(ChannelTerms, ChainDuty)> {
    let duties = switch.duties(now).into_iter();
    duties.filter_map(|(id, duty)| Some((*switch.channel(&id)?.terms(), duty))).collect()
}

/// Posts what both signed.
pub(super) async fn post(
    engine: Engine<Switch>,
    view: Arc<impl SideChainView>,
    mut events: Receiver<Arc<SwitchOutput>>,
) -> Result<(), EngineError> {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "events came faster than they were posted");
                continue;
            }
            Err(RecvError::Closed) => return Ok(()),
        };
        let Some((id, request)) = request(&event) else { continue };
        let terms = engine.look(move |switch| Some(*switch.channel(&id)?.terms())).await?;
        let Some(terms) = terms else { continue };
        if let Err(fault) = view.submit(&terms, request).await {
            // Whoever wants it asks again: the other party can post it as well.
            tracing::warn!(%fault, channel = %id, "a settle or close was not posted");
        }
    }
}

fn request(event: &SwitchOutput) -> Option<(ChannelId, SideChainRequest)> {
    let SwitchOutput::Channel { id, output } = event else { return None };
    #[allow(clippy::wildcard_enum_match_arm, reason = "nothing else is signed by both")]
    match output.as_ref() {
        ChannelOutput::SettleReady { settle, signatures } => {
            let (settle, signatures) = (*settle, *signatures);
            Some((*id, SideChainRequest::Settle { settle, signatures }))
        }
        ChannelOutput::CloseReady { close, signatures } => {
            let (close, signatures) = (*close, *signatures);
            Some((*id, SideChainRequest::CooperativeClose { close, signatures }))
        }
        _ => None,
    }
}
