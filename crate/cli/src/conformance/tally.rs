//! What came out of the cases, counted and printed: a line a failure, then the sums.

use forerun_conformance::{CaseName, Verdict};
use serde_json::json;
use std::collections::BTreeMap;

/// Counts, and prints what failed at once.
#[derive(Debug)]
pub(super) struct Tally {
    json: bool,
    passed: usize,
    failed: usize,
    skipped: BTreeMap<String, usize>,
    /// How many of those that passed were compared by their shape alone.
    by_shape: usize,
}

impl Tally {
    pub(super) const fn new(json: bool) -> Self {
        Self {
            json,
            passed: 0,
            failed: 0,
            skipped: BTreeMap::new(),
            by_shape: 0,
        }
    }

    pub(super) fn count(&mut self, name: &CaseName<'_>, verdict: Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Skipped(reason) => *self.skipped.entry(reason).or_default() += 1,
            Verdict::Failed(difference) => {
                self.failed += 1;
                self.print_failure(name, &difference);
            }
        }
    }

    /// Counts a case of which only the shape of the answer counts.
    pub(super) fn count_shape(&mut self, name: &CaseName<'_>, verdict: Verdict) {
        self.by_shape += usize::from(verdict == Verdict::Passed);
        self.count(name, verdict);
    }

    fn print_failure(&self, name: &CaseName<'_>, difference: &str) {
        let CaseName {
            file,
            test,
            fork,
            index,
        } = name;
        let file = file.display();
        if self.json {
            let row = json!({
                "file": file.to_string(), "test": test, "fork": fork, "index": index,
                "passed": false, "difference": difference,
            });
            println!("{row}");
        } else {
            let index = index.map(|index| format!(" {index}")).unwrap_or_default();
            println!("FAILED  {file}  {test}  {fork}{index}  {difference}");
        }
    }

    /// Prints the sums. Whether nothing failed.
    pub(super) fn finish(self) -> bool {
        let skipped: usize = self.skipped.values().sum();
        let Self {
            passed,
            failed,
            by_shape,
            ..
        } = self;
        if self.json {
            let mut row = json!({
                "passed": passed, "failed": failed, "skipped": skipped, "reasons": self.skipped,
            });
            if by_shape > 0 {
                row["byShape"] = by_shape.into();
            }
            println!("{row}");
        } else {
            for (reason, count) in &self.skipped {
                println!("skipped {count}: {reason}");
            }
            if by_shape > 0 {
                println!("of {by_shape} that passed only the shape counts, as they say");
            }
            println!("{passed} passed, {failed} failed, {skipped} skipped");
        }
        failed == 0
    }
}
