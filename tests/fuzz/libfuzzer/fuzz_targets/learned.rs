//! The target `learned` of tests/fuzz for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| milepost_test_fuzz::learned(bytes));
