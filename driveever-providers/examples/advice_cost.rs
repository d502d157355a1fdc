//! Answers every demonstration vehicle's questions ROUNDS times, for a profiler that counts:
//! `valgrind --tool=callgrind target/release/examples/advice_cost ROUNDS`. The difference between two counts of rounds
//! is what answers cost, without what is done once.
//!
//! An answer is made as the road of an order makes one: the rules for the prompt first, then the answer.

#![expect(clippy::print_stdout, reason = "it reports to a terminal")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has nothing to report")]

use std::{sync::Arc, time::Duration};

use driveever_core::{
    ai::{
        rules::{Matter, RuleBook as _},
        text_model::{Generation, TextModel as _},
    },
    prompt::PromptCategory,
    time::FixedClock,
    vehicle::{
        record::VehicleRecord,
        registration::Registration,
        source::{Freshness, VehicleDataSource as _},
    },
};
use driveever_providers::{offline::OfflineAdvisor, rulebook::EmbeddedRules, vehicle_files::DemonstrationVehicles};

/// The first is the one that the road's benchmark asks.
const QUESTIONS: [&str; 6] = [
    "Is my car safe to drive with these advisories?",
    "When is my MOT due and can I renew it early?",
    "How much is my road tax?",
    "Has it been clocked? The milage looks odd",
    "Should I buy this car?",
    "My brakes squeal when I stop, is that dangerous?",
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().map_or(1, |rounds| rounds.parse().unwrap());
    let questions = arguments.next().map_or(QUESTIONS.len(), |questions| questions.parse().unwrap());
    let clock = Arc::new(FixedClock::at("2026-11-24T09:00:00Z".parse().unwrap()));
    let source = DemonstrationVehicles::new(clock.clone());
    let mut records: Vec<Arc<VehicleRecord>> = Vec::new();
    for mark in ["L2WPS", "AB17DGR", "AA19SRN", "AA19MOT", "AB64CLK", "AA19EEE"] {
        records.push(Arc::new(
            source.lookup(&Registration::from_stored(mark).unwrap(), Freshness::Remembered).await.unwrap(),
        ));
    }
    let advisor = OfflineAdvisor::new(clock);
    let (mut answers, mut bytes) = (0_usize, 0_usize);
    for _ in 0..rounds {
        for record in &records {
            for question in QUESTIONS.iter().take(questions) {
                let today = "2026-11-24".parse().unwrap();
                let category = Some(PromptCategory::SafetyAssessment);
                let consulted = EmbeddedRules.consult(&Matter { question, category, record: Some(record), today });
                let request = Generation {
                    prompt: consulted.rules.into_iter().map(|rule| rule.statement).collect(),
                    question: (*question).to_owned(),
                    category: category.map(|category| category.as_str().to_owned()),
                    record: Some(record.clone()),
                    today,
                    groundwork: consulted.groundwork,
                    model: None,
                    max_output_tokens: None,
                    timeout: Duration::from_secs(1),
                };
                bytes += advisor.generate(&request).await.unwrap().text.len();
                answers += 1;
            }
        }
    }
    println!("{answers} answers, {bytes} bytes");
}
