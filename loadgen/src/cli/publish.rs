//! Lines to a NATS server: in order, with acknowledgements in flight up to a bound, each one waited for.

use super::groups::{Groups, Message};
use super::lines::Lines;
use super::summary::{Messages, Summary};
use super::{Error, Stop};
use crate::rate::{Behind, Schedule};
use async_nats::jetstream::context::{PublishAckFuture, PublishErrorKind};
use async_nats::jetstream::stream::{Config, SubjectTransform};
use async_nats::jetstream::{Context, ContextBuilder};
use clap::Args;
use hdrhistogram::Histogram;
use indicatif::ProgressBar;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// How long an acknowledgement may take, and how long the others get after the first that did not come.
const ACK_WAIT: Duration = Duration::from_secs(15);
const REST_WAIT: Duration = Duration::from_secs(1);

/// Where to, and how.
#[derive(Debug, Args)]
pub(crate) struct NatsArgs {
    /// Publish to this server instead of writing a file: `nats://127.0.0.1:4222`.
    #[arg(long)]
    nats: Option<String>,
    /// Credentials file of a NATS account.
    #[arg(long)]
    creds: Option<PathBuf>,
    /// Lines in a message. 1: to `ingest.<number>`, which the server routes; more: NDJSON to `scan.<partition>`.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    per_message: u64,
    /// Messages that may wait for their acknowledgement.
    #[arg(long, default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    in_flight: u32,
    /// Create the stream SCANS if it is missing.
    #[arg(long)]
    create: bool,
}

impl NatsArgs {
    pub(crate) const fn is_wanted(&self) -> bool {
        self.nats.is_some()
    }

    /// Whether lines are gathered in messages.
    pub(crate) const fn gathers(&self) -> bool {
        self.per_message > 1
    }
}

/// Publishes all lines and waits for every acknowledgement.
pub(crate) fn publish(
    lines: &mut impl Lines,
    args: &NatsArgs,
    rate: Option<f64>,
    stop: &Stop,
    bar: &ProgressBar,
) -> Result<(Summary, Option<Error>), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Nats(format!("cannot start the network runtime: {error}")))?;
    runtime.block_on(async {
        let context = connect(args).await?;
        let (to_acks, acks) = mpsc::channel(args.in_flight as usize);
        let lost = Notify::new();
        let mut sender = Sender::new(&context, args, rate, (to_acks, &lost), lines.header());
        let schedule = sender.schedule;
        // The two run on one thread, in turns: sending waits when the channel is full, confirming when it is empty.
        let (sent, confirmed) = tokio::join!(sender.send_all(lines, stop, bar), confirm(acks, schedule, &lost));
        bar.finish_and_clear();
        sent.map(|sent| sent.with(confirmed, schedule))
    })
}

async fn connect(args: &NatsArgs) -> Result<Context, Error> {
    let url = args.nats.as_deref().unwrap_or("nats://127.0.0.1:4222");
    let mut options = async_nats::ConnectOptions::new()
        .name("milepost-loadgen")
        .client_capacity(8_192);
    if let Some(path) = &args.creds {
        let loaded = options.credentials_file(path).await;
        options = loaded.map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
    }
    let connected = options.connect(url).await;
    let client = connected.map_err(|error| Error::Nats(format!("cannot reach NATS at {url}: {error}")))?;
    let context = ContextBuilder::new()
        .ack_timeout(ACK_WAIT)
        .max_ack_inflight(args.in_flight as usize + 1)
        .build(client);
    if let Err(error) = context.get_stream("SCANS").await {
        if !args.create {
            let advice = "start `milepost serve --create`, or use --create here";
            return Err(Error::Nats(format!("no stream SCANS at {url}: {error}; {advice}")));
        }
        create(&context).await?;
    }
    Ok(context)
}

/// The stream as Milepost expects it.
async fn create(context: &Context) -> Result<(), Error> {
    let transform = SubjectTransform {
        source: "ingest.*".to_owned(),
        destination: "scan.{{partition(64,1)}}".to_owned(),
    };
    let config = Config {
        name: "SCANS".to_owned(),
        subjects: vec!["scan.*".to_owned(), "ingest.*".to_owned()],
        subject_transform: Some(transform),
        ..Config::default()
    };
    let created = context.create_stream(config).await;
    created
        .map(|_| ())
        .map_err(|error| Error::Nats(format!("cannot create stream SCANS: {error}")))
}

/// A message on its way.
struct InFlight {
    answer: PublishAckFuture,
    /// When it was due, after the begin: a slow server must not hide behind a sender that waited for it.
    due: Duration,
}

/// What was sent.
struct Sent {
    summary: Summary,
    messages: Messages,
    failure: Option<String>,
}

struct Sender<'a> {
    context: &'a Context,
    to_acks: Option<mpsc::Sender<InFlight>>,
    /// Tells that an acknowledgement did not come: a server that is gone would hold the next message for ever.
    lost: &'a Notify,
    /// What says the format; canonical lines need none.
    headers: Option<async_nats::HeaderMap>,
    groups: Groups,
    schedule: Schedule,
    behind: Behind,
    sent: u64,
    failure: Option<String>,
}

impl<'a> Sender<'a> {
    fn new(
        context: &'a Context,
        args: &NatsArgs,
        rate: Option<f64>,
        (to_acks, lost): (mpsc::Sender<InFlight>, &'a Notify),
        format: Option<String>,
    ) -> Self {
        let bytes_max = context.client().server_info().max_payload;
        let headers = format.map(|format| {
            let mut headers = async_nats::HeaderMap::new();
            headers.insert("Milepost-Format", format);
            headers
        });
        Self {
            context,
            to_acks: Some(to_acks),
            lost,
            headers,
            groups: Groups::new(args.per_message, bytes_max),
            schedule: Schedule::start(rate),
            behind: Behind::default(),
            sent: 0,
            failure: None,
        }
    }

    async fn send_all(&mut self, lines: &mut impl Lines, stop: &Stop, bar: &ProgressBar) -> Result<Sent, Error> {
        let (mut line, mut ready, mut summary) = (Vec::new(), Vec::new(), Summary::default());
        while let Some(routed) = lines.next(&mut line)? {
            let due = self.schedule.due(summary.lines);
            if self.schedule.is_paced() {
                self.wait_until(due, &mut ready).await;
            }
            summary.lines += 1;
            summary.bytes += line.len() as u64;
            self.groups.add(&line, routed, due, &mut ready);
            self.send(&mut ready).await;
            if summary.lines.is_multiple_of(1_024) || self.schedule.is_paced() {
                bar.set_position(lines.progress());
                // The other half gets its turn even when the channel is never full.
                tokio::task::yield_now().await;
            }
            if stop.is_wished() || self.failure.is_some() {
                break;
            }
        }
        self.groups.flush(None, &mut ready);
        self.send(&mut ready).await;
        self.to_acks = None;
        let messages = Messages {
            sent: self.sent,
            too_large: self.groups.too_large,
            unroutable: self.groups.unroutable,
            ..Messages::default()
        };
        summary.lines -= messages.too_large;
        summary.behind = self.schedule.is_paced().then_some(self.behind);
        Ok(Sent {
            summary,
            messages,
            failure: self.failure.take(),
        })
    }

    async fn wait_until(&mut self, due: Duration, ready: &mut Vec<Message>) {
        let early = due.saturating_sub(self.schedule.passed());
        if early > Duration::from_micros(500) {
            // Messages that wait for more lines must not wait for ever.
            self.groups.flush(Some(self.schedule.passed()), ready);
            self.send(ready).await;
            tokio::time::sleep(early).await;
        }
        self.behind.note(due, self.schedule.passed());
    }

    /// Publishes in this order; nothing more after the first failure, so that the order holds.
    async fn send(&mut self, ready: &mut Vec<Message>) {
        for message in ready.drain(..) {
            if self.failure.is_some() {
                return;
            }
            let Message {
                subject, payload, due, ..
            } = message;
            let publish = async {
                match self.headers.clone() {
                    Some(headers) => {
                        self.context
                            .publish_with_headers(subject, headers, payload.into())
                            .await
                    }
                    None => self.context.publish(subject, payload.into()).await,
                }
            };
            let published = tokio::select! {
                published = publish => published,
                () = self.lost.notified() => {
                    self.failure = Some("an acknowledgement did not come".to_owned());
                    return;
                }
            };
            match published {
                Ok(answer) => {
                    self.sent += 1;
                    if let Some(to_acks) = &self.to_acks {
                        // Closed only when confirming has given up, which it tells itself.
                        let _ = to_acks.send(InFlight { answer, due }).await;
                    }
                }
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
    }
}

/// What was acknowledged, and how soon.
struct Confirmed {
    acknowledged: u64,
    lost: u64,
    first: Option<String>,
    latency_us: Histogram<u64>,
}

/// Waits for every acknowledgement, in the order of sending.
async fn confirm(mut acks: mpsc::Receiver<InFlight>, schedule: Schedule, lost: &Notify) -> Confirmed {
    // Up to ten minutes at three digits.
    let latency_us = Histogram::new_with_bounds(1, 600_000_000, 3).expect("bounds and digits are valid");
    let mut confirmed = Confirmed {
        acknowledged: 0,
        lost: 0,
        first: None,
        latency_us,
    };
    let mut rest_until: Option<Duration> = None;
    while let Some(InFlight { answer, due }) = acks.recv().await {
        let wait = rest_until.map_or(ACK_WAIT * 2, |until| until.saturating_sub(schedule.passed()));
        let why = match tokio::time::timeout(wait, answer.into_future()).await {
            Ok(Ok(_)) => {
                confirmed.acknowledged += 1;
                let passed = schedule.passed().saturating_sub(due);
                confirmed.latency_us.saturating_record(passed.as_micros() as u64);
                continue;
            }
            Ok(Err(error)) if error.kind() == PublishErrorKind::StreamNotFound => {
                format!("{error}; is the server going down, or was SCANS deleted?")
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        confirmed.lost += 1;
        confirmed.first.get_or_insert(why);
        rest_until.get_or_insert(schedule.passed() + REST_WAIT);
        lost.notify_one();
    }
    confirmed
}

impl Sent {
    fn with(self, confirmed: Confirmed, schedule: Schedule) -> (Summary, Option<Error>) {
        let Self {
            mut summary,
            mut messages,
            failure,
        } = self;
        messages.acknowledged = confirmed.acknowledged;
        let at = |quantile| confirmed.latency_us.value_at_quantile(quantile);
        messages.latency_us = [at(0.5), at(0.9), at(0.99), at(0.999), confirmed.latency_us.max()];
        let sent = messages.sent;
        summary.took = schedule.passed();
        summary.messages = Some(messages);
        let error = match (confirmed.first, failure) {
            (Some(first), _) => Some(Error::Unacknowledged {
                lost: confirmed.lost,
                sent,
                first,
            }),
            (None, Some(why)) => Some(Error::Nats(format!("stopped after {sent} messages: {why}"))),
            (None, None) => None,
        };
        (summary, error)
    }
}
