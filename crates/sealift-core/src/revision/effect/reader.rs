//! [`Reader`]: the significant tokens of one statement, read from left to right.

use crate::revision::lex::{Kind, Token, tokens};

/// What is left of a statement.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let tokens = tokens(text).unwrap_or_default();
        Self { tokens: tokens.into_iter().filter(Token::is_significant).collect(), at: 0 }
    }

    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    fn next_is(&self, symbol: char) -> bool {
        self.peek().is_some_and(|token| token.kind == Kind::Symbol(symbol))
    }

    fn rest(&self) -> &[Token<'a>] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    /// Takes the next word, in lower case.
    pub(super) fn word(&mut self) -> Option<String> {
        let word = self.peek().filter(|token| token.kind == Kind::Word)?.text.to_ascii_lowercase();
        self.at += 1;
        Some(word)
    }

    /// Takes the next token if it is this word.
    pub(super) fn skip(&mut self, word: &str) -> bool {
        let is = self.peek().is_some_and(|token| token.is_word(word));
        self.at += usize::from(is);
        is
    }

    /// Takes `if exists` and `if not exists`.
    pub(super) fn skip_if_exists(&mut self) {
        if self.skip("if") {
            self.skip("not");
            self.skip("exists");
        }
    }

    /// Returns whether the word stands anywhere in what is left.
    pub(super) fn has(&self, word: &str) -> bool {
        self.rest().iter().any(|token| token.is_word(word))
    }

    /// Takes a name as it is spelled, with its schema: `app."Order"`.
    pub(super) fn name(&mut self) -> Option<String> {
        let mut name = self.part()?.to_owned();
        while self.next_is('.') {
            self.at += 1;
            name.push('.');
            name.push_str(self.part()?);
        }
        Some(name)
    }

    fn part(&mut self) -> Option<&'a str> {
        let token = self.peek().filter(|t| matches!(t.kind, Kind::Word | Kind::Quoted))?;
        let text = token.text;
        self.at += 1;
        Some(text)
    }

    /// Takes names with commas between them.
    pub(super) fn names(&mut self) -> Vec<String> {
        let mut names: Vec<String> = self.name().into_iter().collect();
        while self.next_is(',') {
            self.at += 1;
            self.skip("only");
            names.extend(self.name());
        }
        names
    }

    /// Returns the first name behind a word, wherever it stands; `only` and `if exists` are passed over.
    pub(super) fn name_after(&self, word: &str) -> Option<String> {
        self.names_after(word).into_iter().next()
    }

    /// Returns the name behind each occurrence of a word.
    pub(super) fn names_after(&self, word: &str) -> Vec<String> {
        let places = self.rest().iter().enumerate().filter(|(_, token)| token.is_word(word));
        let name = |at: usize| {
            let mut behind = Self { at: self.at + at + 1, ..self.clone() };
            behind.skip("only");
            behind.name()
        };
        places.filter_map(|(at, _)| name(at)).collect()
    }

    /// Returns the name behind words that stand together, wherever they do.
    pub(super) fn name_after_words(&self, words: &[&str]) -> Option<String> {
        (0..self.rest().len()).find_map(|at| {
            let mut behind = Self { at: self.at + at, ..self.clone() };
            if !words.iter().all(|word| behind.skip(word)) {
                return None;
            }
            behind.skip("only");
            behind.name()
        })
    }

    /// Returns what is left, cut at the commas that stand outside of parentheses.
    pub(super) fn parts(&self) -> Vec<Self> {
        let mut parts = vec![Vec::new()];
        let mut depth = 0_usize;
        for token in self.rest() {
            if matches!(token.kind, Kind::Symbol('(' | '[')) {
                depth += 1;
            } else if matches!(token.kind, Kind::Symbol(')' | ']')) {
                depth = depth.saturating_sub(1);
            } else if token.kind == Kind::Symbol(',') && depth == 0 {
                parts.push(Vec::new());
                continue;
            }
            if let Some(part) = parts.last_mut() {
                part.push(*token);
            }
        }
        parts.into_iter().map(|tokens| Self { tokens, at: 0 }).collect()
    }

    /// Returns the words that are left, in lower case, with what is called like a function marked by a bracket behind:
    /// `default`, `random(`.
    pub(super) fn words(&self) -> Vec<String> {
        let tokens = self.rest();
        let mut words = Vec::new();
        for (at, token) in tokens.iter().enumerate().filter(|(_, t)| t.kind == Kind::Word) {
            let called = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Symbol('('));
            let bracket = if called { "(" } else { "" };
            words.push(format!("{}{bracket}", token.text.to_ascii_lowercase()));
        }
        words
    }
}
