use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-23")
}

fn parse(text: &str) -> Result<Registration, RegistrationError> {
    Registration::parse(text, today())
}

#[test]
fn every_valid_vector() {
    use RegistrationKind as Kind;
    let rows = [
        ("aa19 aaa", "AA19AAA", "AA19 AAA", Kind::Current, Some(("2019-03-01", "2019-08-31"))),
        ("AA-19-AAA", "AA19AAA", "AA19 AAA", Kind::Current, Some(("2019-03-01", "2019-08-31"))),
        (" ab51 abc ", "AB51ABC", "AB51 ABC", Kind::Current, Some(("2001-09-01", "2002-02-28"))),
        ("AB02 XYZ", "AB02XYZ", "AB02 XYZ", Kind::Current, Some(("2002-03-01", "2002-08-31"))),
        ("OU24 ZED", "OU24ZED", "OU24 ZED", Kind::Current, Some(("2024-03-01", "2024-08-31"))),
        ("AB19 AZZ", "AB19AZZ", "AB19 AZZ", Kind::Current, Some(("2019-03-01", "2019-08-31"))),
        ("LK76 ABC", "LK76ABC", "LK76 ABC", Kind::Current, Some(("2026-09-01", "2027-02-28"))),
        ("AB73 ABC", "AB73ABC", "AB73 ABC", Kind::Current, Some(("2023-09-01", "2024-02-29"))),
        ("L2 WPS", "L2WPS", "L2 WPS", Kind::Prefix, Some(("1993-08-01", "1994-07-31"))),
        ("A1 ABC", "A1ABC", "A1 ABC", Kind::Prefix, Some(("1983-08-01", "1984-07-31"))),
        ("R1 ABC", "R1ABC", "R1 ABC", Kind::Prefix, Some(("1997-08-01", "1998-07-31"))),
        ("S1 ABC", "S1ABC", "S1 ABC", Kind::Prefix, Some(("1998-08-01", "1999-02-28"))),
        ("Y999 YYY", "Y999YYY", "Y999 YYY", Kind::Prefix, Some(("2001-03-01", "2001-08-31"))),
        ("ABC 123A", "ABC123A", "ABC 123A", Kind::Suffix, Some(("1963-01-01", "1963-12-31"))),
        ("ABC 1E", "ABC1E", "ABC 1E", Kind::Suffix, Some(("1967-01-01", "1967-07-31"))),
        ("ABC 1F", "ABC1F", "ABC 1F", Kind::Suffix, Some(("1967-08-01", "1968-07-31"))),
        ("ABC 1Y", "ABC1Y", "ABC 1Y", Kind::Suffix, Some(("1982-08-01", "1983-07-31"))),
        ("Q123 ABC", "Q123ABC", "Q123 ABC", Kind::Q, None),
        ("AZ 1234", "AZ1234", "AZ 1234", Kind::NorthernIreland, None),
        ("ABZ 1234", "ABZ1234", "ABZ 1234", Kind::NorthernIreland, None),
        ("IA 1", "IA1", "IA 1", Kind::NorthernIreland, None),
        ("1234 AZ", "1234AZ", "1234 AZ", Kind::NorthernIreland, None),
        ("A 1", "A1", "A 1", Kind::Dateless, None),
        ("AA 9999", "AA9999", "AA 9999", Kind::Dateless, None),
        ("123 ABC", "123ABC", "123 ABC", Kind::Dateless, None),
        ("1234 A", "1234A", "1234 A", Kind::Dateless, None),
        ("101 D 123", "101D123", "101 D 123", Kind::Diplomatic, None),
        ("12 AB 34", "12AB34", "12 AB 34", Kind::Military, None),
        ("KT1 2AB", "KT12AB", "KT 12 AB", Kind::Military, None),
        ("01234", "01234", "01234", Kind::Trade, None),
    ];
    for (input, mark, shown, kind, period) in rows {
        let registration = parse(input).unwrap_or_else(|error| panic!("{input}: {error}"));
        assert_eq!(registration.as_str(), mark);
        assert_eq!(registration.display(), shown);
        assert_eq!(registration.kind(), kind, "{input}");
        let issued = registration.issued().map(|period| (period.from, period.until));
        assert_eq!(issued, period.map(|(from, until)| (day(from), day(until))), "{input}");
    }
}

#[test]
fn every_invalid_vector() {
    let rows = [
        ("AB01 XYZ", ShapeFault::AgeIdentifier, &[][..]),
        ("ZA19 ABC", ShapeFault::MemoryTag, &[]),
        ("AI19 ABC", ShapeFault::MemoryTag, &["A119ABC"]),
        ("QA19 ABC", ShapeFault::MemoryTag, &[]),
        ("AB19 QBC", ShapeFault::LastLetters, &[]),
        ("AB19 IBC", ShapeFault::LastLetters, &[]),
        ("U12 ABC", ShapeFault::YearLetter, &[]),
        ("Z12 ABC", ShapeFault::YearLetter, &["212ABC"]),
        ("A012 ABC", ShapeFault::LeadingZero, &["AO12ABC"]),
        ("ABC 123Z", ShapeFault::YearLetter, &[]),
        ("ABC 1234", ShapeFault::TooManyDigits, &[]),
        ("S0", ShapeFault::LeadingZero, &[]),
        ("AB19 A8C", ShapeFault::Unknown, &["AB19ABC"]),
        ("ABI9 ABC", ShapeFault::Unknown, &["AB19ABC"]),
        ("ABI2 CD", ShapeFault::Unknown, &[]),
        ("ABCDEFG", ShapeFault::Unknown, &[]),
        ("12345 A", ShapeFault::TooManyDigits, &["1234SA"]),
        ("Q1 ZZZ", ShapeFault::LetterGroup, &[]),
    ];
    for (input, fault, suggestions) in rows {
        let error = parse(input).expect_err(input);
        let offered: Vec<_> = error.suggestions().iter().map(Registration::as_str).collect();
        assert_eq!(offered, suggestions, "{input}");
        assert!(
            matches!(error, RegistrationError::NoSuchForm { fault: found, .. } if found == fault),
            "{input}: {error:?}"
        );
    }
    for (input, error) in [
        ("AB19ABCD", RegistrationError::TooLong),
        ("ABZ 12345", RegistrationError::TooLong),
        ("A", RegistrationError::TooShort),
        ("", RegistrationError::Empty),
        (" -. ", RegistrationError::Empty),
        ("AB19 AB#", RegistrationError::Character { character: '#', position: 8 }),
        ("AB19\nABC", RegistrationError::Character { character: '\n', position: 5 }),
        ("\u{202e}AB19ABC", RegistrationError::Character { character: '\u{202e}', position: 1 }),
        ("\u{ff21}B19ABC", RegistrationError::Character { character: '\u{ff21}', position: 1 }),
        ("AB19\0ABC", RegistrationError::Character { character: '\0', position: 5 }),
    ] {
        assert_eq!(parse(input).expect_err(input), error);
    }
    assert_eq!(parse(&"A".repeat(10_000_000)), Err(RegistrationError::TooLong));
    assert_eq!(parse(&format!("A1{}", " ".repeat(100) + "B")), Err(RegistrationError::TooLong));
}

#[test]
fn marks_of_series_to_come_are_told_apart() {
    for (input, from) in [("LK27 ABC", "2027-03-01"), ("AB50 XYZ", "2050-03-01"), ("AB00 XYZ", "2050-09-01")] {
        assert_eq!(parse(input), Err(RegistrationError::NotYetIssued { from: day(from) }), "{input}");
        assert!(Registration::from_stored(input).is_ok());
    }
    assert!(Registration::parse("LK27 ABC", day("2027-02-28")).is_err());
    assert!(Registration::parse("LK27 ABC", day("2027-03-01")).is_ok());
}

#[test]
fn a_mark_is_stored_as_text_and_hidden_from_logs() {
    let mark = parse("ab19 abc").unwrap();
    assert_eq!(serde_json::to_string(&mark).unwrap(), "\"AB19ABC\"");
    assert_eq!(serde_json::from_str::<Registration>("\"AB19ABC\"").unwrap(), mark);
    let future = serde_json::from_str::<Registration>("\"LK27ABC\"").unwrap();
    assert_eq!(future.as_str(), "LK27ABC");
    assert_eq!(format!("{mark:?}"), "Registration(AB*****)");
    assert_eq!(parse("A1").unwrap().masked(), "A*");
    let refused = serde_json::from_str::<Registration>("\"AB19QBC\"").unwrap_err().to_string();
    assert!(refused.contains("never I or Q") && !refused.contains("AB19"), "{refused}");
    let debugged = format!("{:?}", parse("AB19 A8C").unwrap_err());
    assert!(!debugged.contains("AB19ABC"), "{debugged}");
}

fn any_mark() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-HJ-PR-Y]{2}(0[2-9]|1[0-9]|2[0-6]|5[1-9]|6[0-9]|7[0-6])[A-HJ-PR-Z]{3}",
        "[A-HJ-NPR-TV-Y][1-9][0-9]{0,2}[A-HJ-PR-Y]{3}",
        "[A-HJ-PR-Y]{3}[1-9][0-9]{0,2}[A-HJ-NPR-TV-Y]",
        "Q[1-9][0-9]{0,2}[A-HJ-PR-Y]{3}",
        "[A-Z]?([A-Z]Z|I[A-Z]|[A-Z]I)[1-9][0-9]{0,3}",
        "[1-9][0-9]{0,3}([A-Z]Z|I[A-Z]|[A-Z]I)",
        "[A-HJ-PR-Y]{1,2}[1-9][0-9]{0,3}",
        "[1-9][0-9]{0,2}[A-HJ-PR-Y]{3}",
        "[0-9]{3}[DX][0-9]{3}",
        "[0-9]{2}[A-Z]{2}[0-9]{2}",
        "[A-Z]{2}[0-9]{2}[A-Z]{2}",
        "[0-9]{5}",
    ]
}

proptest! {
    #[test]
    fn what_is_shown_parses_back(mark in any_mark()) {
        let registration = parse(&mark).unwrap();
        prop_assert_eq!(registration.as_str(), &mark);
        prop_assert_eq!(&parse(&registration.display()).unwrap(), &registration);
        prop_assert_eq!(&parse(&mark.to_lowercase()).unwrap(), &registration);
        let json = serde_json::to_string(&registration).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Registration>(&json).unwrap(), &registration);
        prop_assert!(registration.masked().matches('*').count() * 2 >= mark.len());
        if let Some(period) = registration.issued() {
            prop_assert!(period.from < period.until);
        }
    }

    #[test]
    fn normalising_is_idempotent(text in "[ .\\-a-zA-Z0-9]{0,12}") {
        if let Ok(mark) = normalise(&text) {
            prop_assert_eq!(normalise(&mark).unwrap(), mark);
        }
    }

    #[test]
    fn no_text_panics_and_what_is_offered_parses(text in prop_oneof![any::<String>(), "[A-Z0-9]{2,7}", "[OILZSB0-9A-C]{2,7}"]) {
        match parse(&text) {
            Ok(registration) => prop_assert_eq!(parse(registration.as_str()).unwrap(), registration),
            Err(error) => for offered in error.suggestions() {
                prop_assert_eq!(&parse(offered.as_str()).unwrap(), offered);
                prop_assert_ne!(offered.as_str(), normalise(&text).unwrap());
            },
        }
    }
}
