//! Where a number lies on an axis, and which numbers an axis names.
//!
//! Floating point is for drawing only: no figure of the report is computed here.

use crate::chart::{Datum, Unit};

/// Beyond this no length is computed: sums stay finite, and no report has more.
const LARGEST: f64 = 1e21;

/// A count as a length.
pub(super) fn float(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

/// The size of a datum; what is not finite counts as nothing.
pub(super) fn size(datum: &Datum) -> f64 {
    if datum.size.is_finite() {
        datum.size.clamp(-LARGEST, LARGEST)
    } else {
        0.0
    }
}

/// An axis from one number to another, over a stretch of a drawing.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    step: f64,
    unit: Unit,
    /// All sizes are nothing.
    is_flat: bool,
}

impl Scale {
    /// An axis that holds all of `sizes` and nothing, and ends on round numbers. `want` is about how
    /// many numbers it names.
    pub(super) fn new(unit: Unit, sizes: impl Iterator<Item = f64>, want: usize) -> Self {
        let (low, high) = sizes.fold((0.0_f64, 0.0_f64), |(low, high), size| {
            (low.min(size), high.max(size))
        });
        Self::between(unit, low, high, want)
    }

    /// As `new`, but ending where the sizes do, for what has no axis.
    pub(super) fn exact(unit: Unit, sizes: impl Iterator<Item = f64>) -> Self {
        let (low, high) = sizes.fold((0.0_f64, 0.0_f64), |(low, high), size| {
            (low.min(size), high.max(size))
        });
        let mut scale = Self::between(unit, low, high, 4);
        if low < high {
            scale.low = low;
            scale.high = high;
        }
        scale
    }

    /// As `new`, but the axis leaves out what is near nothing where all sizes are far from it.
    pub(super) fn close(unit: Unit, sizes: impl Iterator<Item = f64>, want: usize) -> Self {
        let (low, high) = sizes.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), size| {
            (low.min(size), high.max(size))
        });
        if low > high {
            return Self::between(unit, 0.0, 0.0, want);
        }
        let is_far = low > 0.0 && low > high * 0.6;
        Self::between(
            unit,
            if is_far { low } else { low.min(0.0) },
            high.max(0.0),
            want,
        )
    }

    fn between(unit: Unit, low: f64, high: f64, want: usize) -> Self {
        let is_flat = low == 0.0 && high == 0.0;
        let (mut low, mut high) = (low, high);
        // All the same: an axis needs some length.
        if high <= low {
            high = low + if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        }
        let step = nice_step(unit, low, high, want);
        if step > 0.0 {
            low = (low / step).floor() * step;
            high = (high / step).ceil() * step;
        }
        Self {
            low,
            high,
            from: 0.0,
            to: 1.0,
            step,
            unit,
            is_flat,
        }
    }

    /// The same axis over another stretch.
    pub(super) fn over(mut self, from: f64, to: f64) -> Self {
        self.from = from;
        self.to = to;
        self
    }

    /// Where a number lies.
    pub(super) fn at(&self, size: f64) -> f64 {
        let share = (size - self.low) / (self.high - self.low);
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// Where nothing lies, or the end that is nearest to it.
    pub(super) fn zero(&self) -> f64 {
        self.at(0.0)
    }

    /// Where the axis begins, for people, if not with nothing.
    pub(super) fn begins(&self) -> Option<String> {
        (self.low > 0.0).then(|| self.name(self.low))
    }

    /// The numbers that the axis names, where they lie, and how they are written.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        if self.is_flat {
            return vec![(self.zero(), self.name(0.0))];
        }
        let mut ticks = Vec::new();
        for n in 0..=20 {
            let tick = self.low + f64::from(n) * self.step;
            if tick > self.high + self.step / 2.0 {
                break;
            }
            ticks.push((self.at(tick), self.name(tick)));
        }
        ticks
    }

    fn name(&self, tick: f64) -> String {
        name(
            self.unit,
            tick,
            self.low.abs().max(self.high.abs()),
            self.step,
        )
    }
}

/// A step of 1, 2 or 5 times a power of ten of the unit that the axis is written in.
fn nice_step(unit: Unit, low: f64, high: f64, want: usize) -> f64 {
    let (whole, _) = unit_of(unit, low.abs().max(high.abs()));
    let rough = (high - low) / float(want.max(1)) / whole;
    let power = 10.0_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power);
    let step = step * whole;
    match unit {
        // There is no half request and no half byte.
        Unit::Count | Unit::Bytes => step.max(1.0),
        Unit::Usd | Unit::Ratio => step,
    }
}

/// What numbers up to `largest` are counted in, and what that is called.
fn unit_of(unit: Unit, largest: f64) -> (f64, &'static str) {
    let steps: &[(f64, &'static str)] = match unit {
        Unit::Bytes => &[
            (1_152_921_504_606_846_976.0, " EiB"),
            (1_125_899_906_842_624.0, " PiB"),
            (1_099_511_627_776.0, " TiB"),
            (1_073_741_824.0, " GiB"),
            (1_048_576.0, " MiB"),
            (1024.0, " KiB"),
            (0.0, " B"),
        ],
        Unit::Count | Unit::Usd => &[(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k"), (0.0, "")],
        Unit::Ratio => &[(0.0, "%")],
    };
    let found = steps.iter().find(|(from, _)| largest >= *from);
    match found.copied().unwrap_or((0.0, "")) {
        (_, "%") => (0.01, "%"),
        (_, "k") => (1e3, "k"),
        (0.0, name) => (1.0, name),
        found => found,
    }
}

/// A round number for people, with as many decimals as the step to the next one needs.
fn name(unit: Unit, size: f64, largest: f64, step: f64) -> String {
    let (whole, suffix) = unit_of(unit, largest);
    let size = size / whole;
    let mut decimals = 0;
    let mut step = step / whole;
    while decimals < 6 && (step - step.round()).abs() > 1e-6 {
        step *= 10.0;
        decimals += 1;
    }
    // Zero has no sign, no decimals and no unit but those that are never left out.
    if size.abs() < 1e-12 {
        return String::from(match unit {
            Unit::Usd => "$0",
            Unit::Ratio => "0%",
            Unit::Bytes | Unit::Count => "0",
        });
    }
    if unit == Unit::Usd && decimals == 1 {
        decimals = if suffix.is_empty() { 2 } else { 1 };
    }
    let number = grouped(&format!("{:.decimals$}", size.abs()));
    let sign = if size < 0.0 { "-" } else { "" };
    let dollar = if unit == Unit::Usd { "$" } else { "" };
    format!("{sign}{dollar}{number}{suffix}")
}

/// A size for people in few digits, for legends.
pub(super) fn rough(unit: Unit, size: f64) -> String {
    let (whole, _) = unit_of(unit, size.abs());
    let step = if (size / whole).abs() < 9.95 {
        0.1
    } else {
        1.0
    };
    name(unit, size, size.abs(), step * whole)
}

/// Digits in threes.
fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Scale, rough};
    use crate::chart::Unit;

    fn names(unit: Unit, sizes: &[f64]) -> Vec<String> {
        let scale = Scale::new(unit, sizes.iter().copied(), 4);
        scale.ticks().into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn axes_name_round_numbers() {
        for (unit, sizes, expected) in [
            (Unit::Count, vec![7.0], vec!["0", "2", "4", "6", "8"]),
            (Unit::Count, vec![1.0], vec!["0", "1"]),
            (Unit::Bytes, vec![0.0, 0.0], vec!["0"]),
            (Unit::Count, vec![], vec!["0"]),
            (
                Unit::Count,
                vec![1_234_567.0],
                vec!["0", "0.5M", "1.0M", "1.5M"],
            ),
            (
                Unit::Count,
                vec![8000.0],
                vec!["0", "2,000", "4,000", "6,000", "8,000"],
            ),
            (Unit::Usd, vec![0.9], vec!["$0", "$0.50", "$1.00"]),
            (
                Unit::Usd,
                vec![-30.0, 70.0],
                vec!["-$50", "$0", "$50", "$100"],
            ),
            (Unit::Ratio, vec![0.93], vec!["0%", "50%", "100%"]),
            (
                Unit::Bytes,
                vec![1.5 * 1_073_741_824.0],
                vec!["0", "0.5 GiB", "1.0 GiB", "1.5 GiB"],
            ),
            (
                Unit::Bytes,
                vec![700.0],
                vec!["0", "200 B", "400 B", "600 B", "800 B"],
            ),
        ] {
            assert_eq!(names(unit, &sizes), expected, "{sizes:?}");
        }
    }

    #[test]
    fn huge_and_tiny_numbers_have_an_axis() {
        for size in [1e21, -1e21, 1e-9, 1e18, f64::MIN_POSITIVE] {
            for unit in [Unit::Bytes, Unit::Count, Unit::Usd, Unit::Ratio] {
                let scale = Scale::new(unit, [size].into_iter(), 4).over(0.0, 100.0);
                assert!(scale.at(size).is_finite(), "{size} {unit:?}");
                assert!(scale.ticks().len() < 9, "{size} {unit:?}");
            }
        }
    }

    #[test]
    fn a_close_axis_leaves_out_what_is_far() {
        let scale = Scale::close(Unit::Ratio, [0.91, 0.96].into_iter(), 4);
        assert_eq!(scale.begins().as_deref(), Some("90%"));
        let scale = Scale::close(Unit::Ratio, [0.1, 0.96].into_iter(), 4);
        assert_eq!(scale.begins(), None);
    }

    #[test]
    fn legends_use_few_digits() {
        assert_eq!(rough(Unit::Bytes, 123_456_789.0), "118 MiB");
        assert_eq!(rough(Unit::Count, 4.2), "4.2");
        assert_eq!(rough(Unit::Usd, 1234.0), "$1,234");
        assert_eq!(rough(Unit::Ratio, 0.057), "5.7%");
    }
}
