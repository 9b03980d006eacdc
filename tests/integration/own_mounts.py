"""A namespace of mounts, for tests that need a small disk which nobody else sees."""
import os
import subprocess
import sys


def enter(script):
    """Runs `script` again where it may mount; returns False where that is not possible, True in the run that may."""
    if "CITYGATE_OWN_MOUNTS" in os.environ:
        return True
    flags = ["-m"] if os.geteuid() == 0 else ["-rm"]
    if subprocess.run(["unshare", *flags, "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True,
                      check=False).returncode != 0:
        return False
    os.environ["CITYGATE_OWN_MOUNTS"] = "1"
    os.execvp("unshare", ["unshare", *flags, "--propagation", "private", sys.executable, "-B", script, *sys.argv[1:]])


def mount(directory, size_bytes):
    """Makes an empty directory a disk of that size."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "citygate-test", str(directory)], check=True)


def fill(directory, leave_bytes=0):
    """Takes every free byte of the disk but so many, in a file that it returns."""
    filler = directory / "filler"
    with open(filler, "wb", buffering=0) as out:
        piece = b"\0" * 65536
        while piece:
            try:
                out.write(piece)
            except OSError:
                piece = piece[:len(piece) // 2]
        if leave_bytes:
            out.truncate(max(0, os.fstat(out.fileno()).st_size - leave_bytes))
    return filler
