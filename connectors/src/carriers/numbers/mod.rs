//! Whose a tracking number is, by its form and its check digit. [`FORMS`] is all that is known; `NUMBERS.md` shows it.
//!
//! A carrier is the answer only if the number has a form that is that carrier's own and a check digit that holds. A form
//! of which others write numbers too settles nothing: of theirs one in ten passes the check as well.

mod checks;
mod forms;
mod posts;

pub use checks::Check;
pub use forms::{FORMS, Form, Part};

use forms::Whose;

/// What the check digit of a number says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is what it should be.
    Holds,
    /// This should stand there instead.
    Fails(char),
    /// No rule for one is known.
    Unknown,
}

/// A carrier that writes numbers of such a form.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The carrier.
    pub carrier: &'static str,
    /// The form that the number has.
    pub form: &'static Form,
    /// What its check digit says.
    pub verdict: Verdict,
}

/// Every carrier that writes numbers of such a form.
#[derive(Clone, Default, Debug)]
pub struct Candidates(Vec<Candidate>);

/// The carrier of a number of the Universal Postal Union whose country has no post that we have a name for.
const UNKNOWN_POST: &str = "unknown_post";

/// Who may have given a normalised number.
#[must_use]
pub fn candidates(number: &str) -> Candidates {
    let mut found = Vec::new();
    for form in FORMS.iter().filter(|form| form.fits(number)) {
        let verdict = form.verdict(number);
        let mut add = |carrier: &'static str| {
            found.push(Candidate { carrier, form, verdict });
        };
        match form.whose {
            Whose::Carriers(carriers) => carriers.iter().for_each(|carrier| add(carrier)),
            Whose::Post => match posts::of(number) {
                [] => add(UNKNOWN_POST),
                carriers => carriers.iter().for_each(|carrier| add(carrier)),
            },
        }
    }
    let rank = |candidate: &Candidate| match candidate.verdict {
        Verdict::Holds => 0,
        Verdict::Unknown => 1,
        Verdict::Fails(_) => 2,
    };
    found.sort_by_key(rank);
    Candidates(found)
}

impl Candidates {
    /// The one carrier that it must be, if there is one.
    #[must_use]
    pub fn answer(&self) -> Option<&'static str> {
        let mut own = self.possible().filter(|candidate| candidate.form.is_own);
        let first = own.next()?;
        let is_proven = first.verdict == Verdict::Holds && first.carrier != UNKNOWN_POST;
        (is_proven && own.all(|other| other.carrier == first.carrier)).then_some(first.carrier)
    }

    /// All of them, those whose check digit holds first and those whose check digit fails last.
    pub fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.0.iter()
    }

    /// Those that it may be of: no check digit says otherwise.
    fn possible(&self) -> impl Iterator<Item = &Candidate> {
        let is_possible = |candidate: &&Candidate| !matches!(candidate.verdict, Verdict::Fails(_));
        self.0.iter().filter(is_possible)
    }

    /// Why there is no answer, to be said behind the number.
    #[must_use]
    pub fn why_none(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for candidate in self.possible() {
            if !names.contains(&candidate.carrier) {
                names.push(candidate.carrier);
            }
        }
        let fails = self.0.iter().find_map(|candidate| match candidate.verdict {
            Verdict::Fails(expected) if candidate.form.is_own => Some((candidate.carrier, expected)),
            Verdict::Fails(_) | Verdict::Holds | Verdict::Unknown => None,
        });
        match (names.as_slice(), fails) {
            ([], Some((carrier, expected))) => {
                format!("looks like one of {carrier}, but `{expected}` should stand where its check digit is")
            }
            ([], None) => "fits no format known here".to_owned(),
            ([UNKNOWN_POST], _) => "is of a post that has no name here".to_owned(),
            (names, _) => format!("may be of {}", names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests;
