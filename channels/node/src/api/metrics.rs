//! Figures for Prometheus, read from the present state at each scrape.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::HeaderName;
use metrics::{counter, gauge};
use metrics_exporter_prometheus::PrometheusBuilder;

use super::{ApiRefusal, ApiState};

/// Text format of Prometheus.
const FORMAT: &str = "text/plain; version=0.0.4";

/// Tells the figures that alarms watch.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "Prometheus text format", content_type = "text/plain"))
)]
pub(super) async fn metrics(
    State(state): State<ApiState>,
) -> Result<([(HeaderName, &'static str); 1], String), ApiRefusal> {
    let looked = state.node.look(|switch| {
        let usable = switch.channels().filter(|(channel, ..)| channel.is_usable()).count();
        (switch.channels().count(), usable, switch.locks())
    });
    let (channels, usable, (incoming, outgoing)) = looked.await?;
    let (log, links) = (state.node.log(), state.node.link_figures());
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        let count = |length: usize| f64::from(u32::try_from(length).unwrap_or(u32::MAX));
        gauge!("farbank_channels").set(count(channels));
        gauge!("farbank_channels_usable").set(count(usable));
        gauge!("farbank_locks", "direction" => "in").set(count(incoming));
        gauge!("farbank_locks", "direction" => "out").set(count(outgoing));
        counter!("farbank_log_records").absolute(log.durable().get());
        counter!("farbank_log_bytes").absolute(log.bytes_logged());
        counter!("farbank_log_syncs").absolute(log.syncs());
        counter!("farbank_links").absolute(links.links());
        counter!("farbank_messages", "direction" => "in").absolute(links.frames_in());
        counter!("farbank_messages", "direction" => "out").absolute(links.frames_out());
        for (reason, times) in links.cut_offs() {
            counter!("farbank_peers_cut_off", "reason" => reason).absolute(times);
        }
    });
    Ok(([(CONTENT_TYPE, FORMAT)], handle.render()))
}
