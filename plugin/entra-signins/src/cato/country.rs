//! Countries: the code and the everyday English name.
//!
//! Names come from CLDR through `icu_locale`: of the libraries tried, the others carry ISO's official names
//! ("Korea, the Republic of") or translations of mixed origin. It is one line of ICU4X away from what `url` brings
//! anyway and adds about 1 MB to the binary. Three-letter codes and other spellings come from `celes`, since CLDR
//! has neither.

use std::borrow::Cow;
use std::sync::LazyLock;

use icu_locale::locale;
use icu_locale::names::RegionDisplayName;

/// A country of a record.
pub(super) struct Country<'a> {
    /// Two letters, upper case.
    pub(super) code: Cow<'a, str>,
    /// The everyday English name; nothing for a code that no country has.
    pub(super) name: Option<&'static str>,
}

/// The country of a two-letter code (of any two letters, for Microsoft may know one that we do not), of a
/// three-letter code or of an English name.
pub(super) fn of(text: &str) -> Option<Country<'_>> {
    let text = text.trim();
    let code = match text.len() {
        2 if text.bytes().all(|letter| letter.is_ascii_uppercase()) => Cow::Borrowed(text),
        2 if text.bytes().all(|letter| letter.is_ascii_alphabetic()) => Cow::Owned(text.to_ascii_uppercase()),
        3 => Cow::Borrowed(celes::Country::from_alpha3(text).ok()?.alpha2),
        _ => Cow::Borrowed(code_of_name(text)?),
    };
    let name = name_of(&code);
    Some(Country { code, name })
}

/// Codes and CLDR's names of all countries, sorted by code.
static NAMES: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    let mut names: Vec<_> = celes::Country::get_countries()
        .iter()
        .filter_map(|country| Some((country.alpha2, cldr_name(country.alpha2)?)))
        .collect();
    names.sort_unstable();
    names
});

fn cldr_name(code: &str) -> Option<String> {
    let name = RegionDisplayName::try_new_light(locale!("en").into(), code.parse().ok()?).ok()?;
    Some(name.as_borrowed().to_string())
}

fn name_of(code: &str) -> Option<&'static str> {
    let at = NAMES.binary_search_by_key(&code, |(code, _)| code).ok()?;
    NAMES.get(at).map(|(_, name)| name.as_str())
}

fn code_of_name(text: &str) -> Option<&'static str> {
    let of_cldr = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(code, _)| *code);
    of_cldr.or_else(|| {
        // `celes` writes names and aliases as one word.
        let word: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
        let country = celes::Country::from_name(&word).or_else(|_| celes::Country::from_alias(&word));
        country.ok().map(|country| country.alpha2)
    })
}
