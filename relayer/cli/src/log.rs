//! Logs go to stderr: stdout has the document.

use std::io::{self, IsTerminal as _};

use farbank_relayer::config::{LogConfig, LogFormat};
use tracing_subscriber::EnvFilter;

/// The variable that has the last word on what is logged.
const VARIABLE: &str = "FARBANK_LOG";

/// Logs warnings, or what a service does; more with `-v`.
pub(crate) fn start(verbose: u8, service: bool) {
    let level = match verbose.saturating_add(u8::from(service)) {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    subscribe(level, LogFormat::Text);
}

/// Logs as a configuration says; `-v` adds to it.
pub(crate) fn start_configured(config: &LogConfig, verbose: u8) {
    if verbose == 0 {
        subscribe(&config.filter, config.format);
    } else {
        subscribe(if verbose == 1 { "debug" } else { "trace" }, config.format);
    }
}

fn subscribe(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(filter));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}
