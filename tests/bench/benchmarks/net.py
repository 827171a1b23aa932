"""net: what a container's network costs, with all that is guarded and counted, against a bare veth pair."""
import json

import machine
from figure import Figure

SUMMARY = "throughput, latency, set-up and counters of containers' networks, against bare veth pairs"
PACKAGES = {"nftables"}
TARGETS = ["bench_net"]
CROFT_TARGETS = []
SIDES = ("croft",)
ROUNDS = 40

NOTES = [
    "croft: Croft's own links, packet filter and traffic classes, without its programs; veth: pairs with addresses and"
    " routes by raw netlink, without filter. Each in a net namespace of its own, by turns.",
    "throughput: 256 MiB by TCP; latency: round trips of 64 bytes by UDP; both between a thread inside and one of the"
    " host, latency on one CPU.",
    "between: the same between two containers of a tenant; bridge: as lxc connects them by default, unguarded.",
    "setup: a pair with two addresses, routes, rules and counters, beside one other container, until the inside is"
    " configured; the peer's is without rules, counters and protection of the host.",
    "cost: 64 bytes by UDP from inside to the host, where there are 1,000 containers and where there is 1.",
]


def run(context):
    if "croft" not in context.sides:
        return []
    folder = context.folder / "net"
    folder.mkdir()
    told = machine.run("unshare", "--mount", "--net", context.build / "tests/bench/bench_net",
                       context.rounds or ROUNDS, folder)
    found = json.loads(told)
    context.show_samples({name: found[name] for name in ("throughput_croft", "throughput_veth")}, "MB/s")
    context.show_samples({name: found[name] for name in ("latency_croft", "latency_veth", "setup_croft",
                                                         "setup_netlink")}, "us")
    context.show_samples({name: found[name] for name in ("packet_1", "packet_1000")}, "ns")
    context.show_notes(NOTES)
    return [
        Figure("net", "throughput_vs_veth", found["throughput_croft"], unit="MB/s", versus="veth",
               peer=found["throughput_veth"], goal=0.95, more_is_better=True),
        Figure("net", "latency_vs_veth", found["latency_croft"], unit="us", versus="veth",
               peer=found["latency_veth"], goal=1 / 0.95),
        Figure("net", "throughput_vs_bridge", found["between_throughput_croft"], unit="MB/s", versus="bridge",
               peer=found["between_throughput_bridge"], more_is_better=True),
        Figure("net", "latency_vs_bridge", found["between_latency_croft"], unit="us", versus="bridge",
               peer=found["between_latency_bridge"]),
        Figure("net", "setup_vs_netlink", found["setup_croft"], unit="us", versus="netlink",
               peer=found["setup_netlink"], goal=2),
        Figure("net", "cost_1000_vs_1", found["packet_1000"], unit="ns", versus="1", peer=found["packet_1"], goal=1.05),
        Figure("net", "counters_dump_1000", found["dump"], goal=20),
    ]
