//! The words between a supervisor and whoever started it or pulls its levers: one JSON line each.
//!
//! The socket lies in the devnet's folder and only its owner can open it; there is no other access
//! control.

use core::fmt::Display;

use bitcoin::address::NetworkUnchecked;
use bitcoin::{Address, Amount};
use farbank_types::{BlockCount, EvmAddress, Wei};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
};

use crate::bitcoin_side::ReorgTransactions;
use crate::failure::{Error, Failure, Rejection};
use crate::progress::Progress;
use crate::up::UpOptions;

/// Longest line that is read.
const MAX_LINE: u64 = 1024 * 1024;

/// What `up` tells the supervisor that it starts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub(crate) enum Order {
    /// Bring the devnet up.
    Start(UpOptions),
    /// Live on when the one who gave the orders is gone.
    Detach,
}

/// What a supervisor tells the `up` that started it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// A step.
    Progress(Progress),
    /// The devnet is up: the last report.
    Ready,
    /// It is not, and nothing is left of it: the last report.
    Refused(Rejection),
    /// The same, by a fault.
    Fault(FaultText),
}

/// A fault in the words of the process that met it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FaultText {
    message: String,
    transient: bool,
}

/// A lever, or a question.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub(crate) enum Request {
    Status,
    Mine {
        blocks: BlockCount,
    },
    FundBitcoin {
        address: Address<NetworkUnchecked>,
        #[serde(with = "bitcoin::amount::serde::as_sat")]
        amount: Amount,
    },
    FundAccount {
        account: EvmAddress,
        amount: Wei,
    },
    Reorg {
        blocks: BlockCount,
        transactions: ReorgTransactions,
    },
    Kill {
        name: String,
    },
    Start {
        name: String,
    },
    Down,
}

/// The answer to a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    Done(Value),
    Refused(Rejection),
    Fault(FaultText),
}

impl FaultText {
    fn new(error: &Error) -> Self {
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            append(&mut message, inner);
            cause = inner.source();
        }
        Self { message, transient: error.is_transient() }
    }

    pub(crate) fn into_error(self) -> Error {
        Error::Supervisor { message: self.message, transient: self.transient }
    }
}

/// Adds a cause that the message does not repeat already.
fn append(message: &mut String, cause: &dyn Display) {
    let cause = cause.to_string();
    if !message.contains(&cause) {
        message.push_str(": ");
        message.push_str(&cause);
    }
}

impl From<&Failure> for Report {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Refused(rejection) => Self::Refused(rejection.clone()),
            Failure::Fault(error) => Self::Fault(FaultText::new(error)),
        }
    }
}

impl Reply {
    pub(crate) fn new<T: Serialize>(outcome: Result<T, Failure>) -> Self {
        let outcome = outcome.and_then(|answer| {
            serde_json::to_value(answer).map_err(|error| {
                Error::Supervisor { message: error.to_string(), transient: false }.into()
            })
        });
        match outcome {
            Ok(answer) => Self::Done(answer),
            Err(Failure::Refused(rejection)) => Self::Refused(rejection),
            Err(Failure::Fault(error)) => Self::Fault(FaultText::new(&error)),
        }
    }

    pub(crate) fn into_result<T: DeserializeOwned>(self) -> Result<T, Failure> {
        match self {
            Self::Done(answer) => serde_json::from_value(answer).map_err(|error| {
                Error::Supervisor { message: error.to_string(), transient: false }.into()
            }),
            Self::Refused(rejection) => Err(rejection.into()),
            Self::Fault(fault) => Err(fault.into_error().into()),
        }
    }
}

/// Reads one line; `None` at the end.
pub(crate) async fn read_line<T, R>(reader: &mut R) -> std::io::Result<Option<T>>
where
    T: DeserializeOwned,
    R: AsyncBufRead + Unpin,
{
    let mut line = Vec::new();
    reader.take(MAX_LINE).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// Writes one line.
pub(crate) async fn write_line<T, W>(writer: &mut W, value: &T) -> std::io::Result<()>
where
    T: Serialize + Sync,
    W: AsyncWrite + Unpin,
{
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    writer.write_all(&line).await?;
    writer.flush().await
}

#[cfg(test)]
mod tests {
    use tokio::io::BufReader;

    use super::*;

    #[tokio::test]
    async fn refusal_keeps_its_name_and_values_on_the_way() {
        let rejection = Rejection::ProcessNotRunning { name: "geth-2".into() };
        let mut wire = Vec::new();
        let reply = Reply::new::<()>(Err(rejection.clone().into()));
        write_line(&mut wire, &reply).await.unwrap();
        let mut reader = BufReader::new(wire.as_slice());
        let reply: Reply = read_line(&mut reader).await.unwrap().unwrap();
        let Err(Failure::Refused(received)) = reply.into_result::<()>() else { panic!() };
        assert_eq!(received, rejection);
        assert!(read_line::<Reply, _>(&mut reader).await.unwrap().is_none());
    }
}
