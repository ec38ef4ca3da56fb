//! A recursive-descent parser for `$filter`. `None` is what Graph answers with "Invalid filter clause".

use jiff::Timestamp;
use serde_json::Value;

use super::{Comparison, Filter, KindTest, PropertyTest};
use crate::clock::nanos;

/// Properties besides `createdDateTime` and `signInEventTypes` that Graph filters by.
const FILTERABLE: [&str; 32] = [
    "appDisplayName",
    "appId",
    "appOwnerTenantId",
    "authenticationRequirement",
    "clientAppUsed",
    "conditionalAccessStatus",
    "correlationId",
    "deviceDetail/browser",
    "deviceDetail/operatingSystem",
    "id",
    "ipAddress",
    "isInteractive",
    "location/city",
    "location/countryOrRegion",
    "location/state",
    "originalRequestId",
    "resourceDisplayName",
    "resourceId",
    "resourceOwnerTenantId",
    "riskDetail",
    "riskLevelAggregated",
    "riskLevelDuringSignIn",
    "riskState",
    "servicePrincipalId",
    "servicePrincipalName",
    "status/errorCode",
    "tokenIssuerName",
    "userAgent",
    "userDisplayName",
    "userId",
    "userPrincipalName",
    "uniqueTokenIdentifier",
];

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Colon,
    Comma,
    /// A name, path, operator, number or instant.
    Word(String),
    /// A quoted string.
    Text(String),
}

/// Parses the whole text.
pub(super) fn filter(text: &str) -> Option<Filter> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let filter = parser.any_of()?;
    (parser.at == parser.tokens.len()).then_some(filter)
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ':' => (Token::Colon, 1),
            ',' => (Token::Comma, 1),
            '\'' => quoted(rest)?,
            _ => word(rest)?,
        };
        tokens.push(token);
        rest = rest.get(length..)?.trim_start();
    }
    Some(tokens)
}

/// A quoted string; two quotes within it stand for one.
fn quoted(text: &str) -> Option<(Token, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((index, c)) = chars.next() {
        if c != '\'' {
            value.push(c);
        } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
            value.push('\'');
        } else {
            return Some((Token::Text(value), index + 1));
        }
    }
    None
}

/// A word; a colon belongs to it only in an instant, which begins with a digit.
fn word(text: &str) -> Option<(Token, usize)> {
    let instant = text.starts_with(|c: char| c.is_ascii_digit());
    let belongs = |c: char| c.is_ascii_alphanumeric() || "_/.-+".contains(c) || (instant && c == ':');
    let length = text.find(|c| !belongs(c)).unwrap_or(text.len());
    (length > 0).then(|| (Token::Word(text[..length].to_owned()), length))
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn expect(&mut self, wanted: &Token) -> Option<()> {
        (self.next()? == *wanted).then_some(())
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word == wanted);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> Option<String> {
        match self.next()? {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        match self.next()? {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    fn any_of(&mut self) -> Option<Filter> {
        let mut filter = self.all_of()?;
        while self.take_word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.all_of()?));
        }
        Some(filter)
    }

    fn all_of(&mut self) -> Option<Filter> {
        let mut filter = self.condition()?;
        while self.take_word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.condition()?));
        }
        Some(filter)
    }

    fn condition(&mut self) -> Option<Filter> {
        match self.next()? {
            Token::Open => {
                let filter = self.any_of()?;
                self.expect(&Token::Close)?;
                Some(filter)
            }
            Token::Word(word) if word.eq_ignore_ascii_case("startswith") => self.starts_with(),
            Token::Word(word) if word == "signInEventTypes/any" => self.kinds(),
            Token::Word(word) if word == "createdDateTime" => self.created(),
            Token::Word(path) => self.property(&path),
            _ => None,
        }
    }

    fn created(&mut self) -> Option<Filter> {
        let comparison = match self.word()?.as_str() {
            "eq" => Comparison::Eq,
            "ge" => Comparison::Ge,
            "gt" => Comparison::Gt,
            "le" => Comparison::Le,
            "lt" => Comparison::Lt,
            _ => return None,
        };
        let at: Timestamp = self.word()?.parse().ok()?;
        Some(Filter::Created(comparison, nanos(at)))
    }

    fn starts_with(&mut self) -> Option<Filter> {
        self.expect(&Token::Open)?;
        let path = known_path(&self.word()?)?;
        self.expect(&Token::Comma)?;
        let start = self.text()?;
        self.expect(&Token::Close)?;
        Some(Filter::Property { path, test: PropertyTest::StartsWith(start) })
    }

    fn property(&mut self, path: &str) -> Option<Filter> {
        let path = known_path(path)?;
        let operator = self.word()?;
        let value = match self.next()? {
            Token::Text(text) => Value::String(text),
            // Numbers, booleans and null are written as in JSON; a bare word is no literal.
            Token::Word(word) => serde_json::from_str(&word).ok()?,
            _ => return None,
        };
        let test = match operator.as_str() {
            "eq" => PropertyTest::Eq(value),
            "ne" => PropertyTest::Ne(value),
            _ => return None,
        };
        Some(Filter::Property { path, test })
    }

    fn kinds(&mut self) -> Option<Filter> {
        self.expect(&Token::Open)?;
        let variable = self.word()?;
        self.expect(&Token::Colon)?;
        let test = self.any_kind(&variable)?;
        self.expect(&Token::Close)?;
        Some(Filter::Kinds(test))
    }

    fn any_kind(&mut self, variable: &str) -> Option<KindTest> {
        let mut test = self.all_kinds(variable)?;
        while self.take_word("or") {
            test = KindTest::Or(Box::new(test), Box::new(self.all_kinds(variable)?));
        }
        Some(test)
    }

    fn all_kinds(&mut self, variable: &str) -> Option<KindTest> {
        let mut test = self.kind(variable)?;
        while self.take_word("and") {
            test = KindTest::And(Box::new(test), Box::new(self.kind(variable)?));
        }
        Some(test)
    }

    fn kind(&mut self, variable: &str) -> Option<KindTest> {
        match self.next()? {
            Token::Open => {
                let test = self.any_kind(variable)?;
                self.expect(&Token::Close)?;
                Some(test)
            }
            Token::Word(word) if word == variable => match self.word()?.as_str() {
                "eq" => Some(KindTest::Eq(self.text()?)),
                "ne" => Some(KindTest::Ne(self.text()?)),
                _ => None,
            },
            _ => None,
        }
    }
}

fn known_path(path: &str) -> Option<Vec<String>> {
    FILTERABLE.contains(&path).then(|| path.split('/').map(str::to_owned).collect())
}
