//! The target `payloads` of tests/fuzz for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| milepost_test_fuzz::payloads(bytes));
