//! Key generation over the real transport: files, repetition, and who is named when it fails.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::Permissions;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use farbank_federation::group::Group;
use farbank_federation::messages::Refusal;
use farbank_relayer::attester::{
    dkg, CeremonyError, DkgError, DkgReport, MembersError, ShareFileError,
};
use farbank_relayer::config::{AttesterConfig, MemberConfig};
use farbank_transport::{IdentityKey, PeerError};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Four members, each in a folder of its own.
struct Federation {
    folder: TempDir,
    configs: Vec<AttesterConfig>,
}

impl Federation {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // All at once, so that no two are given the same port.
        let sockets: Vec<_> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<SocketAddr> = sockets.iter().map(|one| one.local_addr().unwrap()).collect();
        let mut configs: Vec<_> = ports
            .iter()
            .enumerate()
            .map(|(at, listen)| {
                let home = folder.path().join(at.to_string());
                std::fs::create_dir(&home).unwrap();
                let mut config = AttesterConfig::default();
                config.peer.listen = *listen;
                config.peer.identity_file = home.join("identity.pem");
                config.federation.group_file = home.join("federation.json");
                config.federation.share_file = home.join("share.json");
                config.federation.passphrase_file = home.join("passphrase");
                config.federation.ceremony_timeout_secs = 20;
                write_private(&config.federation.passphrase_file, "correct horse\n");
                config
            })
            .collect();
        let members: Vec<_> = configs
            .iter()
            .map(|config| MemberConfig {
                identity: IdentityKey::open_or_make(&config.peer.identity_file).unwrap().identity(),
                address: config.peer.listen.into(),
            })
            .collect();
        for config in &mut configs {
            config.federation.members = members.clone();
        }
        Self { folder, configs }
    }

    fn start(&self, member: usize) -> JoinHandle<Result<DkgReport, DkgError>> {
        tokio::spawn(dkg(self.configs[member].clone(), CancellationToken::new()))
    }

    async fn run(&self) -> Vec<Result<DkgReport, DkgError>> {
        let running: Vec<_> = (0..4).map(|member| self.start(member)).collect();
        let mut ended = Vec::new();
        for one in running {
            ended.push(one.await.unwrap());
        }
        ended
    }

    fn group(&self, member: usize) -> Group {
        let json = std::fs::read(&self.configs[member].federation.group_file).unwrap();
        serde_json::from_slice(&json).unwrap()
    }

    fn nothing_is_left(&self) {
        for config in &self.configs {
            assert!(!config.federation.share_file.exists());
            assert!(!config.federation.group_file.exists());
        }
    }
}

fn write_private(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_make_one_key_and_find_it_again() {
    let federation = Federation::new();
    let made: Vec<_> = federation.run().await.into_iter().map(Result::unwrap).collect();
    assert!(made.iter().all(|report| report.made && report.members == 4 && report.signers == 3));
    for member in 0..4 {
        assert_eq!(federation.group(member), federation.group(0));
        assert_eq!(federation.group(member).federation_key(), made[0].federation_key);
        let share = &federation.configs[member].federation.share_file;
        assert_eq!(std::fs::metadata(share).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // Again: nobody needs the others, nothing is overwritten, a lost public file comes back.
    let share = std::fs::read(&federation.configs[1].federation.share_file).unwrap();
    std::fs::remove_file(&federation.configs[1].federation.group_file).unwrap();
    let again = dkg(federation.configs[1].clone(), CancellationToken::new()).await.unwrap();
    assert_eq!(again, DkgReport { made: false, ..made[1].clone() });
    assert_eq!(federation.group(1), federation.group(0));
    assert_eq!(std::fs::read(&federation.configs[1].federation.share_file).unwrap(), share);

    let mut wrong = federation.configs[1].clone();
    wrong.federation.passphrase_file = federation.folder.path().join("wrong");
    write_private(&wrong.federation.passphrase_file, "another");
    let refused = dkg(wrong, CancellationToken::new()).await;
    assert!(matches!(refused, Err(DkgError::Files(ShareFileError::Share { .. }))), "{refused:?}");

    let mut other = federation.configs[1].clone();
    other.federation.members.swap(0, 3);
    let refused = dkg(other, CancellationToken::new()).await;
    assert_eq!(refused.unwrap_err().refusal(), Some("OtherFederation"));

    std::fs::remove_file(&federation.configs[1].federation.share_file).unwrap();
    let refused = dkg(federation.configs[1].clone(), CancellationToken::new()).await;
    assert_eq!(refused.unwrap_err().refusal(), Some("GroupWithoutShare"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_member_is_named_by_all_others() {
    let mut federation = Federation::new();
    for config in &mut federation.configs {
        config.federation.ceremony_timeout_secs = 1;
    }
    let running: Vec<_> = [0, 1, 3].map(|member| federation.start(member)).into();
    for one in running {
        let error = one.await.unwrap().unwrap_err();
        assert_eq!((error.refusal(), error.members()), (Some("SilentMember"), vec![3]));
        let address = federation.configs[2].peer.listen.to_string();
        assert!(error.to_string().contains(&address), "{error}");
    }
    federation.nothing_is_left();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn member_of_another_ceremony_is_noticed_and_nothing_is_kept() {
    let mut federation = Federation::new();
    federation.configs[1].federation.ceremony = "2".to_owned();
    for config in &mut federation.configs {
        config.federation.ceremony_timeout_secs = 3;
    }
    let ended = federation.run().await;
    assert!(ended.iter().all(Result::is_err));
    let named = |error: &DkgError| {
        matches!(error, DkgError::Ceremony(CeremonyError::Refused { refusal: Refusal::Dkg(_), .. }))
    };
    assert!(ended.iter().flat_map(|one| one.as_ref().err()).any(named), "{ended:?}");
    federation.nothing_is_left();
}

#[tokio::test]
async fn stranger_at_a_members_address_is_named() {
    let mut federation = Federation::new();
    // Members 1 and 2 listen at each other's addresses.
    let (first, second) = (federation.configs[0].peer.listen, federation.configs[1].peer.listen);
    federation.configs[0].peer.listen = second;
    federation.configs[1].peer.listen = first;
    let ended = federation.run().await;
    assert!(ended.iter().all(Result::is_err));
    let named = |error: &DkgError| {
        matches!(
            error,
            DkgError::Ceremony(CeremonyError::Peer { source: PeerError::WrongPeer { .. }, .. })
        )
    };
    assert!(ended.iter().flat_map(|one| one.as_ref().err()).any(named), "{ended:?}");
    federation.nothing_is_left();
}

#[tokio::test]
async fn configuration_that_is_no_federation_is_refused_before_anything_is_sent() {
    let federation = Federation::new();
    let mut config = federation.configs[0].clone();
    config.peer.identity_file = federation.folder.path().join("another.pem");
    let refused = dkg(config, CancellationToken::new()).await;
    assert!(
        matches!(refused, Err(DkgError::Members(MembersError::NotAMember { .. }))),
        "{refused:?}"
    );
    let mut config = federation.configs[0].clone();
    config.federation.signers = 2;
    let refused = dkg(config, CancellationToken::new()).await;
    assert!(matches!(refused, Err(DkgError::Members(MembersError::Roster(_)))), "{refused:?}");
    let config = federation.configs[0].clone();
    let passphrase = &config.federation.passphrase_file;
    std::fs::set_permissions(passphrase, Permissions::from_mode(0o644)).unwrap();
    let refused = dkg(config, CancellationToken::new()).await;
    assert!(
        matches!(refused, Err(DkgError::Files(ShareFileError::OpenToOthers { .. }))),
        "{refused:?}"
    );
}
