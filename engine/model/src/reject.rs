//! Refused messages and why: a scan is applied, or it becomes a reject; it is never dropped in silence.

use crate::status::closed_list;
use alloc::string::String;

closed_list! {
    /// Why a record was refused.
    RejectReason {
        NotJson = "not_json", NotUtf8 = "not_utf8", NotAnObject = "not_an_object", TooLong = "too_long",
        TooDeep = "too_deep", WrongType = "wrong_type", NoNumber = "no_number", BadNumber = "bad_number",
        CarrierAmbiguous = "carrier_ambiguous", BadCarrier = "bad_carrier", NoStatus = "no_status",
        UnknownStatus = "unknown_status", UnknownCode = "unknown_code", UnknownKind = "unknown_kind",
        UnknownReason = "unknown_reason", NoTime = "no_time", BadTime = "bad_time", TimeInFuture = "time_in_future",
        UnknownFormat = "unknown_format", TooManyScans = "too_many_scans", BadControl = "bad_control",
        NotCsv = "not_csv", NotXml = "not_xml", TooManyRefused = "too_many_refused", NotX12 = "not_x12",
        NotEdifact = "not_edifact", WrongFormat = "wrong_format",
    }
}

/// A refused record: where it stood, why it was refused, what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reject {
    /// Why.
    pub reason: RejectReason,
    /// What exactly is wrong and what to do, one sentence each.
    pub hint: String,
    /// Line within the file or message, from 1.
    pub line: u64,
    /// Byte offset of the record within the file or message.
    pub offset: u64,
    /// The record as received; cut at 4 KiB, `length` tells the whole.
    pub excerpt: alloc::vec::Vec<u8>,
    /// Length of the record in bytes.
    pub length: u64,
}
