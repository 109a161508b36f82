//! `farbank config`: what is accepted, what is refused and how the user is told.

mod common;

use common::Home;

#[test]
fn defaults_are_printed_and_read_back() {
    let home = Home::new();
    let printed = home.run(["config", "print"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    assert!(printed.stdout.contains("[peg_in]"), "{}", printed.stdout);
    home.write("relayer.toml", &printed.stdout);
    let again = home.run(["config", "print", "--config", "relayer.toml", "--json"]);
    assert_eq!(again.code, 0, "{}", again.stdout);
    assert_eq!(again.document()["peg_in"]["max_claims_per_transaction"], 20);
}

#[test]
fn unknown_keys_are_wrong_configuration_and_named_with_their_file() {
    let home = Home::new();
    home.write("relayer.toml", "[peg_in]\nmax_descriptor = 5\n");
    for command in ["check", "print"] {
        let ran = home.run(["--json", "config", command, "--config", "relayer.toml"]);
        assert_eq!(ran.code, 2, "{}", ran.stdout);
        let message = ran.document()["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains("max_descriptor"), "{message}");
        assert!(message.contains("relayer.toml"), "{message}");
    }
}

#[test]
fn number_out_of_bounds_is_wrong_configuration() {
    let home = Home::new();
    home.write("relayer.toml", "[peg_in]\nmax_claims_per_transaction = 21\n");
    let ran = home.run(["config", "check", "--config", "relayer.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("max_claims_per_transaction"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 to 20"), "{}", ran.stderr);
}

#[test]
fn missing_configuration_and_its_missing_files_are_told() {
    let home = Home::new();
    let ran = home.run(["config", "check", "--config", "nowhere.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("nowhere.toml"), "{}", ran.stderr);
    let ran = home.run(["--json", "config", "check"]);
    assert_eq!(ran.code, 0);
    let missing = ran.document()["missing"].to_string();
    assert!(missing.contains("deployment.json"), "{missing}");
}

#[test]
fn relayer_with_an_unknown_key_does_not_start() {
    let home = Home::new();
    home.write("relayer.toml", "colour = 'red'\n");
    let ran = home.run(["relayer", "run", "--config", "relayer.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("colour"), "{}", ran.stderr);
}

#[test]
fn relayer_on_a_taken_port_says_which() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    home.write("relayer.toml", format!("[api]\nlisten = \"{address}\"\n"));
    let ran = home.run(["relayer", "run", "--config", "relayer.toml"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains(&address), "{}", ran.stderr);
}

#[test]
fn relayer_without_a_deployment_says_what_is_missing() {
    let ran = Home::new().run(["--json", "relayer", "run"]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    let message = ran.document()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("deployment.json"), "{message}");
}
