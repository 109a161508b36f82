//! Nodes that hang, and nodes that say what a test tells them. For lies only: what an honest node
//! does is tested on a real one.

use std::sync::Arc;

use axum::routing::post;
use axum::Router;
use serde_json::{json, Value};
use tokio::net::TcpListener;

/// A node whose answers are chosen by method.
pub(crate) struct FakeNode {
    pub(crate) url: String,
}

/// A result, an error object, or a body that is sent as it is.
pub(crate) enum Answer {
    Result(Value),
    Error(Value),
    Body(String),
}

impl FakeNode {
    /// Starts a node that answers with the result of `answer(method, parameters)`.
    pub(crate) async fn start(
        answer: impl Fn(&str, &Value) -> Value + Send + Sync + 'static,
    ) -> Self {
        Self::start_raw(move |method, parameters| Answer::Result(answer(method, parameters))).await
    }

    pub(crate) async fn start_raw(
        answer: impl Fn(&str, &Value) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let answer = Arc::new(answer);
        let handler = move |body: String| {
            let answer = Arc::clone(&answer);
            async move {
                let request: Value = serde_json::from_str(&body).unwrap();
                let id = &request["id"];
                match answer(request["method"].as_str().unwrap(), &request["params"]) {
                    Answer::Result(result) => {
                        json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string()
                    }
                    Answer::Error(error) => {
                        json!({"jsonrpc": "2.0", "id": id, "error": error}).to_string()
                    }
                    Answer::Body(body) => body,
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/", post(handler));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url }
    }
}

/// Returns the address of something that accepts connections and never says a word.
pub(crate) async fn hanging_node() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            open.push(connection);
        }
    });
    url
}
