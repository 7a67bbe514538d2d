//! The checks, run on the repository itself.

use milepost_test_tidy::{Offence, Tree, documents, headers, levels, places, report, sizes, words};

fn hold(check: fn(&Tree) -> Vec<Offence>) {
    let tree = Tree::of_this_repository().expect("the sources this test was built from can be read");
    assert!(tree.file("Cargo.toml").is_some(), "tidy did not find the repository");
    let offences = report(check(&tree));
    assert!(
        offences.is_empty(),
        "offences: {}\n{offences}",
        offences.lines().count()
    );
}

#[test]
fn arrows_point_downward() {
    hold(levels::check);
}

#[test]
fn files_and_functions_are_short() {
    hold(sizes::check);
}

#[test]
fn every_file_says_its_place() {
    hold(headers::check);
}

#[test]
fn words_mean_something() {
    hold(words::check);
}

#[test]
fn paths_in_documents_exist() {
    hold(documents::check);
}

#[test]
fn clock_threads_chance_and_unsafe_stay_in_their_places() {
    hold(places::check);
}
