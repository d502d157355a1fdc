//! From a driver's text to words: lower case, without apostrophes, text-speak and dialect spelled
//! out, and numbers, sums, registrations, roads and fault codes replaced by their kind.
//!
//! "Price 4 clutch on AB12 CDE pls?" becomes `price #num clutch on #reg please`. A kind starts with
//! `#`, which no word does.

/// How many characters of a question are looked at; the rest is ignored.
///
/// People say what they want in the first sentences, and a bound makes the cost of classifying a
/// 10 MB string that of a long letter.
pub const MAX_CHARS: usize = 1_000;

/// Longer words are cut: nothing that anybody means is longer.
const MAX_WORD_CHARS: usize = 24;

/// The words of `question`, in order.
pub(super) fn words(question: &str) -> Vec<String> {
    let raw = split(question);
    let mut words = Vec::with_capacity(raw.len() + 4);
    let mut index = 0;
    while index < raw.len() {
        let word = raw[index].as_str();
        let next = raw.get(index + 1).map(String::as_str);
        if let Some(next) = next
            && is_split_registration(word, next)
        {
            words.push("#reg".to_owned());
            index += 2;
            continue;
        }
        if word == "£" {
            words.push("#money".to_owned());
            index += if next.is_some_and(starts_with_digit) { 2 } else { 1 };
            continue;
        }
        if let Some(kind) = number_kind(word) {
            words.push(kind.to_owned());
        } else if word == "break" && next.is_some_and(|next| BRAKE_PARTS.contains(&next)) {
            words.push("brake".to_owned());
        } else {
            words.extend(spell_out(word).split(' ').map(str::to_owned));
        }
        index += 1;
    }
    words
}

/// What follows "break" when the writer meant "brake".
const BRAKE_PARTS: &[&str] = &[
    "pad", "pads", "disc", "discs", "fluid", "pedal", "peddle", "light", "lights", "caliper", "calipers", "pipe",
    "pipes", "line", "lines", "hose", "shoes", "drum", "drums",
];

/// Cuts text into runs of letters and digits; a full stop inside a number
/// stays, a comma there goes, `£` stands alone.
fn split(question: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut length = 0_usize;
    let mut characters = question.chars().take(MAX_CHARS).peekable();
    while let Some(character) = characters.next() {
        if is_apostrophe(character) || is_invisible(character) {
            continue;
        }
        let inside_number =
            word.ends_with(|c: char| c.is_ascii_digit()) && characters.peek().is_some_and(char::is_ascii_digit);
        if character == ',' && inside_number {
            continue;
        }
        let decimal_point = character == '.' && inside_number;
        if character.is_alphanumeric() || decimal_point {
            for lower in character.to_lowercase().map(without_accent) {
                if length < MAX_WORD_CHARS && !is_third_in_a_row(&word, lower) {
                    word.push(lower);
                    length += 1;
                }
            }
            continue;
        }
        finish(&mut words, &mut word);
        length = 0;
        if character == '£' {
            words.push("£".to_owned());
        }
    }
    finish(&mut words, &mut word);
    words
}

fn finish(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’' | '‘' | '`' | '´')
}

/// Marks that take no space: direction marks, joiners, the soft hyphen, the byte order mark.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn without_accent(character: char) -> char {
    match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        other => other,
    }
}

/// "heeeelp" keeps two of its letters; numbers keep all.
fn is_third_in_a_row(word: &str, character: char) -> bool {
    let mut last = word.chars().rev();
    character.is_alphabetic() && last.next() == Some(character) && last.next() == Some(character)
}

fn starts_with_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// The kind of a word that has digits, or `None` for one that does not or that names a model.
fn number_kind(word: &str) -> Option<&'static str> {
    if !word.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(match word {
            // The emergency numbers mean more than a number.
            "999" | "112" => return None,
            _ if word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) => "#year",
            _ if word.len() <= 3 => "#num",
            _ => "#big",
        });
    }
    if word.contains('.') {
        return Some("#size");
    }
    let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = word.len() - letters.len();
    match letters {
        "k" => return Some("#k"),
        "mm" | "cm" | "cc" | "mpg" | "mph" | "bhp" | "hp" | "l" | "kw" | "ft" | "in" => {
            return Some("#size");
        }
        "miles" | "mile" | "mi" | "km" => return Some("#miles"),
        "quid" | "p" | "pounds" | "grand" => return Some("#money"),
        "yr" | "yrs" | "yo" | "months" | "days" | "weeks" | "am" | "pm" | "hrs" => {
            return Some("#num");
        }
        "plate" | "reg" => return Some("#year"),
        _ => {}
    }
    if digits == 0 && is_road(word) {
        return Some("#road");
    }
    if is_fault_code(word) {
        return Some("#code");
    }
    is_registration(word).then_some("#reg")
}

/// `m25`, `a38`, `b4008`. Not `a4`: that is an Audi as often as a road.
fn is_road(word: &str) -> bool {
    let mut characters = word.chars();
    let class = characters.next();
    let number = characters.as_str();
    let shortest = if class == Some('m') { 1 } else { 2 };
    matches!(class, Some('a' | 'b' | 'm'))
        && (shortest..=4).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// An OBD-II code: `p0420`.
fn is_fault_code(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 5
        && matches!(bytes[0], b'p' | b'c' | b'b' | b'u')
        && matches!(bytes[1], b'0'..=b'3')
        && bytes[2..].iter().all(u8::is_ascii_hexdigit)
}

/// The current style (`ab12cde`) and the prefix and suffix styles (`a123bcd`, `abc123d`). A hint for
/// the classifier; vehicles are looked up by a real parser elsewhere.
fn is_registration(word: &str) -> bool {
    let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '9' } else { 'a' }).collect();
    matches!(shape.as_str(), "aa99aaa" | "a9aaa" | "a99aaa" | "a999aaa" | "aaa999a" | "aaa99a" | "aaa9a")
}

fn is_split_registration(first: &str, second: &str) -> bool {
    first.len() == 4
        && second.len() == 3
        && second.bytes().all(|byte| byte.is_ascii_lowercase())
        && first.bytes().take(2).all(|byte| byte.is_ascii_lowercase())
        && first.bytes().skip(2).all(|byte| byte.is_ascii_digit())
}

/// Text-speak, dropped letters and dialect as standard words; anything else as it is.
fn spell_out(word: &str) -> &str {
    match word {
        "u" | "ya" | "yer" => "you",
        "ur" => "your",
        "r" => "are",
        "y" => "why",
        "wot" | "wat" | "whit" | "wha" | "wut" => "what",
        "whats" | "wots" | "wats" | "whits" => "what is",
        "hows" => "how is",
        "whens" | "wens" => "when is",
        "wheres" => "where is",
        "whos" => "who is",
        "whys" => "why is",
        "wen" => "when",
        "hw" | "ow" | "hoo" => "how",
        "mch" | "mutch" | "muc" => "much",
        "wiv" | "wi" | "wid" | "wif" => "with",
        "shud" | "shld" => "should",
        "cud" | "cld" => "could",
        "wud" | "wld" => "would",
        "duz" | "dus" => "does",
        "dae" | "dya" => "do",
        "didnae" => "didnt",
        "dinnae" | "dunnae" => "dont",
        "cannae" => "cant",
        "wullnae" | "wonae" | "winnae" => "wont",
        "isnae" => "isnt",
        "hav" | "huv" => "have",
        "ive" | "iv" => "i have",
        "im" => "i am",
        "ma" | "mi" | "mah" => "my",
        "tae" => "to",
        "ae" => "of",
        "oot" => "out",
        "doon" => "down",
        "aboot" => "about",
        "noo" => "now",
        "deid" => "dead",
        "hame" => "home",
        "ont" => "on the",
        "t" | "da" | "teh" => "the",
        "dis" => "this",
        "dat" => "that",
        "iz" => "is",
        "summat" | "sumthin" | "sumfin" | "somethin" => "something",
        "owt" => "anything",
        "nowt" => "nothing",
        "gonna" | "gunna" | "ganna" | "gonnae" => "going to",
        "wanna" => "want to",
        "gotta" => "have to",
        "pls" | "plz" | "plse" => "please",
        "thx" | "thanx" | "tnx" => "thanks",
        "cos" | "coz" | "cuz" | "bc" => "because",
        "wk" => "week",
        "yr" | "yrs" => "year",
        "approx" => "roughly",
        "gud" => "good",
        "alrite" | "aight" => "alright",
        "okay" | "oke" => "ok",
        "brakez" | "breaks" | "breakes" | "brekes" => "brakes",
        "tires" => "tyres",
        "tire" => "tyre",
        "hud" => "had",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(question: &str) -> String {
        words(question).join(" ")
    }

    #[test]
    fn case_apostrophes_and_text_speak_are_evened_out() {
        assert_eq!(joined("What's UR car?"), "what is your car");
        assert_eq!(joined("wot’s ma motor worth"), "what is my motor worth");
        assert_eq!(joined("break pads"), "brake pads");
        assert_eq!(joined("can't brake"), "cant brake");
        assert_eq!(joined("Citroën"), "citroen");
        assert_eq!(joined("heeeeelp!!!"), "heelp");
    }

    #[test]
    fn numbers_become_their_kind() {
        assert_eq!(joined("£1,200 for a 2012 1.6"), "#money for a #year #size");
        assert_eq!(joined("AB12 CDE and l2wps"), "#reg and #reg");
        assert_eq!(joined("p0420 on the M25 at 70mph 60k"), "#code on the #road at #size #k");
        assert_eq!(joined("ring 999"), "ring 999");
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert!(words("").is_empty());
        assert!(words(" \0\t\u{202e}?!…").is_empty());
    }

    #[test]
    fn only_the_beginning_is_read() {
        let long = "a b ".repeat(1_000_000);
        assert_eq!(words(&long).len(), MAX_CHARS / 2);
        assert_eq!(words(&"x1".repeat(5_000)), ["x1".repeat(MAX_WORD_CHARS / 2)]);
    }
}
