//! The whole process, its nodes away: what it refuses to start with, and its HTTP interface.

use std::fs::Permissions;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bitcoin::secp256k1::rand::rngs::OsRng;
use farbank_relayer::attester::{run, AttesterError};
use farbank_relayer::config::AttesterConfig;
use farbank_types::{Deployment, SideChainKind, B256};
use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::chains::World;
use crate::federation::{passphrase, shares, CHEAP, PASSPHRASE};

struct Home {
    folder: TempDir,
    config: AttesterConfig,
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn write_private(path: &Path, content: &[u8]) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

impl Home {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Deployment)) -> Self {
        let mut deployment = Deployment::clone(&World::new().deployment);
        deployment.bitcoin.cookie_file = Some(PathBuf::from("/nowhere/.cookie"));
        change(&mut deployment);
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("deployment.json"), serde_json::to_vec(&deployment).unwrap()).unwrap();
        let share = shares().remove(0);
        let sealed = share.seal(&passphrase(), CHEAP, &mut OsRng).unwrap();
        write_private(&at("share.json"), &serde_json::to_vec(&sealed).unwrap());
        write_private(&at("passphrase"), PASSPHRASE.as_bytes());
        let mut config = AttesterConfig {
            deployment_file: at("deployment.json"),
            state_dir: at("state"),
            ..AttesterConfig::default()
        };
        config.federation.share_file = at("share.json");
        config.federation.group_file = at("federation.json");
        config.federation.passphrase_file = at("passphrase");
        config.peer.identity_file = at("identity.pem");
        config.peer.listen = free_address();
        config.api.listen = free_address();
        config.side_chain.genesis_hash = Some(deployment.side_chain.genesis_hash);
        Self { folder, config }
    }

    async fn refused(self) -> AttesterError {
        let refused = run(self.config, CancellationToken::new()).await.unwrap_err();
        assert!(refused.is_configuration(), "{refused}");
        refused
    }
}

#[tokio::test]
async fn attester_without_its_nodes_serves_and_says_what_it_waits_for() {
    let home = Home::new();
    let stop = CancellationToken::new();
    let running = tokio::spawn(run(home.config.clone(), stop.clone()));
    let url = |path: &str| format!("http://{}{path}", home.config.api.listen);
    let status = loop {
        tokio::time::sleep(core::time::Duration::from_millis(50)).await;
        assert!(!running.is_finished(), "{:?}", running.await);
        let Ok(answer) = reqwest::get(url("/v1/status")).await else { continue };
        let status: Value = answer.json().await.unwrap();
        if status["waits"].as_array().unwrap().len() == 2 {
            break status;
        }
    };
    assert_eq!(status["ready"], false);
    assert_eq!(status["waits"][0]["subject"], "bitcoin");
    assert_eq!(status["waits"][1]["subject"], "side-chain");
    assert_eq!(reqwest::get(url("/healthz")).await.unwrap().status(), StatusCode::OK);
    let ready = reqwest::get(url("/readyz")).await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let metrics = reqwest::get(url("/metrics")).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("farbank_part_up{part=\"bitcoin\"} 0"), "{metrics}");
    let described: Value =
        reqwest::get(url("/v1/openapi.json")).await.unwrap().json().await.unwrap();
    assert!(described["paths"]["/v1/status"].is_object(), "{described}");
    stop.cancel();
    running.await.unwrap().unwrap();
    assert!(home.folder.path().join("state/attester.sqlite").exists());
}

#[tokio::test]
async fn genesis_that_is_not_pinned_or_another_one_is_refused() {
    let mut home = Home::new();
    home.config.side_chain.genesis_hash = None;
    assert!(matches!(home.refused().await, AttesterError::NoGenesisHash));
    let mut home = Home::new();
    home.config.side_chain.genesis_hash = Some(B256::repeat_byte(5));
    assert!(matches!(home.refused().await, AttesterError::WrongGenesis { .. }));
}

#[tokio::test]
async fn clique_chain_needs_a_cap_and_its_genesis_file() {
    let uncapped = || Home::with(|deployment| deployment.side_chain.kind = SideChainKind::Clique);
    let capped = || {
        let mut home = uncapped();
        home.config.policy.payout_cap_sat = Some(100_000_000);
        home
    };
    assert!(matches!(uncapped().refused().await, AttesterError::NoPayoutCap { .. }));
    assert!(matches!(capped().refused().await, AttesterError::NoGenesisFile));
    let mut home = capped();
    home.config.side_chain.genesis_file = Some(home.folder.path().join("nowhere.json"));
    assert!(matches!(home.refused().await, AttesterError::GenesisUnreadable { .. }));
    let mut home = capped();
    let genesis = home.folder.path().join("genesis.json");
    std::fs::write(&genesis, "{}").unwrap();
    home.config.side_chain.genesis_file = Some(genesis);
    assert!(matches!(home.refused().await, AttesterError::Genesis(_)));
}

#[tokio::test]
async fn share_that_is_missing_or_of_another_federation_is_refused() {
    let mut home = Home::new();
    home.config.federation.share_file = home.folder.path().join("nowhere.json");
    assert!(matches!(home.refused().await, AttesterError::NoShare { .. }));
    let other = |deployment: &mut Deployment| {
        let key = bitcoin::XOnlyPublicKey::from_slice(&[2; 32]).unwrap();
        deployment.federation_key.x_only = key;
    };
    assert!(matches!(Home::with(other).refused().await, AttesterError::OtherFederation(_)));
}

#[tokio::test]
async fn port_for_peers_that_is_taken_is_named() {
    let mut home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    home.config.peer.listen = taken.local_addr().unwrap();
    let refused = home.refused().await.to_string();
    assert!(refused.contains(&taken.local_addr().unwrap().to_string()), "{refused}");
}
