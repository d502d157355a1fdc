//! Whether a driver asks for a state or reports one: "are my tyres bald?" asks, "my tyres are bald" reports.
//!
//! Symptoms are found by words, and these words are in both. A clause asks for a state when it begins with a verb that asks
//! ("is", "have") or with a wish to know ("how do I know if") and a subject follows. It reports all the same when it has a
//! word of somebody who has seen it ("supposed to", "normal", "when I brake") or who means to drive with it, and when what
//! is wrong stands before the part ("do my bald tyres need changing"). So a report is lost only where a question has its
//! plain shape; what has another shape stays a report, and emergencies are never asked away: see decision 32.
//!
//! A reader of the whole grammar would know more shapes, and would be wrong without saying where.

/// Verbs that ask where they begin a clause.
const VERBS: &[&str] = &[
    "is", "are", "was", "were", "has", "have", "had", "do", "does", "did", "isnt", "arent", "hasnt", "havent",
    "doesnt", "dont", "could", "might",
];
/// What may stand before such a verb.
const OPENERS: &[&str] =
    &["hi", "hello", "hey", "please", "so", "and", "also", "well", "question", "quick", "sorry", "um"];
/// What may begin the subject, with what is asked about after it.
const DETERMINERS: &[&str] =
    &["my", "our", "the", "her", "his", "a", "an", "any", "all", "some", "one", "both", "these"];
/// What is a subject by itself.
const PRONOUNS: &[&str] = &["it", "they", "there", "mine", "either", "anything", "something"];
/// Parts, which are subjects without an article too; in a clause that asks, only they are still heard.
pub(super) const PARTS: &str = "brake brakes breaks pad pads disc discs tyre tyres tire tires wheel wheels exhaust engine steering clutch gearbox gear gears suspension spring springs shock shocks battery oil coolant antifreeze water radiator fuel windscreen screen wiper wipers mirror belt belts seatbelt seatbelts door doors light lights lamp lamps headlight headlights handbrake turbo dpf adblue tpms abs airbag sill sills chassis subframe car van bike vehicle";
/// Words for the state of a part: a clause that asks with one of them asks for the state.
pub(super) const STATES: &str = "worn wear wearing thin bald gone going dead dying finished failing failed broken snapped cracked bent loose leaking leak leaks blowing blown blocked slipping slip sticking stuck seized rusty rusted rotten corroded low empty flat soft spongy weak faulty damaged knackered bulge bulging split perished puncture punctured bad due grinding squeaking squealing knocking clunking working replace replacing replaced changing need hole out";
/// What makes what is wrong a thing that is known, where it stands before the part.
const KNOWN: &[&str] = &[
    "bald",
    "worn",
    "leaking",
    "leaky",
    "cracked",
    "broken",
    "bent",
    "flat",
    "slipping",
    "grinding",
    "squealing",
    "squeaky",
    "spongy",
    "soft",
    "blown",
    "blowing",
    "loose",
    "damaged",
    "bulging",
    "perished",
    "punctured",
    "smoking",
    "failed",
    "dead",
    "stiff",
    "stuck",
    "faulty",
    "noisy",
    "illegal",
    "smashed",
    "snapped",
    "rusty",
];
/// Those who know, tell or see whether.
const KNOWERS: &[&str] =
    &["know", "tell", "wonder", "wondering", "sure", "see", "idea", "whether", "find", "check", "test", "clue"];
/// What may stand between them and the "if".
const BETWEEN: &[&str] = &["me", "out", "for", "myself", "you", "us"];
/// Words of one who has seen it, or who means to drive with it.
const SEEN: &[&str] = &[
    "supposed",
    "meant",
    "normal",
    "normally",
    "ok",
    "okay",
    "alright",
    "fine",
    "bad",
    "dangerous",
    "danger",
    "safe",
    "safely",
    "unsafe",
    "should",
    "shouldnt",
    "drive",
    "driving",
    "driven",
    "drove",
    "ride",
    "riding",
    "drivable",
    "driveable",
    "legal",
    "illegal",
    "legally",
    "allowed",
    "law",
    "worry",
    "worried",
    "worrying",
    "concern",
    "concerned",
    "serious",
    "urgent",
    "matter",
    "problem",
    "problems",
    "if",
    "when",
    "whenever",
    "while",
    "because",
    "since",
    "after",
    "that",
    "which",
    "why",
    "too",
    "help",
    "i",
    "im",
    "ive",
    "we",
    "weve",
    "you",
    "every",
    "making",
    "makes",
    "feel",
    "feels",
    "feeling",
    "smell",
    "smells",
    "smelling",
    "sound",
    "sounds",
    "hear",
    "hearing",
    "again",
    "keeps",
    "keep",
    "suddenly",
    "motorway",
    "long",
    "much",
    "many",
    "often",
];

/// How far the reading of a clause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Nothing that tells yet.
    #[default]
    Start,
    /// A verb that asks: a subject must follow.
    Verb,
    /// The same of several: "are", "do".
    Verbs,
    /// "Do I": "have" or "got" must follow.
    Own,
    /// "Do I have": anything but "to" may follow.
    Have,
    /// "Do you": "think" must follow.
    You,
    /// The beginning of the subject: what is asked about must follow.
    Determiner,
    /// The subject: something must be asked of it.
    Subject,
    /// Something is asked of it.
    Asks,
    /// It reports.
    Reports,
    /// It reports whatever follows.
    Seen,
}

/// A clause in the reading, word by word.
#[derive(Debug, Default)]
pub(super) struct Asking {
    state: State,
    /// Whether the last words were those of somebody who wants to know.
    knows: bool,
    /// Whether the clause asks how, or for leave to know.
    how: bool,
}

impl Asking {
    /// Reads the next word, as it is written, in lower case.
    pub(super) fn word(&mut self, word: &str) {
        let is = |list: &[&str]| list.contains(&word);
        if self.knows && matches!(word, "if" | "whether" | "when") && self.state != State::Seen {
            (self.state, self.knows) = (State::Verb, false);
            return;
        }
        let how = self.how || is(&["how", "way", "want"]) || word == "can" && self.state == State::Start;
        // "What to check if" asks what to do; "how to check if" asks whether.
        self.knows = is(KNOWERS) && (how || !is(&["check", "test", "see", "tell"])) || self.knows && is(BETWEEN);
        self.how = how;
        self.state = match self.state {
            State::Start if is(OPENERS) => State::Start,
            State::Start if is(&["are", "do", "arent", "dont"]) => State::Verbs,
            State::Start if is(VERBS) => State::Verb,
            // "Do bald tyres grip" asks for a rule, and "is leaking oil" reports.
            State::Verbs if is(KNOWN) => State::Subject,
            State::Verb | State::Verbs if word == "i" => State::Own,
            State::Verb | State::Verbs if word == "you" => State::You,
            State::Own if is(&["have", "got"]) => State::Have,
            State::Have if word == "got" => State::Have,
            State::Have if word == "to" => State::Seen,
            State::You if is(&["think", "reckon"]) => State::Verb,
            State::Verb | State::Verbs if is(PRONOUNS) => State::Subject,
            State::Verb | State::Verbs if is(DETERMINERS) => State::Determiner,
            State::Verb | State::Verbs if is_part(word) => State::Subject,
            State::Start | State::Verb | State::Verbs | State::Own | State::You | State::Reports => State::Reports,
            State::Determiner if is(KNOWN) => State::Seen,
            State::Have | State::Determiner | State::Subject | State::Asks if is(SEEN) => State::Seen,
            State::Determiner => State::Subject,
            State::Have | State::Subject | State::Asks => State::Asks,
            State::Seen => State::Seen,
        };
    }

    /// Ends the clause: whether it asked for a state.
    pub(super) fn end(&mut self) -> bool {
        std::mem::take(self).state == State::Asks
    }
}

/// Whether the word is that of a part.
fn is_part(word: &str) -> bool {
    PARTS.split_ascii_whitespace().any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use driveever_core::vehicle::words::{Piece, each_piece};

    use super::*;

    fn asks(question: &str) -> bool {
        let mut asking = Asking::default();
        let mut asked = false;
        each_piece(question, |piece| match piece {
            Piece::Pause => asked |= asking.end(),
            Piece::Word(word) => asking.word(word),
        });
        asked | asking.end()
    }

    #[test]
    fn a_question_for_a_state_is_told_from_a_report() {
        for question in [
            "are my tyres bald?",
            "is my exhaust blowing",
            "has my battery gone?",
            "have my brakes worn out?",
            "is it leaking oil?",
            "does my car leak oil?",
            "is there a bulge in my tyre?",
            "hi, are the discs worn?",
            "are tyres bald at the back?",
            "have I got a puncture?",
            "do I have a slow puncture?",
            "do you think my clutch is slipping?",
            "how do I know if my tyres are bald?",
            "how can I tell whether my clutch is slipping",
            "can you tell me if my brakes are worn",
            "how to check if the battery is dead",
            "I'm not sure if my exhaust is blowing",
            "do bald tyres fail?",
        ] {
            assert!(asks(question), "{question}");
        }
    }

    #[test]
    fn a_report_stays_one_in_the_form_of_a_question_too() {
        for question in [
            "my tyres are bald",
            "my tyres are bald, aren't they?",
            "tyres bald?",
            "are my brakes supposed to go to the floor?",
            "is it normal for brakes to grind?",
            "is it ok to drive with bald tyres?",
            "do my bald tyres need changing?",
            "is my leaking exhaust urgent?",
            "are my brakes gone when I press and nothing happens?",
            "is that a bulge in my tyre?",
            "is leaking oil",
            "what should I check if my brakes are grinding?",
            "what do I do if my brakes fail?",
            "do I have to change a bald tyre?",
            "why is my tyre bulging?",
            "has no tread left",
            "is my clutch slipping again?",
            "are my tyres",
            "",
        ] {
            assert!(!asks(question), "{question}");
        }
    }
}
