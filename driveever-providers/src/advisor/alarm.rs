//! Whether a question is to be answered as an emergency: what its category says, what its words say, together.
//!
//! The scripts of particular dangers are found by patterns. Two things are settled here besides. Where the category says
//! emergency and no script fits, the answer is the one that is right for any danger, unless the words show that nothing is
//! happening: they ask for a fact, or the danger is denied. And where the category is one of papers and money, a script that
//! fits is not told where the words only ask or speak of law and money, and none says that it is happening: "does a crash
//! affect my premium" alarms nobody. A category alone silences no script, because a caller may have chosen it.
//!
//! A missed emergency is worse than a false one, so that doubt falls to the alarm where the category says emergency, and to
//! the script where a driver stands by a vehicle. See decision 42.

use driveever_core::{
    prompt::{PromptCategory, classify::Classifier},
    vehicle::words::{Piece, each_piece},
};

use super::text::{Lexicon, WordId, Words};
use crate::rules::{Rule, Urgency};

/// How many emergencies of one question are answered.
const MAX_EMERGENCIES: usize = 2;
/// How sure the classifier must be to be heard against the caller's category.
const SURE: f64 = 0.6;
/// The answer that is right for any danger.
const ANY: &str = "emergency.other";

/// Scripts of harm to people: what they say is told in whatever category, unless it is only asked about.
const OF_HARM: &[&str] = &[
    "emergency.collapsed",
    "emergency.injury",
    "emergency.chemical",
    "emergency.labour",
    "emergency.locked-in",
    "emergency.trapped",
];

/// Words of harm to people, or of a danger that has no script of its own.
const PERIL: &str = "i hurt,we hurt,hes hurt,shes hurt,theyre hurt,got hurt,badly hurt,someone hurt,people hurt,been injured,got injured,someone injured,people injured,badly injured,i injured,blood,unconscious,not breathing,cant breathe,i trapped,trapped in,trapped under,pinned under,pinned against,crushed,drowning,choking,electrocuted,electric shock,going to die,gonna die,hes dying,shes dying,people dying,dead body,explosion,exploded,exploding,explode,about to blow,going to blow,gas leak,gas cylinder,attacked,attacking,assaulted,hostage,kidnapped,kidnap,stabbed,shot at,shooting at,overdose,suicidal,kill myself,jump off,sinkhole,landslide,avalanche,lightning,struck by lightning,earthquake,tornado,flames,on fire,out of control,lost control,cant stop car,cant get out,hanging over edge,over edge,over cliff,cliff edge,teetering,hypothermia,frostbite,freezing to death,heatstroke,fainted,passed out,seizure,heart attack,having stroke,allergic reaction,poisoned,about to crash,going to crash,about to hit";
/// Words of somebody who needs help now.
const HELP: &str = "help,help me,999,112,ambulance,paramedic,fire brigade,call police,police now,emergency,mayday,sos,omg,oh god,oh my god,scared,terrified,frightened,petrified,panicking,panic,urgent,urgently,right now,hurry,quick,asap,stranded,not safe here,in danger,dangerous position,alone at night,in dark alone,dont know what to do";
/// Words of what is happening, or has just happened.
const NOW: &str = "now,right now,this minute,this second,this moment,at moment,minute ago,minutes ago,mins ago,min ago,seconds ago,second ago,moments ago,moment ago,on motorway,hard shoulder,at roadside,side of road,live lane,still burning,what do i do,what do we do,what should i do,what should we do,who do i call,who do i ring,do i ring,do i call,should i ring,should i call,on fire,in flames,help";
/// Words of who asks for a fact: the law, money, papers, the past of a vehicle, or out of interest.
const FACT: &str = "legal,illegal,legally,law,requirement,requirements,required,mandatory,compulsory,regulation,regulations,fine for,fines,points for,penalty,how much,cost,costs,price,prices,cheap,cheapest,expensive,afford,insurance,insured,insurer,premium,excess,claim,claims,policy,no claims,nothing wrong,no issue,no issues,no problem,no problems,tax,taxed,mot,sorn,v5c,log book,logbook,number plate,history,hpi,record,records,on record,ever,has it,was it,did it,had it,previous owner,last owner,wondering,wonder,curious,out of interest,only asking,i only ask,what does it mean,definition,hypothetically,theory test,driving test,buy,buying,bought,sell,selling,for sale,advert,seller,worth,warranty,back on road,back on the road,rating,ncap,recommend,best,statistics,what causes,what would cause,what could cause,do i have to,how common,how likely,how many,how often,invented";
/// Words of who asks for the past of a vehicle.
const PAST: &str = "ever been,ever had,ever in,ever written,ever on fire,ever caught,ever crashed,ever flooded,has it ever,was it ever,did it ever,history,written off,write off,previous owner,previous owners,last owner,before i bought,before i buy,on record,on its record,hpi,declared";
/// What somebody denies to whom nothing happens; "no lights" is no such denial.
const DENIED: &str = "smoke,smoking,fire,flames,burning,steam,overheating,crash,crashed,accident,collision,flood,flooded,leak,leaking,brake failure,broken down,failed";
/// First words of a clause that asks.
const ASKERS: &[&str] = &[
    "is", "are", "was", "were", "has", "have", "had", "do", "does", "did", "can", "could", "will", "would", "should",
    "may", "might", "must", "shall", "what", "whats", "which", "who", "whos", "when", "where", "wheres", "why", "how",
    "hows", "any", "isnt", "arent", "wasnt", "hasnt", "havent", "doesnt", "dont", "didnt", "cant", "wont", "if",
];
/// What may stand before one.
const OPENERS: &[&str] = &[
    "hi", "hello", "hey", "so", "and", "or", "also", "well", "please", "just", "ok", "quick", "question", "sorry",
    "thanks",
];

/// Words of what the asker has, sees or does.
const HERE: &[&str] = &[
    "i", "im", "ive", "id", "me", "my", "mine", "we", "were", "weve", "us", "our", "you", "your", "he", "hes", "she",
    "shes", "they", "this", "that", "it", "its", "if", "drill", "do", "coming", "from", "under", "inside", "just",
    "now", "help",
];

/// What a category says of an emergency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Footing {
    /// It is one, most likely.
    Emergency,
    /// The driver may stand by the vehicle, or nothing is known.
    Open,
    /// It is about papers, money or rules.
    Papers,
}

impl Footing {
    fn of(category: Option<&str>) -> Self {
        match category {
            Some("emergency_guidance") => Self::Emergency,
            None | Some("safety_assessment" | "technical_support") => Self::Open,
            Some(_) => Self::Papers,
        }
    }
}

/// The words of alarm, by their numbers.
#[derive(Debug)]
pub(super) struct Alarm {
    peril: Vec<Vec<WordId>>,
    help: Vec<Vec<WordId>>,
    now: Vec<Vec<WordId>>,
    fact: Vec<Vec<WordId>>,
    past: Vec<Vec<WordId>>,
    denied: Vec<Vec<WordId>>,
}

/// A question as the alarm hears it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard<'h> {
    pub(super) question: &'h str,
    pub(super) category: Option<&'h str>,
    /// Its words.
    pub(super) words: &'h Words,
    /// Its words without what it denies.
    pub(super) meant: &'h Words,
    /// Whether it is about papers and money alone, as far as its topics tell.
    pub(super) of_papers: bool,
    /// Whether it says nothing that is known besides asking for help.
    pub(super) bare: bool,
    /// How urgent the rules of their own are that answer it: a symptom, or a subject.
    pub(super) ruled: Option<Urgency>,
}

/// What is answered as an emergency.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) emergencies: Vec<&'static Rule>,
    /// Whether a script fits that is not told, because nothing says that it is happening.
    pub(super) set_aside: bool,
}

impl Alarm {
    /// Learns the words.
    pub(super) fn learn(lexicon: &mut Lexicon) -> Self {
        let mut phrases = |list: &str| list.split(',').map(|phrase| lexicon.learn_phrase(phrase)).collect();
        Self {
            peril: phrases(PERIL),
            help: phrases(HELP),
            now: phrases(NOW),
            fact: phrases(FACT),
            past: phrases(PAST),
            denied: phrases(DENIED),
        }
    }

    /// Settles what is told of the scripts that fit, and whether the answer for any danger is.
    pub(super) fn settle(&self, fitting: Vec<&'static Rule>, any: Option<&'static Rule>, heard: &Heard<'_>) -> Settled {
        let footing = Footing::of(heard.category);
        // Of a plain breakdown by the road nobody is hurt.
        let plain = fitting.iter().all(|rule| rule.urgency < Some(Urgency::StopNow));
        let too_plain = plain && footing == Footing::Emergency && self.is_peril(heard);
        if !fitting.is_empty() && !too_plain {
            let harm = || fitting.iter().any(|rule| rule.alone || OF_HARM.contains(&rule.id.as_str()));
            let happens = self.happens(heard) || harm() && !only_asks(heard.question);
            let past = || says(&self.past, heard.words) && only_asks(heard.question) || is_general(heard.question);
            let papers = || footing == Footing::Papers && (says(&self.fact, heard.words) || only_asks(heard.question));
            let set_aside = !happens && (papers() || past());
            return Settled { emergencies: if set_aside { Vec::new() } else { told(fitting) }, set_aside };
        }
        let stops = heard.ruled == Some(Urgency::StopNow);
        let alarmed = match footing {
            Footing::Emergency => (!stops || self.is_peril(heard)) && !self.is_calm(heard),
            _ => !stops && !self.asks_for_facts(heard) && (self.is_peril(heard) || self.sounds_so(heard)),
        };
        // "Help" alone asks for what the advisor can do, or for help.
        let set_aside = !alarmed && heard.bare && says(&self.help, heard.meant);
        Settled { emergencies: any.into_iter().filter(|_| alarmed).collect(), set_aside }
    }

    /// Whether something says that it is happening.
    fn happens(&self, heard: &Heard<'_>) -> bool {
        says(&self.help, heard.meant) || says(&self.now, heard.meant)
    }

    /// Whether there is danger to people.
    fn is_peril(&self, heard: &Heard<'_>) -> bool {
        says(&self.peril, heard.meant)
    }

    /// Whether it only asks, or speaks of law, money and papers.
    fn asks_for_facts(&self, heard: &Heard<'_>) -> bool {
        heard.of_papers || says(&self.fact, heard.words) || only_asks(heard.question)
    }

    /// Whether the classifier takes a report for an emergency, whatever category the caller has chosen.
    fn sounds_so(&self, heard: &Heard<'_>) -> bool {
        let sure = || {
            let classified = Classifier::bundled().classify(heard.question);
            let score = classified.scores.first().map_or(0.0, |(_, score)| *score);
            classified.category == PromptCategory::EmergencyGuidance && score >= SURE
        };
        heard.ruled.is_none() && !self.is_calm(heard) && sure()
    }

    /// Whether the words show that nothing is happening, whatever the category says.
    fn is_calm(&self, heard: &Heard<'_>) -> bool {
        let help = says(&self.help, heard.meant);
        let fact = says(&self.fact, heard.words);
        let denied = says(&self.denied, heard.words) && !says(&self.denied, heard.meant);
        let no_danger = !help && !says(&self.peril, heard.meant);
        let idle = (denied || heard.of_papers) && !says(&self.now, heard.meant);
        no_danger && (fact || idle || is_general(heard.question)) || fact && !help && only_asks(heard.question)
    }
}

/// The first emergencies; of those whose steps contradict the others' the first alone.
fn told(mut fitting: Vec<&'static Rule>) -> Vec<&'static Rule> {
    if let Some(alone) = fitting.iter().copied().find(|rule| rule.alone) {
        return vec![alone];
    }
    fitting.truncate(MAX_EMERGENCIES);
    fitting
}

/// The answer that is right for any danger, among the rules.
pub(super) fn is_for_any(rule: &Rule) -> bool {
    rule.id == ANY
}

fn says(phrases: &[Vec<WordId>], words: &Words) -> bool {
    phrases.iter().any(|phrase| words.has(phrase))
}

/// Whether every clause asks: by its first word, or as a fragment with a question mark at the end.
fn only_asks(question: &str) -> bool {
    let (mut asks, mut others) = (0_usize, 0_usize);
    let mut first = true;
    each_piece(question, |piece| match piece {
        Piece::Pause => first = true,
        Piece::Word(word) if first && !OPENERS.contains(&word.as_str()) => {
            first = false;
            if ASKERS.contains(&word.as_str()) {
                asks += 1;
            } else {
                others += 1;
            }
        }
        Piece::Word(_) => {}
    });
    others == 0 && asks > 0 || others == 1 && asks == 0 && question.trim_end().ends_with('?')
}

/// Whether it asks what something is in general: "what", and nothing that the asker has, sees or does.
fn is_general(question: &str) -> bool {
    let mut place = 0_usize;
    let mut general = true;
    each_piece(question, |piece| {
        if let Piece::Word(word) = piece {
            let word = word.as_str();
            general &= match place {
                0 => matches!(word, "what" | "whats"),
                1 => !matches!(word, "do" | "should" | "now" | "if" | "to" | "next" | "else"),
                _ => !HERE.contains(&word),
            };
            place += 1;
        }
    });
    general && place > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_in_general_is_about_nobody() {
        for question in ["what is aquaplaning", "what happens at a level crossing when the lights flash"] {
            assert!(is_general(question), "{question}");
        }
        for question in [
            "what is that smoke",
            "what is smoking under the bonnet",
            "what do i do in a skid",
            "what now",
            "whats the drill when a tyre blows",
            "aquaplaning",
            "what",
            "",
        ] {
            assert!(!is_general(question), "{question}");
        }
    }

    #[test]
    fn a_question_is_told_from_a_report() {
        for question in
            ["is it legal to smoke?", "so, has it been in an accident", "fire extinguisher legal requirement?"]
        {
            assert!(only_asks(question), "{question}");
        }
        for question in ["my car is on fire, is that bad?", "trapped", "im trapped, what do i do", "", "?"] {
            assert!(!only_asks(question), "{question}");
        }
    }
}
