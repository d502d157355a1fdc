//! The mark itself: earlier ones that tests were made under, and whether it may be borne by two vehicles.

use driveever_core::vehicle::{record::ReadingOutcome, record::RecordSource, registration::Registration};

use super::{Case, contradictions, facts_lines::record};
use crate::{
    advisor::{
        draft::{Basis, Draft, Line},
        facts::{Facts, Test},
    },
    rules::Urgency,
};

/// How the record's contradictions name a plate that may be borne by two vehicles.
const CLONED: &str = "cloned";

/// The earlier marks of the tests, newest first, each with its tests.
fn earlier<'f, 'a>(facts: &'f Facts<'a>) -> Vec<(&'f str, Vec<&'f Test<'a>>)> {
    let mut marks: Vec<(&'f str, Vec<&'f Test<'a>>)> = Vec::new();
    for test in &facts.tests {
        let Some(mark) = test.entry.earlier_mark.as_deref() else { continue };
        match marks.iter_mut().find(|(there, _)| *there == mark) {
            Some((_, tests)) => tests.push(test),
            None => marks.push((mark, vec![test])),
        }
    }
    marks
}

/// Whether it once bore that mark.
pub(super) fn bore(facts: &Facts<'_>, mark: &str) -> bool {
    earlier(facts).iter().any(|(there, _)| *there == mark)
}

/// The earlier marks as lines, with the tests that bear them.
pub(super) fn earlier_lines(facts: &Facts<'_>) -> Vec<Line> {
    let of_mark = |(mark, tests): &(&str, Vec<&Test<'_>>)| {
        let line = Line::new("Earlier mark: ").quote(mark).say(", at the MOT test");
        let line = if tests.len() == 1 { line.say(" of ") } else { line.say("s of ") };
        days(line, tests)
    };
    earlier(facts).iter().map(of_mark).collect()
}

/// The days of tests, oldest first.
fn days(line: Line, tests: &[&Test<'_>]) -> Line {
    let dated: Vec<_> = tests.iter().rev().filter_map(|test| test.day).collect();
    dated.iter().enumerate().fold(line, |line, (index, day)| {
        let line = match index {
            0 => line,
            last if last + 1 == dated.len() => line.say(" and "),
            _ => line.say(", "),
        };
        line.date(*day).on(Basis::Test(Some(*day)))
    })
}

/// Whether it bore another mark before.
pub(super) fn earlier_marks(case: &Case<'_>, draft: &mut Draft) {
    draft.unknown(Line::new("Marks between tests and before the first: only the DVLA knows them all."));
    draft.step(Line::new("Compare the mark with the V5C, and run a history check on it and on any earlier one."));
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new("Whether it bore another mark cannot be told without its record."));
        }
        return;
    };
    let marks = earlier(facts);
    let own = &facts.record.registration_number;
    for (mark, tests) in &marks {
        let line = Line::new("Yes: at the MOT test").say(if tests.len() == 1 { " of " } else { "s of " });
        let line = days(line, tests).say(" it bore the mark ").quote(mark).say("; now it is ").quote(own);
        draft.lead(line.say("."));
    }
    for line in earlier_lines(facts) {
        draft.known(line);
    }
    if !marks.is_empty() {
        return;
    }
    draft.lead(match facts.tests.iter().rev().find_map(|test| test.day) {
        Some(day) => {
            Line::new("Not at any test on record: all were made under the mark that it bears now, the oldest on ")
                .date(day)
                .on(Basis::Test(Some(day)))
                .say(".")
        }
        None => Line::new("No test is on record, so none names another mark."),
    });
    let mark = Registration::from_stored(own).ok();
    let issued = mark.as_ref().and_then(Registration::issued).map(|period| period.until);
    if let Some((until, registered)) = issued.zip(facts.record.first_registered.as_ref())
        && until < registered.value
    {
        draft.lead(
            Line::new("But its mark is of a series that is older than the vehicle, first registered on ")
                .date(registered.value)
                .cite(registered)
                .say(": it is a private one, and the vehicle may have borne another first."),
        );
    }
}

/// Whether the plate may be cloned.
pub(super) fn cloned(case: &Case<'_>, draft: &mut Draft) {
    draft.unknown(Line::new("Whether another vehicle bears the same mark: no record here shows that."));
    draft.step(Line::new("Compare the identification number on windscreen, plate and body with the V5C and a history check; if they differ, do not buy it and tell the police."));
    let Some(facts) = record(case, draft) else {
        if !draft.answers() {
            draft.lead(Line::new("Whether a plate is cloned cannot be told without its record; the identification number of the vehicle tells it."));
        }
        return;
    };
    let conflicts = &facts.record.conflicts;
    if let Some(conflict) = conflicts.iter().find(|conflict| conflict.contains(CLONED)) {
        draft.lead(
            Line::new("There is a sign that it may be, and no proof. ").quote(conflict.trim_end_matches('.')).say("."),
        );
        draft.reason(
            Urgency::Soon,
            Line::new("The DVLA's and the DVSA's records describe different vehicles: clear that up before buying or relying on it."),
        );
        contradictions::others(facts, draft, |conflict| conflict.contains(CLONED));
        return;
    }
    let read = |source| facts.outcome(source).is_some_and(ReadingOutcome::has_vehicle);
    draft.lead(if read(RecordSource::Dvla) && read(RecordSource::Dvsa) {
        Line::new("Nothing on record points to a cloned plate: the DVLA and the DVSA describe the same make. That is no proof, because a clone bears the mark of a vehicle that looks alike.")
    } else {
        Line::new("That cannot be told: only one of DVLA and DVSA knows it here, so there is nothing to compare.")
    });
    contradictions::others(facts, draft, |_| false);
}
