// More connections than the process may have descriptors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';

import { start, stop, temporaryFolder, waitForOutput } from '../lib/children.mjs';
import { ask, closeClients, freshId, heard, openUser } from '../lib/clients.mjs';
import { closeMonitors, openMonitor } from '../lib/monitor.mjs';
import { delay, request, within } from '../lib/raw.mjs';
import { serverProgram } from '../lib/target.mjs';

afterEach(() => {
    closeClients();
    closeMonitors();
});

const linux = { skip: process.platform !== 'linux' && 'reads /proc' };

/** Seconds of CPU time, the kernel's part included; a clock tick is 10 ms. */
function cpuSeconds(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
}

for (const workers of ['1', '4']) {
    test(`descriptors run out: calm, healthy, chatting, and open again after it (${workers} workers)`, linux, async () => {
        const command = `ulimit -n 100; exec '${serverProgram}' --port 0 --health-port 0 --bind 127.0.0.1 --workers ${workers}`;
        const handle = start('/bin/sh', ['-c', command]);
        const crowd = [];
        try {
            const [, url] = await waitForOutput(handle, /^listening on (\S+)$/m);
            const [, health] = await waitForOutput(handle, /^health on (\S+)$/m);
            const alice = await openUser(url, 'alice', 'websocket only');
            await openUser(url, 'bob', 'websocket only').then(bob => bob.on('getMessage', () => bob.emit('typing', { receiverId: 'alice', isTyping: true })));
            const chat = async () => {
                const answered = heard(alice, 'typing');
                assert.equal((await ask(alice, 'sendMessage', { receiverId: 'bob', data: { text: 'x' } })).status, 'delivered');
                await answered;
            };
            await chat();

            const { hostname, port } = new URL(url);
            for (let i = 0; i < 150; ++i) {
                const socket = net.connect(Number(port), hostname);
                socket.on('error', () => {});
                crowd.push(socket);
            }
            await within((async () => { while (!/descriptors are running out/.test(handle.stderr)) await delay(10); })(), 'a warning');
            const warnedAt = Date.now();
            const before = cpuSeconds(handle.pid);
            await delay(2_000);
            const spent = cpuSeconds(handle.pid) - before;
            assert.ok(spent < 0.3, `${spent} s of CPU in 2 s`);
            const health200 = await request(`${health}/health`);
            assert.equal(health200.status, 200);
            assert.equal(JSON.parse(health200.body).status, 'degraded');
            const unready = await request(`${health}/ready`);
            assert.equal(unready.status, 503);
            assert.match(JSON.parse(unready.body).reason, /file descriptors/);
            assert.match((await request(`${health}/metrics`)).text, /^concierge_accepting_connections 0$/m);
            await within((async () => { while (!/Nobody new can connect: file descriptors/.test(handle.stderr)) await delay(20); })(), 'an alert');
            await chat();
            const warnings = handle.stderr.match(/descriptors are running out/g).length;
            assert.ok(warnings <= 1 + (Date.now() - warnedAt) / 10_000, `${warnings} warnings`);

            const carol = openUser(url, freshId('carol'), 'websocket only'); // waits in the kernel's queue
            for (const socket of crowd) socket.destroy();
            await carol;
            await within((async () => { while ((await request(`${health}/ready`)).status !== 200) await delay(20); })(), 'ready again');
            await chat();
        } finally {
            for (const socket of crowd) socket.destroy();
            closeClients();
            assert.equal((await stop(handle)).code, 0);
        }
        assert.match(handle.stderr, /file descriptors: at most 100/);
    });
}

test('monitors can connect again after descriptors ran out', linux, async () => {
    const path = join(temporaryFolder(), 'monitor.sock');
    const handle = start('/bin/sh', ['-c', `ulimit -n 100; exec '${serverProgram}' --port 0 --health-port 0 --bind 127.0.0.1 --monitor-socket ${path}`]);
    const crowd = [];
    const said = async words => {
        const end = Date.now() + 15_000;
        while (!words.test(handle.stderr)) {
            assert.ok(Date.now() < end, `not said within 15 s: ${words}, but: ${handle.stderr}`);
            await delay(10);
        }
    };
    const hold = (...where) => {
        const socket = net.connect(...where);
        socket.on('error', () => {});
        crowd.push(socket);
        return socket;
    };
    try {
        const [, url] = await waitForOutput(handle, /^listening on (\S+)$/m);
        const [, health] = await waitForOutput(handle, /^health on (\S+)$/m);
        await waitForOutput(handle, /^monitor on /m);
        const watch = await openMonitor(path);
        // What is kept for the health port is less than what both can hold.
        for (const target of [url, health]) {
            const { hostname, port } = new URL(target);
            for (let i = 0; i < 150; ++i) hold(Number(port), hostname);
        }
        await watch.next('snapshot');
        await watch.next('snapshot');
        for (let i = 0; i < 15; ++i) hold(path);
        await said(/no monitor can connect for now: .*too many files are open/);
        for (const socket of crowd) socket.destroy();
        await said(/monitors can connect again/);
        assert.equal((await openMonitor(path)).lines[0].type, 'hello');
    } finally {
        for (const socket of crowd) socket.destroy();
        const { code } = await stop(handle);
        assert.equal(code, 0, handle.stderr);
    }
});
