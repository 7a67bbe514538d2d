//! CSV as a tree: a list `rows` of what each line says under the names of the first, and `columns`, those names.

use super::tree::Node;
use crate::carriers::refusal::Refusal;
use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use csv_core::{ReadRecordResult, ReaderBuilder};
use milepost_model::RejectReason;

/// Columns of a line at most.
const COLUMNS_MAX: usize = 1_000;

/// Reads all lines. Values are divided by the sign that the first line has most of: comma, semicolon, tab or bar.
pub(crate) fn read<'a>(text: &str, memory: &'a Bump) -> Result<Node<'a>, Refusal> {
    let first = text.lines().next().unwrap_or_default();
    let count = |sign: &u8| first.bytes().filter(|byte| byte == sign).count();
    let delimiter = [b'|', b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',');
    let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
    let (mut input, mut output, mut ends) = (text.as_bytes(), vec![0; text.len() + 1], vec![0; COLUMNS_MAX]);
    let (mut names, mut rows): (Option<Vec<&'a str>>, _) = (None, BumpVec::new_in(memory));
    loop {
        let (result, taken, _, count) = reader.read_record(input, &mut output, &mut ends);
        input = input.get(taken..).unwrap_or_default();
        match result {
            ReadRecordResult::Record => {}
            ReadRecordResult::End => break,
            ReadRecordResult::InputEmpty if input.is_empty() => continue,
            ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                let hint = format!("a line has more than {COLUMNS_MAX} columns");
                return Err(Refusal::new(RejectReason::NotCsv, hint));
            }
        }
        let mut from = 0;
        let mut values = Vec::with_capacity(count);
        for end in ends.iter().take(count) {
            let value = std::str::from_utf8(output.get(from..*end).unwrap_or_default()).unwrap_or_default();
            values.push(&*memory.alloc_str(value.trim()));
            from = *end;
        }
        match &names {
            None => names = Some(values.iter().map(|name| name.trim_start_matches('\u{feff}')).collect()),
            Some(names) => {
                let members = names.iter().zip(values).map(|(name, value)| (*name, Node::Text(value)));
                rows.push(Node::Map(BumpVec::from_iter_in(members, memory).into_bump_slice()));
            }
        }
    }
    let columns = names.iter().flatten().map(|name| (*name, Node::Text(name)));
    let columns = Node::Map(BumpVec::from_iter_in(columns, memory).into_bump_slice());
    let members = memory.alloc_slice_copy(&[("columns", columns), ("rows", Node::List(rows.into_bump_slice()))]);
    Ok(Node::Map(members))
}
