//! Redemptions on a devnet.

use std::time::Duration;

use serde_json::{json, Value};

use crate::{eventually, Deposit, Devnet};

/// Longest wait for a step that takes blocks on both chains and a round of signatures.
const PATIENCE: Duration = Duration::from_secs(150);

/// A redemption that alice requested.
#[derive(Debug)]
pub struct Redemption {
    /// Its number in the contract.
    pub id: u64,
    /// The address that is to be paid, of nobody before.
    pub address: String,
    /// What is owed, in satoshi.
    pub owed: u64,
}

impl Devnet {
    /// Gives alice this many bitcoins' worth of fBTC, and ether for gas; returns the deposit behind it.
    ///
    /// # Panics
    /// When a command fails.
    pub fn give_tokens(&self, bitcoins: &str) -> Deposit {
        let deposit = self.pay_deposit(bitcoins);
        self.mine(6);
        self.deposit_reaches(&deposit, "Minted");
        let account = self.key("alice")["evm_address"].as_str().expect("an account").to_owned();
        self.farbank().ok(&["devnet", "fund", &account, "1"]);
        deposit
    }

    /// Burns alice's tokens for bitcoins at a new address.
    ///
    /// # Panics
    /// When a command fails.
    #[must_use]
    pub fn request_payout(&self, sat: u64) -> Redemption {
        let name = format!("payee-{sat}");
        self.farbank().ok(&["keys", "add", &name]);
        let address = self.key(&name)["bitcoin_address"].as_str().expect("an address").to_owned();
        let amount = sat.to_string();
        let asked = ["peg-out", "request", "--amount-sat", &amount, "--to", &address];
        let made = self.farbank().json(&[&asked[..], &["--key", "alice"]].concat());
        let number = |field: &str| made[field].as_u64().unwrap_or_else(|| panic!("{made}"));
        Redemption { id: number("id"), address, owed: number("owed_sat") }
    }

    /// Returns what `peg-out status` says.
    #[must_use]
    pub fn payout_status(&self, redemption: &Redemption) -> Value {
        self.farbank().json(&["peg-out", "status", &redemption.id.to_string()])
    }

    /// Waits until a transaction that pays a redemption is broadcast, and returns its id.
    #[must_use]
    pub fn payout_is_broadcast(&self, redemption: &Redemption) -> String {
        eventually("the payout is broadcast", PATIENCE, || {
            Some(self.payout_status(redemption)["bitcoin_tx"].as_str()?.to_owned())
        })
    }

    /// Mines until a payout is proven, and checks that it was paid once and no more than owed.
    ///
    /// # Panics
    /// When it is not.
    pub fn payout_settles(&self, redemption: &Redemption) {
        eventually("the payout is proven", PATIENCE, || {
            let proven = self.payout_status(redemption)["state"] == "Proven";
            if !proven {
                self.mine(1);
            }
            proven.then_some(())
        });
        self.assert_paid_once(redemption);
        self.assert_covered();
    }

    /// Checks that an address holds one output of at most what is owed.
    ///
    /// # Panics
    /// When it holds none, several or more.
    pub fn assert_paid_once(&self, redemption: &Redemption) {
        let outputs = self.outputs_at(&redemption.address);
        let [amount] = outputs[..] else {
            panic!("redemption {} was paid {} times: {outputs:?}", redemption.id, outputs.len())
        };
        assert!(amount <= redemption.owed, "{amount} sat paid, {} owed", redemption.owed);
    }

    /// Checks that what is owed is covered (I1).
    ///
    /// # Panics
    /// When it is not.
    pub fn assert_covered(&self) {
        let reserves = self.farbank().json(&["reserves"]);
        assert_eq!(reserves["holds"], json!(true), "{reserves}");
    }

    /// Returns the amounts of the unspent outputs at an address, in satoshi.
    ///
    /// # Panics
    /// When bitcoind answers nonsense.
    #[must_use]
    pub fn outputs_at(&self, address: &str) -> Vec<u64> {
        let descriptor = json!([format!("addr({address})")]);
        let found = self.bitcoin().get("scantxoutset", &[json!("start"), descriptor]);
        let unspents = found["unspents"].as_array().expect("a list");
        let sat = |output: &Value| {
            let amount = bitcoin::Amount::from_btc(output["amount"].as_f64().expect("a number"));
            amount.expect("an amount").to_sat()
        };
        unspents.iter().map(sat).collect()
    }

    fn key(&self, name: &str) -> Value {
        let keys = self.farbank().json(&["keys", "list"]);
        let keys = keys.as_array().expect("a list");
        keys.iter().find(|key| key["name"] == name).expect("the key").clone()
    }
}
