"""Parses the workflows and runs the scripts of the monthly report on the sample logs.

    python workflows.py REPOSITORY EDGELEDGER SAMPLE_LOGS

Steps that need GitHub or AWS (actions, `cargo install`) are left out; `gh` is a stub that writes
down its arguments. What the runner does with `$GITHUB_ENV` and outcomes is done here.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

GH = """#!/bin/sh
echo "$@" >> "$GH_CALLS"
case "$1 $2" in
"issue list") [ ! -f "$GH_CALLS.issue" ] || echo 7 ;;
"issue create") touch "$GH_CALLS.issue" ;;
esac
while [ $# -gt 0 ]; do
    [ "$1" != --body-file ] || cp "$2" "$GH_CALLS.body"
    shift
done
"""


def load(path: Path) -> dict:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] in ({}, {"contents": "read"}), f"{path}: permissions"
    assert "group" in workflow["concurrency"], f"{path}: concurrency"
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 360, f"{path}: {name} has no timeout"
        rights = job.get("permissions", {})
        assert all(r == "read" or k in ("id-token", "issues") for k, r in rights.items()), rights
    return workflow


def run_scripts(
    job: dict, folder: Path, environment: dict, only: tuple[str, ...] = ()
) -> tuple[str | None, str]:
    """The first step that failed, and what all said."""
    failed, said, outcomes, outputs = None, [], {}, {}
    for step in job["steps"]:
        if "run" not in step or "cargo install" in step["run"]:
            continue
        if only and step["name"] not in only:
            continue
        if (condition := step.get("if")) and failed is None:
            wanted = re.fullmatch(r"steps\.(\w+)\.outcome != 'success'", condition)
            assert wanted, f"this test does not know the condition {condition}"
            if outcomes[wanted[1]] == "success":
                continue
        elif failed:
            continue
        values = {}
        for name, value in step.get("env", {}).items():
            output = re.fullmatch(r"\$\{\{ steps\.(\w+)\.outputs\.(\w+) \}\}", value)
            values[name] = outputs.get((output[1], output[2]), "") if output else "stub"
        for line in (folder / "env").read_text().splitlines():
            name, _, value = line.partition("=")
            values[name] = value
        (folder / "output").write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder,
            env={**environment, **values},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said.append(f"== {step.get('name')}: {done.returncode}\n{done.stdout}")
        if "id" in step:
            outcomes[step["id"]] = "failure" if done.returncode else "success"
            for line in (folder / "output").read_text().splitlines():
                name, _, value = line.partition("=")
                outputs[step["id"], name] = value
        if done.returncode and not step.get("continue-on-error"):
            failed = step["name"]
    return failed, "\n".join(said)


def main() -> None:
    repository, edgeledger, sample = map(Path, sys.argv[1:])
    gate = load(repository / ".github/workflows/ci.yml")
    scripts = [step.get("run", "") for step in gate["jobs"]["gate"]["steps"]]
    assert any("bash .ci/run" in script for script in scripts), "CI does not run the gate"
    report = load(repository / "docs/workflows/monthly-report.yml")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tools = folder / "tools"
        tools.mkdir()
        (tools / "edgeledger").symlink_to(edgeledger)
        (tools / "gh").write_text(GH)
        (tools / "gh").chmod(0o755)
        settings = (sample / "edgeledger.toml").read_text().splitlines()
        settings = [line for line in settings if not line.startswith("rules")]
        (folder / "edgeledger.toml").write_text("\n".join(settings))
        for file in ("env", "path", "summary"):
            (folder / file).write_text("")
        environment = {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "HOME": name,
            "LOGS": str(sample),
            "EDGELEDGER_LAKE": str(folder / "lake"),
            "ASKED_MONTH": "2026-10",
            "GITHUB_ENV": str(folder / "env"),
            "GITHUB_PATH": str(folder / "path"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_SERVER_URL": "https://git.example.org",
            "GITHUB_REPOSITORY": "infra/reports",
            "GITHUB_RUN_ID": "1",
            "RUNNER_TEMP": name,
            "GH_CALLS": str(folder / "calls"),
        }
        for attempt in ("first", "second"):
            # The second run has nothing new but its comment.
            only = () if attempt == "first" else ("Which month", "Comment")
            failed, said = run_scripts(report["jobs"]["report"], folder, environment, only)
            print(said)
            if "invalid value 'github'" in said:
                print("SKIPPED: check has no format github yet", file=sys.stderr)
            else:
                assert attempt == "second" or re.search(r"== Check: [034]$", said, re.M), said
            # Only the check may find fault with the sample logs.
            assert failed in (None, "The check's verdict"), failed
            if attempt == "first":
                code = re.search(r"== Check: (\d+)$", said, re.M)[1]
                verdict = re.search(r"== The check's verdict: (\d+)$", said, re.M)
                assert (verdict[1] if verdict else "0") == code, said
            calls = (folder / "calls").read_text()
            wanted = "issue create" if attempt == "first" else "issue comment 7"
            assert wanted in calls, calls
            body = (folder / "calls.body").read_text()
            assert "CloudFront in October 2026" in body and "https://git.example.org" in body, body
            (folder / "calls").write_text("")
            (folder / "env").write_text("")
        assert (folder / "reports/2026-10/report.html").is_file()

        environment["ASKED_MONTH"] = "2026-10; touch gone"
        failed, said = run_scripts(report["jobs"]["report"], folder, environment)
        assert failed == "Which month" and not (folder / "gone").exists(), said


if __name__ == "__main__":
    main()
