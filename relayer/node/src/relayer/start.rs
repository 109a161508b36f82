//! Putting a relayer together from its configuration.

use core::time::Duration;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use bitcoin::FeeRate;
use farbank_contracts::{EvmKey, RpcConfig};
use farbank_federation::group::Group;
use farbank_relayer_core::custody::CustodyParameters;
use farbank_relayer_core::header_relay::HeaderRelayParameters;
use farbank_relayer_store::SqlitePegInStore;
use farbank_transport::IdentityKey;
use farbank_types::{BlockCount, Deployment};
use tokio::net::TcpListener;
use tokio::signal::unix::{signal, SignalKind};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::secrets::token;
use super::RelayerError;
use crate::adapters::attesters::AttesterClient;
use crate::adapters::bitcoin::BitcoindNetwork;
use crate::adapters::side_chain::{EthersSideChain, FinalityRule};
use crate::clock::SystemClock;
use crate::config::{
    FederationConfig, HeaderRelayConfig, PegOutConfig, RelayerConfig, SideChainConfig,
};
use crate::executor::{Executor, Payer};
use crate::pipeline::{BitcoinObserver, ContractObserver, Habits, Ledger};
use crate::setup;

/// The relayer's ledger: SQLite and the machine's clock.
pub(crate) type RelayerLedger = Ledger<SqlitePegInStore, SystemClock>;
/// The relayer's executor: bitcoind and one account.
pub(crate) type RelayerExecutor = Executor<BitcoindNetwork, SqlitePegInStore, SystemClock>;
/// The relayer's payer: bitcoind and the attesters of one federation.
pub(crate) type RelayerPayer =
    Payer<BitcoindNetwork, SqlitePegInStore, SystemClock, AttesterClient>;

/// What runs.
pub(crate) struct Parts {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) ledger: Arc<RelayerLedger>,
    pub(crate) bitcoin: Arc<BitcoinObserver<BitcoindNetwork, SqlitePegInStore, SystemClock>>,
    pub(crate) contract: Arc<ContractObserver<EthersSideChain, SqlitePegInStore, SystemClock>>,
    pub(crate) executor: Arc<RelayerExecutor>,
    pub(crate) payer: Arc<RelayerPayer>,
    pub(crate) token: Zeroizing<String>,
}

impl Parts {
    /// Reads everything that the configuration names and asks both nodes who they are. A node that
    /// does not answer is waited for later; one of another chain is refused now.
    pub(crate) async fn prepare(config: &RelayerConfig) -> Result<Self, RelayerError> {
        let deployment = Arc::new(setup::read_deployment(&config.deployment_file)?);
        let key = EvmKey::load(&config.side_chain.key_file)?;
        let token = token(&config.api.token_file)?;
        let store = SqlitePegInStore::open(&config.state_dir, deployment.instance).await?;
        let habits = Habits {
            header_relay: header_relay(&config.header_relay, &deployment),
            custody: custody(&config.peg_out, &deployment),
        };
        let attesters = attesters(&config.federation, &deployment)?;
        let ledger = Ledger::open(store, SystemClock, Arc::clone(&deployment), habits).await?;
        let ledger = Arc::new(ledger);
        let network =
            Arc::new(BitcoindNetwork::new(setup::bitcoind(&config.bitcoin, &deployment)?));
        let side_chain = Arc::new(side_chain(&config.side_chain, &deployment));
        let (main, side) =
            tokio::join!(network.check(deployment.bitcoin.network), side_chain.client());
        if let Err(error) = main {
            match error.is_configuration() {
                true => return Err(error.into()),
                false => tracing::warn!(%error, "the Bitcoin node is not there yet"),
            }
        }
        if let Err(error) = side {
            match error.is_configuration() {
                true => return Err(error.into()),
                false => tracing::warn!(%error, "the side-chain node is not there yet"),
            }
        }
        let max_claims =
            usize::try_from(config.peg_in.max_claims_per_transaction).unwrap_or(usize::MAX);
        Ok(Self {
            bitcoin: Arc::new(BitcoinObserver::new(
                Arc::clone(&network),
                Arc::clone(&ledger),
                &config.state_dir,
            )),
            contract: Arc::new(ContractObserver::new(Arc::clone(&side_chain), Arc::clone(&ledger))),
            payer: Arc::new(Payer::new(
                Arc::clone(&network),
                Arc::clone(&ledger),
                attesters,
                Duration::from_secs(config.federation.answer_timeout_secs),
            )),
            executor: Arc::new(Executor::new(
                network,
                side_chain,
                Arc::clone(&ledger),
                key,
                max_claims,
            )),
            deployment,
            ledger,
            token,
        })
    }
}

fn side_chain(config: &SideChainConfig, deployment: &Deployment) -> EthersSideChain {
    let url = config.rpc_url.as_ref().unwrap_or(&deployment.side_chain.rpc_url);
    let mut rpc = RpcConfig::new(url);
    rpc.timeout = Duration::from_secs(config.request_timeout_secs);
    let finality = FinalityRule::for_kind(deployment.side_chain.kind, config.finality_blocks);
    EthersSideChain::new(rpc, deployment.clone(), finality)
}

/// Headers must be there before the bridge's freshness bound is passed, whatever is configured.
fn header_relay(config: &HeaderRelayConfig, deployment: &Deployment) -> HeaderRelayParameters {
    let freshness = u64::from(deployment.parameters.freshness_secs);
    HeaderRelayParameters {
        max_segment_headers: BlockCount::new(config.max_segment_headers),
        min_batch_headers: BlockCount::new(config.min_batch_headers),
        max_tip_age_secs: config.max_tip_age_secs.min(freshness / 2),
    }
}

fn custody(config: &PegOutConfig, deployment: &Deployment) -> CustodyParameters {
    let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
    CustodyParameters {
        confirmations: deployment.parameters.custody_confirmations,
        fee_reserve: deployment.parameters.fee_reserve,
        sweep_age: BlockCount::new(config.sweep_age_blocks),
        collect_secs: config.collect_secs,
        sweep_collect_secs: config.sweep_collect_secs,
        signing_secs: config.signing_timeout_secs,
        replace_after: BlockCount::new(config.replace_after_blocks),
        fee_target: BlockCount::new(config.fee_target_blocks),
        max_fee_rate: FeeRate::from_sat_per_vb_u32(config.max_fee_rate_sat_per_vb),
        max_payouts: count(config.max_payouts_per_transaction),
        max_sweeps: count(config.max_sweeps_per_transaction),
    }
}

/// Returns the attesters, if the configuration names a federation.
fn attesters(
    config: &FederationConfig,
    deployment: &Deployment,
) -> Result<Option<AttesterClient>, RelayerError> {
    let Some(path) = &config.group_file else { return Ok(None) };
    let text = std::fs::read(path)
        .map_err(|source| RelayerError::GroupUnreadable { path: path.clone(), source })?;
    let group: Group = serde_json::from_slice(&text)
        .map_err(|source| RelayerError::GroupDamaged { path: path.clone(), source })?;
    let (found, expected) = (group.federation_key(), deployment.federation_key.x_only);
    if found != expected {
        let (found, expected) = (Box::new(found), Box::new(expected));
        return Err(RelayerError::OtherFederation { path: path.clone(), found, expected });
    }
    let key = IdentityKey::open_or_make(&config.identity_file)?;
    let answer = Duration::from_secs(config.answer_timeout_secs);
    Ok(Some(AttesterClient::new(group, &config.attesters, &key, deployment.instance, answer)?))
}

pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, RelayerError> {
    TcpListener::bind(address).await.map_err(|source| {
        if source.kind() == ErrorKind::AddrInUse {
            RelayerError::PortTaken { address }
        } else {
            RelayerError::Listen { address, source }
        }
    })
}

/// Returns a token that SIGTERM or SIGINT cancels. Needs a tokio runtime.
///
/// # Errors
/// When the operating system refuses to tell about signals.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let stop = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop");
        stop.cancel();
    });
    Ok(token)
}
