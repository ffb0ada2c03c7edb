//! Places on ladders of tiers. All steps of a ladder are equally wide: each is many times as large
//! as the one before.

use super::{Drawing, nothing};
use crate::{
    chart::{Ladder, Tier, Unit},
    html::{
        scale::{float, rough, size},
        svg::{Anchor, Path, Svg, plain, text_width},
    },
};

const BAR: f64 = 14.0;
const ROW: f64 = 82.0;
const MOST_LADDERS: usize = 40;

/// How far along its ladder a size is, in steps.
fn steps(tiers: &[Tier], position: f64) -> f64 {
    let mut begin = 0.0;
    for (at, tier) in tiers.iter().enumerate() {
        let Some(end) = tier.end.filter(|end| end.is_finite() && *end > begin) else {
            // The last step has no end: the further the closer to it, but never there.
            let share = if position > begin {
                1.0 - begin / position
            } else {
                0.0
            };
            return float(at) + share.clamp(0.0, 0.95);
        };
        if position <= end {
            return float(at) + ((position - begin) / (end - begin)).clamp(0.0, 1.0);
        }
        begin = end;
    }
    float(tiers.len())
}

/// The step that a size is on.
fn current(tiers: &[Tier], position: f64) -> usize {
    let passed = tiers
        .iter()
        .take_while(|tier| tier.end.is_some_and(|end| position > end));
    passed.count().min(tiers.len().saturating_sub(1))
}

/// Where a step ends, for people.
fn end(unit: Unit, tier: &Tier) -> Option<String> {
    tier.end
        .filter(|end| end.is_finite())
        .map(|end| rough(unit, end))
}

pub(super) fn draw(unit: Unit, ladders: &[Ladder], width: f64) -> Drawing {
    if ladders.is_empty() {
        return nothing(width);
    }
    let drawn = ladders.len().min(MOST_LADDERS);
    let rest = if ladders.len() > drawn { 20.0 } else { 0.0 };
    let row = if width < 500.0 { ROW - 12.0 } else { ROW };
    let mut svg = Svg::new(width, float(drawn) * row - 8.0 + rest);
    for (at, ladder) in ladders.iter().enumerate().take(drawn) {
        draw_one(&mut svg, unit, ladder, float(at) * row);
    }
    if ladders.len() > drawn {
        let text = format!("and {} more in the table", ladders.len() - drawn);
        let y = svg.height - 6.0;
        svg.text("", Anchor::Start, 0.0, y, &text);
    }
    svg.into()
}

fn draw_one(svg: &mut Svg, unit: Unit, ladder: &Ladder, y: f64) {
    let columns = if svg.is_narrow() { 26 } else { 60 };
    svg.label(
        "b",
        Anchor::Start,
        (0.0, y + 14.0),
        &plain(&ladder.label),
        columns,
    );
    let place = (svg.width, y + 14.0);
    svg.label("k", Anchor::End, place, &ladder.position.text, 18);
    let (left, right) = (1.0, svg.width - 1.0);
    let slot = (right - left) / float(ladder.tiers.len().max(1));
    let (top, bottom) = (y + 26.0, y + 26.0 + BAR);
    let reached = left + slot * steps(&ladder.tiers, size(&ladder.position).max(0.0));
    svg.rect("s0", left, top, reached.min(right), bottom);
    let is_narrow = svg.is_narrow();
    let current = current(&ladder.tiers, size(&ladder.position));
    for (at, tier) in ladder.tiers.iter().enumerate() {
        let x = left + slot * float(at);
        svg.rect("o", x, top, x + slot, bottom);
        let fits = |text: &str| text_width(text) < slot - 4.0;
        if is_narrow || !fits(&tier.text) {
            svg.hint(x, top, x + slot, bottom, std::slice::from_ref(&tier.text));
            continue;
        }
        let class = if at == current { "b" } else { "k" };
        svg.text(
            class,
            Anchor::Middle,
            x + slot / 2.0,
            bottom + 15.0,
            &tier.text,
        );
        // Ends are at the steps' ends, so that prices and ends cannot be mixed up.
        if let Some(end) = end(unit, tier).filter(|end| fits(end)) {
            svg.line("a", x + slot, bottom, x + slot, bottom + 18.0);
            svg.text("", Anchor::Middle, x + slot, bottom + 30.0, &end);
        }
    }
    if let Some(tier) = ladder.tiers.get(current).filter(|_| is_narrow) {
        let next = ladder.tiers.get(current + 1).zip(end(unit, tier));
        let next = next.map_or_else(String::new, |(next, end)| {
            format!(", {} from {end}", next.text)
        });
        let text = format!("{} now{next}", tier.text);
        svg.label("k", Anchor::Start, (0.0, bottom + 17.0), &text, 44);
    }
    let mut marker = Path::default();
    marker.begin(reached, top - 1.0);
    marker.go(reached - 5.0, top - 9.0);
    marker.go(reached + 5.0, top - 9.0);
    marker.close();
    svg.path("w", &marker);
}
