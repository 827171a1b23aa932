"""Clients that work on containers at random while somebody kills what serves them, and what must hold all the same:
every container in a state that the table allows, nothing lost that was acknowledged, nothing that leaks."""
import http.client
import os
import random
import threading
import time

import croft_test as t

FULL = os.environ.get("CROFT_SOAK") == "full"
SEED = int(os.environ.get("CROFT_SEED", "0")) or random.SystemRandom().randrange(1 << 31)
KILLS = 200 if FULL else 1000
SECONDS = 800 if FULL else 25
SETTLED = {"configured", "ready", "running", "frozen", "stopping", "stopped", "failed", "destroying"}
t.LIMIT = 880 if FULL else 56


class Client(threading.Thread):
    """Does random verbs to containers of its own and remembers what was acknowledged."""

    def __init__(self, croft, number, seed):
        super().__init__(daemon=True)
        self.croft, self.number, self.random = croft, number, random.Random(seed)
        self.known, self.gone, self.ending, self.count, self.failure = {}, set(), False, 0, None

    def run(self):
        try:
            while not self.ending:
                self.step()
        except BaseException as error:  # noqa: BLE001 told by the main thread
            self.failure = error

    def ask(self, method, target, body=None):
        """The answer's status, None when the daemon went away: then nobody knows whether it was done."""
        try:
            status, _, answer = self.croft.api(method, target, body, timeout=60)
        except OSError:
            time.sleep(0.05)
            return None
        except http.client.HTTPException:
            return None
        if isinstance(answer, dict) and answer.get("status") in ("failed", "interrupted"):
            return 500
        return status

    def step(self):
        name = self.random.choice(sorted(self.known)) if len(self.known) > 2 else None
        verb = self.random.choice(("start", "start", "stop", "kill", "freeze", "thaw", "destroy")) if name else "create"
        if verb == "create":
            name = f"c{self.number}-{self.count}"
            self.count += 1
            spec = {"template": "bb", "init": "command", "command": ["sleep", "1000"], "stop": {"timeout": 1}}
            status = self.ask("POST", "/v1/containers", {"name": name, "spec": spec})
            self.known[name] = "sure" if status == 201 else "perhaps"
        elif verb == "destroy":
            self.known.pop(name)
            if self.ask("DELETE", f"/v1/containers/{name}?force=1&wait=50") == 200:
                self.gone.add(name)
        else:
            self.ask("POST", f"/v1/containers/{name}/{verb}?wait=50")


def runs_as_it_says(croft, name):
    """A process stands behind a container that is said to run; one that has ended since is another state."""
    status, _, item = croft.api("GET", f"/v1/containers/{name}")
    return status == 404 or item["state"] != "running" or os.path.isdir(f"/proc/{item['init']['pid']}")


def check(croft, clients):
    listed = {item["name"]: item for item in croft.croft("list", "-j", "-A").json()}
    for name, item in listed.items():
        t.equal(item["state"] in SETTLED, True, f"state {item['state']} of {name}")
        if item["state"] == "running":
            t.eventually(lambda name=name: runs_as_it_says(croft, name), f"a process for {name}, which runs")
    for client in clients:
        if client.failure:
            raise client.failure
    return listed


def all_events(croft):
    events, last = [], 0
    while page := croft.api("GET", f"/v1/events?since={last}&limit=1000")[2]["items"]:
        events += page
        last = events[-1]["number"]
    return events


def hammer(croft, kill):
    """Calls `kill(dice)`, which kills something and waits until it is there again, as often as the time allows."""
    dice = random.Random(SEED)
    clients = [Client(croft, i, SEED + i) for i in range(3)]
    for client in clients:
        client.start()
    end, kills = time.monotonic() + SECONDS, 0
    try:
        while kills < KILLS and time.monotonic() < end:
            time.sleep(dice.uniform(0.01, 0.6))
            kill(dice)
            kills += 1
            check(croft, clients)
    finally:
        for client in clients:
            client.ending = True
        print(f"seed {SEED}: {kills} kills, {sum(c.count for c in clients)} containers", flush=True)
    for client in clients:
        client.join(90 * t.SCALE)
    return clients


def settle(croft, clients):
    """What must hold at the end, and then an end without anything left."""
    listed = check(croft, clients)
    for client in clients:
        missing = {name for name, how in client.known.items() if how == "sure"} - set(listed)
        t.equal(missing, set(), "acknowledged creations that are lost")
        t.equal(client.gone & set(listed), set(), "acknowledged destructions that came back")
    numbers = [event["number"] for event in all_events(croft)]
    t.equal(numbers, list(range(1, len(numbers) + 1)), "event numbers")
    croft.destroy_all()
    croft.none_left(15)
