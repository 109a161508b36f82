//! A node's own JSON-RPC, so that a scenario never has to believe the product.

use std::time::Duration;

use bitcoin::base64::prelude::{Engine as _, BASE64_STANDARD};
use jsonrpsee::core::client::ClientT as _;
use jsonrpsee::core::params::ArrayParams;
use jsonrpsee::http_client::{HeaderMap, HeaderValue, HttpClient, HttpClientBuilder};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// A blocking JSON-RPC client.
#[derive(Debug)]
pub struct Rpc {
    runtime: Runtime,
    client: HttpClient,
}

impl Rpc {
    /// Prepares calls to `url`, with `user:password` when the node wants them.
    ///
    /// # Panics
    /// When the address is none.
    #[must_use]
    pub fn new(url: &str, credentials: Option<&str>) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(credentials) = credentials {
            let basic = format!("Basic {}", BASE64_STANDARD.encode(credentials));
            headers.insert("authorization", HeaderValue::from_str(&basic).expect("ASCII"));
        }
        let client = HttpClientBuilder::default()
            .set_headers(headers)
            .request_timeout(Duration::from_secs(30))
            .build(url)
            .expect("a node's address");
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { runtime, client }
    }

    /// Calls a method; the error is the node's own text.
    ///
    /// # Errors
    /// What the node or the network said.
    pub fn call(&self, method: &str, parameters: &[Value]) -> Result<Value, String> {
        let mut array = ArrayParams::new();
        for parameter in parameters {
            array.insert(parameter).map_err(|error| error.to_string())?;
        }
        self.runtime.block_on(self.client.request(method, array)).map_err(|error| error.to_string())
    }

    /// Calls a method that must succeed.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn get(&self, method: &str, parameters: &[Value]) -> Value {
        self.call(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}
