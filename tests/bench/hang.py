"""A folder that never answers, for as long as a command runs: `python tests/bench/hang.py FOLDER COMMAND…`.

Mounts a FUSE file system on FOLDER whose server never says a word, as a network mount does whose server is gone:
whoever looks into it waits. Needs Linux, /dev/fuse and the right to mount. Afterwards the connection is cut, which
wakes whoever still waits, and the mount is taken away. The exit code is the command's.
"""

import ctypes
import os
import subprocess
import sys


def main():
    folder, command = sys.argv[1], sys.argv[2:]
    system = ctypes.CDLL(None, use_errno=True)
    server = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={server},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    if system.mount(b"silent", folder.encode(), b"fuse", 0, options.encode()) != 0:
        sys.exit(f"{folder} cannot be mounted on: {os.strerror(ctypes.get_errno())}")
    try:
        code = subprocess.run(command).returncode
    finally:
        os.close(server)
        detach = 2
        system.umount2(folder.encode(), detach)
    sys.exit(code)


if __name__ == "__main__":
    main()
