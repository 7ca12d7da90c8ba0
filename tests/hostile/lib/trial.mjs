// Cases against one server: each once to warm up, then each beside victims, and then what is left of all of them.
import { delay } from '../../clients/lib/raw.mjs';
import { Attack } from './attackProcess.mjs';
import { Server, Watch } from './server.mjs';
import { startVictims, victimCount } from './victims.mjs';

const memoryFactor = 1.1;
const smallMemory = 16e6; // of a look (--scale), what caches and the allocator still take in is more than attacks leave
const p99Factor = 2;
const calmMs = 13_000; // longer than the server waits until it gives memory back

export const mb = bytes => `${(bytes / 1e6).toFixed(1)} MB`;

const sessionsIn = figures => ['polling', 'websocket'].reduce((sum, transport) => sum + (figures.get(`concierge_connections{transport="${transport}"}`) ?? NaN), 0);

/** Waits until nobody is connected, and then until `isEnough(rss, fds, calmMs)`. → {rss, fds, tcp} */
async function settle(server, ms, isEnough) {
    const end = Date.now() + ms;
    await server.until(figures => figures.get('concierge_tcp_connections') === 0 && sessionsIn(figures) === 0, ms);
    let [since, last] = [Date.now(), server.rss()];
    for (;;) {
        const rss = server.rss();
        if (Math.abs(rss - last) > last / 100) [since, last] = [Date.now(), rss];
        const figures = await server.metrics();
        const fds = server.fds(figures);
        if (isEnough(rss, fds, Date.now() - since) || Date.now() > end) return { rss, fds, tcp: figures.get('concierge_tcp_connections') };
        await delay(100);
    }
}

/** Rounds of victims, until one had the attack in full beside it for half of its time. → the worst of the rounds, and sums */
async function beside(attack, victims, seconds, anew) {
    const rounds = [];
    for (let round = victims; ; round = anew()) {
        const half = Date.now() + seconds * 500;
        rounds.push(await round.settled);
        if (attack.hasEnded || attack.readyAt < half) break;
    }
    const all = (what, join) => rounds.map(figures => figures[what]).reduce((one, other) => join(one, other));
    const sum = (one, other) => one + other;
    return { rounds: rounds.length, p50: all('p50', Math.max), p99: all('p99', Math.max), sent: all('sent', sum), answered: all('answered', sum), refused: all('refused', sum) };
}

/** The victims while the same attack goes on at another server of this machine: what its own work costs them, and ours. */
async function attackElsewhere(one, server, { bin }, count) {
    const other = await Server.start(bin, one.flags);
    try {
        const victims = startVictims(bin, server, one.seconds);
        await server.until(figures => figures.get('concierge_users_online') >= victimCount, 10_000);
        const attack = new Attack(one.name, other.port, count);
        const figures = await beside(attack, victims, one.seconds, () => startVictims(bin, server, one.seconds));
        await attack.end();
        return figures;
    } finally {
        await other.stop();
    }
}

/** One case beside victims, who were alone just before. */
async function attackOnce(one, server, { bin, scale, floorMs }) {
    const isFull = scale === 1;
    const count = countOf(one, scale);
    const seconds = isFull ? one.seconds : Math.max(one.smallSeconds ?? 0, 0.5);
    const complaints = [];
    const row = { name: one.name, count, complaints };
    try {
        row.before = await startVictims(bin, server, isFull ? 5 : 0.5).settled;
        if (isFull) row.elsewhere = await attackElsewhere(one, server, { bin }, count);
        const before = await server.metrics();
        const watch = new Watch(server);
        const victims = startVictims(bin, server, seconds);
        if (!await server.until(figures => figures.get('concierge_users_online') >= victimCount, 10_000)) complaints.push('the victims did not come');
        const attack = new Attack(one.name, server.port, count);
        row.during = await beside(attack, victims, seconds, () => startVictims(bin, server, seconds));
        row.counts = await attack.end();
        row.peak = await watch.end();
        if (watch.trouble) complaints.push(watch.trouble);
        const after = await server.metrics();
        const delta = name => (after.get(name) ?? NaN) - (before.get(name) ?? NaN);
        complaints.push(...one.judge({ counts: row.counts, delta, peak: row.peak, count, isFull }));
        const { during } = row;
        const alike = Math.max(row.before.p99, row.elsewhere?.p99 ?? 0);
        if (during.p99 >= Math.max(p99Factor * alike, floorMs)) complaints.push(`the victims' p99 went from ${alike} to ${during.p99} ms`);
        if (during.sent === 0 || during.answered !== during.sent || during.refused > 0) complaints.push(`of the victims' ${during.sent} messages ${during.answered} were answered, ${during.refused} refused`);
    } catch (error) {
        complaints.push(error.message);
    }
    return row;
}

const countOf = (one, scale) => (scale === 1 ? one.count : Math.max(one.smallCount ?? 1, Math.round(one.count * scale)));

/** → {rows: of each case, rss and fds: {start, before, peak, after}, complaints} */
export async function tryCases(cases, how, tell = () => {}) {
    const isFull = how.scale === 1;
    const patience = isFull ? 90_000 : 20_000;
    const server = await Server.start(how.bin, cases.length === 1 ? cases[0].flags : []);
    const start = { rss: server.rss(), fds: server.fds(await server.metrics()) };
    const rows = [];
    const complaints = [];
    const memory = { start: start.rss };
    const descriptors = { start: start.fds };
    try {
        // All of it once: what is allocated but once is not what attacks leave behind.
        await startVictims(how.bin, server, 0.5).settled;
        for (const one of cases) {
            const attack = new Attack(one.name, server.port, countOf(one, how.scale));
            await attack.untilReady(120_000);
            if (isFull) await delay(one.seconds * 1_000);
            await attack.end();
        }
        if (isFull) await startVictims(how.bin, server, 5).settled; // as after the attacks: what is kept of them is none of theirs
        const before = await settle(server, isFull ? 60_000 : 10_000, (rss, fds, calm) => calm > calmMs);
        for (const one of cases) {
            const row = await attackOnce(one, server, how);
            rows.push(row);
            tell(row);
        }
        // What the server keeps of the victims lies in between what the crowd has left, until others come in its place.
        if (isFull) await startVictims(how.bin, server, 5).settled;
        const mostLeft = Math.max(before.rss * memoryFactor, isFull ? 0 : before.rss + smallMemory);
        const after = await settle(server, patience, (rss, fds) => rss <= mostLeft && fds <= before.fds);
        const most = what => Math.max(...rows.map(({ peak }) => peak?.[what] ?? 0));
        Object.assign(memory, { before: before.rss, peak: most('rss'), after: after.rss });
        Object.assign(descriptors, { before: before.fds, peak: most('fds'), after: after.fds });
        if (after.rss > mostLeft) complaints.push(`memory went from ${mb(before.rss)} to ${mb(after.rss)} and stayed there`);
        if (after.fds > before.fds) complaints.push(`descriptors went from ${before.fds} to ${after.fds} and stayed there`);
        if (after.tcp > 0) complaints.push(`${after.tcp} connections were left`);
    } catch (error) {
        complaints.push(error.message);
    }
    const end = await server.stop();
    if (end) complaints.push(end);
    return { rows, memory, descriptors, complaints };
}
