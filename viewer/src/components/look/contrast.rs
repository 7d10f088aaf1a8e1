//! Everybody can read the page: contrasts of WCAG 2, worked out from the stylesheet.

use std::collections::BTreeMap;

/// Name of a token to its colours in the light and in the dark theme.
type Tokens = BTreeMap<String, [[f64; 3]; 2]>;

const TEXT: f64 = 4.5;
const SHAPE: f64 = 3.0;

/// Texts on the surfaces that they stand on.
const TEXTS: [&str; 8] = ["text", "mut", "dim", "acc", "t1", "t2", "t3", "t4"];
const SURFACES: [&str; 5] = ["bg", "sub", "raised", "hover", "acc-bg"];
/// Source text on the tints of lines.
const SYNTAX: [&str; 7] = ["text", "kw", "ty", "st", "nu", "fn", "co"];
const TINTS: [&str; 7] = ["bg", "cov-l", "cov-s", "unc-l", "unc-s", "par-l", "sel"];
/// Bars, pips and borders.
const FILLS: [&str; 5] = ["f1", "f2", "f3", "f4", "edge"];

#[test]
fn every_text_and_shape_can_be_told_from_what_is_behind_it() {
    let css = include_str!("../../../../site-template/style.css");
    let usual = tokens(block(css, ":root {"));
    assert!(usual.len() >= 35, "{}", usual.len());
    let mut other = usual.clone();
    let overridden = tokens(block(css, "[data-palette=\"cb\"] {"));
    assert_eq!(overridden.len(), 12);
    other.extend(overridden);

    let mut pairs = vec![("on-acc", "acc", TEXT), ("bg", "text", TEXT)];
    pairs.extend(all(&TEXTS, &SURFACES, TEXT));
    pairs.extend(all(&TEXTS[..4], &["track"], TEXT));
    pairs.extend(all(&SYNTAX, &TINTS, TEXT));
    pairs.extend(all(&FILLS, &["bg", "sub", "track"], SHAPE));
    // Notices have the tints of lines behind them.
    pairs.extend(all(&TEXTS[..4], &["par-l", "unc-l"], TEXT));
    let mut low = Vec::new();
    for (palette, tokens) in [("usual", &usual), ("colour-blind", &other)] {
        for (front, back, bound) in &pairs {
            for (theme, at) in [("light", 0), ("dark", 1)] {
                let contrast = contrast(tokens[*front][at], tokens[*back][at]);
                if contrast < *bound {
                    low.push(format!("{palette}, {theme}: {front} on {back} {contrast:.2}"));
                }
            }
        }
    }
    assert_eq!(low, [""; 0]);
}

#[test]
fn contrasts_are_those_of_the_standard() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    assert!((contrast(colour("#767676"), [1.0; 3]) - 4.54).abs() < 0.005);
}

fn all<'a>(
    fronts: &'a [&'a str],
    backs: &'a [&'a str],
    bound: f64,
) -> impl Iterator<Item = (&'a str, &'a str, f64)> {
    fronts.iter().flat_map(move |front| backs.iter().map(move |back| (*front, *back, bound)))
}

/// What stands between the braces behind `head`.
fn block<'a>(css: &'a str, head: &str) -> &'a str {
    let (_, rest) = css.split_once(head).unwrap_or_else(|| panic!("no {head}"));
    rest.split_once("\n}").unwrap().0
}

/// The tokens that are two opaque colours.
fn tokens(block: &str) -> Tokens {
    let token = |declaration: &str| {
        // A comment may stand before it.
        let declaration = declaration.trim().rsplit('\n').next()?.trim();
        let (name, value) = declaration.strip_prefix("--")?.split_once(": ")?;
        let (light, dark) =
            value.strip_prefix("light-dark(")?.strip_suffix(')')?.split_once(", ")?;
        let is_opaque = |text: &str| text.starts_with('#') && [4, 7].contains(&text.len());
        (is_opaque(light) && is_opaque(dark))
            .then(|| (name.to_owned(), [colour(light), colour(dark)]))
    };
    block.split(';').filter_map(token).collect()
}

/// `#fff` or `#ffffff` as parts of 1.
fn colour(text: &str) -> [f64; 3] {
    let hex = text.strip_prefix('#').unwrap();
    let width = hex.len() / 3;
    [0, 1, 2].map(|channel| {
        let digits = &hex[channel * width..(channel + 1) * width];
        let value = u8::from_str_radix(digits, 16).unwrap();
        f64::from(if width == 1 { value * 17 } else { value }) / 255.0
    })
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The relative luminance of WCAG 2.
fn luminance(colour: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    let [r, g, b] = colour.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}
