#!/usr/bin/env bash
# What of the macOS package can be checked without a Mac: property lists, the package's XML, scripts, and that all of
# them speak of the same names. Needs xmllint, python3 and shellcheck; on a Mac plutil looks too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=../..

for tool in xmllint python3 shellcheck; do
    command -v "$tool" >/dev/null || {
        echo "lint.sh: needs $tool (Debian: apt-get install libxml2-utils python3 shellcheck)" >&2
        exit 2
    }
done

xmllint --noout --nonet concierge.plist entitlements.plist app-component.plist Info.plist.in Internal/CPack/CPack.distribution.dist.in
if command -v plutil >/dev/null; then plutil -lint concierge.plist entitlements.plist app-component.plist; fi
shellcheck preinstall postinstall "Uninstall Concierge.command" keychain.sh test.sh lint.sh
for script in preinstall postinstall "Uninstall Concierge.command" keychain.sh test.sh; do
    bash -n "$script"
    [ -x "$script" ] || { echo "lint.sh: $script is not executable" >&2; exit 1; }
done

python3 - "$root" <<'PYTHON'
import pathlib, plistlib, re, sys

root = pathlib.Path(sys.argv[1])
faults = []


def check(holds, what):
    if not holds:
        faults.append(what)


# Source: launchd.plist(5). Of all its keys, those that are used, with their types.
KEYS = {"Label": str, "ProgramArguments": list, "UserName": str, "GroupName": str, "WorkingDirectory": str, "Umask": int,
        "RunAtLoad": bool, "KeepAlive": dict, "ThrottleInterval": int, "ExitTimeOut": int, "SoftResourceLimits": dict,
        "HardResourceLimits": dict, "ProcessType": str, "StandardOutPath": str, "StandardErrorPath": str}
daemon = plistlib.loads(pathlib.Path("concierge.plist").read_bytes(), fmt=plistlib.FMT_XML)
for key, value in daemon.items():
    check(key in KEYS, f"concierge.plist: {key} is no key of launchd.plist(5), or not known to lint.sh")
    check(type(value) is KEYS.get(key), f"concierge.plist: {key} has the type {type(value).__name__}")
for key in KEYS:
    check(key in daemon, f"concierge.plist: {key} is missing")
check(daemon["ProcessType"] in ("Background", "Standard", "Adaptive", "Interactive"), "concierge.plist: ProcessType")
check(set(daemon["KeepAlive"]) <= {"SuccessfulExit", "PathState", "OtherJobEnabled", "Crashed"}, "concierge.plist: KeepAlive")
check(daemon["SoftResourceLimits"] == daemon["HardResourceLimits"], "concierge.plist: the soft limits are not the hard ones")
check(daemon["Umask"] == 0o027, "concierge.plist: Umask is not 027")

# The same names everywhere.
program, flag, config = daemon["ProgramArguments"]
app = re.match(r"/Applications/(.+)\.app/Contents/MacOS/concierge$", program)
check(app and flag == "--config", "concierge.plist: ProgramArguments")
name = app.group(1) if app else ""
texts = {path: pathlib.Path(path).read_text() for path in
         ("postinstall", "preinstall", "Uninstall Concierge.command", "package.cmake", "paths", "readme.html",
          "Internal/CPack/CPack.distribution.dist.in")}
check(texts["paths"].strip() == str(pathlib.PurePosixPath(program).parent), "paths: not the folder of the server")
check(f'app_name "{name}"' in texts["package.cmake"], "package.cmake: app_name")
for path in ("postinstall", "Uninstall Concierge.command", "Internal/CPack/CPack.distribution.dist.in"):
    check(f"/Applications/{name}.app" in texts[path], f"{path}: not the bundle of concierge.plist")
component = plistlib.loads(pathlib.Path("app-component.plist").read_bytes())
check(component[0]["RootRelativeBundlePath"] == f"Applications/{name}.app", "app-component.plist: RootRelativeBundlePath")
check(component[0]["BundleIsRelocatable"] is False, "app-component.plist: the bundle may be installed elsewhere")
for path in ("preinstall", "postinstall", "Uninstall Concierge.command"):
    check(f'system/{daemon["Label"]}' in texts[path] , f"{path}: not the label of concierge.plist")
check(f'account={daemon["UserName"]}' in texts["postinstall"], "postinstall: not the user of concierge.plist")
check(daemon["GroupName"] == daemon["UserName"], "concierge.plist: GroupName")
check('app_identifier concierge.monitor' in texts["package.cmake"]
      and '<app id="concierge.monitor"/>' in texts["Internal/CPack/CPack.distribution.dist.in"], "the monitor's identifier")

layout = (root / "server/app/InstalledLayout_mac.cpp")
if layout.exists():
    paths = re.findall(r'QStringLiteral\("(/[^"]+)"\)', layout.read_text())
    check(len(paths) == 4, "InstalledLayout_mac.cpp: four paths are expected")
    check(config == paths[0], "concierge.plist: not the configuration file of InstalledLayout_mac.cpp")
    check(daemon["WorkingDirectory"] == paths[1], "concierge.plist: not the data folder of InstalledLayout_mac.cpp")
    logs = str(pathlib.PurePosixPath(paths[2]).parent)
    check(daemon["StandardErrorPath"].startswith(logs + "/") and f"logs={logs}\n" in texts["postinstall"], "the folder of logs")
    home = str(pathlib.PurePosixPath(paths[0]).parent)
    check(f'home="{home}"' in texts["postinstall"] and paths[3] == home + "/run/monitor.sock", "the folder of the monitor's socket")
    control = (root / "monitor/ServiceControl_mac.cpp").read_text()
    check(paths[3] in control, "ServiceControl_mac.cpp: not the socket of InstalledLayout_mac.cpp")
    check(f'/Library/LaunchDaemons/{daemon["Label"]}.plist' in control, "ServiceControl_mac.cpp: not the daemon's plist")

info = re.sub(r"\$\{\w+\}", "x", pathlib.Path("Info.plist.in").read_text())
for key in ("CFBundleIdentifier", "CFBundleExecutable", "CFBundleShortVersionString", "LSMinimumSystemVersion", "CFBundleIconFile"):
    check(key in plistlib.loads(info.encode()), f"Info.plist.in: {key} is missing")
check(plistlib.loads(pathlib.Path("entitlements.plist").read_bytes()) == {}, "entitlements.plist: has exceptions; say why, and here")

for fault in faults:
    print("lint.sh: " + fault, file=sys.stderr)
sys.exit(1 if faults else 0)
PYTHON
echo "installer/macos: no faults"
