"""cycle: create, start, wait for and destroy a container that runs /bin/true, against the bare kernel work (floor) and
against crun, runc and lxc. All contenders take turns in one run, over one template."""
import contextlib

import croft
import peers
import roots
from contender import Contender, take_turns
from figure import Figure

SUMMARY = "create-start-wait-destroy of a container, against the kernel's own work and other tools"
PACKAGES = {"busybox-static", "crun", "lxc", "nftables", "runc"}
TARGETS = ["bench_floor", "bench_peer"]
CROFT_TARGETS = ["bench_cycle_croft", "croft", "croftd", "croft-keeper"]
SIDES = ("croft", "floor", "crun", "runc", "lxc")
FLOOR_GOAL = 1.5  # of the cycle
ROUNDS, BATCH = 25, 4

NOTES = [
    "crun, runc: the overlay root is mounted by the caller, as engines do; no network but loopback (they bring none);"
    " crun with the unified hierarchy hidden, which it refuses beside v1.",
    "lxc: router mode veth with the same addresses and routes; writes its id maps itself (newuidmap hidden).",
    "Of each tool's two ways (single commands, and all in one) the faster one is what Croft is compared with.",
]


def peer_contenders(context, tool, root):
    folder = context.folder / tool
    state = folder / "state"
    state.mkdir(parents=True)
    folder.chmod(0o711)
    is_lxc = tool == "lxc"
    config = folder / "config"
    config.write_text(peers.lxc_config(folder) if is_lxc else peers.oci_config(), encoding="utf-8")
    commands = peers.lxc_commands(str(state)) if is_lxc else peers.oci_commands(tool, str(state))
    hidden = [word for path in peers.HIDDEN[tool] for word in ("--hide", path)]
    for number, (way, words) in enumerate(commands.items()):
        data = folder / str(number)
        data.mkdir(mode=0o711)
        yield Contender(f"{tool} {way}", [context.build / "tests/bench/bench_peer", "--data", data, "--root", root,
                                          "--config", config, "--config-name", "config" if is_lxc else "config.json",
                                          "--name", f"{context.name}-{tool}{number}", *hidden, "--", *words],
                        folder / f"{number}.log")


def contenders(context, stack):
    root = roots.busybox(context.folder)
    if "floor" in context.sides:
        data = context.folder / "floor"
        data.mkdir()
        yield Contender("floor", [context.build / "tests/bench/bench_floor", "--data", data, "--root", root, "--name",
                                  f"{context.name}-floor"], context.folder / "floor.log")
    for tool in ("crun", "runc", "lxc"):
        if tool in context.sides:
            yield from peer_contenders(context, tool, root)
    if "croft" in context.sides:
        folder = context.folder / "croft"
        folder.mkdir()
        daemon = stack.enter_context(croft.Croft(context.build, folder))
        daemon.croft("template", "import", "bench", root)
        yield Contender("croft", [daemon.program("bench_cycle_croft"), "--socket", daemon.socket, "--template",
                                  "bench"], folder / "cycle.log")


def samples_of(contender, key):
    return [sample[key] / 1000 for sample in contender.samples]  # milliseconds


def median_steps(contender):
    """(side, step, microseconds) of a contender that tells its steps."""
    sides = [side for side in ("parent", "child") if side in contender.samples[0]]
    for side in sides:
        for step in contender.samples[0][side]:
            values = sorted(sample[side][step] for sample in contender.samples)
            yield side, step, values[len(values) // 2]


def figures(done):
    if "croft" not in done:
        return
    ours = samples_of(done["croft"], "cycle_us")
    if "floor" in done:
        floor = done["floor"]
        yield Figure("cycle", "vs_floor", ours, versus="floor", peer=samples_of(floor, "cycle_us"), goal=FLOOR_GOAL)
        yield Figure("cycle", "start_vs_floor", samples_of(done["croft"], "start_us"), versus="floor",
                     peer=samples_of(floor, "start_us"))
    for tool in ("crun", "runc", "lxc"):
        ways = [samples_of(c, "cycle_us") for name, c in done.items() if name.split()[0] == tool]
        if ways:
            best = min(ways, key=lambda way: sorted(way)[len(way) // 2])
            yield Figure("cycle", f"vs_{tool}", ours, versus=tool, peer=best, goal=1.0, ahead=True)


def run(context):
    with contextlib.ExitStack() as stack:
        taking_part = [stack.enter_context(c) for c in contenders(context, stack)]
        take_turns(taking_part, context.rounds or ROUNDS, BATCH)
        done = {c.name: c for c in taking_part}
        context.show_samples({name: samples_of(c, "cycle_us") for name, c in done.items()})
        for name in ("floor", "croft"):
            if name in done:
                context.show_steps(name, median_steps(done[name]))
        context.show_notes(NOTES)
        return list(figures(done))
