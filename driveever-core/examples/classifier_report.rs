//! How good the question classifier is, and how its weights are made.
//!
//! `cargo run --release -p driveever-core --example classifier_report` prints cross-validation over
//! the training questions. `-- --unseen` adds the bundled classifier's record on the questions that
//! it was not built on, counts only; whoever asks for it writes the figure into the record of
//! `data/questions/README.md`. `-- --write-weights` trains and writes the weights file; compile again
//! to use it. `-- --mistakes` lists the training questions that cross-validation got wrong, which is
//! what to look at when improving.
#![expect(clippy::print_stdout, reason = "the report is the point")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use driveever_core::prompt::classify::{
    Classifier, DRIVERS_QUESTIONS, HELD_OUT_QUESTIONS, TRAINING_QUESTIONS, UNSEEN_DRIVERS_QUESTIONS,
    UNSEEN_OTHERS_QUESTIONS, cross_validate, evaluate, parse_questions,
};

const FOLDS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let training = [TRAINING_QUESTIONS, DRIVERS_QUESTIONS].concat();
    let training = parse_questions(&training)?;
    let wanted = |flag: &str| std::env::args().any(|argument| argument == flag);

    if wanted("--write-weights") {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/questions/weights.bin");
        let started = Instant::now();
        let file = Classifier::train(&training).weights_file();
        std::fs::write(path, &file)?;
        println!("trained in {:?}, wrote {} bytes to {path}", started.elapsed(), file.len());
        return Ok(());
    }
    let started = Instant::now();
    Classifier::bundled().classify("hello");
    let first = started.elapsed();
    println!("Cross-validation, {FOLDS} folds over the training questions");
    let (evaluation, mistakes) = cross_validate(&training, FOLDS);
    println!("{evaluation}");
    if wanted("--mistakes") {
        for (labelled, given) in mistakes {
            println!("{}\t{given}\t{}", labelled.category, labelled.question);
        }
    }
    if wanted("--unseen") {
        for (name, text) in [
            ("unseen part of the drivers' set", UNSEEN_DRIVERS_QUESTIONS),
            ("questions of other authors", UNSEEN_OTHERS_QUESTIONS),
            ("older held-out set", HELD_OUT_QUESTIONS),
        ] {
            println!("Bundled classifier on the {name}");
            println!("{}", evaluate(Classifier::bundled(), &parse_questions(text)?));
        }
    }
    println!("{first:?} for the first question, {:?} for one of 200 characters", time_of_one());
    Ok(())
}

/// How long the bundled classifier takes for a question of 200 characters, on average.
fn time_of_one() -> Duration {
    const ROUNDS: u32 = 10_000;
    let question: String =
        "my garage says the rear springs are corroded and wants 400 quid, ".chars().cycle().take(200).collect();
    let started = Instant::now();
    for _ in 0..ROUNDS {
        black_box(Classifier::bundled().classify(black_box(&question)));
    }
    started.elapsed() / ROUNDS
}
