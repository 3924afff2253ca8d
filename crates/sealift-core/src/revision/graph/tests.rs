//! One folder with a branch, walked in all directions.

use super::*;
use proptest::prelude::*;

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

fn set(ids: &[&str]) -> BTreeSet<Id> {
    ids.iter().map(|text| id(text)).collect()
}

fn texts(ids: Vec<Id>) -> Vec<String> {
    ids.into_iter().map(String::from).collect()
}

fn these(ids: &[&str]) -> Parents {
    Parents::These(ids.iter().map(|text| id(text)).collect())
}

/// `1 ← 20 ← 21` and `1 ← 3`, merged by `4` if wished.
fn branched(merge: Option<Parents>) -> Graph {
    let mut revisions = vec![
        (id("1"), Parents::Before),
        (id("20"), these(&["1"])),
        (id("21"), Parents::Before),
        (id("30"), these(&["1"])),
    ];
    revisions.extend(merge.map(|parents| (id("40"), parents)));
    Graph::new(revisions).unwrap()
}

#[test]
fn two_heads_are_refused_until_they_are_merged() {
    let graph = branched(None);
    let heads = vec![id("21"), id("30")];
    assert_eq!(
        graph.up(&set(&[]), &Target::Head),
        Err(GraphError::SeveralHeads { heads: heads.clone() })
    );
    assert_eq!(texts(graph.up(&set(&[]), &Target::Heads).unwrap()), ["1", "20", "21", "30"]);
    let merge = graph.merge().unwrap();
    assert_eq!(merge, Parents::These(heads));
    let merged = branched(Some(merge));
    assert_eq!(merged.head(), Ok(Some(id("40"))));
    assert_eq!(merged.merge(), Err(GraphError::NothingToMerge));
}

#[test]
fn a_revision_brings_what_it_stands_on_and_nothing_else() {
    let graph = branched(None);
    let up = graph.up(&set(&["1"]), &Target::Revision("21".to_owned())).unwrap();
    assert_eq!(texts(up), ["20", "21"]);
    assert!(graph.up(&set(&["1"]), &Target::Revision("1".to_owned())).unwrap().is_empty());
}

#[test]
fn going_back_to_a_revision_leaves_other_branches() {
    let graph = branched(Some(these(&["21", "30"])));
    let all = set(&["1", "20", "21", "30", "40"]);
    let down = |text: &str| texts(graph.down(&all, &Target::Revision(text.to_owned())).unwrap());
    assert_eq!(down("20"), ["40", "21"]);
    assert_eq!(down("1"), ["40", "30", "21", "20"]);
    assert_eq!(graph.current(&set(&["1", "20", "30"])).unwrap(), [id("20"), id("30")]);
}

#[test]
fn steps_are_counted_and_too_many_are_refused() {
    let graph = branched(Some(these(&["21", "30"])));
    assert_eq!(texts(graph.up(&set(&["1"]), &Target::Forward(2)).unwrap()), ["20", "21"]);
    assert_eq!(texts(graph.down(&set(&["1", "20"]), &Target::Back(1)).unwrap()), ["20"]);
    assert_eq!(
        graph.down(&set(&["1"]), &Target::Back(2)),
        Err(GraphError::TooFar { asked: 2, there: 1 })
    );
    assert!(matches!(graph.up(&set(&[]), &Target::Base), Err(GraphError::WrongWay { .. })));
}

#[test]
fn the_first_digits_are_enough_where_they_are_clear() {
    let graph = branched(None);
    assert_eq!(graph.find("3"), Ok(id("30")));
    assert_eq!(
        graph.find("2"),
        Err(GraphError::Ambiguous { text: "2".to_owned(), matches: vec![id("20"), id("21")] })
    );
    assert_eq!(graph.find("1"), Ok(id("1")));
    assert_eq!(graph.find("9"), Err(GraphError::Unknown { text: "9".to_owned() }));
}

#[test]
fn a_history_that_does_not_fit_the_files_is_refused() {
    let graph = branched(None);
    assert_eq!(graph.current(&set(&["7"])), Err(GraphError::NoFile { id: id("7") }));
    assert_eq!(
        graph.current(&set(&["1", "21"])),
        Err(GraphError::Hole { id: id("21"), parent: id("20") })
    );
}

#[test]
fn a_folder_that_makes_no_sense_is_refused() {
    let graph = |revisions: Vec<(&str, Parents)>| {
        Graph::new(revisions.into_iter().map(|(text, parents)| (id(text), parents)))
    };
    assert!(matches!(
        graph(vec![("1", Parents::None), ("01", Parents::None)]),
        Err(GraphError::Twice { .. })
    ));
    assert!(matches!(graph(vec![("1", these(&["2"]))]), Err(GraphError::NoParent { .. })));
    assert!(matches!(
        graph(vec![("1", these(&["2"])), ("2", Parents::None)]),
        Err(GraphError::NotEarlier { .. })
    ));
}

#[test]
fn targets_are_read_as_they_are_typed() {
    for text in ["head", "heads", "base", "+2", "-1", "2026"] {
        assert_eq!(Target::parse(text).unwrap().to_string(), text);
    }
    for text in ["", "+", "-x", "top"] {
        assert!(Target::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn up_and_down_again_is_where_it_began(
        links in prop::collection::vec(prop::collection::vec(0_usize..30, 0..3), 1..12),
        start in 0_usize..12,
    ) {
        let revisions = links.iter().enumerate().map(|(at, wanted)| {
            let parents: Vec<Id> =
                wanted.iter().filter(|p| **p < at).map(|p| id(&(p + 1).to_string())).collect();
            let parents = if parents.is_empty() { Parents::None } else { Parents::These(parents) };
            (id(&(at + 1).to_string()), parents)
        });
        let graph = Graph::new(revisions).unwrap();
        let first = id(&(start % links.len() + 1).to_string());
        let before = graph.with_ancestors(&first);
        let up = graph.up(&before, &Target::Heads).unwrap();
        let mut applied = before.clone();
        for id in &up {
            prop_assert!(graph.parents(id).all(|parent| applied.contains(parent)));
            applied.insert(id.clone());
        }
        for id in graph.down(&applied, &Target::Back(up.len())).unwrap() {
            prop_assert!(!graph.children(&id).any(|child| applied.contains(child)));
            applied.remove(&id);
        }
        prop_assert_eq!(applied.len(), before.len());
    }
}
