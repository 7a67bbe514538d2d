//! The verbs: route, apply, judge, emit, snapshot. Pure.
