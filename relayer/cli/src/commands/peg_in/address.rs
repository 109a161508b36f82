//! `farbank peg-in address`.

use std::path::{Path, PathBuf};

use clap::Args;
use farbank_relayer::client::peg_in::address::{derive, save_new, NewDeposit, ReclaimKey};
use farbank_relayer::client::{check_network, side_chain};
use farbank_types::bitcoin::secp256k1::rand::rngs::OsRng;
use farbank_types::bitcoin::secp256k1::rand::RngCore as _;
use farbank_types::bitcoin::secp256k1::{Secp256k1, SecretKey};
use farbank_types::bitcoin::{Amount, XOnlyPublicKey};
use farbank_types::{BitcoinHeight, BlockCount, Deployment, EvmAddress, B256};
use serde::Serialize;

use super::super::failures::{bitcoin_failure, client_failure, fault_failure};
use super::super::keys;
use super::super::nodes::BitcoinArgs;
use super::announce::{announce, RelayerArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{amount, Page, Report};

#[derive(Args, Debug)]
pub(crate) struct AddressArgs {
    /// Who receives the fBTC: an account (0x...) or a name of `farbank keys`
    #[arg(long, value_name = "ACCOUNT|NAME")]
    recipient: String,
    /// What the claim pays to whoever carries it
    #[arg(long, value_name = "SAT", default_value_t = 1_000)]
    carrier_fee_sat: u64,
    /// Your own x-only key that can take the deposit back [default: a new one, kept in the file]
    #[arg(long, value_name = "HEX")]
    reclaim_key: Option<XOnlyPublicKey>,
    /// Where to write the deposit file; never overwritten [default: deposit-*.json after the address]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Ask no node: deployment.json is believed as it is
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    relayer: RelayerArgs,
    #[command(flatten)]
    node: BitcoinArgs,
}

/// A new address.
#[derive(Debug, Serialize)]
struct NewAddress {
    address: String,
    file: PathBuf,
    recipient: EvmAddress,
    #[serde(with = "farbank_types::bitcoin::amount::serde::as_sat", rename = "carrier_fee_sat")]
    carrier_fee: Amount,
    #[serde(with = "farbank_types::bitcoin::amount::serde::as_sat", rename = "min_deposit_sat")]
    min_deposit: Amount,
    reclaim_blocks: BlockCount,
    reclaim_secret_in_file: bool,
    announced_to: Option<String>,
}

/// Runs `farbank peg-in address`.
pub(super) async fn run(args: &AddressArgs, context: &Context) -> Result<(), Failure> {
    let deployment = context.deployment()?;
    let recipient = recipient(&args.recipient, context)?;
    let birth_height = if args.offline {
        deployment.checkpoint.height
    } else {
        check_nodes(args, &deployment).await?
    };
    let secp = Secp256k1::new();
    let mut salt = [0; 32];
    OsRng.fill_bytes(&mut salt);
    let reclaim_key = args
        .reclaim_key
        .map_or_else(|| ReclaimKey::InFile(SecretKey::new(&mut OsRng)), ReclaimKey::Elsewhere);
    let carrier_fee = Amount::from_sat(args.carrier_fee_sat);
    let new =
        NewDeposit { recipient, carrier_fee, salt: B256::from(salt), reclaim_key, birth_height };
    let file = derive(&secp, &deployment, new).map_err(|error| Failure::refused(&error))?;
    let address = file.deposit.address.clone().assume_checked().to_string();
    let path = args.out.clone().unwrap_or_else(|| default_name(&address));
    // The address is shown only once its file is durable: it may hold the only reclaim key.
    save_new(&file, &path).map_err(fault_failure)?;
    let announced_to = match (&args.relayer.relayer, &args.relayer.relayer_token_file) {
        (Some(url), Some(token_file)) => {
            // The deposit exists and is as good without: only its announcement has to be repeated.
            match announce(&file.deposit, url, token_file).await {
                Ok(()) => Some(url.clone()),
                Err(failure) => {
                    context.output.note(&format!(
                        "note: the deposit was not announced; repeat it with `farbank peg-in \
                         announce`\n{}",
                        failure.text().unwrap_or_default()
                    ));
                    None
                }
            }
        }
        _ => None,
    };
    context.output.report(&NewAddress {
        address,
        file: path,
        recipient,
        carrier_fee,
        min_deposit: deployment.parameters.min_deposit,
        reclaim_blocks: deployment.parameters.reclaim_blocks,
        reclaim_secret_in_file: file.reclaim_secret.is_some(),
        announced_to,
    })
}

/// Compares the deployment with both chains and returns Bitcoin's height.
async fn check_nodes(
    args: &AddressArgs,
    deployment: &Deployment,
) -> Result<BitcoinHeight, Failure> {
    let node = args.node.connect(Some(deployment))?;
    check_network(&node, deployment.bitcoin.network)
        .await
        .map_err(bitcoin_failure)?
        .map_err(|rejection| Failure::refused(&rejection))?;
    side_chain::connect(deployment).await.map_err(client_failure)?;
    Ok(node.chain_info().await.map_err(bitcoin_failure)?.height)
}

/// Reads an account, or the name of a key.
fn recipient(text: &str, context: &Context) -> Result<EvmAddress, Failure> {
    if text.starts_with("0x") {
        return text.parse().map_err(|_| {
            Failure::usage(format!(
                "--recipient {text} is no account: expected 0x and 40 hexadecimal digits, or the \
                 name of a key (`farbank keys list`)"
            ))
        });
    }
    Ok(keys::load(text, context)?.evm_address())
}

fn default_name(address: &str) -> PathBuf {
    let end = address.get(address.len().saturating_sub(8)..).unwrap_or(address);
    Path::new(&format!("deposit-{end}.json")).to_owned()
}

impl Report for NewAddress {
    fn render(&self, page: &mut Page) {
        page.fields([
            ("Pay to", self.address.clone()),
            ("At least", amount(self.min_deposit)),
            ("The recipient gets it less", amount(self.carrier_fee)),
            ("Recipient", self.recipient.to_string()),
            ("Deposit file", self.file.display().to_string()),
            ("Yours to take back after", format!("{} blocks", self.reclaim_blocks)),
        ]);
        if self.reclaim_secret_in_file {
            page.line(
                "Keep the deposit file: it holds the only key that can take the deposit back.",
            );
        }
        match &self.announced_to {
            Some(url) => page.line(format!("The relayer at {url} watches the address.")),
            None => page.line(
                "Nobody was told of it: announce it to a relayer (`farbank peg-in announce`), \
                 before or after paying.",
            ),
        }
    }
}
