"""Makes the Python environment of the readers' tests and prints its interpreter.

    EDGELEDGER_READERS_PYTHON=$(python3 crates/cli/tests/readers/environment.py) cargo test --workspace

It goes below target/ (or into the folder given) and is made again only when requirements.txt
changes. When it cannot be made the reason is on stderr and the exit code is 1: the tests then say
SKIPPED.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]


def main() -> int:
    default = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "readers-venv"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    python = folder / "bin" / "python"
    wanted = (HERE / "requirements.txt").read_text()
    made = folder / "made-of.txt"
    if made.is_file() and made.read_text() == wanted and python.exists():
        print(python.absolute())
        return 0
    try:
        venv.create(folder, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"SKIPPED: no virtual environment: {error}", file=sys.stderr)
        return 1
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "--requirement", str(HERE / "requirements.txt")], stdout=sys.stderr)
    if done.returncode:
        print("SKIPPED: pip could not install the readers", file=sys.stderr)
        return 1
    made.write_text(wanted)
    print(python.absolute())
    return 0


if __name__ == "__main__":
    sys.exit(main())
