use super::*;

#[test]
fn every_part_of_every_distribution_can_be_read() {
    assert_eq!(all().count(), DISTRIBUTIONS.len());
    for atlas in all() {
        assert!(!atlas.versions().is_empty());
        assert!(atlas.modules().is_some(), "{}", atlas.distribution);
        assert!(atlas.code().is_some(), "{}", atlas.distribution);
    }
}

#[test]
fn the_assets_stay_small() {
    let size: usize = DISTRIBUTIONS.iter().map(|(_, _, data)| data.len()).sum();
    assert!(size <= 1_500_000, "{size}");
}
