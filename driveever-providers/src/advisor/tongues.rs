//! Questions that are not in English: recognised, so that nobody in danger is told "that is outside what this adviser knows".
//!
//! A script of its own tells by its letters. In Latin letters a language tells by small words and words of danger that
//! English does not have; two of them must be there, and more of them than of English small words, so that an English
//! question with a foreign name stays English. A library that detects languages knows sixty more and guesses wrong on a
//! question of four words, which is how people in danger write.

use driveever_core::vehicle::words::each_word;

/// A language in Latin letters.
struct Tongue {
    rule: &'static str,
    /// Small words and words of motoring that no English question has.
    common: &'static str,
    /// Words of danger.
    danger: &'static str,
}

/// A question in another language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    /// The rule with what is said in that language.
    pub(super) rule: &'static str,
    /// Whether it has a word of danger, or may have: of a script that is not read, nobody knows.
    pub(super) danger: bool,
}

/// Words of English that no other language here has.
const ENGLISH: &str = "the my is and it to of for with when how what can does car i has have you your are was this that not from there at be or if but just need get would should will why who where";

/// Cries for help that are enough by themselves.
const CRIES: &str = "hilfe secours aiuto socorro ayuda auxilio pomocy ratunku ajutor imdat yardım";

const TONGUES: &[Tongue] = &[
    Tongue {
        rule: "language.german",
        common: "ich mein meine meinen meinem meiner nicht und ist der das ein eine einen wie kann auf wir mit für mehr wann muss bin habe hat geht funktioniert steht dem den zum beim wagen",
        danger: "hilfe brennt feuer bremse bremsen unfall rauch verletzt gefahr notfall blut bewusstlos eingeklemmt notruf raucht qualmt",
    },
    Tongue {
        rule: "language.french",
        common: "mon ma mes je ne suis est les une dans sur avec pour comment quand puis marche voiture vous nous ça ai fonctionne moteur du et au roule mes qui",
        danger: "secours feu frein freins accident fumée blessé blessée urgence danger sang brûle flammes coincé inconscient aidez",
    },
    Tongue {
        rule: "language.spanish",
        common: "mi mis el los las una está estoy tengo no es con para cómo como cuándo coche carro del que y se por funcionan funciona motor hay ha",
        danger: "ayuda socorro fuego llamas freno frenos accidente humo herido herida peligro emergencia sangre atrapado quemando ardiendo incendio",
    },
    Tongue {
        rule: "language.italian",
        common: "mia il lo gli una è sono ho con per come quando macchina non della nel che funziona funzionano motore miei mio sto posso",
        danger: "aiuto fuoco fiamme freno freni incidente fumo ferito ferita pericolo emergenza sangue bloccato bloccata brucia soccorso incastrato",
    },
    Tongue {
        rule: "language.portuguese",
        common: "meu minha meus o os uma está estou tenho não é com para como quando carro do da no que funciona funcionam motor e em",
        danger: "ajuda socorro fogo chamas freio freios travões acidente fumo fumaça ferido ferida perigo emergência sangue preso queimando incêndio",
    },
    Tongue {
        rule: "language.polish",
        common: "mój moje moja moim nie jest się mam jak kiedy co mogę samochód samochodu auto dla jestem działają działa silnik na z i w czy po",
        danger: "pomocy pomoc pożar pali płonie ogień hamulce hamulców wypadek dym ranny ranna krew niebezpieczeństwo uwięziony ratunku",
    },
    Tongue {
        rule: "language.romanian",
        common: "mea meu mele nu este sunt am cu pentru cum când mașina masina mașină din și si la pe un o funcționează functioneaza merge merg motorul care se",
        danger: "ajutor foc flăcări flacari frâne frane frânele franele accident fum rănit ranit pericol sânge sange arde blocat urgență",
    },
    Tongue {
        rule: "language.dutch",
        common: "mijn ik niet het een en maar hoe wanneer kan met voor zijn heb deze dat naar werkt werken doen doet wat auto remmen staat",
        danger: "brand brandt rook ongeluk gewond gevaar bloed vlammen noodgeval bewusteloos vastzitten",
    },
    Tongue {
        rule: "language.turkish",
        common: "benim bir ve bu ne nasıl araba arabam arabamın aracım çalışmıyor tutmuyor için var yok değil mı mi çok",
        danger: "yardım imdat yangın yanıyor fren frenler kaza duman yaralı tehlike kan sıkıştım alev",
    },
    Tongue {
        rule: "language.welsh",
        common: "fy mae yn ar nid ydy dw rwyf mewn gyda sut pryd gar nghar y yr wedi ddim o",
        danger: "tân help cymorth damwain mwg brecs breciau perygl argyfwng gwaed anafu",
    },
];

/// Which language a question is in, unless it is English or cannot be told.
pub(super) fn heard(question: &str) -> Option<Foreign> {
    by_script(question).or_else(|| by_words(question))
}

/// By the script in which most of its letters are.
fn by_script(question: &str) -> Option<Foreign> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    let mut letters = 0_usize;
    for c in question.chars().take(MAX_READ).filter(|c| c.is_alphabetic()) {
        letters += 1;
        if let Some(rule) = script(c) {
            match counts.iter_mut().find(|(there, _)| *there == rule) {
                Some((_, count)) => *count += 1,
                None => counts.push((rule, 1)),
            }
        }
    }
    let foreign: usize = counts.iter().map(|(_, count)| count).sum();
    if foreign * 2 <= letters {
        return None;
    }
    // Urdu is written in Arabic letters and a few of its own.
    let urdu = counts.iter().any(|(rule, _)| *rule == "language.urdu");
    let (rule, _) = counts.iter().max_by_key(|(_, count)| *count)?;
    let rule = if urdu && *rule == "language.arabic" { "language.urdu" } else { *rule };
    Some(Foreign { rule, danger: true })
}

/// How many letters of a question are looked at.
const MAX_READ: usize = 400;

/// The rule for a letter that is not Latin.
const fn script(c: char) -> Option<&'static str> {
    Some(match c {
        'ٹ' | 'ڈ' | 'ڑ' | 'ے' | 'ں' | 'ہ' | 'ھ' => "language.urdu",
        '\u{0600}'..='\u{06ff}' => "language.arabic",
        '\u{0400}'..='\u{052f}' => "language.cyrillic",
        '\u{0370}'..='\u{03ff}' => "language.greek",
        '\u{0900}'..='\u{097f}' => "language.hindi",
        '\u{0a00}'..='\u{0a7f}' => "language.punjabi",
        '\u{0980}'..='\u{09ff}' => "language.bengali",
        '\u{4e00}'..='\u{9fff}' => "language.chinese",
        '\u{0590}'..='\u{05ff}'
        | '\u{0a80}'..='\u{0fff}'
        | '\u{1000}'..='\u{139f}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{ac00}'..='\u{d7af}' => "language.other",
        _ => return None,
    })
}

/// By the words, of a question in Latin letters.
fn by_words(question: &str) -> Option<Foreign> {
    let is = |list: &str, word: &str| list.split_ascii_whitespace().any(|there| there == word);
    let (mut english, mut cries) = (0_usize, 0_usize);
    let mut counts = [(0_usize, 0_usize); TONGUES.len()];
    let end = question.char_indices().nth(MAX_READ).map_or(question.len(), |(at, _)| at);
    each_word(question.get(..end).unwrap_or_default(), |word| {
        english += usize::from(is(ENGLISH, word));
        cries += usize::from(is(CRIES, word));
        for (tongue, (common, danger)) in TONGUES.iter().zip(&mut counts) {
            *common += usize::from(is(tongue.common, word));
            *danger += usize::from(is(tongue.danger, word));
        }
    });
    let best = TONGUES.iter().zip(counts).max_by_key(|(_, (common, danger))| common + danger)?;
    let (tongue, (common, danger)) = best;
    let told = common + danger + cries;
    (danger + common > 0 && told >= 2 && told > english).then_some(Foreign { rule: tongue.rule, danger: danger > 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_languages_are_told_from_english() {
        for (question, rule, danger) in [
            ("Hilfe mein Auto brennt", "german", true),
            ("hilfe", "german", true),
            ("wann muss mein Wagen zum TÜV", "german", false),
            ("mon frein ne marche plus", "french", true),
            ("au secours il y a le feu dans ma voiture", "french", true),
            ("ayuda mi coche está en llamas", "spanish", true),
            ("aiuto la mia macchina va a fuoco", "italian", true),
            ("socorro o meu carro está a arder", "portuguese", true),
            ("pomocy moje auto się pali", "polish", true),
            ("hamulce nie działają", "polish", true),
            ("ajutor mașina mea arde", "romanian", true),
            ("help mijn auto staat in brand", "dutch", true),
            ("yardım arabam yanıyor", "turkish", true),
            ("mae fy nghar ar dân", "welsh", false),
            ("помогите машина горит", "cyrillic", true),
            ("سيارتي تحترق", "arabic", true),
            ("میری گاڑی میں آگ لگ گئی ہے", "urdu", true),
            ("我的车着火了", "chinese", true),
            ("車が燃えています", "other", true),
        ] {
            let found = heard(question);
            assert!(
                found.is_some_and(|found| found.danger == danger && found.rule.ends_with(rule)),
                "{question}: {found:?}"
            );
        }
    }

    #[test]
    fn english_stays_english() {
        for question in [
            "when is my MOT due",
            "brakes gone help",
            "me mam's motor is on fire",
            "is a Citroën C3 with a sunroof any good",
            "no es fair, is it",
            "Peugeot 208 e-GT or Mini Cooper SE, what do I buy",
            "con rod through the block",
            "ma brakes huv went whit dae a dae",
            "el cheapo tyres any good",
            "help",
            "",
            "🚗🔥",
        ] {
            assert_eq!(heard(question), None, "{question}");
        }
    }
}
