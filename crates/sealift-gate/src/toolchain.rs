//! What the counts depend on besides Sealift: who compiled it, which `build.rs` asks, and what it runs on.

use crate::budget::MadeWith;
use std::process::Command;

/// Returns the compilers, the C library and the processor at hand.
///
/// The C compiler makes SQLite. The C library chooses how it copies memory, and `memchr` and
/// `simdutf8` how they search it, by what the processor can do.
pub(crate) fn at_hand() -> MadeWith {
    let facts = [
        ("rustc", minor(env!("GATE_RUSTC"))),
        ("cc", env!("GATE_CC").to_owned()),
        ("libc", c_library()),
        ("cpu", cpu()),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns the version of glibc; `unknown` where there is another C library.
fn c_library() -> String {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let version = text.ok().and_then(|text| text.split_whitespace().nth(1).map(str::to_owned));
    version.unwrap_or_else(|| "unknown".to_owned())
}

/// Returns `1.95` of `1.95.0`: a patch release does not change what code becomes.
fn minor(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').take(2).collect();
    parts.join(".")
}

#[cfg(target_arch = "x86_64")]
fn cpu() -> String {
    // Of what valgrind passes on, the one that is asked for.
    let avx2 = std::is_x86_feature_detected!("avx2");
    format!("x86_64{}", if avx2 { " with avx2" } else { "" })
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu() -> String {
    std::env::consts::ARCH.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patch_releases_of_the_compiler_are_one() {
        assert_eq!(minor("1.95.0"), minor("1.95.1"));
        assert_ne!(minor("1.95.0"), minor("1.96.0"));
    }
}
