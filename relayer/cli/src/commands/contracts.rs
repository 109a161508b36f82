//! `farbank contracts deploy`: a bridge onto the user's own chains.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use farbank_contracts::Wait;
use farbank_relayer::client::file::{write_new_public, FileError};
use farbank_relayer::deploy::{deploy, DeployFailure, DeployRequest, Deployed};
use farbank_types::bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use farbank_types::{
    BitcoinHeight, BlockCount, BridgeParameters, Deployment, EvmAddress, FederationKey,
    FederationKeyKind, SideChainKind, B256,
};
use serde::Serialize;

use super::failures::{bitcoin_failure, file_failure};
use super::keys;
use super::nodes::BitcoinArgs;
use crate::context::{block_on, Context};
use crate::failure::Failure;
use crate::output::{amount, thousands, Page, Report};
use crate::progress::Progress;

#[derive(Debug, Subcommand)]
pub(crate) enum ContractsCommand {
    /// Deploy a bridge and write its deployment.json
    Deploy(Box<DeployArgs>),
}

#[derive(Args, Debug)]
pub(crate) struct DeployArgs {
    /// JSON-RPC address of the side chain's node
    #[arg(long, value_name = "URL")]
    rpc: String,
    #[command(flatten)]
    node: BitcoinArgs,
    /// Height of the Bitcoin block that the contract's header chain starts from
    #[arg(long, value_name = "HEIGHT")]
    checkpoint: u32,
    /// Where to write what clients need; never overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The deployer's key: a name of `farbank keys`, or a key file
    #[arg(long, value_name = "NAME|FILE")]
    key: String,
    /// The federation's key, x-only, as 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    federation_key: XOnlyPublicKey,
    /// The confirmed output `OP_1 <federation key>` that seeds the custody
    #[arg(long, value_name = "TXID:VOUT")]
    custody: OutPoint,
    /// Bounds and delays to start from
    #[arg(long, default_value = "production")]
    parameters: Preset,
    /// Who changes the guardian, ends pauses and registers keys [default: the deployer]
    #[arg(long, value_name = "ADDRESS")]
    governance: Option<EvmAddress>,
    /// Who may pause mints and new redemptions [default: the deployer]
    #[arg(long, value_name = "ADDRESS")]
    guardian: Option<EvmAddress>,
    /// Consensus of the side chain [default: detected]
    #[arg(long)]
    side_chain: Option<SideChainName>,
    #[command(flatten)]
    overrides: ParameterArgs,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Parameters")]
struct ParameterArgs {
    /// Blocks after which a depositor can take a deposit back
    #[arg(long, value_name = "BLOCKS")]
    reclaim_blocks: Option<u32>,
    /// Blocks before the reclaim in which a deposit is no longer minted
    #[arg(long, value_name = "BLOCKS")]
    sweep_window_blocks: Option<u32>,
    /// Greatest age of the Bitcoin tip at which the contract mints
    #[arg(long, value_name = "SECONDS")]
    freshness_secs: Option<u32>,
    /// Confirmations that the smallest sum needs
    #[arg(long, value_name = "BLOCKS")]
    min_confirmations: Option<u32>,
    /// Confirmations that the greatest sum needs
    #[arg(long, value_name = "BLOCKS")]
    max_confirmations: Option<u32>,
    /// Sum minted from one block that costs one more confirmation
    #[arg(long, value_name = "SAT")]
    per_confirmation_sat: Option<u64>,
    /// Greatest sum minted from the newest 144 blocks
    #[arg(long, value_name = "SAT")]
    mint_cap_sat: Option<u64>,
    /// Least value of a deposit
    #[arg(long, value_name = "SAT")]
    min_deposit_sat: Option<u64>,
    /// Greatest value of minted deposits that are not swept yet
    #[arg(long, value_name = "SAT")]
    unswept_value_cap_sat: Option<u64>,
    /// Greatest number of minted deposits that are not swept yet
    #[arg(long, value_name = "COUNT")]
    unswept_count_cap: Option<u32>,
    /// Confirmations that a custody transaction needs to be proven
    #[arg(long, value_name = "BLOCKS")]
    custody_confirmations: Option<u32>,
    /// Blocks before its reclaim at which an unswept deposit lets anyone pause
    #[arg(long, value_name = "BLOCKS")]
    unswept_alarm_blocks: Option<u32>,
    /// Confirmations after which an unproven spend of the custody is evidence
    #[arg(long, value_name = "BLOCKS")]
    evidence_delay_blocks: Option<u32>,
    /// Time from a new federation key's registration to its use
    #[arg(long, value_name = "SECONDS")]
    key_delay_secs: Option<u32>,
    /// What every redemption leaves to the surplus
    #[arg(long, value_name = "SAT")]
    redemption_fee_sat: Option<u64>,
    /// Least amount of a redemption
    #[arg(long, value_name = "SAT")]
    min_redemption_sat: Option<u64>,
    /// Greatest amount of a redemption
    #[arg(long, value_name = "SAT")]
    max_redemption_sat: Option<u64>,
    /// Least fee that a redemption must allow its payout to cost
    #[arg(long, value_name = "SAT")]
    min_max_fee_sat: Option<u64>,
    /// Surplus that custody transactions may spend beyond the redemptions' shares
    #[arg(long, value_name = "SAT")]
    fee_reserve_sat: Option<u64>,
}

/// Parameters to start from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Preset {
    Production,
    Devnet,
}

/// Consensus of a side chain.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SideChainName {
    Clique,
    Anvil,
}

impl From<SideChainName> for SideChainKind {
    fn from(name: SideChainName) -> Self {
        match name {
            SideChainName::Clique => Self::Clique,
            SideChainName::Anvil => Self::Anvil,
        }
    }
}

/// What was deployed.
#[derive(Debug, Serialize)]
struct DeployReport {
    file: PathBuf,
    transaction: B256,
    gas_used: u64,
    deployment: Deployment,
}

/// Runs `farbank contracts`.
pub(crate) fn run(command: &ContractsCommand, context: &Context) -> Result<(), Failure> {
    let ContractsCommand::Deploy(args) = command;
    if args.out.exists() {
        return Err(file_failure(FileError::Exists { path: args.out.clone() }));
    }
    let node = args.node.connect(None)?;
    let key = keys::load(&args.key, context)?;
    let request = args.request(node.url());
    let progress = Progress::spinner("Deploying the bridge");
    let deployed = block_on(async {
        deploy(&node, key.evm_key(), &request, Wait::default()).await.map_err(deploy_failure)
    })?;
    drop(progress);
    let Deployed { deployment, transaction, gas_used } = deployed;
    let mut json = serde_json::to_string_pretty(&deployment).map_err(Failure::outside)?;
    json.push('\n');
    if let Err(error) = write_new_public(&args.out, json.as_bytes()) {
        // The bridge exists by now: what was learned about it must not be lost.
        context.output.note(&json);
        return Err(file_failure(error));
    }
    let file = args.out.clone();
    context.output.report(&DeployReport { file, transaction, gas_used: gas_used.get(), deployment })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a fault without a name here is outside")]
fn deploy_failure(failure: DeployFailure) -> Failure {
    match failure {
        DeployFailure::Refused(rejection) => Failure::refused(&rejection),
        DeployFailure::Bitcoin(error) => bitcoin_failure(error),
        other => Failure::outside(other),
    }
}

impl DeployArgs {
    fn request(&self, bitcoin_url: &str) -> DeployRequest {
        // Clients run in other folders.
        let cookie_file = self.node.cookie_file.as_ref();
        let cookie_file =
            cookie_file.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        DeployRequest {
            bitcoin_url: bitcoin_url.to_owned(),
            cookie_file,
            side_chain_url: self.rpc.clone(),
            side_chain_kind: self.side_chain.map(SideChainKind::from),
            checkpoint: BitcoinHeight::new(self.checkpoint),
            federation_key: FederationKey {
                x_only: self.federation_key,
                kind: FederationKeyKind::Supplied,
            },
            custody: self.custody,
            parameters: self.overrides.over(match self.parameters {
                Preset::Production => BridgeParameters::production(),
                Preset::Devnet => BridgeParameters::devnet(),
            }),
            governance: self.governance,
            guardian: self.guardian,
        }
    }
}

impl ParameterArgs {
    /// Puts what was given over what it starts from; the contract checks the bounds.
    fn over(&self, base: BridgeParameters) -> BridgeParameters {
        let blocks = |given: Option<u32>, base| given.map_or(base, BlockCount::new);
        let sat = |given: Option<u64>, base| given.map_or(base, Amount::from_sat);
        BridgeParameters {
            reclaim_blocks: blocks(self.reclaim_blocks, base.reclaim_blocks),
            sweep_window_blocks: blocks(self.sweep_window_blocks, base.sweep_window_blocks),
            freshness_secs: self.freshness_secs.unwrap_or(base.freshness_secs),
            min_confirmations: blocks(self.min_confirmations, base.min_confirmations),
            max_confirmations: blocks(self.max_confirmations, base.max_confirmations),
            per_confirmation: sat(self.per_confirmation_sat, base.per_confirmation),
            mint_cap: sat(self.mint_cap_sat, base.mint_cap),
            min_deposit: sat(self.min_deposit_sat, base.min_deposit),
            unswept_value_cap: sat(self.unswept_value_cap_sat, base.unswept_value_cap),
            unswept_count_cap: self.unswept_count_cap.unwrap_or(base.unswept_count_cap),
            custody_confirmations: blocks(self.custody_confirmations, base.custody_confirmations),
            unswept_alarm_blocks: blocks(self.unswept_alarm_blocks, base.unswept_alarm_blocks),
            evidence_delay_blocks: blocks(self.evidence_delay_blocks, base.evidence_delay_blocks),
            key_delay_secs: self.key_delay_secs.unwrap_or(base.key_delay_secs),
            redemption_fee: sat(self.redemption_fee_sat, base.redemption_fee),
            min_redemption: sat(self.min_redemption_sat, base.min_redemption),
            max_redemption: sat(self.max_redemption_sat, base.max_redemption),
            min_max_fee: sat(self.min_max_fee_sat, base.min_max_fee),
            fee_reserve: sat(self.fee_reserve_sat, base.fee_reserve),
        }
    }
}

impl Report for DeployReport {
    fn render(&self, page: &mut Page) {
        let contracts = &self.deployment.contracts;
        page.fields([
            ("Bridge", contracts.bridge.to_string()),
            ("fBTC", contracts.token.to_string()),
            ("Instance", self.deployment.instance.to_string()),
            ("Transaction", self.transaction.to_string()),
            ("Gas", thousands(self.gas_used)),
            ("Custody", amount(self.deployment.custody.value)),
            ("Written to", self.file.display().to_string()),
        ]);
        page.line(format!(
            "Use it with --deployment {} or FARBANK_DEPLOYMENT; headers reach the contract once a \
             relayer runs (`farbank relayer run`).",
            self.file.display()
        ));
    }
}
