//! `farbank demo`: every step is done, every transaction is known to a node, the invariants hold.

use farbank_tests::{processes_naming, side_chain_choice, Farbank, Rpc};
use serde_json::{json, Value};

#[test]
fn demo_reports_what_the_nodes_know() {
    let farbank = Farbank::new();
    let chosen = side_chain_choice();
    let outcome = farbank.run(&["--json", "demo", "--keep", "--side-chain", &chosen]);
    let report = outcome.document();
    let checked = std::panic::catch_unwind(|| check(&farbank, &chosen, &report));
    let down = farbank.run(&["devnet", "down"]);
    if let Err(failure) = checked {
        std::panic::resume_unwind(failure);
    }
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(down.code, 0, "{down:?}");
    assert_eq!(processes_naming(farbank.home()), Vec::<u32>::new());
}

fn check(farbank: &Farbank, chosen: &str, report: &Value) {
    assert_eq!(report["ok"], json!(true), "{report}");
    assert!(chosen == "auto" || report["side_chain"] == chosen, "{report}");
    let names: Vec<_> = report["steps"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|step| step["name"].as_str().expect("a text"))
        .collect();
    assert_eq!(names, ["reclaim", "peg-in", "peg-out"]);

    let deployment = farbank.home().join("devnet/deployment.json");
    let deployment: Value =
        serde_json::from_slice(&std::fs::read(deployment).expect("a deployment")).expect("JSON");
    let cookie = deployment["bitcoin"]["cookie_file"].as_str().expect("a text");
    let cookie = std::fs::read_to_string(cookie).expect("a cookie");
    let bitcoin =
        Rpc::new(deployment["bitcoin"]["rpc_url"].as_str().expect("a text"), Some(&cookie));
    let side_chain = Rpc::new(deployment["side_chain"]["rpc_url"].as_str().expect("a text"), None);
    for step in report["steps"].as_array().expect("a list") {
        let known = bitcoin.get("getrawtransaction", &[step["bitcoin_tx"].clone(), json!(true)]);
        assert!(known["confirmations"].as_u64().expect("a number") >= 1, "{step}");
        if !step["side_tx"].is_null() {
            let receipt = side_chain.get("eth_getTransactionReceipt", &[step["side_tx"].clone()]);
            assert_eq!(receipt["status"], "0x1", "{step}");
            assert_eq!(
                receipt["gasUsed"].as_str().expect("a text"),
                format!("{:#x}", step["gas"].as_u64().expect("a number")),
                "{step}"
            );
        }
    }
    for invariant in report["invariants"].as_array().expect("a list") {
        assert_eq!(invariant["holds"], json!(true), "{invariant}");
    }
}
