"""Runs a list of tests in worker processes, each of which is a subreaper, and judges what came of each."""
import multiprocessing
import os
import shutil
import signal

import gtest
import leaks
import model
import needs
import process
import scripts

JUDGES = {"gtest": gtest.judge, "script": scripts.judge}


def prepare_worker():
    process.exit_on_sigterm()
    # What is ignored stays ignored over exec, in every test; what has a handler is back at its default there.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if number == signal.SIGINT or signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    process.become_subreaper()


def command_of(test):
    own_mounts = test.isolated and os.geteuid() == 0 and shutil.which("unshare")
    return (["unshare", "--mount", "--propagation", "private", "--"] if own_mounts else []) + test.command


def run_one(test):
    before = leaks.snapshot() if test.isolated else None
    ended = process.run(command_of(test), test.timeout * model.time_scale(), {**os.environ, **test.env}, model.SOURCE)
    status, reason = (model.FAILED, ended.words()) if ended.timed_out else JUDGES[test.kind](test, ended)
    left = [f"process {pid} ({line})" for pid, line in ended.left.items()]
    if test.isolated:
        left += leaks.new_since(before)
    if left and not ended.timed_out:
        status, reason = model.FAILED, "; ".join(filter(None, [reason, "left behind: " + ", ".join(left)]))
    outcome = model.Outcome(test.tier, test.name, status, ended.seconds, reason)
    if status == model.FAILED:
        outcome.output = ended.output
    return needs.enforce(outcome)


def run_all(tests, workers, report):
    if not tests:
        return
    with multiprocessing.get_context("fork").Pool(workers, prepare_worker) as pool:
        for outcome in pool.imap_unordered(run_one, tests):
            report.add(outcome)
