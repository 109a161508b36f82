//! An attester's configuration: defaults, bounds, paths.
#![allow(clippy::result_large_err, reason = "figment's Jail fixes the error type")]

use std::path::Path;

use farbank_relayer::config::{AttesterConfig, ConfigError, MemberConfig};
use farbank_transport::PeerIdentity;
use figment::Jail;

fn load(file: &str) -> Result<AttesterConfig, ConfigError> {
    AttesterConfig::load(Some(Path::new(file)))
}

#[test]
fn example_holds_the_defaults_and_shows_every_key() {
    Jail::expect_with(|jail| {
        let example =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/config.attester.example.toml");
        let text = std::fs::read_to_string(example).expect("the example is in the repository");
        jail.create_file("config.toml", &text)?;
        assert_eq!(load("config.toml").expect("it loads"), AttesterConfig::default());
        let mut full = AttesterConfig::default();
        full.bitcoin.rpc_url = Some(String::new());
        full.bitcoin.cookie_file = Some("x".into());
        full.bitcoin.user_password_file = Some("x".into());
        full.side_chain.rpc_url = Some(String::new());
        full.side_chain.genesis_file = Some("x".into());
        full.side_chain.genesis_hash = Some(Default::default());
        full.policy.payout_cap_sat = Some(1);
        for (section, keys) in toml::Table::try_from(full).expect("a table") {
            assert!(text.contains(&section), "the example does not show {section}");
            for key in keys.as_table().into_iter().flat_map(|table| table.keys()) {
                assert!(
                    text.lines().any(|line| line.trim_start_matches("# ").starts_with(key)),
                    "the example does not show {section}.{key}"
                );
            }
        }
        Ok(())
    });
}

#[test]
fn printed_configuration_loads_again() {
    Jail::expect_with(|jail| {
        let mut config = AttesterConfig::default();
        config.policy.payout_cap_sat = Some(7);
        config.federation.members = vec![MemberConfig {
            identity: PeerIdentity::new([7; 32]),
            address: "127.0.0.1:7390".parse().expect("an address"),
        }];
        config.peer.relayers = vec![PeerIdentity::new([8; 32])];
        jail.create_file("config.toml", &config.to_toml().expect("it prints"))?;
        assert_eq!(load("config.toml").expect("it loads"), config);
        Ok(())
    });
}

#[test]
fn paths_start_at_the_folder_of_the_file_and_variables_override() {
    Jail::expect_with(|jail| {
        let folder = jail.create_dir("inner")?;
        jail.create_file("inner/config.toml", "state_dir = \"mine\"\n")?;
        jail.set_env("FARBANK_PEER__LISTEN", "127.0.0.1:9");
        jail.set_env("FARBANK_ATTESTER__DEPLOYMENT_FILE", "/a/deployment.json");
        let config = load(folder.join("config.toml").to_str().expect("UTF-8")).expect("it loads");
        assert_eq!(config.state_dir, folder.join("mine"));
        assert_eq!(config.peer.identity_file, folder.join("keys/attester-identity.pem"));
        assert_eq!(config.peer.listen.port(), 9);
        assert_eq!(config.deployment_file, Path::new("/a/deployment.json"));
        Ok(())
    });
}

#[test]
fn wrong_values_are_refused_with_their_keys() {
    let rows = [
        ("[policy]\nmax_unproven = 0\n", "policy.max_unproven"),
        ("[policy]\nmin_fee_rate_sat_per_vb = 9\nmax_fee_rate_sat_per_vb = 8\n", "max_fee_rate"),
        ("[peer]\nmax_kib_per_second = 0\n", "max_kib_per_second"),
        ("[peer]\nrelayers = [\"abc\"]\n", "relayers"),
        ("[[federation.members]]\nidentity = \"\"\naddress = \"x:1\"\n", "identity"),
        ("[federation]\nsigner = 3\n", "signer"),
    ];
    for (text, named) in rows {
        Jail::expect_with(|jail| {
            jail.create_file("config.toml", text)?;
            let message = load("config.toml").expect_err(text).to_string();
            assert!(message.contains(named), "{message}");
            Ok(())
        });
    }
}
