use super::*;
use std::path::Path;

fn scripts() -> impl Iterator<Item = &'static Asset> {
    ASSETS.iter().filter(|asset| asset.kind == SCRIPT)
}

fn is_served(path: &str) -> bool {
    ASSETS.iter().any(|asset| asset.path == path)
}

#[test]
fn every_file_of_the_folder_is_served_under_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page/assets");
    let files = std::fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut count = 0;
    for name in names {
        count += 1;
        assert!(name == "index.html" || is_served(&format!("/page/{name}")), "{name}");
    }
    assert_eq!(count, ASSETS.len());
}

#[test]
fn every_file_that_another_names_is_served() {
    for quoted in INDEX.text.split('"').filter(|text| text.starts_with("/page/")) {
        assert!(is_served(quoted), "{quoted}");
    }
    for script in scripts() {
        for line in script.text.lines().filter(|line| line.contains(" from \"./")) {
            let (_, name) = line.rsplit_once(" from \"./").unwrap();
            let name = name.trim_end_matches("\";");
            assert!(is_served(&format!("/page/{name}")), "{}: {line}", script.path);
        }
    }
}

/// The policy forbids both, and the page must not depend on a browser that lets it pass.
#[test]
fn nothing_is_inline_and_no_text_becomes_markup() {
    for forbidden in ["<style", "style=", " onclick", " onload", " onerror", "javascript:"] {
        assert!(!INDEX.text.contains(forbidden), "{forbidden}");
    }
    let script_tags = INDEX.text.matches("<script").count();
    assert_eq!(script_tags, INDEX.text.matches("<script type=\"module\" src=\"/page/").count());
    for script in scripts() {
        for forbidden in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("]
        {
            assert!(!script.text.contains(forbidden), "{}: {forbidden}", script.path);
        }
    }
}

/// The one address is that of SVG, which names a language and is never asked for.
#[test]
fn no_other_host_is_named() {
    for asset in &ASSETS {
        let text = asset.text.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("://") && !text.contains("url("), "{}", asset.path);
    }
}
