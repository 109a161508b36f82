//! `farbank attester` and `farbank bench signing` as separate processes.

mod common;

use common::Home;

#[test]
fn identity_is_made_once_and_printed() {
    let home = Home::new();
    home.write("attester.toml", "[peer]\nidentity_file = \"identity.pem\"\n");
    let first = home.run(["attester", "identity", "--config", "attester.toml"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let again = home.run(["--json", "attester", "identity", "--config", "attester.toml"]);
    assert_eq!(again.document()["identity"], first.stdout.trim());
}

#[test]
fn relayer_has_an_identity_of_its_own() {
    let home = Home::new();
    let relayer = home.run(["relayer", "identity"]);
    assert_eq!(relayer.code, 0, "{}", relayer.stderr);
    let attester = home.run(["attester", "identity"]);
    assert_ne!(relayer.stdout, attester.stdout);
    assert!(home.path().join("keys/relayer-identity.pem").exists());
}

#[test]
fn attester_without_a_deployment_says_what_is_missing() {
    let ran = Home::new().run(["--json", "attester", "run"]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    let message = ran.document()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("deployment.json"), "{message}");
}

#[test]
fn member_that_is_not_listed_is_wrong_configuration() {
    let home = Home::new();
    let ran = home.run(["--json", "attester", "dkg"]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    let message = ran.document()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("federation.members"), "{message}");
}

#[test]
fn four_processes_make_a_key_and_three_of_them_sign() {
    let ran = Home::new().run(["--json", "bench", "signing", "--inputs", "3"]);
    assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    let document = ran.document();
    assert_eq!(document["inputs"], 3);
    assert_eq!((&document["signers"], &document["threshold"]), (&4.into(), &3.into()));
    assert!(document["seconds"].as_f64().is_some_and(|seconds| seconds < 30.0), "{document}");
}

#[test]
fn too_many_inputs_are_wrong_usage() {
    let ran = Home::new().run(["bench", "signing", "--inputs", "65"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}
