"""A stock Debian kernel as a guest needs it: vmlinux, an initramfs, and all its modules in an image."""
import pathlib
import re
import shutil
import subprocess

import cache

HERE = pathlib.Path(__file__).parent
META = {"6.1": "linux-image-cloud-amd64", "6.12": "linux-image-6.12-cloud-amd64"}
# What it takes to reach the root image; where one is built in, there is no file of that name.
EARLY = ("virtio_pci", "virtio_blk", "virtio_console", "virtio-rng", "ext4", "crc32c_generic", "overlay")
DECOMPRESS = ((b"\x02\x21\x4c\x18", ("lz4", "-dc")), (b"\x28\xb5\x2f\xfd", ("zstd", "-dcq")),
              (b"\xfd7zXZ", ("xz", "-dc")), (b"\x1f\x8b", ("gzip", "-dc")))


def run(*command, **options):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, **options).stdout


def package_of(kernel):
    """Name and version of the package behind the meta package, for example linux-image-6.1.0-56-cloud-amd64."""
    for attempt in ("now", "after an update"):
        if attempt != "now":
            subprocess.run(["apt-get", "-q", "update"], check=True, stdout=subprocess.DEVNULL)
        depends = subprocess.run(["apt-cache", "depends", META[kernel]], capture_output=True, text=True).stdout
        if match := re.search(r"Depends: (linux-image-\d\S+)", depends):
            policy = run("apt-cache", "policy", match[1], text=True)
            return match[1], re.search(r"Candidate: (\S+)", policy)[1]
    raise RuntimeError(f"no package source offers {META[kernel]}")


def uncompressed(bzimage):
    """The ELF file inside a bzImage; the boot protocol's header says where it lies (payload_offset and _length)."""
    def number(offset, size):
        return int.from_bytes(bzimage[offset:offset + size], "little")
    start = (number(0x1F1, 1) + 1) * 512 + number(0x248, 4)
    payload = bzimage[start:start + number(0x24C, 4) - 4]  # the last four bytes are the size
    program = next(command for magic, command in DECOMPRESS if payload.startswith(magic))
    elf = subprocess.run(program, input=payload, check=True, stdout=subprocess.PIPE).stdout
    if not elf.startswith(b"\x7fELF"):
        raise RuntimeError("the kernel image holds no ELF file")
    return elf


def early_modules(modules):
    """Paths of the early modules below `modules`, each after those that it depends on."""
    depends = {}
    for line in (modules / "modules.dep").read_text(encoding="utf-8").splitlines():
        path, _, needed = line.partition(":")
        depends[pathlib.Path(path).stem] = [path, *needed.split()]
    ordered = []
    for name in EARLY:
        for path in reversed(depends.get(name, [])):
            if path not in ordered:
                ordered.append(path)
    return ordered


def make_initramfs(target, modules, work):
    for folder in ("bin", "modules", "dev", "proc", "sys", "root", "image", "over"):
        (work / folder).mkdir(parents=True)
    shutil.copy("/bin/busybox", work / "bin" / "busybox")
    shutil.copy(HERE / "initramfs", work / "init")
    for number, path in enumerate(early_modules(modules)):
        shutil.copy(modules / path, work / "modules" / f"{number:02}.ko")
    listing = "\n".join(str(p.relative_to(work)) for p in [work, *sorted(work.rglob("*"))])
    with open(target, "wb") as file:
        subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=work, input=listing.encode(), stdout=file,
                       check=True)


def make(folder, package):
    work = folder / "work"
    work.mkdir()
    print(f"fetching {package}", flush=True)
    run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package, cwd=work)
    tree = work / "tree"
    run("dpkg-deb", "-x", next(work.glob("*.deb")), tree)
    version = next((tree / "lib/modules").iterdir()).name
    (folder / "vmlinux").write_bytes(uncompressed((tree / f"boot/vmlinuz-{version}").read_bytes()))
    modules = tree / "lib/modules" / version
    if packed := list(modules.rglob("*.ko.xz")):
        run("xz", "--decompress", *packed)
    run("depmod", "--basedir", tree, version)
    make_initramfs(folder / "initramfs", modules, work / "initramfs")
    run("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", tree / "lib/modules", folder / "modules.img", "512M")
    shutil.rmtree(work)


def prepare(kernel):
    """Folder with vmlinux, initramfs and modules.img."""
    package, version = package_of(kernel)
    sources = [(HERE / name).read_text(encoding="utf-8") for name in ("kernel.py", "initramfs")]
    return cache.kept(f"kernel-{kernel}", cache.digest(package, version, *sources),
                      lambda folder: make(folder, f"{package}={version}"))
