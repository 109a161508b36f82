//! `farbank keys`: secret key files in the home folder.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use farbank_contracts::BlockAt;
use farbank_relayer::client::file::FileError;
use farbank_relayer::client::key::UserKey;
use farbank_relayer::client::side_chain;
use farbank_relayer::client::wallet::{OneKeyWallet, WalletBalance};
use farbank_types::bitcoin::secp256k1::{rand, SecretKey};
use farbank_types::bitcoin::{Amount, Network, XOnlyPublicKey};
use farbank_types::EvmAddress;
use serde::Serialize;

use super::failures::{client_failure, fault_failure, file_failure, key_failure, wallet_failure};
use super::network::NetworkName;
use super::nodes::BitcoinArgs;
use crate::clock;
use crate::context::{block_on, Context};
use crate::failure::Failure;
use crate::output::{amount, Page, Report};
use crate::progress::Progress;

/// Ending of key files.
const ENDING: &str = "key";

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a new key
    Add(AddArgs),
    /// Show all keys with their addresses
    List(ListArgs),
    /// Show what a key holds on both chains
    Balance(BalanceArgs),
}

#[derive(Args, Debug)]
pub(crate) struct AddArgs {
    /// Name: letters, digits, `-` and `_`
    #[arg(value_parser = parse_name)]
    name: String,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Network of the Bitcoin address [default: the deployment's, else mainnet]
    #[arg(long)]
    network: Option<NetworkName>,
}

#[derive(Args, Debug)]
pub(crate) struct BalanceArgs {
    /// Name of a key, or a key file
    key: String,
    #[command(flatten)]
    node: BitcoinArgs,
}

/// A key as it is shown: never its secret.
#[derive(Debug, Serialize)]
struct ShownKey {
    name: String,
    file: PathBuf,
    evm_address: EvmAddress,
    bitcoin_network: Network,
    bitcoin_address: String,
    x_only_public_key: XOnlyPublicKey,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct KeyList(Vec<ShownKey>);

#[derive(Debug, Serialize)]
struct Balance {
    evm_address: EvmAddress,
    /// Ether that pays for gas, in wei, as a decimal number.
    wei: String,
    #[serde(with = "farbank_types::bitcoin::amount::serde::as_sat", rename = "fbtc_sat")]
    fbtc: Amount,
    bitcoin_address: String,
    bitcoin: WalletBalance,
}

/// Runs `farbank keys`.
pub(crate) fn run(command: &KeysCommand, context: &Context) -> Result<(), Failure> {
    match command {
        KeysCommand::Add(args) => add(args, context),
        KeysCommand::List(args) => list(args, context),
        KeysCommand::Balance(args) => block_on(balance(args, context)),
    }
}

/// Reads the key that was named: a key of the home folder, or a key file.
pub(crate) fn load(key: &str, context: &Context) -> Result<UserKey, Failure> {
    UserKey::load(&locate(key, context)?).map_err(key_failure)
}

fn locate(key: &str, context: &Context) -> Result<PathBuf, Failure> {
    if parse_name(key).is_ok() {
        let path = context.keys_folder()?.join(key).with_extension(ENDING);
        if path.exists() || !Path::new(key).exists() {
            return Ok(path);
        }
    }
    Ok(PathBuf::from(key))
}

fn add(args: &AddArgs, context: &Context) -> Result<(), Failure> {
    let folder = context.keys_folder()?;
    make_private_folder(&folder)?;
    let path = folder.join(&args.name).with_extension(ENDING);
    let key = UserKey::new(SecretKey::new(&mut rand::rngs::OsRng));
    key.save_new(&path).map_err(key_failure)?;
    context.output.report(&KeyList(vec![shown(
        &args.name,
        path,
        &key,
        network(&args.list, context),
    )]))
}

fn list(args: &ListArgs, context: &Context) -> Result<(), Failure> {
    let folder = context.keys_folder()?;
    let network = network(args, context);
    let mut files: Vec<PathBuf> = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(file_failure(FileError::Unreadable { path: folder, source })),
    };
    files.retain(|file| file.extension().is_some_and(|ending| ending == ENDING));
    files.sort();
    let mut keys = Vec::new();
    for file in files {
        let key = UserKey::load(&file).map_err(key_failure)?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        keys.push(shown(&name, file, &key, network));
    }
    context.output.report(&KeyList(keys))
}

async fn balance(args: &BalanceArgs, context: &Context) -> Result<(), Failure> {
    let key = load(&args.key, context)?;
    let deployment = context.deployment()?;
    let node = args.node.connect(Some(&deployment))?;
    let network = deployment.bitcoin.network;
    let progress = Progress::spinner("Reading the unspent outputs of Bitcoin");
    farbank_relayer::client::check_network(&node, network)
        .await
        .map_err(|error| fault_failure(error.into()))?
        .map_err(|rejection| Failure::refused(&rejection))?;
    let mut wallet = OneKeyWallet::new(&key, network).map_err(wallet_failure)?;
    wallet.sync(&node, clock::now()).await.map_err(wallet_failure)?;
    progress.say("Asking the side chain");
    let side_chain = side_chain::connect(&deployment).await.map_err(client_failure)?;
    let account = key.evm_address();
    let fault =
        |fault| fault_failure(farbank_relayer::client::error::ClientFault::SideChain(fault));
    let wei = side_chain.node().ether_balance(account, BlockAt::Latest).await.map_err(fault)?;
    let fbtc = side_chain.token_balance(account, BlockAt::Latest).await.map_err(fault)?;
    drop(progress);
    context.output.report(&Balance {
        evm_address: account,
        wei: wei.get().to_string(),
        fbtc,
        bitcoin_address: wallet.address().to_string(),
        bitcoin: wallet.balance(),
    })
}

/// The network that was asked for, else the deployment's, else mainnet.
fn network(args: &ListArgs, context: &Context) -> Network {
    args.network.map_or_else(
        || context.deployment().map_or(Network::Bitcoin, |found| found.bitcoin.network),
        Network::from,
    )
}

fn shown(name: &str, file: PathBuf, key: &UserKey, network: Network) -> ShownKey {
    ShownKey {
        name: name.to_owned(),
        file,
        evm_address: key.evm_address(),
        bitcoin_network: network,
        bitcoin_address: key.bitcoin_address(network).to_string(),
        x_only_public_key: key.x_only_public_key(),
    }
}

fn make_private_folder(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| file_failure(FileError::Unwritable { path: folder.to_owned(), source }))
}

fn parse_name(name: &str) -> Result<String, &'static str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.starts_with('-') || !name.chars().all(fits) {
        return Err("expected letters, digits, `-` and `_`");
    }
    Ok(name.to_owned())
}

impl Report for KeyList {
    fn render(&self, page: &mut Page) {
        if self.0.is_empty() {
            page.line("No keys yet. Make one with `farbank keys add NAME`.");
            return;
        }
        for key in &self.0 {
            page.fields([
                ("Key", key.name.clone()),
                ("Side-chain account", key.evm_address.to_string()),
                ("Bitcoin address", key.bitcoin_address.clone()),
                ("Public key, x-only", key.x_only_public_key.to_string()),
            ]);
        }
    }
}

impl Report for Balance {
    fn render(&self, page: &mut Page) {
        page.fields([
            ("Account on the side chain", self.evm_address.to_string()),
            ("  fBTC", amount(self.fbtc)),
            ("  Ether for gas", ether(&self.wei)),
            ("Bitcoin wallet", self.bitcoin_address.clone()),
            ("  in blocks", amount(self.bitcoin.confirmed)),
            ("  change on its way", amount(self.bitcoin.change)),
            ("  mined, not to be spent yet", amount(self.bitcoin.immature)),
        ]);
    }
}

/// Ether with six decimals, cut off.
fn ether(wei: &str) -> String {
    let padded = format!("{wei:0>19}");
    let (whole, rest) = padded.split_at(padded.len() - 18);
    format!("{whole}.{}", &rest[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ether_is_cut_off_after_six_decimals() {
        assert_eq!(ether("0"), "0.000000");
        assert_eq!(ether("1"), "0.000000");
        assert_eq!(ether("1234567890000000000"), "1.234567");
        assert_eq!(ether("1000000000000000000000"), "1000.000000");
    }

    #[test]
    fn names_are_no_paths() {
        assert!(parse_name("alice-2_b").is_ok());
        for name in ["", "-a", "a/b", "..", "a b", "a.key"] {
            assert!(parse_name(name).is_err(), "{name}");
        }
    }
}
