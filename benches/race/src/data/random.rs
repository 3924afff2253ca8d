//! Values by lot, the same everywhere.

const WORDS: [&str; 32] = [
    "harbour", "invoice", "please", "the", "a", "of", "and", "shipment", "tomorrow", "price",
    "you", "we", "offer", "crate", "déjà", "Größe", "delivery", "when", "is", "it", "ready",
    "thanks", "regards", "customer", "number", "paid", "late", "north", "south", "pier", "✓",
    "returned",
];

/// A xorshift generator: the same values everywhere, without a dependency.
pub(super) struct Random(u64);

impl Random {
    /// Returns the generator that every database begins with.
    pub(super) fn new() -> Self {
        Self(0x5EA1_1F7B_ED0C_0DE5)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).expect("smaller than the bound")
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let count = u32::try_from(from.len()).expect("a short list");
        let at = usize::try_from(self.below(count)).expect("a short list");
        from.get(at).copied().unwrap_or_default()
    }

    pub(super) fn word(&mut self) -> &'static str {
        self.pick(&WORDS)
    }

    /// Returns words of about `length` bytes.
    pub(super) fn text(&mut self, length: u32) -> String {
        let length = usize::try_from(length).expect("a short text");
        let mut text = String::with_capacity(length + 16);
        while text.len() < length {
            text.push_str(self.word());
            text.push(' ');
        }
        text
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes()).flatten().take(length).collect()
    }

    /// Returns a time of the years 2020 to 2023, as most frameworks write it.
    pub(super) fn time(&mut self) -> String {
        format!(
            "{}-{:02}-{:02} {:02}:{:02}:{:02}",
            2020 + self.below(4),
            1 + self.below(12),
            1 + self.below(28),
            self.below(24),
            self.below(60),
            self.below(60)
        )
    }
}
