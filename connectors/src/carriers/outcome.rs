//! What a record says about its shipment: kind, status and code, each derived from the others where it is absent.

use super::canonical::unknown;
use super::field::{Field, Fields, Record};
use super::refusal::Refusal;
use super::{Counts, lexicon};
use milepost_model::{Code, Kind, RejectReason, Status};

/// Kind, status and code of a record, and the raw code to keep.
pub(crate) struct Outcome<'a> {
    pub(crate) kind: Kind,
    pub(crate) status: Option<Status>,
    pub(crate) code: Code,
    pub(crate) carrier_code: &'a str,
}

/// Reads the outcome, or refuses a status that is unknown or that this kind of record cannot set.
#[inline(always)]
pub(crate) fn of<'a>(record: &Record<'a>, counts: &mut Counts) -> Result<Outcome<'a>, Refusal> {
    match of_status(record) {
        Some(outcome) => Ok(outcome),
        None => any(record, counts),
    }
}

/// The outcome of a record that states nothing finer than a status, if it may.
#[inline(always)]
fn of_status<'a>(record: &Record<'a>) -> Option<Outcome<'a>> {
    if record.states(Fields::of(&[Field::Kind, Field::Code])) {
        return None;
    }
    let status = lexicon::STATUSES.find(record.text(Field::Status))?;
    let (code, kind, may_set) = generic(status);
    may_set.then(|| Outcome {
        kind,
        status: Some(status),
        code,
        carrier_code: record.text(Field::CarrierCode),
    })
}

#[inline(never)]
fn any<'a>(record: &Record<'a>, counts: &mut Counts) -> Result<Outcome<'a>, Refusal> {
    let stated_status = status(record.text(Field::Status))?;
    let stated_kind = kind(record.text(Field::Kind))?;
    let code_text = record.text(Field::Code);
    let mut carrier_code = record.text(Field::CarrierCode);
    let is_coded = !code_text.is_empty();
    let mut code = is_coded.then(|| lexicon::CODES.find(code_text)).flatten();
    let mut unmapped = code.is_none() && is_coded;
    if let (Some(found), Some(status)) = (code, stated_status)
        && contradicts(found, status, stated_kind)
    {
        code = None;
        unmapped = true;
    }
    if unmapped {
        counts.unmapped_codes += 1;
        if carrier_code.is_empty() {
            carrier_code = super::texts::shown(code_text, 64).0;
        }
    }
    let kind = stated_kind.unwrap_or_else(|| match (code, stated_status) {
        (Some(code), _) => code.kind(),
        (None, Some(status)) => generic(status).1,
        (None, None) => Kind::Notice,
    });
    let status = match kind {
        Kind::Notice | Kind::Estimate => None,
        Kind::Scan | Kind::Admin | Kind::Proof => {
            let status = stated_status.or_else(|| code.and_then(Code::status));
            check(kind, status)?;
            status
        }
    };
    let code = code.unwrap_or_else(|| match (status, kind) {
        (Some(status), _) => generic(status).0,
        (None, Kind::Estimate) => Code::Estimate,
        (None, Kind::Notice | Kind::Scan | Kind::Admin | Kind::Proof) if carrier_code.is_empty() => Code::Info,
        (None, Kind::Notice | Kind::Scan | Kind::Admin | Kind::Proof) => Code::Unmapped,
    });
    Ok(Outcome {
        kind,
        status,
        code,
        carrier_code,
    })
}

/// The generic code of a status, the kind of a record that states no more, and whether that kind may set the status.
#[inline]
fn generic(status: Status) -> (Code, Kind, bool) {
    GENERIC
        .get(status as usize)
        .copied()
        .unwrap_or((Code::Unmapped, Kind::Notice, false))
}

/// By table, not by a jump for each status: their order is not to be guessed.
const GENERIC: [(Code, Kind, bool); Status::ALL.len()] = {
    let mut table = [(Code::Unmapped, Kind::Notice, false); Status::ALL.len()];
    let (mut rest, mut statuses): (&mut [(Code, Kind, bool)], _) = (&mut table, Status::ALL);
    while let ([first, others @ ..], [status, later @ ..]) = (rest, statuses) {
        let code = Code::generic(*status);
        *first = (code, code.kind(), code.kind().may_set(*status));
        (rest, statuses) = (others, later);
    }
    table
};

/// Whether the code belongs to another status than the one stated. The status is then taken at its word.
fn contradicts(code: Code, status: Status, kind: Option<Kind>) -> bool {
    match (code.status(), kind) {
        (Some(of_code), _) => of_code != status,
        // A notice code makes a notice of a record that does not say what it is.
        (None, None | Some(Kind::Notice | Kind::Estimate)) => false,
        (None, Some(Kind::Scan | Kind::Admin | Kind::Proof)) => true,
    }
}

/// Whether this kind of record may set the status, and has one if it must.
#[inline]
fn check(kind: Kind, status: Option<Status>) -> Result<(), Refusal> {
    match status {
        Some(status) if kind.may_set(status) => Ok(()),
        None if kind == Kind::Admin => Ok(()),
        Some(_) | None => Err(cannot_set(kind, status)),
    }
}

#[cold]
fn cannot_set(kind: Kind, status: Option<Status>) -> Refusal {
    let hint = match status {
        None => {
            format!("a {kind} needs a status, and neither status nor code gives one; send status, or kind `notice`")
        }
        Some(Status::Expired) => "no record can set `expired`, it follows from silence; leave status out".to_owned(),
        Some(status) => {
            let may: Vec<&str> = Status::ALL
                .iter()
                .filter(|status| kind.may_set(**status))
                .map(|status| status.as_str())
                .collect();
            let may = if kind == Kind::Scan {
                "leave kind out, then it follows from the status".to_owned()
            } else {
                format!("it may set {}", may.join(", "))
            };
            format!("a record of kind `{kind}` cannot set `{status}`; {may}")
        }
    };
    Refusal::new(RejectReason::NoStatus, hint)
}

#[inline]
fn status(text: &str) -> Result<Option<Status>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match lexicon::STATUSES.find(text) {
        Some(status) => Ok(Some(status)),
        None => {
            let names = Status::ALL.iter().map(|status| status.as_str());
            Err(unknown(RejectReason::UnknownStatus, Field::Status, text, names))
        }
    }
}

#[inline]
fn kind(text: &str) -> Result<Option<Kind>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match Kind::parse(text) {
        Some(kind) => Ok(Some(kind)),
        None => Err(unknown(
            RejectReason::UnknownKind,
            Field::Kind,
            text,
            Kind::ALL.iter().map(|kind| kind.as_str()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_alone_means_what_it_means_to_the_general_way() {
        let parts = |outcome: Outcome<'_>| {
            (
                outcome.kind,
                outcome.status,
                outcome.code,
                outcome.carrier_code.to_owned(),
            )
        };
        for status in Status::ALL {
            let mut record = Record::new();
            record.set(Field::Status, status.as_str());
            record.set(Field::CarrierCode, "X1");
            let counts = &mut Counts::default();
            let expected = any(&record, counts).map(parts);
            // Only a status that no record may set is left to the general way, which refuses it.
            let found = of_status(&record).map(parts);
            assert_eq!(found.as_ref(), expected.as_ref().ok(), "{status}");
            assert_eq!(of(&record, counts).map(parts), expected, "{status}");
            for finer in [Field::Kind, Field::Code] {
                let mut record = record.clone();
                record.set(finer, "");
                assert!(of_status(&record).is_none(), "{status}");
                assert_eq!(of(&record, counts).map(parts), expected, "{status}");
            }
            assert_eq!(*counts, Counts::default());
        }
        assert!(of_status(&Record::new()).is_none());
    }
}
