//! `POST /v1/scans`: canonical scans as NDJSON or CSV. What is said to be accepted stands in the log.

use super::{Live, Problem, body};
use crate::ingress::{Packed, Posted, Unpacked, read, unpack};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use milepost_connectors::carriers::Format;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::spawn_blocking;

/// When to try again, where the log is away.
const AGAIN_SECONDS: u32 = 5;

/// How the body is written, and how the answer is to be.
#[derive(Clone, Copy)]
struct Asked {
    format: Format,
    packed: Packed,
    /// A result for each line.
    each: bool,
}

/// The body is lines.
pub(super) async fn take(State(live): State<Arc<Live>>, request: Request) -> Result<Response, Problem> {
    let asked = asked(request.headers())?;
    let stopping = |_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the engine is stopping").again_in(AGAIN_SECONDS);
    let _place = live.ingress.post().await.map_err(stopping)?;
    let bytes = body::read(request).await?;
    let reader = Arc::clone(&live);
    let posted = spawn_blocking(move || decode(&reader, &bytes, asked)).await;
    let posted = match posted {
        Ok(posted) => posted?,
        Err(lost) => std::panic::resume_unwind(lost.into_panic()),
    };
    let counts = &live.ingress.counts;
    let add = |counter: &AtomicU64, value| counter.fetch_add(value, Ordering::Relaxed);
    let Posted {
        messages,
        accepted,
        refused,
        shown,
        results,
    } = posted;
    if let Err(unstored) = live.ingress.append(messages).await {
        add(&counts.scans_unavailable, accepted);
        let what = format!("{unstored}. Nothing is known to be stored: send all of it again, which does no harm");
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, what).again_in(AGAIN_SECONDS));
    }
    add(&counts.scans_accepted, accepted);
    add(&counts.scans_refused, refused);
    if accepted == 0 && !asked.each {
        let what = match refused {
            0 => "the body holds no scan; send one JSON object a line, or CSV as text/csv".to_owned(),
            refused => format!("all {refused} lines were refused; `refused` says where and why"),
        };
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what);
        return Err(problem
            .with("accepted", 0)
            .with("refused", shown)
            .with("refused_count", refused));
    }
    if asked.each {
        let status = if accepted == 0 {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        };
        return Ok((status, [(header::CONTENT_TYPE, "application/x-ndjson")], results).into_response());
    }
    let answer = serde_json::json!({ "accepted": accepted, "refused": shown, "refused_count": refused });
    Ok(axum::Json(answer).into_response())
}

fn decode(live: &Live, bytes: &Bytes, asked: Asked) -> Result<Posted, Problem> {
    let ingress = &live.ingress;
    match unpack(bytes, asked.packed, live.body_bytes_max) {
        Unpacked::Whole(body) => {
            if let Some(what) = mistaken(&body, asked.format) {
                return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, what));
            }
            let bytes_max = ingress.message_bytes_max();
            Ok(read(&body, asked.format, &ingress.defaults, bytes_max, asked.each))
        }
        Unpacked::TooLarge => Err(body::too_large()),
        Unpacked::Damaged => {
            let what =
                "the body is not packed as Content-Encoding says, is cut off, or needs a window of more than 8 MiB";
            Err(Problem::new(StatusCode::BAD_REQUEST, what))
        }
    }
}

/// What a body is, where it is plainly not what its headers say: one answer, and not one for each line.
fn mistaken(body: &[u8], format: Format) -> Option<&'static str> {
    if body.starts_with(b"\x1f\x8b") {
        return Some("this looks like gzip: send Content-Encoding: gzip");
    }
    if body.starts_with(b"\x28\xb5\x2f\xfd") {
        return Some("this looks like zstd: send Content-Encoding: zstd");
    }
    let is_csv = Format::of_shape(body) == Some(Format::Csv);
    (is_csv && format != Format::Csv).then_some("this looks like CSV: send Content-Type: text/csv")
}

fn asked(headers: &HeaderMap) -> Result<Asked, Problem> {
    let text = |name: HeaderName| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let Some(packed) = Packed::of_header(text(header::CONTENT_ENCODING)) else {
        let what = "Content-Encoding may be gzip or zstd, or left out";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, what));
    };
    let content_type = text(header::CONTENT_TYPE).to_ascii_lowercase();
    let is_csv = content_type.split(';').next().unwrap_or_default().trim() == "text/csv";
    Ok(Asked {
        format: if is_csv { Format::Csv } else { Format::Canonical },
        packed,
        each: text(header::ACCEPT)
            .to_ascii_lowercase()
            .contains("application/x-ndjson"),
    })
}
