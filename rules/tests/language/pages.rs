//! The pages of the codes: the wrong example has that mistake and no other, the right one has none.

use milepost_rules::{Diagnostic, Fault, Page, RuleSet, SourceFile, laid_out};

fn codes(text: &str) -> Vec<&'static str> {
    let file = SourceFile {
        name: "rules.yaml",
        text,
    };
    let found: Vec<Diagnostic> = match RuleSet::compile(&[file]) {
        Ok(set) => set.warnings().to_vec(),
        Err(found) => found,
    };
    let mut codes: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code).collect();
    codes.dedup();
    codes
}

#[test]
fn every_code_has_a_page_whose_examples_are_what_they_claim() {
    for fault in Fault::ALL {
        let code = fault.code();
        let page = Page::of(*fault).unwrap_or_else(|| panic!("errors.md has no page for {code}"));
        assert_eq!(codes(page.wrong), [code], "{}", page.wrong);
        assert!(codes(page.right).is_empty(), "{code}: {}", page.printed());
        assert!(page.text.len() > 60, "{code}: {}", page.text);
        assert!(page.printed().contains(&format!("[{code}]: ")), "{}", page.printed());
        let file = SourceFile {
            name: "rules.yaml",
            text: page.right,
        };
        // Examples are copied, so they look as a file should.
        let laid_out = laid_out(&file).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert_eq!(laid_out, page.right, "{code}");
    }
    let pages = include_str!("../../errors.md").matches("\n## MP").count();
    assert_eq!(pages, Fault::ALL.len(), "a page for a code that does not exist");
}

#[test]
fn what_is_printed_for_the_wrong_examples() {
    let printed: Vec<String> = Fault::ALL
        .iter()
        .filter_map(|fault| Page::of(*fault))
        .map(|page| page.printed())
        .collect();
    insta::assert_snapshot!(printed.join("\n"));
}
