//! Where the numbers of an answer come from.

use super::*;

/// Every run of digits, with separators inside it removed.
fn numbers(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut number = String::new();
    let chars: Vec<char> = text.chars().chain([' ']).collect();
    for (index, c) in chars.iter().enumerate() {
        let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
        if c.is_ascii_digit() || (*c == '.' && !number.is_empty() && digit(index + 1)) {
            number.push(*c);
        } else if *c == ',' && !number.is_empty() && digit(index + 1) && digit(index + 2) && digit(index + 3) {
            // A separator of thousands.
        } else if !number.is_empty() {
            found.insert(std::mem::take(&mut number).trim_start_matches('0').to_owned());
        }
    }
    found
}

/// Names with digits that are words and not figures.
fn without_names(text: &str) -> String {
    ["V5C", "CO2", "E10"].iter().fold(text.to_owned(), |text, name| text.replace(name, ""))
}

fn day_numbers(day: chrono::NaiveDate) -> BTreeSet<String> {
    numbers(&day.format("%-d %Y").to_string())
}

/// Every number that these rules hold.
fn of_rules<'r>(rules: impl Iterator<Item = &'r Rule>) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for rule in rules {
        let texts = rule.steps.iter().chain(&rule.summary).chain([&rule.statement]);
        texts.for_each(|text| allowed.extend(numbers(text)));
        for source in &rule.sources {
            allowed.extend(numbers(&source.title));
            allowed.extend(source.date.iter().flat_map(|date| numbers(date)));
        }
        let figures = rule.figures.iter().flat_map(|figure| [figure.since, figure.until]);
        let days = [Some(rule.as_of), rule.until].into_iter().chain(figures).flatten();
        days.for_each(|day| allowed.extend(day_numbers(day)));
        for pence in rule.figures.iter().filter_map(|figure| figure.pence) {
            allowed.extend([(pence / 100).to_string(), format!("{}.{:02}", pence / 100, pence % 100)]);
        }
    }
    allowed
}

/// Every number that an answer on this record may hold on that day: the record's own, and those worked out anew from its
/// days and readings.
pub(super) fn of_record(record: &VehicleRecord, today: chrono::NaiveDate) -> BTreeSet<String> {
    let json = serde_json::to_string(record).unwrap();
    let mut allowed = numbers(&json);
    // Dates in JSON are 2026-09-08: the parts of it are what a written date shows.
    let mut days: BTreeSet<chrono::NaiveDate> = BTreeSet::new();
    for at in json.char_indices().map(|(at, _)| at) {
        days.extend(json.get(at..at + 10).and_then(|text| text.parse::<chrono::NaiveDate>().ok()));
    }
    let renewals: Vec<_> =
        days.iter().filter_map(|day| day.checked_sub_months(chrono::Months::new(1))?.succ_opt()).collect();
    for day in days.iter().chain(&renewals) {
        allowed.extend(day_numbers(*day));
        let left = day.signed_duration_since(today).num_days();
        allowed.extend([left.abs().to_string(), today.years_since(*day).unwrap_or_default().to_string()]);
    }
    let miles: Vec<(i64, i64)> = record
        .mot_tests
        .iter()
        .filter_map(|test| {
            let day = test.completed_at?.as_micros() / 86_400_000_000;
            Some((day, i64::from(test.odometer?.miles)))
        })
        .collect();
    for (day, mileage) in &miles {
        for (other, less) in &miles {
            allowed.insert((mileage - less).abs().to_string());
            for days in (-1..=1).map(|slack| day - other + slack).filter(|days| *days > 0 && mileage >= less) {
                let per_year = ((mileage - less) * 36_525 + days * 50) / (days * 100);
                allowed.insert(((per_year + 50) / 100 * 100).to_string());
            }
        }
    }
    // Counts of tests and of notes, and the first day as a historic vehicle.
    let notes: usize = record.mot_tests.iter().map(|test| test.defects.len()).sum();
    allowed.extend((0..=record.mot_tests.len().max(notes) + 8).map(|count| count.to_string()));
    let year = record.manufacture_year.as_ref().map(|fact| u32::from(fact.value));
    let year = year
        .or_else(|| record.first_registered.as_ref().map(|fact| chrono::Datelike::year(&fact.value).unsigned_abs()));
    allowed.extend(year.map(|year| (year + 41).to_string()));
    allowed
}

/// That no number of the answer is invented: each is of the record, or of a rule that the answer rests on, or of a mark
/// that the question names; and that prose has none.
pub(super) fn assert_grounded(request: &Generation, of_record: &BTreeSet<String>) {
    let rendered = answer(request);
    for line in &rendered.lines {
        let mut start = 0;
        for (end, origin) in &line.pieces {
            let piece = without_names(&line.text[start..*end]);
            assert!(
                *origin != Origin::Prose || !piece.chars().any(|c| c.is_ascii_digit()),
                "prose with a figure: {piece}"
            );
            start = *end;
        }
    }
    let body: String = rendered
        .text
        .lines()
        // The number of a list item is markup.
        .map(|line| {
            line.split_once(". ")
                .filter(|(number, _)| number.chars().all(|c| c.is_ascii_digit()))
                .map_or(line, |(_, rest)| rest)
        })
        .collect::<Vec<_>>()
        .join("\n");
    let cited = rendered.lines.iter().flat_map(|line| &line.bases);
    let cited = cited.filter_map(|basis| if let Basis::Rule(rule) = basis { Some(*rule) } else { None });
    let mut allowed = of_rules(cited);
    let stated = Stated::of(&request.question, request.today);
    let of_question = [stated.year.map(u32::from), stated.miles, stated.age];
    allowed.extend(of_question.into_iter().flatten().map(|number| number.to_string()));
    allowed.extend(Measurements::of(&request.question).figures.into_iter().flat_map(|figure| numbers(&figure.digits)));
    for mark in Engine::get().ask(&request.question, None).marks {
        allowed.extend(numbers(&mark));
    }
    for number in numbers(&without_names(&body)) {
        assert!(
            number.is_empty() || allowed.contains(&number) || of_record.contains(&number),
            "{number} is invented in the answer to {:?}:\n{body}",
            request.question
        );
    }
}

pub(super) fn assert_fixture_grounded(request: &Generation) {
    let of_record = request.record.as_ref().map(|record| of_record(record, request.today)).unwrap_or_default();
    assert_grounded(request, &of_record);
}
