"""Measures Croft, and what it is compared with, in one run on one machine. Without a NAME: every benchmark.

Each benchmark is a file in tests/bench/benchmarks. Its contenders take turns, so that a busy machine is busy for all
of them; what counts is the ratio of medians. Missing packages are installed with apt-get. The exit status says whether
all was measured; whether a goal is kept is said by the figure itself.
"""
import argparse
import dataclasses
import importlib
import os
import pathlib
import signal
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(FOLDER / "driver"), str(FOLDER / "benchmarks")]
sys.dont_write_bytecode = True

import figure  # noqa: E402
import machine  # noqa: E402

NAMES = sorted(path.stem for path in (FOLDER / "benchmarks").glob("*.py"))


@dataclasses.dataclass
class Context:
    """What a benchmark is given."""
    build: pathlib.Path
    folder: pathlib.Path  # scratch of its own
    sides: set
    rounds: int
    quiet: bool
    name: str = machine.NAME

    def show(self, lines):
        if not self.quiet:
            print("\n".join(lines), flush=True)

    def show_samples(self, samples, unit="ms"):
        self.show(figure.table_of_samples(samples, unit))

    def show_steps(self, title, steps):
        self.show([f"  {title}: {side} {step:34} {us:9.1f} us" for side, step, us in steps])

    def show_notes(self, notes):
        self.show(["  note: " + note for note in notes])


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"one of: {', '.join(NAMES)}")
    parser.add_argument("-j", "--json", action="store_true", help="print nothing but one JSON object per figure")
    parser.add_argument("--only", metavar="SIDE,...", help="only these contenders; without croft there are no figures")
    parser.add_argument("--rounds", type=int, default=0, help="how often the contenders take turns")
    parser.add_argument("--build", type=pathlib.Path, metavar="DIR", help="use this build as it is")
    options = parser.parse_args()
    for name in options.names:
        if name not in NAMES:
            parser.error(f"no benchmark is called `{name}`; there are: {', '.join(NAMES)}")
    return options


def sides_of(module, only):
    return set(module.SIDES) if not only else set(module.SIDES) & set(only.split(","))


def prepare(modules, options):
    """All that needs the network or the compiler; the build's directory."""
    machine.install({"iproute2", "util-linux"}.union(*(module.PACKAGES for module in modules.values())))
    for module in modules.values():
        getattr(module, "prepare", lambda: None)()
    targets = set()
    for module in modules.values():
        targets |= {*module.TARGETS, *(module.CROFT_TARGETS if "croft" in sides_of(module, options.only) else ())}
    return (options.build or machine.build(sorted(targets))).resolve()


def run(options):
    modules = {name: importlib.import_module(name) for name in options.names or NAMES}
    build = prepare(modules, options)
    machine.isolate()
    folder = machine.scratch()
    found = []
    for name, module in modules.items():
        scratch = folder / name
        scratch.mkdir(mode=0o711)
        if not options.json:
            print(f"\n== {name}: {module.SUMMARY}", flush=True)
        rows = module.run(Context(build, scratch, sides_of(module, options.only), options.rounds, options.json))
        found += rows
        if options.json and rows:
            print("\n".join(row.to_json() for row in rows), flush=True)
    if not options.json and found:
        print("\n" + "\n".join(figure.table_of_figures(found)))


def main():
    options = arguments()
    if os.geteuid() != 0:
        machine.say("tests/bench/run: containers need root")
        return 2
    # A signal unwinds the stack: contenders and daemons are context managers.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    lock = machine.only_run()
    try:
        machine.remove_cgroups()
        run(options)
        return 0
    except machine.Failed as error:
        machine.say(f"tests/bench/run: {error}")
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        machine.remove_cgroups()
        lock.close()


if __name__ == "__main__":
    sys.exit(main())
