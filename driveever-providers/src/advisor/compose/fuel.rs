//! What fuel it takes, and what no rule here says of fuels.

use driveever_core::vehicle::{record::FuelType, report::Component};

use super::{
    Case,
    facts_lines::{fuel_words, record, registered_line},
};
use crate::advisor::{
    draft::{Draft, Line},
    facts::Facts,
    topics::Intent,
};

/// What may be filled in: the fuel, then its grade.
pub(super) fn fuel(case: &Case<'_>, draft: &mut Draft) {
    // What was filled in by mistake is no question for the grade.
    if case.ask.symptoms.iter().any(|rule| rule.id == "symptom.wrong-fuel") {
        return;
    }
    let facts = case.facts.filter(|facts| facts.record.is_known());
    if let Some((facts, fact)) = facts.and_then(|facts| Some((facts, facts.record.fuel_type.as_ref()?))) {
        super::contradictions::asked_of(case, facts, draft);
        let line = match takes(&fact.value, case).filter(|_| fills(case)) {
            Some(true) => Line::new("Yes: its recorded fuel is "),
            Some(false) => Line::new("No: its recorded fuel is "),
            None => Line::new("Its recorded fuel is "),
        };
        draft.lead(fuel_words(line, &fact.value).cite(fact).say("."));
        draft.known(fuel_words(Line::new("Fuel: "), &fact.value).cite(fact));
    }
    is_it_legal(case, draft);
    let petrol = facts.and_then(Facts::fuel).is_none_or(|fuel| {
        matches!(fuel, FuelType::Petrol | FuelType::GasBiFuel | FuelType::HybridElectric | FuelType::Other(_))
    });
    if asks_law(case) {
        // What is legal is not answered by a grade.
    } else if petrol && !case.ask.wants(Intent::Diesel) {
        if let Some(rule) = case.rules.get("fuel.e10") {
            draft.lead_rule(rule);
        }
        draft.step(Line::new(
            "Check make, model and year at GOV.UK's E10 checker; the fuel flap often states the grade too.",
        ));
    } else {
        draft.rule(case.rules.get("symptom.wrong-fuel"));
        draft.step(Line::new("Fill in only what the label in the fuel flap and the handbook name."));
    }
    draft.unknown(Line::new("Which grades the maker allows for this vehicle: the handbook says."));
    let Some(facts) = record(case, draft) else { return };
    draft.known(registered_line(facts));
}

/// Whether the question is what is legal or safe of a fuel, and not what the vehicle runs on.
fn asks_law(case: &Case<'_>) -> bool {
    case.measured.has(&[
        "legal",
        "illegal",
        "legally",
        "allowed",
        "law",
        "safe",
        "red",
        "rebated",
        "vegetable",
        "cooking",
        "park",
    ])
}

/// Whether the question is what may be filled in.
fn fills(case: &Case<'_>) -> bool {
    let filling =
        ["put", "fill", "filled", "filling", "take", "takes", "run", "runs", "use", "uses", "goes", "recorded", "it"];
    !asks_law(case) && case.measured.has(&filling)
}

/// What no rule here settles of a fuel: whether it, or the system for it, is legal or safe.
fn is_it_legal(case: &Case<'_>, draft: &mut Draft) {
    if !asks_law(case) {
        return;
    }
    draft.lead(if case.ask.wants(Intent::Gas) {
        Line::new("Whether the gas system itself is legal and sound, neither the record nor a rule here tells: its installer's certificate, an inspection by a gas system specialist and the insurer do.")
    } else {
        Line::new("Whether that is legal, no rule here tells: ask HM Revenue and Customs for fuels, and a specialist for what is built in.")
    });
    draft.unknown(Line::new(
        "Whether the system or the fuel that is asked about is legal: no record or rule here holds that.",
    ));
    if case.ask.wants(Intent::Gas) {
        draft.step(Line::new("Have the certificate of the gas system at hand, and have it inspected as its maker asks; tell the insurer of it."));
        if let Some(facts) = case.facts {
            super::notes::notes(facts, draft, |note| note.concerns(Component::FuelSystem));
        }
    }
}

/// Whether a vehicle of that fuel takes the one that the question names; absent: none is named, or it cannot be told.
fn takes(fuel: &FuelType, case: &Case<'_>) -> Option<bool> {
    let (petrol, diesel, gas) =
        (case.ask.wants(Intent::Petrol), case.ask.wants(Intent::Diesel), case.ask.wants(Intent::Gas));
    if usize::from(petrol) + usize::from(diesel) + usize::from(gas) != 1 {
        return None;
    }
    match fuel {
        FuelType::Petrol => Some(petrol),
        FuelType::Diesel => Some(diesel),
        FuelType::Gas => Some(gas),
        FuelType::GasBiFuel => Some(gas || petrol),
        FuelType::Electric | FuelType::Hydrogen => Some(false),
        _ => None,
    }
}
