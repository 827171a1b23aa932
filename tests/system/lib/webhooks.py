"""What the tests of webhooks share: an HTTP server that they post to, which notes what it is sent and answers as it is
told, and words for what the daemon says of them."""
import base64
import contextlib
import hmac
import http.server
import json
import os
import socketserver
import sqlite3
import threading

import croft_test as t


class Sent:
    """One request, as it came."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body
        self.id = headers.get("webhook-id")
        self.json = json.loads(body)
        self.data = self.json["data"]

    @property
    def number(self):
        return self.data["number"]

    def signatures(self, secret):
        """Those that are right with this secret, worked out by Python alone."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        right = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        return [one for one in self.headers["webhook-signature"].split(" ") if one == right]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sent = Sent(self.path, dict(self.headers.items()), body)
        self.server.receiver.take(self, sent)

    do_GET = do_PUT = do_POST

    def address_string(self):
        return "client"

    def log_message(self, *_):
        pass


class OnPort(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Clients that leave are no news."""


class OnPath(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Clients that leave are no news."""


class Receiver:
    """`answer` is a status, or a function of (handler, request) that gives one or has answered itself (None)."""

    def __init__(self, answer=204, path=None, context=None):
        self.answer, self.sent, self.lock = answer, [], threading.Lock()
        self.server = OnPath(str(path), Handler) if path else OnPort(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        if path:
            os.chmod(path, 0o666)
        self.server.receiver = self
        scheme = "https" if context else "http"
        self.url = f"unix:{path}" if path else f"{scheme}://127.0.0.1:{self.server.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def take(self, handler, sent):
        with self.lock:
            self.sent.append(sent)
        status = self.answer(handler, sent) if callable(self.answer) else self.answer
        if status is not None:
            handler.send_response(status)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

    def numbers(self):
        with self.lock:
            return [one.number for one in self.sent]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


STEP = iter(range(10_000))


@contextlib.contextmanager
def receiver(*arguments, **options):
    one = Receiver(*arguments, **options)
    try:
        yield one
    finally:
        one.close()


@contextlib.contextmanager
def webhook(croft, name, url, *options):
    """A webhook for the time of the block; gives its secret."""
    added = croft.croft("webhook", "add", "-j", name, url, *options).json()["result"]
    try:
        yield added["secret"]
    finally:
        croft.croft("webhook", "remove", name)


def shown(croft, name):
    return croft.croft("webhook", "show", "-j", name).json()


def events(croft, after=0):
    found = []
    while page := croft.api("GET", f"/v1/events?since={after}&limit=1000")[2]["items"]:
        found += page
        after = page[-1]["number"]
    return found


def last_number(croft):
    return events(croft)[-1]["number"]


def wanted(croft, after):
    return [one["number"] for one in events(croft, after) if not one["kind"].startswith("webhook.")]


def told(croft, kind, name, after=0):
    return [one["detail"] for one in events(croft, after) if one["kind"] == kind and one["object"] == name]


def something(croft, count=1):
    """Makes two events each time."""
    for _ in range(count):
        name = f"t{next(STEP)}"
        t.equal(croft.api("POST", "/v1/tenants", {"name": name})[0], 201)
        t.equal(croft.api("DELETE", f"/v1/tenants/{name}")[0], 200)


def state_of(croft, name, state, **wanted_values):
    def is_so():
        now = shown(croft, name)
        return now["state"] == state and all(now[key] == value for key, value in wanted_values.items()) and now
    return t.eventually(is_so, lambda: f"{name} is {state} {wanted_values}: {shown(croft, name)}", 20)


def got_all(croft, one, after):
    t.eventually(lambda: one.numbers() == wanted(croft, after),
                 lambda: f"{one.numbers()} are {wanted(croft, after)}", 20)


def senders(croft):
    return [pid for pid, parent, state, words in t.processes()
            if words[0].endswith("croft-webhook") and state != "Z" and croft.daemon and parent == croft.daemon.pid]


def stored(croft, work):
    """Does something with the registry while no daemon has it."""
    croft.end_daemon()
    with contextlib.closing(sqlite3.connect(croft.data / "state.db")) as database:
        work(database)
        database.commit()


def kept_state(database, name):
    return t.json.loads(database.execute("SELECT text FROM kept WHERE kind = 'webhook-state' AND key = ?",
                                         (name,)).fetchone()[0])


def keep_state(database, name, state):
    database.execute("UPDATE kept SET text = ? WHERE kind = 'webhook-state' AND key = ?",
                     (t.json.dumps(state), name))
