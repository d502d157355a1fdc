//! Figures that the driver has measured, held against the limits of the rules: "1.4 mm, is that legal?" is answered by
//! "No: 1.4 mm is below the legal minimum of 1.6 mm", as urgent as that is, before anything else is said.
//!
//! Each field (tyres, brakes, speed ...) knows by topic and words whether a figure is one of its own, and which limit of
//! which rule it is held against. A figure that no field takes is left alone: a wrong comparison is worse than none.

mod driver;
mod vehicle;

use driveever_core::vehicle::report::Component;

pub(super) use self::driver::is_child_seat;
use super::{Case, driving};
use crate::{
    advisor::{
        draft::{Draft, Line},
        measured::{Measured, Unit},
        topics::Topic,
    },
    rules::{Figure, Rule, Urgency},
};

/// Words that ask for leave: below a minimum the answer is "no".
const ASKS_LEAVE: &[&str] = &[
    "legal",
    "legally",
    "ok",
    "okay",
    "alright",
    "fine",
    "pass",
    "safe",
    "allowed",
    "wait",
    "enough",
    "drive",
    "good",
    "roadworthy",
    "acceptable",
    "healthy",
    "keep",
    "last",
    "can",
];
/// Words that ask whether something is wrong: below a minimum the answer is "yes".
const ASKS_FAULT: &[&str] = &[
    "illegal",
    "fail",
    "dangerous",
    "unsafe",
    "change",
    "changed",
    "replace",
    "replaced",
    "replacing",
    "changing",
    "need",
    "needs",
    "bad",
    "low",
    "worn",
    "thin",
    "too",
    "over",
    "flat",
    "speeding",
    "caught",
    "points",
    "ban",
    "banned",
    "lot",
    "high",
];
/// A figure and the limit that it is held against.
struct Judgement<'c> {
    figure: &'c Measured,
    rule: &'static Rule,
    limit: &'static Figure,
    /// What the limit is, before its figure: "the legal minimum of".
    what: &'static str,
    /// Whether it is a least or a greatest value.
    least: bool,
    /// The value at which a change is advised, and its rule, where a lower one is the limit.
    advised: Option<(&'static Rule, &'static Figure)>,
    /// The rule that says what it means to be outside the limit.
    consequence: Option<&'static str>,
    urgency: Urgency,
    /// What to do outside the limit, and between it and what is advised.
    steps: [&'static str; 2],
}

impl Judgement<'_> {
    fn limit(&self) -> f64 {
        self.limit.value.unwrap_or_default()
    }

    fn breaks(&self) -> bool {
        if self.least { self.figure.value < self.limit() } else { self.figure.value > self.limit() }
    }

    fn is_near(&self) -> bool {
        let advised = self.advised.and_then(|(_, figure)| figure.value);
        !self.breaks() && advised.is_some_and(|advised| self.figure.value <= advised)
    }

    fn is_exact(&self) -> bool {
        (self.figure.value - self.limit()).abs() < 1e-9
    }

    /// The verdict as a sentence; `yes` is whether the question is for leave, for a fault, or neither.
    fn line(&self, asks: Option<bool>) -> Line {
        let prefix = match asks {
            None => "",
            // Not wrong yet, and not well: the sentence says both.
            Some(false) if self.is_near() => "",
            Some(leave) if leave == self.breaks() => "No: ",
            Some(_) => "Yes: ",
        };
        let side = match (self.is_exact(), self.figure.value < self.limit()) {
            (true, _) => " is exactly ",
            (false, true) => " is below ",
            (false, false) => " is above ",
        };
        let unit = self.figure.unit.label();
        let line = figure_words(Line::new(prefix), self.figure).say(" ").say(unit).say(side).say(self.what).say(" ");
        let line = line.amount(self.rule, self.limit).say(" ").say(unit);
        let line = match self.advised.filter(|_| self.is_near()) {
            Some((rule, figure)) => {
                let under = figure.value.is_some_and(|advised| self.figure.value < advised);
                let line = line.say(if under { ", and below the " } else { ", and at the " });
                line.amount(rule, figure).say(" ").say(unit).say(" at which a change is advised")
            }
            None => line,
        };
        line.say(".")
    }
}

/// A figure as it was written, with commas between thousands.
fn figure_words(line: Line, figure: &Measured) -> Line {
    match figure.digits.parse::<u32>() {
        Ok(whole) => line.stated_number(whole),
        Err(_) => line.stated(&figure.digits),
    }
}

/// Whether a figure of the question is answered here, so that nothing weaker is said of the part.
pub(super) fn is_judged(case: &Case<'_>, part: Component) -> bool {
    case.ask.is_about(Topic::Part(part)) && judgements(case).iter().any(|judged| judged.breaks() || judged.is_near())
}

/// Whether a figure is so far out of bounds that the vehicle is not to be driven.
pub(super) fn forbids_driving(case: &Case<'_>) -> bool {
    judgements(case).iter().any(|judged| judged.breaks() && judged.urgency == Urgency::StopNow)
}

/// Answers what the question measures; says whether it did.
pub(super) fn limits(case: &Case<'_>, draft: &mut Draft) -> bool {
    let before = draft.lead.len();
    driver::child_seat(case, draft);
    driver::alcohol(case, draft);
    driver::signed_speed(case, draft);
    vehicle::discs(case, draft);
    let mut judged = judgements(case);
    // What is out of bounds is said first.
    judged.sort_by_key(|judged| (!judged.breaks(), !judged.is_near()));
    for (index, judgement) in judged.iter().enumerate() {
        // A figure in order does not make it safe or legal to drive.
        let of_vehicle = matches!(judgement.figure.unit, Unit::Millimetres | Unit::Volts);
        let enough = of_vehicle && !judgement.breaks() && driving::is_asked(case);
        let asks = asks(case).filter(|_| index == 0 && !enough);
        draft.lead(judgement.line(asks));
        if judgement.breaks() {
            let rule = judgement.consequence.and_then(|id| case.rules.get(id)).unwrap_or(judgement.rule);
            if judgement.urgency == Urgency::Information {
                draft.rule(Some(rule));
            } else {
                draft.reason_rule(judgement.urgency, rule);
            }
            draft.step(Line::new(judgement.steps[0]));
        } else if judgement.is_near() {
            let line = judgement.line(None);
            draft.reason(Urgency::Soon, line);
            draft.step(Line::new(judgement.steps[1]));
        }
        draft.rule(Some(judgement.rule));
        if let Some((rule, _)) = judgement.advised {
            draft.rule(Some(rule));
        }
    }
    if judged.iter().any(|judged| judged.figure.unit == Unit::Millimetres) {
        draft.unknown(Line::new(
            "Whether the measurement is right and the lowest place was measured: that is your word.",
        ));
    }
    draft.lead.len() > before
}

/// Whether the question asks for leave (`true`) or for a fault (`false`); absent: neither, or both.
fn asks(case: &Case<'_>) -> Option<bool> {
    let (leave, fault) = (case.measured.has(ASKS_LEAVE), case.measured.has(ASKS_FAULT));
    let question =
        case.measured.has(&["is", "are", "will", "can", "does", "do", "should", "would", "am", "was", "ok", "legal"]);
    (question && leave != fault).then_some(leave)
}

fn judgements<'c>(case: &'c Case<'_>) -> Vec<Judgement<'c>> {
    let fields = [
        vehicle::tread(case),
        vehicle::pads(case),
        vehicle::screen(case),
        vehicle::wound(case),
        vehicle::battery(case),
        driver::speed(case),
        driver::age(case),
        driver::yearly(case),
        vehicle::belt(case),
    ];
    fields.into_iter().flatten().collect()
}

/// A judgement on a figure by a rule's figure.
fn judgement<'c>(
    case: &Case<'_>,
    figure: &'c Measured,
    id: &str,
    name: &str,
    what: &'static str,
) -> Option<Judgement<'c>> {
    let rule = case.rules.get(id)?;
    let limit = rule.figure(name)?;
    Some(Judgement {
        figure,
        rule,
        limit,
        what,
        least: true,
        advised: None,
        consequence: None,
        urgency: Urgency::Information,
        steps: ["", ""],
    })
}

/// The figures in millimetres.
fn millimetres<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c Measured> {
    case.measured.of_unit(Unit::Millimetres)
}
