//! Boolean dependencies (rpm-dependencies(7)), parsed without copying any string.

use crate::relation::{EQUAL, GREATER, LESS, Relation};

/// Deeper nesting than any package needs is refused.
const MAX_DEPTH: usize = 32;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rich<'a> {
    Leaf(Relation<'a>),
    And(Vec<Rich<'a>>),
    Or(Vec<Rich<'a>>),
    /// One package offers all of these.
    With(Vec<Rich<'a>>),
    /// A package offers the first and not the second.
    Without(Box<Rich<'a>>, Box<Rich<'a>>),
    /// The first, if the second holds; otherwise the third.
    If(Box<Rich<'a>>, Box<Rich<'a>>, Option<Box<Rich<'a>>>),
    /// The first, unless the second holds; then the third.
    Unless(Box<Rich<'a>>, Box<Rich<'a>>, Option<Box<Rich<'a>>>),
}

/// Parses a whole dependency in parentheses; `None` when it is not well formed.
pub(crate) fn parse(text: &str) -> Option<Rich<'_>> {
    let mut parser = Parser { rest: text };
    let tree = parser.group(0)?;
    parser.rest.trim().is_empty().then_some(tree)
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn group(&mut self, depth: usize) -> Option<Rich<'a>> {
        self.skip_blanks();
        self.rest = self.rest.strip_prefix('(').filter(|_| depth < MAX_DEPTH)?;
        let tree = self.expression(depth + 1)?;
        self.skip_blanks();
        self.rest = self.rest.strip_prefix(')')?;
        Some(tree)
    }

    fn expression(&mut self, depth: usize) -> Option<Rich<'a>> {
        let first = self.operand(depth)?;
        let Some(operator) = self.operator() else {
            return Some(first);
        };
        match operator {
            "and" | "or" | "with" => self.chain(first, operator, depth),
            "without" => Some(Rich::Without(Box::new(first), Box::new(self.operand(depth)?))),
            "if" | "unless" => self.conditional(first, operator, depth),
            _ => None,
        }
    }

    /// `a and b and c`: one operator only, as rpm demands.
    fn chain(&mut self, first: Rich<'a>, operator: &str, depth: usize) -> Option<Rich<'a>> {
        let mut parts = vec![first, self.operand(depth)?];
        while let Some(next) = self.operator() {
            if next != operator {
                return None;
            }
            parts.push(self.operand(depth)?);
        }
        Some(match operator {
            "and" => Rich::And(parts),
            "or" => Rich::Or(parts),
            _ => Rich::With(parts),
        })
    }

    fn conditional(&mut self, then: Rich<'a>, operator: &str, depth: usize) -> Option<Rich<'a>> {
        let condition = Box::new(self.operand(depth)?);
        let otherwise = match self.operator() {
            None => None,
            Some("else") => Some(Box::new(self.operand(depth)?)),
            Some(_) => return None,
        };
        Some(match operator {
            "if" => Rich::If(Box::new(then), condition, otherwise),
            _ => Rich::Unless(Box::new(then), condition, otherwise),
        })
    }

    fn operand(&mut self, depth: usize) -> Option<Rich<'a>> {
        self.skip_blanks();
        if self.rest.starts_with('(') {
            self.group(depth)
        } else {
            self.relation().map(Rich::Leaf)
        }
    }

    fn relation(&mut self) -> Option<Relation<'a>> {
        let name = self.word()?;
        let before = self.rest;
        match self.word().and_then(sense) {
            Some(flags) => Some(Relation {
                name,
                flags,
                evr: self.word()?,
            }),
            None => {
                self.rest = before;
                Some(Relation::unversioned(name))
            }
        }
    }

    /// The next operator word, if the group does not end here.
    fn operator(&mut self) -> Option<&'a str> {
        let before = self.rest;
        let word = self.word();
        if !matches!(
            word,
            Some("and" | "or" | "with" | "without" | "if" | "unless" | "else")
        ) {
            self.rest = before;
            // Anything but the end of the group is an error, found by `group` when it looks for `)`.
            return None;
        }
        word
    }

    /// Up to a blank or the parenthesis that closes the group; parentheses within a name stay in it.
    fn word(&mut self) -> Option<&'a str> {
        self.skip_blanks();
        let mut open = 0_usize;
        let end = self.rest.bytes().position(|byte| {
            match byte {
                b'(' => open += 1,
                b')' if open == 0 => return true,
                b')' => open -= 1,
                _ => {}
            }
            byte.is_ascii_whitespace()
        });
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

fn sense(operator: &str) -> Option<u32> {
    Some(match operator {
        "<" => LESS,
        "<=" => LESS | EQUAL,
        "=" => EQUAL,
        ">=" => GREATER | EQUAL,
        ">" => GREATER,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(name: &str) -> Rich<'_> {
        Rich::Leaf(Relation::unversioned(name))
    }

    #[test]
    fn parentheses_within_names_belong_to_them() {
        let expected = Rich::Or(vec![leaf("libfoo.so.1()(64bit)"), leaf("pkgconfig(bar)")]);
        assert_eq!(parse("(libfoo.so.1()(64bit) or pkgconfig(bar))"), Some(expected));
    }

    #[test]
    fn conditions_nest() {
        let inner = Rich::And(vec![leaf("b"), leaf("c")]);
        let expected = Rich::If(Box::new(leaf("a")), Box::new(inner), Some(Box::new(leaf("d"))));
        assert_eq!(parse("(a if (b and c) else d)"), Some(expected));
    }

    #[test]
    fn versions_are_read() {
        let Some(Rich::With(parts)) = parse("(a >= 1:2 with a < 3)") else {
            panic!("not parsed")
        };
        assert_eq!(
            parts[0],
            Rich::Leaf(Relation {
                name: "a",
                flags: GREATER | EQUAL,
                evr: "1:2"
            })
        );
        assert_eq!(
            parts[1],
            Rich::Leaf(Relation {
                name: "a",
                flags: LESS,
                evr: "3"
            })
        );
    }

    #[test]
    fn malformed_expressions_are_refused() {
        for text in [
            "",
            "(",
            "(a",
            "(a and)",
            "(a and b or c)",
            "(a if)",
            "(a b)",
            "(a) b",
            "((((((a",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"(".repeat(100_000)), None);
    }

    proptest::proptest! {
        #[test]
        fn hostile_text_is_parsed_or_refused(text in "[ab() <=>]{0,40}|.{0,60}") {
            let _ = parse(&text);
        }
    }
}
