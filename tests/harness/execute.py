"""Runs a list of tests in worker processes, each of which is a subreaper, and judges what came of each."""
import concurrent.futures
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

SECOND_ATTEMPTS = 2  # of a tier
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


def outcomes(tests, workers):
    """Each test with what came of it, as they end."""
    if not tests:
        return
    # All workers are forked before there are threads, and end by themselves: multiprocessing.Pool ends its own by
    # SIGTERM, and waits for ever when that meets one that holds the lock of the queue.
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(workers, context, prepare_worker) as pool:
        try:
            running = {pool.submit(run_one, test): test for test in tests}
            for done in concurrent.futures.as_completed(running):
                yield running[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


def run_all(tests, workers, report):
    """Of the tests that meet a whole machine, the first few that fail run once more at the end, and are `unsteady` if
    they pass then: the run passes, and says so until they are mended."""
    again = {}
    for test, outcome in outcomes(tests, workers):
        if outcome.status == model.FAILED and test.isolated and len(again) < SECOND_ATTEMPTS:
            again[test.name] = (test, outcome)
        else:
            report.add(outcome)
    for test, outcome in outcomes([test for test, _ in again.values()], 1):
        report.add(outcome.after(again[test.name][1]))
