//! Boolean dependencies (rpm's docs/manual/boolean_dependencies.md): `(A or B)`, `(A if B else C)`...

use crate::{DepFlags, Dependency};

/// Deeper nesting than this is an attack on the stack, not a dependency.
const MAX_DEPTH: u32 = 64;

/// A boolean dependency as a tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Rich {
    /// A plain dependency.
    Plain(Dependency),
    /// All of them.
    And(Vec<Rich>),
    /// At least one of them.
    Or(Vec<Rich>),
    /// The first if the second, else the third if given.
    If(Box<Rich>, Box<Rich>, Option<Box<Rich>>),
    /// The first unless the second, then the third if given.
    Unless(Box<Rich>, Box<Rich>, Option<Box<Rich>>),
    /// One package that satisfies all of them.
    With(Vec<Rich>),
    /// One package that satisfies the first and not the second.
    Without(Box<Rich>, Box<Rich>),
}

/// Why a boolean dependency could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a boolean dependency: {reason}")]
pub struct RichError {
    /// The dependency.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Rich {
    /// Reads a dependency in parentheses.
    pub fn parse(text: &str) -> Result<Self, RichError> {
        let mut parser = Parser { rest: text };
        let parsed = parser.group(0).and_then(|rich| match parser.rest.is_empty() {
            true => Ok(rich),
            false => Err("something follows the closing parenthesis"),
        });
        parsed.map_err(|reason| RichError {
            text: text.to_owned(),
            reason,
        })
    }

    /// Every plain dependency in it, from left to right.
    pub fn dependencies(&self) -> Vec<&Dependency> {
        let mut found = Vec::new();
        self.visit(&mut |dependency| found.push(dependency));
        found
    }

    fn visit<'a>(&'a self, found: &mut impl FnMut(&'a Dependency)) {
        match self {
            Self::Plain(dependency) => found(dependency),
            Self::And(parts) | Self::Or(parts) | Self::With(parts) => {
                parts.iter().for_each(|p| p.visit(found))
            }
            Self::Without(a, b) => [a, b].into_iter().for_each(|part| part.visit(found)),
            Self::If(a, b, c) | Self::Unless(a, b, c) => {
                [Some(a), Some(b), c.as_ref()]
                    .into_iter()
                    .flatten()
                    .for_each(|part| part.visit(found));
            }
        }
    }

    /// The names that rpm's database lists for this dependency, sorted and each once: those that can make it true
    /// as they are, those that can make it false with a `!` before them.
    pub fn index_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.collect_names(false, &mut names);
        // Sorted as rpm does it, by the sign before the name: a space or an exclamation mark.
        names.sort();
        names.dedup();
        let key = |(negative, name): (bool, &str)| {
            if negative {
                format!("!{name}")
            } else {
                name.to_owned()
            }
        };
        names.into_iter().map(key).collect()
    }

    fn collect_names<'a>(&'a self, negative: bool, names: &mut Vec<(bool, &'a str)>) {
        match self {
            Self::Plain(dependency) if dependency.name.starts_with("rpmlib(") => {}
            Self::Plain(dependency) => names.push((negative, &dependency.name)),
            Self::And(parts) | Self::Or(parts) | Self::With(parts) => {
                parts.iter().for_each(|part| part.collect_names(negative, names));
            }
            Self::Without(a, b) => [a, b]
                .into_iter()
                .for_each(|part| part.collect_names(negative, names)),
            Self::If(a, condition, otherwise) | Self::Unless(a, condition, otherwise) => {
                a.collect_names(negative, names);
                let start = names.len();
                condition.collect_names(!negative, names);
                if let Some(otherwise) = otherwise {
                    names.extend_from_within(start..);
                    let copied = start + (names.len() - start) / 2;
                    names.iter_mut().skip(copied).for_each(|(sign, _)| *sign = !*sign);
                    otherwise.collect_names(negative, names);
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    And,
    Or,
    If,
    Unless,
    Else,
    With,
    Without,
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn group(&mut self, depth: u32) -> Result<Rich, &'static str> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deeply");
        }
        self.rest = self
            .rest
            .strip_prefix('(')
            .ok_or("it does not begin with a parenthesis")?;
        let first = self.operand(depth)?;
        let Some(operator) = self.operator()? else {
            return Ok(first);
        };
        let second = self.operand(depth)?;
        match operator {
            Operator::And | Operator::Or | Operator::With => self.chain(operator, vec![first, second], depth),
            Operator::If | Operator::Unless => self.conditional(operator, first, second, depth),
            Operator::Without => self.close(Rich::Without(Box::new(first), Box::new(second))),
            Operator::Else => Err("\"else\" without \"if\" or \"unless\""),
        }
    }

    fn chain(&mut self, operator: Operator, mut parts: Vec<Rich>, depth: u32) -> Result<Rich, &'static str> {
        while let Some(next) = self.operator()? {
            if next != operator {
                return Err("different operators need parentheses");
            }
            parts.push(self.operand(depth)?);
        }
        Ok(match operator {
            Operator::And => Rich::And(parts),
            Operator::With => Rich::With(parts),
            _ => Rich::Or(parts),
        })
    }

    fn conditional(
        &mut self,
        operator: Operator,
        a: Rich,
        b: Rich,
        depth: u32,
    ) -> Result<Rich, &'static str> {
        let (a, b) = (Box::new(a), Box::new(b));
        let otherwise = match self.operator()? {
            None => None,
            Some(Operator::Else) => {
                let otherwise = self.operand(depth)?;
                self.expect_close()?;
                Some(Box::new(otherwise))
            }
            Some(_) => return Err("only \"else\" can follow a condition"),
        };
        Ok(if operator == Operator::If {
            Rich::If(a, b, otherwise)
        } else {
            Rich::Unless(a, b, otherwise)
        })
    }

    fn close(&mut self, rich: Rich) -> Result<Rich, &'static str> {
        self.expect_close().map(|()| rich)
    }

    fn expect_close(&mut self) -> Result<(), &'static str> {
        match self.operator()? {
            None => Ok(()),
            Some(_) => Err("different operators need parentheses"),
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// The next operator, or None when the group is closed.
    fn operator(&mut self) -> Result<Option<Operator>, &'static str> {
        self.skip_space();
        if let Some(rest) = self.rest.strip_prefix(')') {
            self.rest = rest;
            return Ok(None);
        }
        let operator = match self.word() {
            "and" => Operator::And,
            "or" => Operator::Or,
            "if" => Operator::If,
            "unless" => Operator::Unless,
            "else" => Operator::Else,
            "with" => Operator::With,
            "without" => Operator::Without,
            "" => return Err("the closing parenthesis is missing"),
            _ => return Err("an operator is missing or unknown"),
        };
        Ok(Some(operator))
    }

    fn operand(&mut self, depth: u32) -> Result<Rich, &'static str> {
        self.skip_space();
        if self.rest.starts_with('(') {
            return self.group(depth + 1);
        }
        let name = self.word().to_owned();
        if name.is_empty() {
            return Err("a name is missing");
        }
        self.skip_space();
        let end = self.rest.find(|c| !"<>=".contains(c)).unwrap_or(self.rest.len());
        let (operator, rest) = self.rest.split_at(end);
        if operator.is_empty() {
            return Ok(Rich::Plain(Dependency::any(name)));
        }
        self.rest = rest;
        let flags = DepFlags::from_operator(operator).ok_or("an unknown comparison")?;
        self.skip_space();
        match self.word() {
            "" => Err("a version is missing"),
            evr => Ok(Rich::Plain(Dependency::new(name, flags, evr))),
        }
    }

    /// Up to white space, a comma or a parenthesis that closes more than the word opened: `libc.so.6()(64bit)`.
    fn word(&mut self) -> &str {
        let mut open = 0;
        let ends = |c: char| match c {
            '(' => {
                open += 1;
                false
            }
            ')' => {
                open -= 1;
                open < 0
            }
            _ => c.is_whitespace() || c == ',',
        };
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Rich {
        Rich::Plain(Dependency::parse(text).unwrap())
    }

    fn boxed(text: &str) -> Box<Rich> {
        Box::new(plain(text))
    }

    #[test]
    fn reads_every_operator() {
        for (text, expected) in [
            ("(a)", plain("a")),
            (
                "(a and b and c)",
                Rich::And(vec![plain("a"), plain("b"), plain("c")]),
            ),
            ("(a >= 1 or b)", Rich::Or(vec![plain("a >= 1"), plain("b")])),
            ("(a if b)", Rich::If(boxed("a"), boxed("b"), None)),
            (
                "(a if b else c)",
                Rich::If(boxed("a"), boxed("b"), Some(boxed("c"))),
            ),
            ("(a unless b)", Rich::Unless(boxed("a"), boxed("b"), None)),
            ("(a with b<2)", Rich::With(vec![plain("a"), plain("b<2")])),
            (
                "( libc.so.6()(64bit) without b )",
                Rich::Without(boxed("libc.so.6()(64bit)"), boxed("b")),
            ),
            (
                "((a or b) if c)",
                Rich::If(Box::new(Rich::Or(vec![plain("a"), plain("b")])), boxed("c"), None),
            ),
        ] {
            assert_eq!(Rich::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "a",
            "(",
            "()",
            "(a",
            "(a b)",
            "(a and)",
            "(a and b or c)",
            "(a if b if c)",
            "(a else b)",
            "(a >= )",
            "(a) b",
            "(a if b else c else d)",
            "(a without b without c)",
        ] {
            assert!(Rich::parse(text).is_err(), "{text}");
        }
        assert!(Rich::parse(&"(".repeat(100_000)).is_err());
    }

    /// The first is the example of a database written by rpm 4.18.
    #[test]
    fn index_names_are_those_of_rpm() {
        let names = |text| Rich::parse(text).unwrap().index_names();
        assert_eq!(
            names("(delta if epsilon else zeta)"),
            ["delta", "epsilon", "zeta", "!epsilon"]
        );
        assert_eq!(names("(b or a or b)"), ["a", "b"]);
        assert_eq!(names("(a if (b unless c))"), ["a", "c", "!b"]);
        assert_eq!(names("(rpmlib(X) and a)"), ["a"]);
    }
}
