//! Asking a running engine over its HTTP interface.

use crate::error::Usage;
use anyhow::{Context, bail};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body};

/// An engine that runs somewhere.
pub(crate) struct Live {
    agent: Agent,
    url: String,
    token: Option<String>,
}

impl Live {
    pub(crate) fn new(url: &str, token_file: Option<&Path>) -> anyhow::Result<Self> {
        if !url.starts_with("http://") {
            let what =
                format!("`{url}` is no address of an engine; write http://127.0.0.1:8080 (no https is spoken here)");
            return Err(Usage::error(what));
        }
        let token = token_file.map(|path| {
            let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            Ok::<_, anyhow::Error>(text.trim().to_owned())
        });
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(3600)))
            .build();
        Ok(Self {
            agent: config.into(),
            url: url.trim_end_matches('/').to_owned(),
            token: token.transpose()?,
        })
    }

    /// The answer in that format.
    pub(super) fn ask(&self, statement: &str, format: &str) -> anyhow::Result<Vec<u8>> {
        let mut request = self.agent.post(format!("{}/v1/sql?format={format}", self.url));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let sent = request.content_type("text/plain; charset=utf-8").send(statement);
        let response = sent.with_context(|| self.unreachable())?;
        let is_cut = response
            .headers()
            .get("milepost-truncated")
            .is_some_and(|value| value == "true");
        if is_cut && format != "table" {
            eprintln!("warning: there are more rows; raise `rows_max` in [sql] of the engine");
        }
        self.body(response)
    }

    /// What stands at a path, asked with that query.
    pub(crate) fn get(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Vec<u8>> {
        let mut request = self
            .agent
            .get(format!("{}{path}", self.url))
            .query_pairs(query.iter().copied());
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let response = request.call().with_context(|| self.unreachable())?;
        self.body(response)
    }

    fn unreachable(&self) -> String {
        format!(
            "{} does not answer; does `milepost serve` run, and listen there?",
            self.url
        )
    }

    /// The body of an answer that is none of trouble.
    fn body(&self, mut response: Response<Body>) -> anyhow::Result<Vec<u8>> {
        let status = response.status();
        let body = response
            .body_mut()
            .with_config()
            .limit(u64::MAX)
            .read_to_vec()
            .with_context(|| self.unreachable())?;
        if status.is_success() {
            return Ok(body);
        }
        // Errors are RFC 9457 problems; what stands before the engine may answer in its own words.
        let problem: Option<Value> = serde_json::from_slice(&body).ok();
        let detail = problem
            .as_ref()
            .and_then(|problem| problem.get("detail"))
            .and_then(Value::as_str);
        match detail {
            Some(detail) => bail!("{detail}"),
            None => bail!(
                "{} answered {status}: {}",
                self.url,
                String::from_utf8_lossy(&body).trim()
            ),
        }
    }
}
