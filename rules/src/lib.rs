//! The judgement language: rule files parsed, checked, compiled and evaluated.
