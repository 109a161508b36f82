//! The order in which a devnet comes up.

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use farbank_contracts::{EvmKey, SideChainClient, Wait};
use farbank_federation::custody::custody_script;
use farbank_relayer::client::key::UserKey;
use farbank_relayer::config::FederationConfig;
use farbank_relayer::deploy::{deploy, DeployRequest};
use farbank_types::{
    BlockCount, BridgeParameters, FederationKey, FederationKeyKind, SideChainKind, B256,
};
use tokio::sync::mpsc;

use crate::bitcoin_side::{BitcoinSide, CHECKPOINT};
use crate::bitcoind::{self, BITCOIND};
use crate::devnet::DevnetState;
use crate::failure::{Error, Failure};
use crate::federation::Federation;
use crate::folder::{write_json, DevnetFolder};
use crate::keys::DevnetKeys;
use crate::ports::free_ports;
use crate::process::Processes;
use crate::progress::Progress;
use crate::relayer::{self, RELAYER};
use crate::running::RunningDevnet;
use crate::side_chain::{self, ChosenSideChain, Faucet, SideChain};
use crate::tools::{Tool, ToolPaths};
use crate::up::UpOptions;

/// Twenty rewards of 50 BTC are mature then, and the checkpoint lies 20 blocks deep.
const FIRST_BLOCKS: BlockCount = BlockCount::new(CHECKPOINT.get() + 20);
/// Confirmations of the seed before anybody relies on it.
const CUSTODY_CONFIRMATIONS: BlockCount = BlockCount::new(6);
/// 2n blocks make a block of n Clique signers final; anvil's own `finalized` tag lags by two.
pub(crate) const fn finality_blocks(kind: SideChainKind) -> u64 {
    match kind {
        SideChainKind::Clique => 6,
        SideChainKind::Anvil => 2,
    }
}

/// A third reorganisation of that depth within seconds means that something else is wrong.
const DEPLOY_ATTEMPTS: u32 = 3;
/// A block comes every second.
const DEPLOY_WAIT: Wait =
    Wait { poll: Duration::from_millis(200), timeout: Duration::from_secs(30) };
/// The seed is surplus: it pays fees, and nobody is owed it.
const SEED: Amount = Amount::ONE_BTC;

/// Everything that a start needs.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) folder: DevnetFolder,
    pub(crate) options: UpOptions,
    pub(crate) tools: ToolPaths,
    pub(crate) processes: Arc<Processes>,
    pub(crate) progress: mpsc::Sender<Progress>,
}

impl Start {
    /// Starts everything and returns when all of it is ready.
    pub(crate) async fn run(self) -> Result<RunningDevnet, Failure> {
        // What is missing is found out before anything runs.
        let bitcoind = self.tools.find(Tool::Bitcoind)?;
        let chosen = side_chain::choose(self.options.side_chain, &self.tools)?;
        self.say(Progress::SideChainChosen { kind: chosen.kind, reason: chosen.reason });
        let keys = DevnetKeys::create(&self.folder.keys())?;
        let executable = std::env::current_exe().map_err(Error::Runtime)?;
        let ((bitcoin, port), side_chain, mut federation) = tokio::try_join!(
            self.start_bitcoin(bitcoind, &keys),
            self.start_side_chain(&chosen, &keys),
            self.generate_key(&executable)
        )?;
        let x_only = federation.group.federation_key();
        let custody = seed_custody(&bitcoin, x_only).await?;
        self.say(Progress::CustodyPaid { txid: custody.txid });
        let key = FederationKey { x_only, kind: FederationKeyKind::Dkg };
        let genesis_hash = self.deploy(&bitcoin, port, custody, key, &side_chain, &keys).await?;
        federation.configure(&self.folder, &side_chain, genesis_hash)?;
        let relayer = federation.for_relayer(&self.folder);
        let ((), relayer_url) = tokio::try_join!(
            self.start_attesters(&federation),
            self.start_relayer(&executable, &keys, relayer)
        )?;
        let state = DevnetState {
            pid: std::process::id(),
            side_chain: side_chain.kind,
            bitcoin_url: bitcoind::url(port),
            bitcoin_cookie_file: bitcoind::cookie(&self.folder),
            side_chain_url: side_chain.first.rpc.url.clone(),
            relayer_url,
        };
        write_json(&self.folder.state(), &state)?;
        let faucet = Faucet::new(EvmKey::load(keys.faucet.path()).map_err(Error::AccountKey)?);
        let Self { folder, processes, .. } = self;
        Ok(RunningDevnet { folder, state, processes, bitcoin, side_chain, faucet })
    }

    /// A step that nobody reads is lost, not waited for.
    fn say(&self, step: Progress) {
        tracing::info!(%step, "start");
        let _ = self.progress.try_send(step);
    }

    async fn start_bitcoin(
        &self,
        program: std::path::PathBuf,
        keys: &DevnetKeys,
    ) -> Result<(BitcoinSide, u16), Failure> {
        self.say(Progress::Starting { part: BITCOIND.into() });
        let [port] = free_ports([(BITCOIND, self.options.ports.bitcoin)])?;
        self.processes.start(bitcoind::configure(&self.folder, program, port)?)?;
        let node = bitcoind::client(&self.folder, port);
        bitcoind::ready(&self.processes, &node).await?;
        self.say(Progress::Ready { part: BITCOIND.into() });
        let wallet = UserKey::load(keys.wallet.path()).map_err(Error::Key)?;
        let side = BitcoinSide::new(&self.folder, node, wallet);
        let height = side.mine(FIRST_BLOCKS).await?.height;
        self.say(Progress::Mined { height });
        Ok((side, port))
    }

    async fn generate_key(&self, executable: &Path) -> Result<Federation, Failure> {
        self.say(Progress::Starting { part: "key generation".into() });
        let federation = Federation::generate(&self.folder, &self.processes, executable).await?;
        let threshold = federation.group.threshold();
        self.say(Progress::KeyGenerated {
            key: federation.group.federation_key(),
            signers: threshold.signers(),
            attesters: threshold.attesters(),
        });
        Ok(federation)
    }

    async fn start_side_chain(
        &self,
        chosen: &ChosenSideChain,
        keys: &DevnetKeys,
    ) -> Result<SideChain, Failure> {
        let part = chosen.kind.name();
        self.say(Progress::Starting { part: part.into() });
        let port = self.options.ports.side_chain;
        let accounts = keys.funded_accounts();
        let side_chain =
            side_chain::start(&self.folder, &self.processes, chosen, port, &accounts).await?;
        self.say(Progress::Ready { part: part.into() });
        Ok(side_chain)
    }

    /// Deploys until a deployment stays: signers that just met may still reorganise.
    async fn deploy(
        &self,
        bitcoin: &BitcoinSide,
        bitcoin_port: u16,
        custody: OutPoint,
        federation_key: FederationKey,
        side_chain: &SideChain,
        keys: &DevnetKeys,
    ) -> Result<B256, Failure> {
        self.say(Progress::Starting { part: "contracts".into() });
        let request = DeployRequest {
            bitcoin_url: bitcoind::url(bitcoin_port),
            cookie_file: Some(bitcoind::cookie(&self.folder)),
            side_chain_url: side_chain.first.rpc.url.clone(),
            side_chain_kind: Some(side_chain.kind),
            checkpoint: CHECKPOINT,
            federation_key,
            custody,
            parameters: BridgeParameters::devnet(),
            governance: None,
            guardian: Some(keys.guardian.evm_address()),
        };
        for _ in 0..DEPLOY_ATTEMPTS {
            let key = EvmKey::load(keys.deployer.path()).map_err(Error::AccountKey)?;
            let deployed = deploy(bitcoin.node(), key, &request, DEPLOY_WAIT)
                .await
                .map_err(|failure| Error::Deploy(Box::new(failure)))?;
            let deployment = deployed.deployment;
            let at = deployment.contracts.deployed_at.get();
            let depth = finality_blocks(side_chain.kind);
            side_chain.reached(&self.processes, at.saturating_add(depth)).await?;
            // Another block under the deployment makes another instance.
            if SideChainClient::connect(&deployment).await.is_ok() {
                write_json(&self.folder.deployment(), &deployment)?;
                let bridge = deployment.contracts.bridge;
                self.say(Progress::ContractsDeployed { bridge, gas: deployed.gas_used });
                return Ok(deployment.side_chain.genesis_hash);
            }
        }
        Err(Error::Dropped { attempts: DEPLOY_ATTEMPTS }.into())
    }

    async fn start_attesters(&self, federation: &Federation) -> Result<(), Failure> {
        self.say(Progress::Starting { part: "attesters".into() });
        federation.start(&self.folder, &self.processes).await?;
        self.say(Progress::Ready { part: "attesters".into() });
        Ok(())
    }

    async fn start_relayer(
        &self,
        executable: &Path,
        keys: &DevnetKeys,
        federation: FederationConfig,
    ) -> Result<Option<String>, Failure> {
        if !self.options.relayer {
            return Ok(None);
        }
        self.say(Progress::Starting { part: RELAYER.into() });
        let [port] = free_ports([(RELAYER, self.options.ports.relayer)])?;
        let program = relayer::configure(&self.folder, executable, keys, federation, port)?;
        self.processes.start(program)?;
        let url = relayer::url(port);
        relayer::ready(&self.processes, &url).await?;
        self.say(Progress::Ready { part: RELAYER.into() });
        Ok(Some(url))
    }
}

/// Pays the federation's key, untweaked, and buries the payment.
async fn seed_custody(side: &BitcoinSide, key: XOnlyPublicKey) -> Result<OutPoint, Failure> {
    let script = custody_script(key);
    let transaction = side.pay(script.clone(), SEED).await?;
    side.mine(CUSTODY_CONFIRMATIONS).await?;
    let vout = transaction.output.iter().position(|output| output.script_pubkey == script);
    let vout = vout.and_then(|vout| u32::try_from(vout).ok()).unwrap_or_default();
    Ok(OutPoint { txid: transaction.compute_txid(), vout })
}
