//! Putting an attester together from its configuration.

use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::Arc;

use bitcoin::{Amount, FeeRate, XOnlyPublicKey};
use farbank_contracts::{expected_code_hash, RpcConfig};
use farbank_federation::bridge_state::BridgeIdentity;
use farbank_federation::policy::{PayoutCap, PolicyLimits};
use farbank_federation::share::KeyShare;
use farbank_transport::{Admission, IdentityKey, PeerListener, Protocol};
use farbank_types::{Deployment, SideChainKind, B256};

use super::dkg::files;
use super::side_chain::Start;
use super::side_source::EthersSideSource;
use super::whole::{Attester, AttesterTerms};
use super::{AttesterError, OtherFederation};
use crate::adapters::bitcoin::BitcoindNetwork;
use crate::clock::SystemClock;
use crate::config::{AttesterConfig, MembersConfig, PolicyConfig};
use crate::setup;

/// An attester with real nodes.
pub(super) type OwnAttester = Attester<BitcoindNetwork, EthersSideSource, SystemClock>;

/// What runs.
pub(super) struct Parts {
    pub(super) deployment: Arc<Deployment>,
    pub(super) attester: Arc<OwnAttester>,
    pub(super) listener: PeerListener,
}

impl Parts {
    /// Reads everything that the configuration names, and refuses what does not fit together. Nodes
    /// are asked later, and waited for.
    pub(super) async fn prepare(config: &AttesterConfig) -> Result<Self, AttesterError> {
        let deployment = Arc::new(setup::read_deployment(&config.deployment_file)?);
        let key = IdentityKey::open_or_make(&config.peer.identity_file)?;
        let genesis = genesis(config, &deployment)?;
        let limits = limits(&config.policy, &deployment, genesis)?;
        let start = start(config, &deployment, genesis)?;
        let bridge = bridge(&deployment)?;
        let paths = config.federation.clone();
        let share = tokio::task::spawn_blocking(move || share(&paths)).await??;
        check_key(share.group().federation_key(), deployment.federation_key.x_only)?;
        let relayers: BTreeSet<_> = config.peer.relayers.iter().copied().collect();
        let members = share.group().roster().members().map(|(_, identity)| identity);
        let admitted: BTreeSet<_> = members.chain(relayers.iter().copied()).collect();
        let network = BitcoindNetwork::new(setup::bitcoind(&config.bitcoin, &deployment)?);
        let source = source(config, &deployment);
        let terms = AttesterTerms {
            deployment: Arc::clone(&deployment),
            bridge,
            genesis,
            start,
            limits,
            relayers,
            share,
        };
        let (network, source) = (Arc::new(network), Arc::new(source));
        let attester =
            Attester::open(terms, network, source, SystemClock, &config.state_dir).await?;
        let (admitted, limits) = (Admission::only(admitted), config.peer.limits());
        let listener =
            PeerListener::bind(config.peer.listen, &key, Protocol::ATTESTER, admitted, limits)
                .await?;
        Ok(Self { deployment, attester: Arc::new(attester), listener })
    }
}

/// Opens the share; the public file beside it has to be the same group's, when there is one.
fn share(paths: &MembersConfig) -> Result<KeyShare, AttesterError> {
    let passphrase = files::passphrase(&paths.passphrase_file)?;
    let share = files::read_share(&paths.share_file, &passphrase)?;
    let share = share.ok_or_else(|| AttesterError::NoShare { path: paths.share_file.clone() })?;
    if let Some(group) = files::read_group(&paths.group_file)? {
        check_key(share.group().federation_key(), group.federation_key())?;
    }
    Ok(share)
}

fn check_key(share: XOnlyPublicKey, expected: XOnlyPublicKey) -> Result<(), Box<OtherFederation>> {
    if share == expected {
        Ok(())
    } else {
        Err(Box::new(OtherFederation { share, expected }))
    }
}

fn genesis(config: &AttesterConfig, deployment: &Deployment) -> Result<B256, AttesterError> {
    let pinned = config.side_chain.genesis_hash.ok_or(AttesterError::NoGenesisHash)?;
    if pinned == deployment.side_chain.genesis_hash {
        Ok(pinned)
    } else {
        let deployment = deployment.side_chain.genesis_hash;
        Err(AttesterError::WrongGenesis { pinned, deployment })
    }
}

fn start(
    config: &AttesterConfig,
    deployment: &Deployment,
    genesis: B256,
) -> Result<Start, AttesterError> {
    match deployment.side_chain.kind {
        SideChainKind::Anvil => Ok(Start::OwnNode),
        SideChainKind::Clique => {
            let path = config.side_chain.genesis_file.as_ref();
            let path = path.ok_or(AttesterError::NoGenesisFile)?;
            let json = std::fs::read(path).map_err(|source| AttesterError::GenesisUnreadable {
                path: path.clone(),
                source,
            })?;
            Ok(Start::clique(&json, genesis)?)
        }
    }
}

/// Returns the limits: the operator's, and what the deployment fixes.
fn limits(
    policy: &PolicyConfig,
    deployment: &Deployment,
    genesis: B256,
) -> Result<PolicyLimits, AttesterError> {
    let kind = deployment.side_chain.kind;
    let window = Duration::from_secs(policy.payout_cap_window_secs);
    let payout_cap =
        policy.payout_cap_sat.map(|sat| PayoutCap { amount: Amount::from_sat(sat), window });
    if kind == SideChainKind::Clique && payout_cap.is_none() {
        return Err(AttesterError::NoPayoutCap { kind });
    }
    let parameters = &deployment.parameters;
    let (reserve, greatest) = (parameters.fee_reserve, parameters.max_redemption);
    Ok(PolicyLimits {
        min_fee_rate: FeeRate::from_sat_per_vb_u32(policy.min_fee_rate_sat_per_vb),
        max_fee_rate: FeeRate::from_sat_per_vb_u32(policy.max_fee_rate_sat_per_vb),
        payout_cap,
        max_anchor_age: Duration::from_secs(policy.max_anchor_age_secs),
        max_side_chain_age: Duration::from_secs(policy.max_side_chain_age_secs),
        max_bitcoin_age: Duration::from_secs(policy.max_bitcoin_age_secs),
        max_unproven: usize::try_from(policy.max_unproven).unwrap_or(usize::MAX),
        paused: policy.paused,
        ..PolicyLimits::production(genesis, reserve, greatest)
    })
}

fn bridge(deployment: &Deployment) -> Result<BridgeIdentity, AttesterError> {
    let network = deployment.bitcoin.network;
    let code_hash =
        expected_code_hash(deployment).ok_or(AttesterError::UnknownNetwork { network })?;
    Ok(BridgeIdentity { address: deployment.contracts.bridge, code_hash })
}

fn source(config: &AttesterConfig, deployment: &Deployment) -> EthersSideSource {
    let url = config.side_chain.rpc_url.as_ref().unwrap_or(&deployment.side_chain.rpc_url);
    let mut rpc = RpcConfig::new(url);
    rpc.timeout = Duration::from_secs(config.side_chain.request_timeout_secs);
    EthersSideSource::new(rpc, deployment.side_chain.chain_id)
}
