#!/usr/bin/env node
// node tests/hostile/run.mjs [--bin folder] [--only name] [--scale 0.05] [--waves] [--floor-ms 5] [--json file] [--list]
// Attacks on the real server beside clients that talk, one after the other. Nothing crashes,
// the victims' p99 stays below twice what it was (or below the floor, where it is lower: noise of a machine that does
// other things too); in full, below twice what it is while the same attack goes on at another server of the machine, where
// that is more: attackers and victims have their own machines in life; memory comes back to within a tenth of what it was, and no descriptor is left. Ends with code 1
// where that is not so, or where an attack was not what it says. --scale: a fraction of the full numbers, for a look.
// Linux only; everything stays on the loopback.
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { cases } from './cases/all.mjs';
import { mb, tryCases } from './lib/trial.mjs';
import { tryWaves } from './lib/waves.mjs';

function options() {
    try {
        const { values } = parseArgs({ options: {
            bin: { type: 'string' }, only: { type: 'string', multiple: true }, scale: { type: 'string', default: '1' }, waves: { type: 'boolean', default: false },
            'floor-ms': { type: 'string', default: '5' }, json: { type: 'string' }, list: { type: 'boolean', default: false },
        } });
        const bin = resolve(values.bin ?? fileURLToPath(new URL('../../build/release/bin', import.meta.url)));
        const [scale, floorMs] = [Number(values.scale), Number(values['floor-ms'])];
        if (process.platform !== 'linux') throw new Error('the load generator is Linux only');
        if (!(scale > 0 && scale <= 1)) throw new Error('--scale takes a number above 0, up to 1');
        if (!(floorMs > 0)) throw new Error('--floor-ms takes a number of milliseconds');
        const unknown = (values.only ?? []).filter(name => !cases.some(one => one.name === name));
        if (unknown.length > 0) throw new Error(`--only ${unknown[0]}: there is no such case; --list names them`);
        for (const program of ['concierge', 'concierge-bench-load']) if (!values.list && !existsSync(join(bin, program))) throw new Error(`there is no ${program} in ${bin}`);
        return { ...values, bin, scale, floorMs };
    } catch (error) {
        console.error(`${error.message}\nusage: run.mjs [--bin folder] [--only name]… [--scale 0…1] [--waves] [--floor-ms ms] [--json file] [--list]`);
        return process.exit(2);
    }
}

const { list, only, waves, json, ...how } = options();
if (list) {
    for (const { name, count } of cases) console.log(`${name.padEnd(22)}${count}`);
    process.exit(0);
}

const ms = figures => (figures ? figures.p99.toFixed(1) : '–');
const row = (...cells) => cells.map((cell, index) => String(cell).padEnd([22, 22, 12, 12][index] ?? 0)).join(' ').trimEnd();
const results = [];
let failures = 0;
const note = (verdict, complaints) => {
    if (complaints.length > 0) failures += 1;
    for (const complaint of complaints) console.log(`    FAILED: ${verdict}: ${complaint}`);
};
const tell = ({ name, before, elsewhere, during, peak, counts = {}, complaints }) => {
    console.log(row(name, `${[before, elsewhere, during].filter(Boolean).map(ms).join(' / ')} ms`, peak ? mb(peak.rss) : '–', peak ? `${peak.fds}` : '–', Object.entries(counts).map(([what, number]) => `${number} ${what}`).join(', ')));
    note(name, complaints);
};
const span = (figures, show) => ['start', 'before', 'peak', 'after'].map(when => (figures[when] === undefined ? '–' : show(figures[when]))).join(' / ');

async function attackAll(group) {
    const result = await tryCases(group, how, tell);
    console.log(`    at the start / before / at most / after: ${span(result.memory, mb)}; descriptors ${span(result.descriptors, String)}`);
    note(group.length === 1 ? group[0].name : 'all together', result.complaints);
    results.push(result);
}

console.log(`hostile: scale ${how.scale}, floor ${how.floorMs} ms, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
if (waves) {
    const result = await tryWaves(how);
    results.push(result);
    note('waves', result.complaints);
} else {
    const chosen = cases.filter(({ name }) => !only || only.includes(name));
    console.log(row('case', how.scale === 1 ? 'p99 before/…/during' : 'p99 before/during', 'memory', 'descriptors', 'what was done'));
    // In full, each has a server of its own; a look takes one for all.
    if (how.scale === 1) for (const one of chosen) await attackAll([one]);
    else await attackAll(chosen);
}
if (json) writeFileSync(json, `${JSON.stringify({ ...how, load: loadavg(), results }, null, 1)}\n`);
console.log(failures === 0 ? 'passed' : 'FAILED');
process.exit(failures === 0 ? 0 : 1);
