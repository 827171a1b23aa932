"""Configures and builds one preset."""
import functools
import os
import subprocess

import model

# Developers who share a machine may put a lock in front: CROFT_CMAKE="lock cmake".
CMAKE = os.environ.get("CROFT_CMAKE", "cmake").split()


@functools.cache
def build(preset, log, targets=("all",)):
    """Build directory of the preset, these targets up to date; CMake's output goes to `log`. Raises
    CalledProcessError."""
    folder = model.SOURCE / "build" / preset
    # ctl/quickstart may have made the same folder, without the tests.
    subprocess.run([*CMAKE, "--preset", preset, "-DCROFT_TESTS=ON"], cwd=model.SOURCE, check=True, stdout=log)
    subprocess.run([*CMAKE, "--build", "--preset", preset, "--parallel", str(os.cpu_count()), "--target", *targets],
                   cwd=model.SOURCE, check=True, stdout=log)
    return folder


def environment(folder):
    """What tests find: the source tree, the build, and its programs first in PATH."""
    programs = [str(folder / name) for name in ("ctl/cli", "ctl/daemon", "runtime")]
    return {"CROFT_SOURCE": str(model.SOURCE), "CROFT_BUILD": str(folder), "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": ":".join([*programs, os.environ.get("PATH", "/usr/bin"), "/usr/sbin", "/sbin"])}
