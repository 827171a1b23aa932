"""What the checks of this folder share: which files there are, and how a check ends."""
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(os.environ.get("CROFT_SOURCE", pathlib.Path(__file__).resolve().parents[2]))


def git(*arguments):
    # A clone that belongs to somebody else is what CI has.
    command = ["git", "-c", "safe.directory=*", "-C", str(SOURCE), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        skip(f"needs GIT: {getattr(error, 'stderr', '') or error}".replace("\n", " "))
    return done.stdout


def files(*suffixes):
    """Paths of the tree's own files, relative to it: tracked ones, and new ones that are not ignored."""
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    paths = (pathlib.Path(name) for name in sorted(set(names)) if name)
    return [p for p in paths if (SOURCE / p).is_file() and (not suffixes or p.suffix in suffixes)]


def text(path):
    return (SOURCE / path).read_text(encoding="utf-8")


def scripts(program):
    """Files whose first line names this program (bash, python3)."""
    def first_line(path):
        with open(SOURCE / path, "rb") as file:
            return file.readline(200)
    return [p for p in files() if (line := first_line(p)).startswith(b"#!") and program.encode() in line]


def skip(reason):
    print(reason)
    sys.exit(77)


def finish(complaints):
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
