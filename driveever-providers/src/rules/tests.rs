use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn file(rule: &str) -> String {
    format!(
        r#"{{"schema":1,"asOf":"2026-11-23","notice":"n","sources":{{"S":{{"title":"t","publisher":"p"}}}},"rules":[{rule}]}}"#
    )
}

fn rule(extra: &str) -> String {
    file(&format!(
        r#"{{"id":"a.b","topic":"a","statement":"s","sources":["S"],"region":"uk","changes":"never"{extra}}}"#
    ))
}

#[test]
fn the_embedded_rules_load() {
    let rules = Rules::parse_all(EMBEDDED).unwrap();
    assert!(rules.iter().count() > 200);
    assert_eq!(Rules::embedded().iter().count(), rules.iter().count());
}

#[test]
fn an_id_is_there_once_in_all_files() {
    let one = rule("");
    let twice = Rules::parse_all(&[&one, &one]).unwrap_err();
    assert_eq!(twice.to_string(), "rule \"a.b\": the id is there twice");
    let other = one.replace("a.b", "a.c");
    assert_eq!(Rules::parse_all(&[&one, &other]).unwrap().iter().count(), 2);
}

#[test]
fn every_unconfirmed_rule_says_so_or_has_a_public_source() {
    for rule in Rules::embedded().iter() {
        let general = rule.sources.iter().all(|source| source.title.starts_with("General knowledge"));
        assert!(!general || rule.unconfirmed, "{} rests on general knowledge alone", rule.id);
    }
}

#[test]
fn a_tax_table_covers_every_emission_in_its_year() {
    let rules = Rules::embedded();
    for (id, name) in [("tax.co2-bands-2026", "co2-band"), ("tax.first-year", "first-year")] {
        for co2 in 0..400 {
            let rate = rules.get(id).unwrap().row(name, co2, day("2026-11-23")).unwrap();
            assert!(rate.current, "{id} {co2}");
        }
    }
    let rate =
        |co2| rules.get("tax.co2-bands-2026").unwrap().row("co2-band", co2, day("2026-11-23")).unwrap().figure.pence;
    assert_eq!([rate(110), rate(111), rate(225), rate(226), rate(300)], [2000, 3500, 44500, 76000, 79000].map(Some));
}

#[test]
fn a_rate_after_its_year_is_the_newest_but_not_current() {
    let flat = Rules::embedded().get("tax.flat-rate").unwrap();
    let rate = |on: &str| flat.rate("flat", day(on)).map(|rate| (rate.figure.pence, rate.current));
    assert_eq!(rate("2026-03-31"), Some((Some(19_500), true)));
    assert_eq!(rate("2026-04-01"), Some((Some(20_000), true)));
    assert_eq!(rate("2027-04-01"), Some((Some(20_000), false)));
}

#[test]
fn what_changes_yearly_ends_and_nothing_else_does() {
    for rule in Rules::embedded().iter() {
        assert_eq!(rule.changes == Changes::Yearly, rule.until.is_some(), "{}", rule.id);
        assert!(!rule.is_outdated_on(day("1990-01-01")), "{}", rule.id);
    }
    let until = |id: &str| Rules::embedded().get(id).unwrap().until.unwrap().to_string();
    assert_eq!(until("tax.flat-rate"), "2027-03-31", "the end of its newest figure");
    assert_eq!(until("tax.pre-2001"), "2026-03-31", "its newest figures are last year's");
    assert_eq!(until("tax.diesel-not-rde2"), "2026-03-31", "as the file names it");
    assert_eq!(until("tax.electric"), "2027-03-31");
    assert_eq!(until("mileage.average"), "2027-11-23", "a year after it was read");
    let flat = Rules::embedded().get("tax.flat-rate").unwrap();
    assert!(!flat.is_outdated_on(day("2027-03-31")) && flat.is_outdated_on(day("2027-04-01")));
}

#[test]
fn faults_are_named() {
    for (json, expected) in [
        ("{".to_owned(), "not in their shape"),
        (rule("").replace("\"schema\":1", "\"schema\":2"), "schema 2"),
        (rule("").replace("2026-11-23", "2026-13-23"), "not in their shape"),
        (rule("").replace("\"a.b\"", "\"b.a\""), "does not begin with its topic"),
        (rule("").replace("\"a.b\"", "\"ab\""), "is not `topic.name`"),
        (rule("").replace("\"s\",", "\" \","), "statement is empty"),
        (rule("").replace("[\"S\"]", "[]"), "names no source"),
        (rule("").replace("[\"S\"]", "[\"T\"]"), "\"T\" is not in the file"),
        (rule("").replace("[\"S\"]", "[\"S\",\"S\"]"), "named twice"),
        (rule("").replace("\"p\"", "\"\""), "title or publisher"),
        (rule("").replace("\"p\"", "\"p\",\"date\":\"20\""), "is no year"),
        (rule(",\"keywords\":[\"\"]"), "is empty"),
        (rule(",\"until\":\"2027-03-31\""), "only what changes yearly"),
        (rule(",\"summary\":\" \""), "statement is empty"),
        (rule(",\"when\":[[]]"), "is empty"),
        (rule(",\"unknown\":1"), "not in their shape"),
        (rule(r#","figures":[{"name":"f"}]"#), "either `pence`"),
        (rule(r#","figures":[{"name":"f","pence":1,"value":2,"unit":"mm"}]"#), "either `pence`"),
        (rule(r#","figures":[{"name":"f","pence":1,"from":2,"to":1}]"#), "above `to`"),
        (rule(r#","figures":[{"name":"f","pence":1,"since":"2026-02-01","until":"2026-01-01"}]"#), "after `until`"),
        (rule(r#","figures":[{"name":"f","pence":1,"to":5},{"name":"f","pence":2,"from":5}]"#), "overlap"),
        (file(&[&rule("")[rule("").find("[{").unwrap() + 1..rule("").len() - 2]; 2].join(",")), "twice"),
    ] {
        let error = Rules::parse(&json).unwrap_err().to_string();
        assert!(error.contains(expected), "{error} should say {expected:?} for {json}");
    }
    assert!(Rules::parse(&rule("")).is_ok());
}
