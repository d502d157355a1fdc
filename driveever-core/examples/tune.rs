//! tune
#![allow(clippy::all, clippy::pedantic, clippy::print_stdout, clippy::unwrap_used)]
use driveever_core::prompt::classify::*;
use driveever_core::prompt::category::PromptCategory;
fn main() {
    let train = parse_questions(include_str!("../data/questions/train.tsv")).unwrap();
    let t = std::time::Instant::now();
    let n = 10;
    let mut lines = vec![];
    let mut right = 0;
    for f in 0..n {
        let tr: Vec<_> = train.iter().enumerate().filter(|(i,_)| i % n != f).map(|x| *x.1).collect();
        let c = Classifier::train(&tr);
        for q in train.iter().enumerate().filter(|(i,_)| i % n == f).map(|x| *x.1) {
            let r = c.classify(q.question);
            if r.category == q.category { right += 1 } else {
                lines.push(format!("{}\t{} {:.2}\t{}", q.category, r.category, r.scores[0].1, q.question)); }
        }
    }
    if std::env::args().any(|a| a == "-v") { lines.sort(); for l in &lines { println!("{l}"); } }
    println!("{right}/{} {:.2}% {:?}", train.len(), right as f64*100./train.len() as f64, t.elapsed());
    if let Some(p) = std::env::args().skip_while(|a| a != "-f").nth(1) {
        let c = Classifier::train(&train);
        let text = std::fs::read_to_string(p).unwrap();
        for l in text.lines() { let (w,q) = l.split_once('\t').unwrap(); let r = c.classify(q); println!("{}{w}\t{} {:.2}\t{q}", if w == r.category.as_str() {""} else {"X "}, r.category, r.scores[0].1); }
    }
    let _ = PromptCategory::ALL;
}
