//! The redeemer's calls on the real contracts: requested, followed, raised, refused.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use bitcoin::constants::genesis_block;
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::SecretKey;
use bitcoin::{Amount, Network, OutPoint, Txid};
use farbank_contracts::{
    deploy, CheckpointArguments, DeploymentArguments, EvmKey, FeePolicy, HeaderRules, RpcConfig,
    SideChainNode, TransactionSender, Wait,
};
use farbank_relayer::adapters::bitcoin::{BitcoindNetwork, BitcoindOptions, RpcAuth};
use farbank_relayer::client::error::ClientError;
use farbank_relayer::client::key::UserKey;
use farbank_relayer::client::peg_out::raise::{raise, RaiseRejection, RaiseRequest};
use farbank_relayer::client::peg_out::request::{
    request, Payee, RedemptionRequest, RequestRejection,
};
use farbank_relayer::client::peg_out::status::{status, StatusRejection};
use farbank_relayer::client::side_chain;
use farbank_types::{
    keccak256, BitcoinEndpoint, BitcoinHeight, BridgeParameters, ChainId, CheckpointRecord,
    CustodyRecord, Deployment, FederationKey, FederationKeyKind, RedemptionId, SideChainEndpoint,
    SideChainKind, UnixTime, B256, DEPLOYMENT_VERSION, U256,
};
use jsonrpsee::core::client::ClientT as _;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use serde_json::{json, Value};

const CHAIN: ChainId = ChainId::new(31_337);
/// First account that anvil funds.
const FUNDED: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const SUPPLY: u64 = 500_000;
const WAIT: Wait = Wait { poll: Duration::from_millis(20), timeout: Duration::from_secs(10) };

/// A private anvil on a free port; it dies with its handle.
struct Anvil {
    process: Child,
    url: String,
    levers: HttpClient,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Anvil {
    fn start() -> Self {
        let mut process = Command::new(program())
            .args(["--port", "0", "--hardfork", "london", "--slots-in-an-epoch", "1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("anvil starts");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.unwrap().strip_prefix("Listening on ").map(str::to_owned))
            .expect("anvil says where it listens");
        thread::spawn(move || lines.for_each(drop));
        let url = format!("http://{address}");
        let levers = HttpClientBuilder::default().build(&url).unwrap();
        Self { process, url, levers }
    }

    async fn lever(&self, method: &str, parameters: Vec<Value>) {
        let _: Value = self.levers.request(method, parameters).await.unwrap();
    }

    async fn mine(&self, blocks: u32) {
        for _ in 0..blocks {
            self.lever("evm_mine", vec![]).await;
        }
    }

    /// Deploys a bridge and gives `user` fBTC that the custody's seed covers, past the mint: slot 0 of
    /// the token holds the balances, slot 2 the supply.
    async fn bridge(&self, user: &UserKey) -> Deployment {
        self.mine(1).await;
        let node = SideChainNode::connect(&RpcConfig::new(&self.url), CHAIN).await.unwrap();
        let mut secret = [0; 32];
        hex::decode_to_slice(FUNDED, &mut secret).unwrap();
        let key = EvmKey::from_secret_bytes(&secret).unwrap();
        let sender = TransactionSender::new(key, CHAIN, FeePolicy::default());
        let arguments = arguments(&sender);
        let deployed = deploy(&node, &sender, &arguments, WAIT).await.unwrap();
        let balance = keccak256([user.evm_address().into_word(), B256::ZERO].concat());
        for slot in [balance, B256::left_padding_from(&[2])] {
            let word = B256::from(U256::from(SUPPLY));
            let place = vec![json!(deployed.contracts.token), json!(slot), json!(word)];
            self.lever("anvil_setStorageAt", place).await;
        }
        let ether = vec![json!(user.evm_address()), json!("0xde0b6b3a7640000")];
        self.lever("anvil_setBalance", ether).await;
        self.mine(1).await;
        Deployment {
            version: DEPLOYMENT_VERSION,
            bitcoin: BitcoinEndpoint {
                network: Network::Regtest,
                rpc_url: "http://127.0.0.1:1".to_owned(),
                cookie_file: None,
            },
            side_chain: SideChainEndpoint {
                kind: SideChainKind::Anvil,
                chain_id: CHAIN,
                genesis_hash: B256::ZERO,
                rpc_url: self.url.clone(),
            },
            contracts: deployed.contracts,
            instance: deployed.instance,
            federation_key: FederationKey {
                x_only: arguments.federation_key,
                kind: FederationKeyKind::Supplied,
            },
            checkpoint: CheckpointRecord {
                height: arguments.checkpoint.height,
                hash: arguments.checkpoint.header.block_hash(),
                epoch_start_time: arguments.checkpoint.epoch_start_time,
            },
            custody: arguments.custody,
            parameters: arguments.parameters,
        }
    }
}

fn arguments(sender: &TransactionSender) -> DeploymentArguments {
    let header = genesis_block(Network::Regtest).header;
    let start = UnixTime::new(header.time.into());
    DeploymentArguments {
        rules: HeaderRules::Regtest,
        checkpoint: CheckpointArguments {
            header,
            height: BitcoinHeight::new(0),
            epoch_start_time: start,
            previous_times: [start; 10],
        },
        federation_key: user(7).x_only_public_key(),
        parameters: BridgeParameters::devnet(),
        custody: CustodyRecord {
            outpoint: OutPoint { txid: Txid::from_byte_array([7; 32]), vout: 1 },
            // The seed covers the supply and the fee reserve.
            value: Amount::from_sat(2_000_000),
        },
        governance: sender.address(),
        guardian: sender.address(),
    }
}

fn program() -> PathBuf {
    let on_path = || {
        let path = env::var_os("PATH")?;
        env::split_paths(&path).map(|folder| folder.join("anvil")).find(|file| file.is_file())
    };
    let in_cache = || {
        let cache = PathBuf::from(env::var_os("HOME")?).join(".cache/farbank");
        let mut parts = fs::read_dir(cache).ok()?.filter_map(Result::ok);
        parts.find_map(|part| Some(part.path().join("bin/anvil")).filter(|file| file.is_file()))
    };
    env::var_os("FARBANK_ANVIL")
        .map(PathBuf::from)
        .or_else(on_path)
        .or_else(in_cache)
        .expect("anvil in FARBANK_ANVIL, on PATH or in the tools cache: run deploy/setup")
}

fn user(byte: u8) -> UserKey {
    UserKey::new(SecretKey::from_slice(&[byte; 32]).unwrap())
}

/// A Bitcoin node that nobody runs: whoever names the greatest fee needs none.
fn nobody() -> BitcoindNetwork {
    let auth = RpcAuth::CookieFile("/nowhere/.cookie".into());
    BitcoindNetwork::new(BitcoindOptions::new("http://127.0.0.1:1", auth))
}

fn wish<'a>(deployment: &'a Deployment, key: &'a UserKey, sat: u64) -> RedemptionRequest<'a> {
    RedemptionRequest {
        deployment,
        key,
        amount: Amount::from_sat(sat),
        to: Payee::Script(user(9).bitcoin_address(Network::Regtest).script_pubkey()),
        max_fee: Some(Amount::from_sat(1_000)),
        wait: WAIT,
    }
}

#[tokio::test]
async fn redemption_is_requested_followed_and_raised() {
    let (anvil, alice) = (Anvil::start(), user(8));
    let deployment = anvil.bridge(&alice).await;
    let requested = request(&nobody(), &wish(&deployment, &alice, 100_000)).await.unwrap();
    assert_eq!(requested.id, RedemptionId::new(1));
    assert_eq!(requested.owed, Amount::from_sat(99_000));
    assert_eq!(requested.address, user(9).bitcoin_address(Network::Regtest).to_string());

    let client = side_chain::connect(&deployment).await.unwrap();
    let look = || async {
        let mut silent = |_, _| ();
        status(&client, None, &deployment, requested.id, &mut silent).await.unwrap()
    };
    let found = look().await;
    assert_eq!((found.state.name(), found.side_tx), ("Requested", requested.side_tx));
    anvil.mine(3).await;
    assert_eq!(look().await.state.name(), "Final");

    let raise_to = |sat, key| {
        let max_fee = Amount::from_sat(sat);
        RaiseRequest { deployment: &deployment, key, id: requested.id, max_fee, wait: WAIT }
    };
    let raised = raise(&raise_to(2_000, &alice)).await.unwrap();
    assert_eq!(raised.previous, Amount::from_sat(1_000));
    assert_eq!(look().await.max_fee, Amount::from_sat(2_000));
    let again = raise(&raise_to(2_000, &alice)).await;
    assert!(
        matches!(again, Err(ClientError::Refused(RaiseRejection::MaxFeeTooLow { .. }))),
        "{again:?}"
    );
    let other = user(6);
    let foreign = raise(&raise_to(3_000, &other)).await;
    assert!(
        matches!(foreign, Err(ClientError::Refused(RaiseRejection::NotRequester { .. }))),
        "{foreign:?}"
    );
    raise(&raise_to(3_000, &alice)).await.unwrap();
    assert_eq!(look().await.max_fee, Amount::from_sat(3_000));
}

#[tokio::test]
async fn what_the_state_forbids_is_refused_before_it_costs_gas() {
    let (anvil, alice) = (Anvil::start(), user(8));
    let deployment = anvil.bridge(&alice).await;
    let poor = request(&nobody(), &wish(&deployment, &alice, SUPPLY + 1)).await;
    assert!(
        matches!(
            poor,
            Err(ClientError::Refused(RequestRejection::InsufficientBalance { balance, .. }))
                if balance == Amount::from_sat(SUPPLY)
        ),
        "{poor:?}"
    );
    let mut own = wish(&deployment, &alice, 100_000);
    own.to = Payee::Script(farbank_federation::custody::custody_script(
        deployment.federation_key.x_only,
    ));
    let own = request(&nobody(), &own).await;
    assert!(
        matches!(own, Err(ClientError::Refused(RequestRejection::FederationScript { .. }))),
        "{own:?}"
    );
    let client = side_chain::connect(&deployment).await.unwrap();
    let unknown = status(&client, None, &deployment, RedemptionId::new(1), &mut |_, _| ()).await;
    assert!(
        matches!(unknown, Err(ClientError::Refused(StatusRejection::UnknownRedemption { .. }))),
        "{unknown:?}"
    );
}
