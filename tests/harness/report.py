"""Prints results as they come, and the summary."""
import collections

import model

WORDS = {model.PASSED: "ok  ", model.FAILED: "FAIL", model.SKIPPED: "skip"}


class Report:
    def __init__(self, json_path=None):
        self.outcomes = []
        self.json = open(json_path, "w", encoding="utf-8", buffering=1) if json_path else None

    def add(self, outcome):
        self.outcomes.append(outcome)
        if self.json:
            self.json.write(outcome.to_json() + "\n")
        reason = f"  ({outcome.reason})" if outcome.reason else ""
        print(f"{WORDS[outcome.status]} {outcome.seconds:8.2f} s  {outcome.name}{reason}", flush=True)
        if outcome.output:
            print("    | " + outcome.output.rstrip().replace("\n", "\n    | "), flush=True)

    def count(self, status):
        return sum(o.status == status for o in self.outcomes)

    def print_slowest(self, number=10):
        print(f"\nslowest {number}:")
        for outcome in sorted(self.outcomes, key=lambda o: -o.seconds)[:number]:
            print(f"{outcome.seconds:8.2f} s  {outcome.name}")

    def print_skips(self):
        reasons = collections.defaultdict(list)
        for outcome in self.outcomes:
            if outcome.status == model.SKIPPED:
                reasons[outcome.tier, outcome.reason].append(outcome.name)
        if reasons:
            print("\nskipped:")
        for (tier, reason), names in sorted(reasons.items()):
            print(f"  {len(names):4} in {tier}: {reason}")

    def print_named(self, title, chosen):
        named = [o for o in self.outcomes if chosen(o)]
        if named:
            print(f"\n{title}:")
        for outcome in named:
            print(f"  {outcome.name}{': ' + outcome.reason if outcome.reason else ''}")

    def finish(self):
        """Prints the summary; true if something passed and nothing failed."""
        self.print_slowest()
        self.print_skips()
        self.print_named("passed at the second attempt only, to be mended", lambda o: o.unsteady)
        self.print_named("failed", lambda o: o.status == model.FAILED)
        counts = [self.count(status) for status in (model.PASSED, model.FAILED, model.SKIPPED)]
        print("\n{} passed, {} failed, {} skipped".format(*counts), flush=True)
        return counts[0] > 0 and counts[1] == 0
