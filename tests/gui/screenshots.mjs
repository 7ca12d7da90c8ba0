// See tests/gui/screenshots.
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";

import { startCrowd } from "./crowd.mjs";

const { values: options } = parseArgs({
  options: {
    bin: { type: "string", default: "build/dev/bin" },
    out: { type: "string", default: "build/screenshots" },
    minutes: { type: "string", default: "2" },
    readme: { type: "boolean", default: false },
  },
});
const bin = resolve(options.bin);
const out = resolve(options.out);
const folder = mkdtempSync(join(tmpdir(), "concierge-pictures-"));
const picture = resolve(bin, "../tests/monitor-picture");
for (const program of [join(bin, "concierge"), picture])
  if (!existsSync(program)) throw new Error(`${program} is missing: build the targets concierge and monitor-picture`);
mkdirSync(out, { recursive: true });

// The desktop's fonts differ; the pictures' does not: Inter where it is installed.
writeFileSync(join(folder, "fonts.conf"), `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<match target="pattern"><edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
</fontconfig>`);
// Names of local sockets are relative to TMPDIR: this is "this computer" for server and monitor, and nobody else's.
const environment = {
  ...process.env,
  TMPDIR: folder,
  HOME: folder,
  XDG_RUNTIME_DIR: folder,
  FONTCONFIG_FILE: join(folder, "fonts.conf"),
  QT_QPA_PLATFORM: "offscreen",
  PATH: bin + delimiter + process.env.PATH,
};
const children = new Set();

async function startServer(name, settings = {}) {
  const child = spawn(join(bin, "concierge"),
    ["--port", "0", "--health-port", "0", "--data-dir", join(folder, name), "--monitor-socket", "concierge-monitor"],
    { env: { ...environment, CLIENT_URL: "*", ...settings }, stdio: ["ignore", "pipe", "ignore"] });
  children.add(child);
  let text = "";
  const url = await new Promise((done, fail) => {
    child.once("exit", code => fail(new Error(`the server ended with ${code}`)));
    child.stdout.on("data", bytes => {
      text += bytes;
      const found = /listening on (http:\S+)/.exec(text);
      if (found) done(found[1]);
    });
  });
  const ended = new Promise(done => child.once("exit", done));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    children.delete(child);
  };
  return { url, stop };
}

/** Runs the monitor until it shows what it should. `onSeen`: called when it has seen the server. */
async function take(name, flags = {}, { scale = 1, onSeen } = {}) {
  const file = join(out, `${name}.png`);
  const list = Object.entries({ out: file, ...flags }).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const child = spawn(picture, list, { env: { ...environment, QT_SCALE_FACTOR: String(scale) }, stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  child.stdout.on("data", bytes => {
    if (String(bytes).includes("seen\n")) onSeen?.();
  });
  const code = await new Promise(done => child.once("exit", done));
  children.delete(child);
  if (code !== 0) throw new Error(`${name}: monitor-picture ended with ${code}`);
  console.log(`${name}.png ${statSync(file).size} bytes`);
}

const tabs = { overview: 0, people: 1, waiting: 2, alerts: 3, log: 4, service: 5 };

async function takeHealthy() {
  const server = await startServer("first");
  await take("first-start", { tab: tabs.overview });
  await take("first-start-people", { tab: tabs.people });
  await take("first-start-alerts", { tab: tabs.alerts });
  const crowd = await startCrowd(server.url, 300);
  await pause(Number(options.minutes) * 60_000);
  await take("healthy", { tab: tabs.overview });
  await take("crosshair", { tab: tabs.overview, cursor: 30_000 });
  await take("people", { tab: tabs.people });
  await take("waiting", { tab: tabs.waiting });
  await take("log", { tab: tabs.log, seconds: 8 });
  await take("service", { tab: tabs.service });
  await take("small", { tab: tabs.overview, size: "1024x640" });
  await take("small-people", { tab: tabs.people, size: "1024x640" });
  await take("small-service", { tab: tabs.service, size: "1024x640" });
  await take("large", { tab: tabs.overview, size: "1920x1080" });
  await take("double", { tab: tabs.overview, size: "1280x800" }, { scale: 2 });
  for (const dialog of ["preferences", "servers"]) {
    await take(`dialog-${dialog}`, { dialog });
    await take(`dialog-${dialog}-german-dark`, { dialog, language: "de", theme: "dark" });
  }
  await take("hour", { tab: tabs.overview, range: "1h" });
  for (const language of ["de"]) {
    await take("german", { tab: tabs.overview, language });
    await take("german-small", { tab: tabs.overview, language, size: "1024x640" });
    await take("german-people", { tab: tabs.people, language, size: "1024x640" });
    await take("german-service", { tab: tabs.service, language, size: "1024x640" });
    await take("german-log", { tab: tabs.log, language, seconds: 8 });
  }
  await take("dark", { tab: tabs.overview, theme: "dark" });
  await take("dark-people", { tab: tabs.people, theme: "dark" });
  await take("dark-service", { tab: tabs.service, theme: "dark" });
  let stopped;
  await take("stopped", { tab: tabs.overview, expect: "stopped", seconds: 3 },
    { onSeen: () => { crowd.end(); stopped = server.stop(); } });
  await stopped;
  await take("stopped-german", { tab: tabs.service, expect: "stopped", seconds: 0, language: "de" });
}

async function takeDegraded() {
  const server = await startServer("degraded", { ALERT_INBOX_AGE: "1s", ALERT_INBOX_GROWTH: "20", ALERT_BACKUP_AGE: "1s" });
  const crowd = await startCrowd(server.url, 60);
  await pause(20_000);
  await take("degraded", { tab: tabs.overview });
  await take("degraded-alerts", { tab: tabs.alerts });
  await take("degraded-alerts-german", { tab: tabs.alerts, language: "de", size: "1024x640" });
  await take("degraded-alerts-dark", { tab: tabs.alerts, theme: "dark" });
  crowd.end();
  await server.stop();
}

function copyForReadme() {
  const target = resolve("resources/screenshots");
  mkdirSync(target, { recursive: true });
  for (const name of ["healthy", "people", "degraded-alerts", "dark"]) {
    const file = join(target, `monitor-${name}.png`);
    copyFileSync(join(out, `${name}.png`), file);
    execFileSync("pngquant", ["--force", "--skip-if-larger", "--output", file, "--quality", "70-98", "--strip", file]);
    const { size } = statSync(file);
    console.log(`${file} ${size} bytes`);
    if (size > 200_000) throw new Error(`${file} has ${size} bytes, and may have 200,000`);
  }
}

process.on("SIGINT", () => process.exit(130));
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

await takeHealthy();
await takeDegraded();
if (options.readme) copyForReadme();
console.log(`${readdirSync(out).filter(name => name.endsWith(".png")).length} pictures in ${out}`);
process.exit(0);
