//! What was typed, as others may see it: without passwords.

/// What stands in the place of a password.
const HIDDEN: &str = "***";

/// The flag whose value is a secret by itself.
const TOKEN: &str = "--token";

/// Returns arguments with what is secret in them hidden: the passwords of [`hide`], and the token.
pub(crate) fn hide_all<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut is_token = false;
    let shown = arguments.into_iter().map(|argument| {
        let is_value = std::mem::replace(&mut is_token, argument == TOKEN);
        if is_value && !argument.is_empty() { HIDDEN.to_owned() } else { hide(argument) }
    });
    shown.collect()
}

/// Returns an argument with the passwords of a URL (`scheme://user:PASSWORD@…`, `…?password=…`) or a
/// keyword string (`password=…`) hidden. Applied twice, it changes nothing more.
///
/// It knows no more of addresses than it must: where a password's end is unclear it hides too much.
pub(crate) fn hide(argument: &str) -> String {
    match argument.split_once("://") {
        Some((scheme, _)) if scheme.to_ascii_lowercase().contains("sqlite") => argument.to_owned(),
        Some((scheme, rest)) => {
            let rest = hide_login(rest);
            let (address, query) = match rest.split_once('?') {
                Some((address, query)) => (address, Some(query)),
                None => (rest.as_str(), None),
            };
            let query = query.map(|query| format!("?{}", hide_query(query))).unwrap_or_default();
            format!("{scheme}://{address}{query}")
        }
        None => hide_keywords(argument),
    }
}

/// Hides what is between the first colon and the last `@`: a password may hold both.
fn hide_login(rest: &str) -> String {
    let login = rest.rsplit_once('@').and_then(|(login, tail)| {
        let (user, password) = login.split_once(':')?;
        (!password.is_empty()).then(|| format!("{user}:{HIDDEN}@{tail}"))
    });
    login.unwrap_or_else(|| rest.to_owned())
}

fn hide_query(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        // A name that is percent-encoded without need may be any name.
        Some((name, value)) if !value.is_empty() && (is_secret(name) || name.contains('%')) => {
            format!("{name}={HIDDEN}")
        }
        Some(_) | None => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Returns whether a parameter holds a secret: `password`, `sslpassword`, and what newer libpq has
/// (`oauth_client_secret`, `scram_client_key`). Files, such as `sslkey`, are none, and neither is a
/// column in `--cast users.password=text`.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = ["password", "passwd", "secret", "_key"];
    name == TOKEN || !name.contains('.') && ends.iter().any(|end| name.ends_with(end))
}

/// Hides the values after `password` and `=`, quoted or not, as libpq reads them (manual, 34.1.1.1).
fn hide_keywords(text: &str) -> String {
    let mut shown = String::new();
    let mut left = text;
    while let Some((before, after)) = left.split_once('=') {
        shown.push_str(before);
        shown.push('=');
        left = after;
        let name = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
        if is_secret(name) {
            let value = after.trim_start();
            let length = value_length(value);
            if length > 0 {
                shown.push_str(HIDDEN);
            }
            left = value.get(length..).unwrap_or_default();
        }
    }
    shown + left
}

/// Returns how many bytes of a text are a keyword's value.
fn value_length(text: &str) -> usize {
    let is_quoted = text.starts_with('\'');
    let mut characters = text.char_indices().skip(usize::from(is_quoted));
    while let Some((place, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '\'' if is_quoted => return place + 1,
            other if !is_quoted && other.is_whitespace() => return place,
            _ => (),
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hidden_and_the_rest_stays() {
        for (typed, shown) in [
            ("postgresql://app:secret@db:5432/shop", "postgresql://app:***@db:5432/shop"),
            (
                "--to=postgres://app:s%40t@db/shop?sslmode=require",
                "--to=postgres://app:***@db/shop?sslmode=require",
            ),
            ("postgresql://app:a@b:c/d?e#f@db/shop", "postgresql://app:***@db/shop"),
            ("postgresql+psycopg://app:x y@db", "postgresql+psycopg://app:***@db"),
            ("mysql://app:secret@db/shop", "mysql://app:***@db/shop"),
            (
                "postgresql://db/shop?password=a%26b&user=x",
                "postgresql://db/shop?password=***&user=x",
            ),
            ("postgresql://db/shop?p%61ssword=x", "postgresql://db/shop?p%61ssword=***"),
            ("host=db password=secret user=app", "host=db password=*** user=app"),
            ("host=db PASSWORD = 'a b\\' c' user=app", "host=db PASSWORD =*** user=app"),
            ("password=a\\ b c=d", "password=*** c=d"),
            ("password='open", "password=***"),
            ("password= user=x", "password=***"),
            ("oauth_client_secret=x sslkey=/k", "oauth_client_secret=*** sslkey=/k"),
            ("sslpassword=x sslmode=require", "sslpassword=*** sslmode=require"),
        ] {
            assert_eq!(hide(typed), shown);
            assert_eq!(hide(shown), shown, "hidden twice");
        }
    }

    #[test]
    fn a_token_is_hidden_wherever_it_stands() {
        assert_eq!(hide("--token=0123456789abcdef"), "--token=***");
        let typed = ["sealift", "serve", "--token", "0123456789abcdef", "--listen", "0.0.0.0:1"];
        let shown = ["sealift", "serve", "--token", "***", "--listen", "0.0.0.0:1"];
        assert_eq!(hide_all(typed), shown);
        assert_eq!(hide_all(shown), shown, "hidden twice");
        assert_eq!(hide_all(["--token"]), ["--token"]);
        assert_eq!(hide("token=text"), "token=text");
    }

    #[test]
    fn what_holds_no_password_stays_as_it_is() {
        for typed in [
            "migrate",
            "app.db",
            "--cast=events.at=timestamptz using unix-seconds",
            "users.password=text",
            "--cast=users.api_key=text",
            "postgresql://app@db.example.com:5432/shop?sslmode=require",
            "postgresql://app:@db/shop",
            "host=db dbname=shop passfile=/home/app/.pgpass",
            "sqlite:///a:b@c.db",
            "password",
        ] {
            assert_eq!(hide(typed), typed);
        }
    }
}
