//! How a command ends when it does not do what was asked, and the exit code that tells.

use core::fmt::Write as _;
use std::error::Error;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{json, Map, Value};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A domain answer: the name of the reason and its values. Exit code 1.
    Refused(Refusal),
    /// Wrong usage or configuration. Exit code 2.
    Usage(Box<dyn Error + Send + Sync>),
    /// A fault outside of this process: network, disk, node. Exit code 3.
    Outside(Box<dyn Error + Send + Sync>),
    /// Refused, and the document that was printed already says how. Exit code 1.
    Shown,
    /// Whoever read the output has closed it: nothing is left to say.
    ReaderGone,
}

/// A refusal as it is printed.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// `refused` with the name, then the values.
    document: Map<String, Value>,
    message: String,
}

impl Failure {
    /// Turns a rejection into a refusal; it serialises to an object whose `refused` is its name.
    pub(crate) fn refused<R: Error + Serialize>(rejection: &R) -> Self {
        match serde_json::to_value(rejection) {
            Ok(Value::Object(document)) if document.contains_key("refused") => {
                Self::Refused(Refusal { document, message: rejection.to_string() })
            }
            other => Self::Outside(
                format!("the refusal \"{rejection}\" cannot be written as JSON: {other:?}").into(),
            ),
        }
    }

    /// Makes a refusal from a name and an object of values, for rejections that are not written
    /// themselves.
    pub(crate) fn named(name: &str, values: Value, message: impl ToString) -> Self {
        let mut document = Map::new();
        document.insert("refused".into(), name.into());
        if let Value::Object(values) = values {
            document.extend(values);
        }
        Self::Refused(Refusal { document, message: message.to_string() })
    }

    pub(crate) fn usage<E: Into<Box<dyn Error + Send + Sync>>>(error: E) -> Self {
        Self::Usage(error.into())
    }

    pub(crate) fn outside<E: Into<Box<dyn Error + Send + Sync>>>(error: E) -> Self {
        Self::Outside(error.into())
    }

    /// Returns the exit code: 1 refused, 2 usage or configuration, 3 a fault outside.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Refused(_) | Self::Shown => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
            Self::Outside(_) => ExitCode::from(3),
            Self::ReaderGone => ExitCode::SUCCESS,
        }
    }

    /// Returns the document for `--json`, or `None` when nobody reads it.
    pub(crate) fn document(&self) -> Option<Value> {
        match self {
            Self::Refused(refusal) => {
                let mut document = refusal.document.clone();
                document.entry("message").or_insert_with(|| refusal.message.clone().into());
                Some(Value::Object(document))
            }
            Self::Usage(error) => Some(json!({ "error": "usage", "message": chain(&**error) })),
            Self::Outside(error) => Some(json!({ "error": "outside", "message": chain(&**error) })),
            Self::Shown | Self::ReaderGone => None,
        }
    }

    /// Returns the text for a person, or `None` when nobody reads it.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Refused(Refusal { document, message }) => {
                let name = document.get("refused").and_then(Value::as_str).unwrap_or_default();
                let mut text = format!("refused: {name}: {message}");
                for (key, value) in document.iter().filter(|(key, _)| *key != "refused") {
                    // Writing to a String cannot fail.
                    let _ = match value.as_array() {
                        Some(lines) => write!(text, "\n  {key}:\n    {}", joined(lines)),
                        None => write!(text, "\n  {key}: {}", plain(value)),
                    };
                }
                Some(text)
            }
            Self::Usage(error) => Some(format!("error: {}", chain(&**error))),
            Self::Outside(error) => Some(format!("fault: {}", chain(&**error))),
            Self::Shown | Self::ReaderGone => None,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        Self::Outside(Box::new(error))
    }
}

/// One line each: log lines, mostly.
fn joined(lines: &[Value]) -> String {
    lines.iter().map(plain).collect::<Vec<_>>().join("\n    ")
}

/// Strings without their quotes, everything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The message with those of its causes that it does not already repeat.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let message = inner.to_string();
        if !text.contains(&message) {
            let _ = write!(text, ": {message}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, thiserror::Error)]
    #[serde(tag = "refused")]
    enum Sample {
        #[error("3 is too small, expected 5")]
        TooSmall { found: u32, expected: u32 },
    }

    #[test]
    fn refusal_shows_its_name_and_values_in_both_forms() {
        let failure = Failure::refused(&Sample::TooSmall { found: 3, expected: 5 });
        let document = failure.document().unwrap();
        assert_eq!(document["refused"], "TooSmall");
        assert_eq!((&document["found"], &document["expected"]), (&json!(3), &json!(5)));
        assert_eq!(document["message"], "3 is too small, expected 5");
        let text = failure.text().unwrap();
        assert!(text.starts_with("refused: TooSmall: 3 is too small, expected 5"), "{text}");
        assert!(text.contains("found: 3"), "{text}");
    }

    #[test]
    fn cause_already_in_the_message_is_not_repeated() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read x: {0}")]
        struct Outer(#[source] std::fmt::Error);
        assert_eq!(chain(&Outer(std::fmt::Error)), format!("cannot read x: {}", std::fmt::Error));
    }

    #[test]
    fn closed_pipe_is_no_failure() {
        let failure = Failure::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(failure.document().is_none() && failure.text().is_none());
        assert_eq!(failure.exit_code(), ExitCode::SUCCESS);
    }
}
