"""The guests' disks: the Debian tree that they run on, what is tested, and room to write."""
import os
import pathlib
import shutil
import subprocess

import cache
import debian
import model


def run(*command):
    subprocess.run(list(map(str, command)), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def make_image(target, tree, size):
    run("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", tree, target, size)


def root(template, inits):
    """Folder with root.img, made once for a list of packages, and `libraries`, the names of those in it."""
    packages = debian.listed()

    def make(folder):
        print("making the guests' root image (once)", flush=True)
        tree = folder / "tree"
        debian.bootstrap(tree, packages)
        (tree / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n", encoding="utf-8")
        (tree / "etc/hostname").write_text("guest\n", encoding="utf-8")
        (tree / "etc/fstab").write_text("", encoding="utf-8")
        if template:
            (tree / "usr/share/croft-tests").mkdir()
            shutil.copy(template, tree / "usr/share/croft-tests/debian.tar")
        if inits:
            shutil.copytree(inits, tree / "usr/share/croft-tests", dirs_exist_ok=True)
        libraries = sorted({p.name for p in (tree / "usr/lib").rglob("*.so*")})
        (folder / "libraries").write_text("\n".join(libraries), encoding="utf-8")
        make_image(folder / "root.img", tree, "2G")
        shutil.rmtree(tree)

    return cache.kept("root", cache.digest(template, inits, pathlib.Path(__file__).read_text("utf-8"), *packages), make)


def programs_of(build):
    """What the build made to be run, but the unit tests."""
    for path in build.rglob("*"):
        if path.is_file() and os.access(path, os.X_OK) and not path.name.startswith("unit_"):
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF" and "CMakeFiles" not in path.parts:
                    yield path


def check_libraries(program, present):
    listing = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    needed = {line.split()[0] for line in listing.splitlines() if "=>" in line}
    if missing := needed - present:
        raise RuntimeError(f"{program.name} needs {', '.join(sorted(missing))}: add its package to tests/vm/packages")


def payload(build, target, root_folder):
    """The tree's files and the programs of the build, at the same places as here; and in `installed` what an
    installation of the build brings."""
    listing = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                              "--exclude-standard"], cwd=model.SOURCE, capture_output=True, check=True).stdout
    files = [model.SOURCE / name for name in listing.decode().split("\0") if name]
    programs = list(programs_of(build))
    present = set((root_folder / "libraries").read_text(encoding="utf-8").split())
    for program in programs:
        check_libraries(program, present)
    tree = target.with_suffix(".tree")
    for source in filter(pathlib.Path.is_file, files + programs):
        place = tree / source.relative_to(model.SOURCE)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)
    subprocess.run(["cmake", "--install", build, "--strip"], env={**os.environ, "DESTDIR": tree / "installed"},
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    make_image(target, tree, "1G")
    shutil.rmtree(tree)


def scratch(target, arguments):
    """Room to write, sparse here, that begins with the guest's arguments, one a line."""
    tree = target.with_suffix(".tree")
    tree.mkdir()
    (tree / "arguments").write_text("".join(f"{a}\n" for a in arguments), encoding="utf-8")
    make_image(target, tree, "8G")
    shutil.rmtree(tree)
