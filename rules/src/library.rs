//! The rules that come with the program: defaults for whoever writes none, and examples for whoever does.

/// Name and text of each file of the library, in the order of names.
#[must_use]
pub const fn library() -> &'static [(&'static str, &'static str)] {
    &[
        ("library/action.yaml", include_str!("../library/action.yaml")),
        ("library/dispatch.yaml", include_str!("../library/dispatch.yaml")),
        ("library/journey.yaml", include_str!("../library/journey.yaml")),
        ("library/late.yaml", include_str!("../library/late.yaml")),
        ("library/stalled.yaml", include_str!("../library/stalled.yaml")),
    ]
}
