"""Results: samples, what is said about them, and how they are printed."""
import dataclasses
import json
import statistics


def quantile(samples, part):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


@dataclasses.dataclass
class Figure:
    """One number of Croft's, with the peer that it is compared with, and the bound that it should keep.

    With a peer the goal bounds the ratio of medians (Croft : peer), without one it bounds the median. `ahead` makes
    the bound strict: being equal is not enough. `more_is_better` turns it round: the goal is the least.
    """
    bench: str
    figure: str
    samples: list
    unit: str = "ms"
    versus: str | None = None
    peer: list | None = None
    goal: float | None = None
    ahead: bool = False
    more_is_better: bool = False

    @property
    def value(self):
        return statistics.median(self.samples)

    @property
    def ratio(self):
        return self.value / statistics.median(self.peer) if self.peer else None

    @property
    def holds(self):
        """None where nothing was promised."""
        measured = self.ratio if self.peer else self.value
        if self.goal is None:
            return None
        if measured == self.goal and not self.ahead:
            return True
        return measured > self.goal if self.more_is_better else measured < self.goal

    @property
    def bound(self):
        sign = ">" if self.more_is_better else "<"
        return "-" if self.goal is None else f"{sign}{'' if self.ahead else '='} {shown(self.goal)}"

    def to_json(self):
        row = {"bench": self.bench, "figure": self.figure, "value": rounded(self.value), "unit": self.unit,
               "versus": self.versus, "ratio": rounded(self.ratio), "goal": self.goal, "holds": self.holds,
               "p10": rounded(quantile(self.samples, 0.1)), "p90": rounded(quantile(self.samples, 0.9)),
               "samples": len(self.samples)}
        if self.peer:
            row |= {"versus_value": rounded(statistics.median(self.peer)),
                    "versus_p10": rounded(quantile(self.peer, 0.1)), "versus_p90": rounded(quantile(self.peer, 0.9)),
                    "versus_samples": len(self.peer)}
        return json.dumps(row)


def rounded(number):
    return None if number is None else round(number, 3)


def shown(number):
    if number is None:
        return "-"
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.2f}"


def columns(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) if i < 2 else cell.rjust(width)
                      for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]


def table_of_samples(samples, unit="ms"):
    """Lines: one for each contender, its median and spread. `samples`: name -> numbers."""
    rows = [("", "", "median " + unit, "p10", "p90", "samples")]
    rows += [("", name, shown(statistics.median(s)), shown(quantile(s, 0.1)), shown(quantile(s, 0.9)), str(len(s)))
             for name, s in samples.items()]
    return columns(rows)


def table_of_figures(figures):
    rows = [("bench", "figure", "value", "unit", "versus", "peer's", "ratio", "goal", "")]
    rows += [(f.bench, f.figure, shown(f.value), f.unit, f.versus or "-",
              shown(statistics.median(f.peer) if f.peer else None), shown(f.ratio),
              f.bound, {None: "-", True: "holds", False: "MISSED"}[f.holds]) for f in figures]
    return columns(rows)
