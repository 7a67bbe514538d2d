//! Bodies of requests that bring something: so many at once, so large, and not for ever.

use super::Problem;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bytes::Bytes;
use std::time::Duration;

/// Who sends slower than that keeps others from sending.
const BODY_WAIT: Duration = Duration::from_secs(30);

/// Reads a body up to `body_bytes_max` of `[http]`.
pub(super) async fn read(request: Request) -> Result<Bytes, Problem> {
    let read = Bytes::from_request(request, &());
    match tokio::time::timeout(BODY_WAIT, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
        Ok(Err(_cut_off)) => {
            let what = "the body was cut off on its way; send the request again";
            Err(Problem::new(StatusCode::BAD_REQUEST, what))
        }
        Err(_elapsed) => {
            let what = format!(
                "the body did not come within {} s; send less at once",
                BODY_WAIT.as_secs()
            );
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, what))
        }
    }
}

/// More than we take.
pub(super) fn too_large() -> Problem {
    let what = "the body is larger than `body_bytes_max` in [http]; send less at once, or raise it";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, what)
}
