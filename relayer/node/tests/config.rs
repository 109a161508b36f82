//! Configuration: defaults, file, environment, refusals.
#![allow(clippy::result_large_err, reason = "figment's Jail fixes the error type")]

use std::path::Path;

use farbank_relayer::config::{ConfigError, RelayerConfig};
use figment::Jail;

fn load(file: &str) -> Result<RelayerConfig, ConfigError> {
    RelayerConfig::load(Some(Path::new(file)))
}

#[test]
fn example_holds_the_defaults() {
    Jail::expect_with(|jail| {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/config.example.toml");
        let text = std::fs::read_to_string(example).expect("the example is in the repository");
        jail.create_file("config.toml", &text)?;
        assert_eq!(load("config.toml").expect("it loads"), RelayerConfig::default());
        for key in toml::Table::try_from(RelayerConfig::default()).expect("a table").keys() {
            assert!(text.contains(key.as_str()), "the example does not show {key}");
        }
        Ok(())
    });
}

#[test]
fn printed_configuration_loads_again() {
    Jail::expect_with(|jail| {
        let mut config = RelayerConfig::default();
        config.peg_in.max_descriptors = 7;
        config.bitcoin.cookie_file = Some("/x/.cookie".into());
        jail.create_file("config.toml", &config.to_toml().expect("it prints"))?;
        assert_eq!(load("config.toml").expect("it loads"), config);
        Ok(())
    });
}

#[test]
fn environment_overrides_the_file_and_the_file_the_defaults() {
    Jail::expect_with(|jail| {
        jail.create_file(
            "config.toml",
            "[peg_in]\nmax_descriptors = 5\n[api]\nmax_body_bytes = 2048\n",
        )?;
        jail.set_env("FARBANK_API__MAX_BODY_BYTES", "4096");
        jail.set_env("FARBANK_RELAYER__STATE_DIR", "/somewhere");
        jail.set_env("FARBANK_HOME", "/not/a/setting");
        let config = load("config.toml").expect("it loads");
        assert_eq!(config.peg_in.max_descriptors, 5);
        assert_eq!(config.api.max_body_bytes, 4_096);
        assert_eq!(config.state_dir, Path::new("/somewhere"));
        Ok(())
    });
}

#[test]
fn unknown_key_is_refused_with_its_name_and_its_file() {
    Jail::expect_with(|jail| {
        jail.create_file("config.toml", "[bitcoin]\nrcp_url = \"http://127.0.0.1\"\n")?;
        let message = load("config.toml").expect_err("it is refused").to_string();
        assert!(message.contains("rcp_url"), "{message}");
        assert!(message.contains("config.toml"), "{message}");
        Ok(())
    });
}

#[test]
fn unknown_variable_is_refused_with_its_name() {
    Jail::expect_with(|jail| {
        jail.set_env("FARBANK_API__LISTN", "127.0.0.1:1");
        let message = RelayerConfig::load(None).expect_err("it is refused").to_string();
        assert!(message.to_lowercase().contains("listn"), "{message}");
        Ok(())
    });
}

#[test]
fn number_outside_its_bounds_is_refused_with_its_key() {
    Jail::expect_with(|jail| {
        jail.create_file("config.toml", "[header_relay]\nmax_segment_headers = 501\n")?;
        assert!(matches!(
            load("config.toml"),
            Err(ConfigError::OutOfRange { key: "header_relay.max_segment_headers", .. })
        ));
        Ok(())
    });
}

#[test]
fn two_kinds_of_credentials_are_refused() {
    Jail::expect_with(|jail| {
        jail.create_file(
            "config.toml",
            "[bitcoin]\ncookie_file = \"a\"\nuser_password_file = \"b\"\n",
        )?;
        assert!(matches!(load("config.toml"), Err(ConfigError::TwoCredentials)));
        Ok(())
    });
}

#[test]
fn missing_file_is_refused() {
    assert!(matches!(load("/nowhere/config.toml"), Err(ConfigError::Unreadable { .. })));
}

#[test]
fn relative_path_starts_at_the_folder_of_the_file() {
    Jail::expect_with(|jail| {
        let folder = jail.create_dir("inner")?;
        jail.create_file("inner/config.toml", "state_dir = \"mine\"\n")?;
        let config = load(folder.join("config.toml").to_str().expect("UTF-8")).expect("it loads");
        assert_eq!(config.state_dir, folder.join("mine"));
        Ok(())
    });
}
