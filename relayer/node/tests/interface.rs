//! A whole relayer whose nodes are away: what it refuses to start with, and its HTTP interface.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{Secp256k1, SecretKey};
use bitcoin::{Amount, BlockHash, Network, OutPoint, Txid, XOnlyPublicKey};
use farbank_contracts::EvmKey;
use farbank_relayer::config::RelayerConfig;
use farbank_relayer::relayer::{run, RelayerError};
use farbank_relayer::SetupError;
use farbank_relayer_core::peg_in::deposit_file::DepositAnnouncement;
use farbank_relayer_core::peg_in::descriptor::{Action, DepositDescriptor};
use farbank_types::{
    BitcoinEndpoint, BitcoinHeight, BlockCount, BridgeParameters, ChainId, CheckpointRecord,
    ContractAddresses, CustodyRecord, Deployment, EvmAddress, EvmBlockNumber, FederationKey,
    FederationKeyKind, SideChainEndpoint, SideChainKind, UnixTime, B256, DEPLOYMENT_VERSION,
};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const INSTANCE: B256 = B256::repeat_byte(0x11);
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn key(byte: u8) -> XOnlyPublicKey {
    let secret = SecretKey::from_slice(&[byte; 32]).unwrap();
    secret.x_only_public_key(&Secp256k1::new()).0
}

fn deployment() -> Deployment {
    Deployment {
        version: DEPLOYMENT_VERSION,
        bitcoin: BitcoinEndpoint {
            network: Network::Regtest,
            rpc_url: "http://127.0.0.1:1".to_owned(),
            cookie_file: Some(PathBuf::from("/nowhere/.cookie")),
        },
        side_chain: SideChainEndpoint {
            kind: SideChainKind::Anvil,
            chain_id: ChainId::new(31_337),
            genesis_hash: B256::ZERO,
            rpc_url: "http://127.0.0.1:1".to_owned(),
        },
        contracts: ContractAddresses {
            bridge: EvmAddress::repeat_byte(1),
            token: EvmAddress::repeat_byte(2),
            governance: EvmAddress::repeat_byte(3),
            deployed_at: EvmBlockNumber::new(1),
        },
        instance: INSTANCE,
        federation_key: FederationKey { x_only: key(1), kind: FederationKeyKind::Supplied },
        checkpoint: CheckpointRecord {
            height: BitcoinHeight::new(100),
            hash: BlockHash::all_zeros(),
            epoch_start_time: UnixTime::new(1),
        },
        custody: CustodyRecord {
            outpoint: OutPoint { txid: Txid::all_zeros(), vout: 0 },
            value: Amount::ONE_BTC,
        },
        parameters: BridgeParameters::devnet(),
    }
}

struct Home {
    folder: tempfile::TempDir,
    config: RelayerConfig,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("deployment.json"), serde_json::to_vec(&deployment()).unwrap()).unwrap();
        EvmKey::generate().save_new(&at("relayer.key")).unwrap();
        std::fs::write(at("token"), TOKEN).unwrap();
        let mut config = RelayerConfig {
            deployment_file: at("deployment.json"),
            state_dir: at("state"),
            ..RelayerConfig::default()
        };
        config.side_chain.key_file = at("relayer.key");
        config.api.token_file = at("token");
        config.api.listen = free_address();
        Self { folder, config }
    }

    async fn start(&self) -> Running {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(self.config.clone(), stop.clone()));
        let running = Running { url: format!("http://{}", self.config.api.listen), stop, task };
        while running.get("/healthz").send().await.is_err() {
            assert!(!running.task.is_finished(), "the relayer ended");
            tokio::time::sleep(core::time::Duration::from_millis(20)).await;
        }
        running
    }
}

struct Running {
    url: String,
    stop: CancellationToken,
    task: JoinHandle<Result<(), RelayerError>>,
}

impl Running {
    fn get(&self, path: &str) -> RequestBuilder {
        Client::new().get(format!("{}{path}", self.url))
    }

    fn announce(&self, announcement: &DepositAnnouncement) -> RequestBuilder {
        Client::new().post(format!("{}/v1/deposits", self.url)).json(announcement)
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn announcement(change: impl FnOnce(&mut DepositDescriptor)) -> DepositAnnouncement {
    let mut descriptor = DepositDescriptor {
        instance: INSTANCE,
        federation_key: key(1),
        recipient: EvmAddress::repeat_byte(0x22),
        carrier_fee: Amount::from_sat(1_000),
        salt: B256::repeat_byte(3),
        action: Action::Mint,
        reclaim_blocks: BlockCount::new(300),
        reclaim_key: key(2),
    };
    change(&mut descriptor);
    let (secp, birth) = (Secp256k1::new(), BitcoinHeight::new(120));
    DepositAnnouncement::new(&secp, Network::Regtest, descriptor, birth).unwrap()
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn refusal(request: RequestBuilder) -> (StatusCode, String) {
    let (status, body) = answer(request).await;
    assert!(!body["message"].as_str().unwrap().is_empty());
    (status, body["refused"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn relayer_without_nodes_serves_and_says_what_it_waits_for() {
    let home = Home::new();
    let running = home.start().await;
    assert_eq!(running.get("/readyz").send().await.unwrap().status(), 503);
    let mut status = answer(running.get("/v1/status")).await.1;
    while status["waits"].as_array().unwrap().len() < 3 {
        tokio::time::sleep(core::time::Duration::from_millis(20)).await;
        status = answer(running.get("/v1/status")).await.1;
    }
    assert_eq!(status["ready"], false);
    for wait in status["waits"].as_array().unwrap() {
        assert!(!wait["cause"].as_str().unwrap().is_empty());
        assert!(!wait["remedy"].as_str().unwrap().is_empty());
    }
    running.stop().await;
}

#[tokio::test]
async fn deposit_is_announced_once_and_found_after_a_restart() {
    let home = Home::new();
    let running = home.start().await;
    let deposit = announcement(|_| ());
    let first = answer(running.announce(&deposit).bearer_auth(TOKEN)).await;
    assert_eq!(first.0, StatusCode::OK);
    assert_eq!(first.1["scanned_to"], 119);
    assert!(first.1["wait"]["cause"].as_str().unwrap().contains("no payment"));
    assert_eq!(answer(running.announce(&deposit).bearer_auth(TOKEN)).await, first);
    running.stop().await;
    let running = home.start().await;
    let id = first.1["id"].as_str().unwrap();
    assert_eq!(answer(running.get(&format!("/v1/deposits/{id}"))).await, first);
    let list = answer(running.get("/v1/deposits?limit=5")).await.1;
    assert_eq!(list["total"], 1);
    assert_eq!(list["deposits"][0], first.1);
    running.stop().await;
}

#[tokio::test]
async fn announcement_that_belongs_elsewhere_is_refused_by_name() {
    let home = Home::new();
    let running = home.start().await;
    let other_bridge = announcement(|descriptor| descriptor.instance = B256::ZERO);
    let foreign_terms = announcement(|descriptor| descriptor.federation_key = key(9));
    let mut other_network = announcement(|_| ());
    other_network.network = Network::Bitcoin;
    let secp = Secp256k1::new();
    let address = other_network.descriptor.address(&secp, Network::Bitcoin).unwrap();
    other_network.address = address.into_unchecked();
    let mut damaged = announcement(|_| ());
    damaged.descriptor.salt = B256::repeat_byte(4);
    for (deposit, name) in [
        (other_bridge, "WrongInstance"),
        (foreign_terms, "ForeignTerms"),
        (other_network, "WrongNetwork"),
        (damaged, "AddressMismatch"),
    ] {
        let got = refusal(running.announce(&deposit).bearer_auth(TOKEN)).await;
        assert_eq!(got, (StatusCode::UNPROCESSABLE_ENTITY, name.to_owned()));
    }
    running.stop().await;
}

#[tokio::test]
async fn announcement_needs_the_token() {
    let home = Home::new();
    let running = home.start().await;
    let deposit = announcement(|_| ());
    let expected = (StatusCode::UNAUTHORIZED, "Unauthorized".to_owned());
    assert_eq!(refusal(running.announce(&deposit)).await, expected);
    assert_eq!(refusal(running.announce(&deposit).bearer_auth("wrong")).await, expected);
    running.stop().await;
}

#[tokio::test]
async fn requests_that_are_none_are_refused() {
    let home = Home::new();
    let running = home.start().await;
    let post = |body: Vec<u8>| {
        let request = Client::new().post(format!("{}/v1/deposits", running.url));
        request.bearer_auth(TOKEN).header("content-type", "application/json").body(body)
    };
    let malformed = (StatusCode::BAD_REQUEST, "Malformed".to_owned());
    assert_eq!(refusal(post(b"{".to_vec())).await, malformed);
    assert_eq!(refusal(post(b"{\"colour\":1}".to_vec())).await, malformed);
    let large = (StatusCode::PAYLOAD_TOO_LARGE, "TooLarge".to_owned());
    assert_eq!(refusal(post(vec![b' '; 20_000])).await, large);
    let unknown = (StatusCode::NOT_FOUND, "UnknownDeposit".to_owned());
    let absent = format!("/v1/deposits/{}", B256::ZERO);
    assert_eq!(refusal(running.get(&absent)).await, unknown);
    assert_eq!(refusal(running.get("/v1/deposits/nonsense")).await, unknown);
    assert_eq!(refusal(running.get("/v1/deposits?limit=x")).await, malformed);
    running.stop().await;
}

#[tokio::test]
async fn number_of_watched_deposits_is_bounded() {
    let mut home = Home::new();
    home.config.peg_in.max_descriptors = 1;
    let running = home.start().await;
    let first = announcement(|_| ());
    let second = announcement(|descriptor| descriptor.salt = B256::repeat_byte(5));
    assert_eq!(answer(running.announce(&first).bearer_auth(TOKEN)).await.0, StatusCode::OK);
    let got = refusal(running.announce(&second).bearer_auth(TOKEN)).await;
    assert_eq!(got, (StatusCode::TOO_MANY_REQUESTS, "TooManyDeposits".to_owned()));
    assert_eq!(answer(running.announce(&first).bearer_auth(TOKEN)).await.0, StatusCode::OK);
    running.stop().await;
}

#[tokio::test]
async fn interface_describes_itself() {
    let home = Home::new();
    let running = home.start().await;
    let description = answer(running.get("/v1/openapi.json")).await.1;
    for path in [
        "/v1/deposits",
        "/v1/deposits/{id}",
        "/v1/redemptions",
        "/v1/redemptions/{id}",
        "/v1/custody",
        "/v1/status",
        "/healthz",
        "/readyz",
    ] {
        assert!(description["paths"][path].is_object(), "{path} is missing");
    }
    running.stop().await;
}

#[tokio::test]
async fn redemptions_and_custody_are_told() {
    let home = Home::new();
    let running = home.start().await;
    let list = answer(running.get("/v1/redemptions")).await.1;
    assert_eq!((&list["total"], &list["redemptions"]), (&0.into(), &Value::Array(vec![])));
    let unknown = (StatusCode::NOT_FOUND, "UnknownRedemption".to_owned());
    assert_eq!(refusal(running.get("/v1/redemptions/7")).await, unknown);
    let malformed = (StatusCode::BAD_REQUEST, "Malformed".to_owned());
    assert_eq!(refusal(running.get("/v1/redemptions/x")).await, malformed);
    let custody = answer(running.get("/v1/custody")).await.1;
    assert_eq!((&custody["state"], &custody["searched_to"]), (&"idle".into(), &100.into()));
    running.stop().await;
}

#[tokio::test]
async fn federation_of_another_bridge_is_refused() {
    let mut home = Home::new();
    home.config.federation.group_file = Some(home.folder.path().join("absent.json"));
    let refused = run(home.config.clone(), CancellationToken::new()).await;
    assert!(matches!(refused, Err(RelayerError::GroupUnreadable { .. })));
    home.config.federation.group_file = Some(home.config.api.token_file.clone());
    let refused = run(home.config.clone(), CancellationToken::new()).await;
    assert!(matches!(refused, Err(RelayerError::GroupDamaged { .. })));
}

#[tokio::test]
async fn figures_say_which_part_waits() {
    let home = Home::new();
    let running = home.start().await;
    let text = running.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(text.contains("farbank_part_up{part=\"bitcoin\"} 0"), "{text}");
    assert!(text.contains("farbank_descriptors 0"), "{text}");
    running.stop().await;
}

#[tokio::test]
async fn port_that_is_taken_is_named() {
    let mut home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    home.config.api.listen = taken.local_addr().unwrap();
    let refused = run(home.config.clone(), CancellationToken::new()).await;
    assert!(matches!(refused, Err(RelayerError::PortTaken { .. })));
}

#[tokio::test]
async fn second_relayer_on_the_same_state_is_refused() {
    let home = Home::new();
    let running = home.start().await;
    let mut config = home.config.clone();
    config.api.listen = free_address();
    let error = run(config, CancellationToken::new()).await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains("in use"), "{error}");
    running.stop().await;
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let home = Home::new();
    let mut config = home.config.clone();
    config.deployment_file = home.folder.path().join("absent.json");
    let refused = run(config.clone(), CancellationToken::new()).await;
    assert!(matches!(refused, Err(RelayerError::Setup(SetupError::DeploymentUnreadable { .. }))));
    config.deployment_file = home.config.api.token_file.clone();
    let refused = run(config.clone(), CancellationToken::new()).await;
    assert!(matches!(refused, Err(RelayerError::Setup(SetupError::DeploymentDamaged { .. }))));
    let mut config = home.config.clone();
    config.side_chain.key_file = home.folder.path().join("absent.key");
    let refused = run(config, CancellationToken::new()).await;
    assert!(matches!(refused, Err(RelayerError::Key(_))));
}

#[tokio::test]
async fn token_is_made_when_there_is_none() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut home = Home::new();
    home.config.api.token_file = home.folder.path().join("new/token");
    let running = home.start().await;
    let token = std::fs::read_to_string(&home.config.api.token_file).unwrap();
    let mode = std::fs::metadata(&home.config.api.token_file).unwrap().permissions().mode();
    assert_eq!((token.len(), mode & 0o777), (64, 0o600));
    let deposit = announcement(|_| ());
    assert_eq!(answer(running.announce(&deposit).bearer_auth(token)).await.0, StatusCode::OK);
    running.stop().await;
}
