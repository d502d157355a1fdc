//! Parts of a vehicle, and how a defect's text is sorted into them.
//!
//! A tester's text may concern several parts ("number plate lamp"); [`Parts`] is a set. How pressing a note is follows
//! from its severity first, then from the part, then from the tester's own words ("heavily", "slightly"): see
//! [`DefectReading::urgency`]. That order is advice of this module and not a rule of the agency.

use std::sync::LazyLock;

use super::Urgency;
use crate::vehicle::{
    record::DefectSeverity,
    words::{WordMap, each_word, stem},
};

/// A part of a vehicle, the ones that a driver's life hangs on first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Brakes with pipes, discs, pads and fluid.
    Brakes,
    /// Steering.
    Steering,
    /// Tyres and wheels.
    Tyres,
    /// Load-bearing body and subframes.
    Structure,
    /// Suspension, joints and wheel bearings.
    Suspension,
    /// Seat belts and airbags.
    Restraint,
    /// Traction battery and high voltage.
    HighVoltage,
    /// Fuel tank and lines.
    FuelSystem,
    /// Lamps.
    Lights,
    /// Screen, wipers, mirrors.
    Visibility,
    /// Exhaust and emissions.
    Exhaust,
    /// Clutch, gearbox, shafts.
    Transmission,
    /// Engine.
    Engine,
    /// Oil and its leaks.
    Oil,
    /// Coolant.
    Cooling,
    /// Low-voltage electrics.
    Electrical,
    /// Doors, seats, panels, horn, plates.
    Body,
}

use Component as C;

/// Parts with their name in a sentence and the words of testers.
const PARTS: &[(Component, &str, &str)] = &[
    (
        C::Brakes,
        "the brakes",
        "brake brakes braking disc discs drum drums pad pads caliper calliper handbrake servo abs parking",
    ),
    (C::Steering, "the steering", "steering rack track rod gaiter steered"),
    (C::Tyres, "the tyres", "tyre tyres tread wheel wheels cords sidewall"),
    (
        C::Structure,
        "the structure",
        "subframe corroded corrosion corrode sill sills chassis structural rust rusty rusted floor crossmember underbody inner",
    ),
    (
        C::Suspension,
        "the suspension",
        "suspension spring springs damper dampers shock absorber bush bushes ball wishbone strut bearing anti-roll linkage roll",
    ),
    (C::Restraint, "the seat belts or airbags", "belt belts seatbelt airbag airbags srs webbing pretensioner"),
    (C::HighVoltage, "the traction battery", "traction high-voltage hybrid charging charge"),
    (C::FuelSystem, "the fuel system", "fuel petrol diesel tank filler"),
    (
        C::Lights,
        "the lights",
        "lamp lamps light lights headlamp headlamps headlight bulb bulbs indicator indicators reflector sidelamp beam stop",
    ),
    (
        C::Visibility,
        "the screen, wipers or mirrors",
        "windscreen screen wiper wipers mirror mirrors washer washers glass view",
    ),
    (
        C::Exhaust,
        "the exhaust",
        "exhaust emissions emission catalyst catalytic smoke lambda silencer particulate dpf tailpipe",
    ),
    (
        C::Transmission,
        "the clutch, gearbox or drive shafts",
        "clutch gearbox transmission driveshaft shaft cv prop propshaft",
    ),
    (C::Engine, "the engine", "engine mil malfunction mounting timing"),
    (C::Oil, "the oil", "oil sump"),
    (C::Cooling, "the cooling system", "coolant radiator antifreeze overheating"),
    (C::Electrical, "the battery or electrics", "battery wiring alternator electrical terminal"),
    (
        C::Body,
        "the bodywork",
        "door doors bonnet bumper tailgate seat seats panel horn plate registration bodywork undertray undershield",
    ),
];

/// Words of a tester that call for haste.
const PRESSING: &str = "heavily heavy severely severe excessive excessively limit bulge bulging perished insecure fractured cracked cords exposed badly advanced seriously weakened deteriorated burst";
/// Words that call for patience.
const MILD: &str = "slight slightly lightly surface mist misting light starting minor minimal early";
/// Words that tell a lamp on the dashboard from one that lights.
const WARNING: &str = "warning management malfunction mil dashboard";
/// Words that mark a note about the test and not about a fault.
const NO_FAULT: &str = "undertray undershield obscured";

/// How many bytes of a tester's text are read.
const MAX_READ: usize = 600;

/// A set of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts(u32);

impl Parts {
    const fn of(component: Component) -> Self {
        Self(1 << component as u32)
    }

    /// Whether the part is in it.
    pub const fn has(self, component: Component) -> bool {
        self.0 & Self::of(component).0 != 0
    }

    /// The most important part.
    pub fn first(self) -> Option<Component> {
        PARTS.iter().map(|part| part.0).find(|component| self.has(*component))
    }

    const fn without(self, component: Component) -> Self {
        Self(self.0 & !Self::of(component).0)
    }
}

impl Component {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        PARTS.iter().find(|part| part.0 == self).map_or("", |part| part.1)
    }

    /// Whether only a vehicle with a combustion engine has it.
    pub const fn needs_an_engine(self) -> bool {
        matches!(self, C::Oil | C::Exhaust | C::Engine)
    }

    /// Whether its failure can injure at once.
    pub const fn is_vital(self) -> bool {
        matches!(
            self,
            C::Brakes
                | C::Steering
                | C::Tyres
                | C::Structure
                | C::Suspension
                | C::Restraint
                | C::HighVoltage
                | C::FuelSystem
        )
    }
}

/// A defect's text, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefectReading {
    /// The parts that it concerns.
    pub parts: Parts,
    /// It calls for haste.
    pressing: bool,
    /// It calls for patience.
    mild: bool,
    /// It is no fault.
    no_fault: bool,
}

/// Bits above those of the parts in a word's marks.
mod mark {
    pub(super) const PRESSING: u32 = 1 << 20;
    pub(super) const MILD: u32 = 1 << 21;
    pub(super) const NO_FAULT: u32 = 1 << 22;
    /// A lamp on the dashboard and not one that lights.
    pub(super) const WARNING: u32 = 1 << 23;
    /// The parts alone.
    pub(super) const PARTS: u32 = (1 << 20) - 1;
}

/// What each known word says of a defect: its parts and marks.
fn known_words() -> &'static WordMap<u32> {
    static WORDS: LazyLock<WordMap<u32>> = LazyLock::new(|| {
        let mut words = WordMap::default();
        let lists = PARTS.iter().map(|(component, _, tester)| (*tester, Parts::of(*component).0));
        let marks =
            [(PRESSING, mark::PRESSING), (MILD, mark::MILD), (NO_FAULT, mark::NO_FAULT), (WARNING, mark::WARNING)];
        for (list, marks) in lists.chain(marks) {
            each_word(list, |word| {
                stem(word);
                *words.entry(word.clone()).or_default() |= marks;
            });
        }
        words
    });
    &WORDS
}

impl DefectReading {
    /// Reads a tester's text.
    pub fn of(text: &str) -> Self {
        let words = known_words();
        let mut seen = 0;
        let mut after_not = false;
        let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= MAX_READ).unwrap_or(text.len());
        each_word(text.get(..end).unwrap_or_default(), |word| {
            // "Not excessive", "not weakened": what is denied does not press.
            let denied = std::mem::replace(&mut after_not, word == "not");
            stem(word);
            let marks = words.get(word.as_str()).copied().unwrap_or_default();
            seen |= if denied { marks & !mark::PRESSING } else { marks };
        });
        Self {
            parts: settle(Parts(seen & mark::PARTS), seen & mark::WARNING != 0),
            pressing: seen & mark::PRESSING != 0,
            mild: seen & mark::MILD != 0,
            no_fault: seen & mark::NO_FAULT != 0,
        }
    }

    /// How soon to see to a defect of that severity that reads so, if it was not repaired since the test.
    pub fn urgency(&self, severity: &DefectSeverity) -> Urgency {
        match severity {
            DefectSeverity::Dangerous => Urgency::StopNow,
            DefectSeverity::Major | DefectSeverity::Fail | DefectSeverity::Minor => Urgency::Soon,
            DefectSeverity::Advisory | DefectSeverity::UserEntered => {
                let vital = self.parts.first().is_some_and(Component::is_vital);
                match (self.no_fault && !vital, self.pressing, self.mild, vital) {
                    (true, ..) => Urgency::Information,
                    (_, true, _, _) | (_, _, false, true) => Urgency::Soon,
                    _ => Urgency::Plan,
                }
            }
            DefectSeverity::RectifiedAtStation | DefectSeverity::Other(_) => Urgency::Information,
        }
    }
}

/// Words shared between parts mean the more special one: a corroded brake pipe is a matter of the brakes first.
/// A warning lamp is a matter of what it warns of.
const fn settle(mut parts: Parts, warning: bool) -> Parts {
    if warning && parts.0.count_ones() > 1 {
        parts = parts.without(C::Lights);
    }
    if parts.has(C::Brakes) && !parts.has(C::Lights) {
        parts = parts.without(C::Tyres);
    }
    if parts.has(C::Lights) {
        parts = parts.without(C::Brakes).without(C::Suspension);
    }
    if parts.has(C::Oil) {
        parts = parts.without(C::Engine).without(C::FuelSystem);
    }
    if parts.has(C::Exhaust) {
        parts = parts.without(C::FuelSystem).without(C::Engine).without(C::Structure);
    }
    if parts.has(C::Tyres) && parts.has(C::Suspension) {
        parts = parts.without(C::Tyres);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_testers_find_their_part() {
        for (text, part) in [
            ("Front brake discs worn and lipped on both sides", C::Brakes),
            ("Brake pipe to nearside rear corroded so far that it may burst", C::Brakes),
            ("Nearside rear tyre close to the legal limit", C::Tyres),
            ("Rear subframe heavily corroded but not weakened yet", C::Structure),
            ("Offside front lower arm ball joint worn beyond limit", C::Suspension),
            ("Number plate lamp not working", C::Lights),
            ("Offside stop lamp not working", C::Lights),
            ("Oil mist under the engine", C::Oil),
            ("Oil leak, but not excessive (8.4.1 (a) (i))", C::Oil),
            ("Windscreen wiper blade defective", C::Visibility),
            ("Exhaust has a minor leak of exhaust gases", C::Exhaust),
            ("Exhaust corroded at the rear silencer", C::Exhaust),
            ("Engine management lamp indicates a fault", C::Engine),
            ("Anti-lock braking system warning lamp indicates an ABS fault", C::Brakes),
            ("Airbag warning lamp stays on", C::Restraint),
            ("Front wheel bearing has slight play", C::Suspension),
            ("Drivers seat belt webbing frayed", C::Restraint),
            ("Steering rack gaiter split", C::Steering),
        ] {
            assert_eq!(DefectReading::of(text).parts.first(), Some(part), "{text}");
        }
        assert_eq!(DefectReading::of("xyz").parts.first(), None);
    }

    #[test]
    fn concern_follows_severity_then_part_then_words() {
        let advisory = |text: &str| DefectReading::of(text).urgency(&DefectSeverity::Advisory);
        assert_eq!(advisory("Front brake discs worn"), Urgency::Soon);
        assert_eq!(advisory("Nearside front suspension arm bush slightly worn"), Urgency::Plan);
        assert_eq!(advisory("Oil mist under the engine"), Urgency::Plan);
        assert_eq!(advisory("Oil leak, but not excessive"), Urgency::Plan);
        assert_eq!(advisory("Oil leak, excessive"), Urgency::Soon);
        assert_eq!(advisory("Undertray fitted"), Urgency::Information);
        assert_eq!(DefectReading::of("").urgency(&DefectSeverity::Dangerous), Urgency::StopNow);
    }
}
