// `concierge status`: what it prints, and the exit codes that scripts and health checks go by.
import assert from 'node:assert/strict';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';

import { start, temporaryFolder, waitForOutput } from '../lib/children.mjs';
import { closeClients, freshId, openUser } from '../lib/clients.mjs';
import { closeMonitors, openMonitor } from '../lib/monitor.mjs';
import { Polling, within } from '../lib/raw.mjs';
import { serverProgram, startMonitored } from '../lib/target.mjs';

afterEach(() => {
    closeClients();
    closeMonitors();
});

async function status(...args) {
    const handle = start(serverProgram, ['status', ...args]);
    const { code } = await within(handle.exited, 'status', 15_000);
    return { code, stdout: handle.stdout, stderr: handle.stderr };
}

describe('concierge status', () => {
    test('a server that has all its monitors is healthy all the same', async () => {
        const server = await startMonitored();
        for (let i = 0; i < 16; ++i) await openMonitor(server.monitor);
        for (const flags of [[], ['--json']]) {
            const { code, stdout, stderr } = await status('--monitor-socket', server.monitor, ...flags);
            assert.deepEqual([code, stderr], [0, '']);
            assert.match(stdout, flags.length === 0 ? /healthy/i : /"state":"/);
        }
    });

    test('a healthy server: one screen of 80 columns without colours, and code 0', async () => {
        const server = await startMonitored();
        await openUser(server.url, freshId('seen'));
        const { code, stdout, stderr } = await status('--monitor-socket', server.monitor);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^Concierge .* HEALTHY$/m);
        assert.match(stdout, /1 online, 0 of them idle/);
        const lines = stdout.trimEnd().split('\n');
        assert.ok(lines.length <= 24, `${lines.length} lines`);
        for (const line of lines) assert.ok(line.length <= 80, line);
        assert.doesNotMatch(stdout, /\x1b/);
        await server.stop();
    });

    test('--json is the snapshot as one object', async () => {
        const server = await startMonitored();
        const { code, stdout } = await status('--json', '--monitor-socket', server.monitor);
        assert.equal(code, 0);
        const snapshot = JSON.parse(stdout);
        assert.equal(snapshot.state, 'running');
        assert.equal(snapshot.connections.now, 0);
        assert.equal('type' in snapshot, false);
        await server.stop();
    });

    test('--watch goes on until it is ended', async () => {
        const server = await startMonitored();
        const watch = start(serverProgram, ['status', '--watch', '--json', '--monitor-socket', server.monitor]);
        await waitForOutput(watch, /(\{.*\}\n){3}/);
        watch.child.kill('SIGINT');
        await within(watch.exited, 'its end');
        await server.stop();
    });

    test('an alert is code 1, and is shown with what to do', async () => {
        const server = await startMonitored({ flags: ['--alert-disk-free', '1000000GB'] });
        const monitor = await openMonitor(server.monitor);
        const { isActive, alert } = await monitor.ofType('alert', { ms: 15_000 });
        assert.deepEqual([isActive, alert.code, alert.severity], [true, 'disk_low', 'warning']);
        const { code, stdout } = await status('--monitor-socket', server.monitor);
        assert.equal(code, 1);
        assert.match(stdout, /NEEDS ATTENTION$/m);
        assert.match(stdout, /^ warning +Only .* free/m);
        assert.match(stdout, /^ +Delete what is not needed/m);
        assert.match(server.handle.stderr, /warn concierge\.alert disk_low: Only/);
        const { markers } = await monitor.ask('history', { range: '10m' });
        assert.deepEqual(markers.map(({ kind }) => kind), ['start', 'alert']);
        await server.stop();
    });

    test('a server that is stopping is code 1', async () => {
        const server = await startMonitored({ flags: ['--drain-timeout', '10s'] });
        const polling = await Polling.open(server.url, '/socket.io/'); // it does not come for its last messages
        const monitor = await openMonitor(server.monitor);
        await monitor.ask('drain');
        await monitor.line(({ type, state }) => type === 'snapshot' && state === 'draining');
        const { code, stdout } = await status('--monitor-socket', server.monitor);
        assert.equal(code, 1);
        assert.match(stdout, /STOPPING$/m);
        server.handle.child.kill('SIGKILL');
        await server.handle.exited;
        polling.end?.();
    });

    test('nobody there is code 2 and one line that says what to do', async () => {
        const path = join(temporaryFolder(), 'none.sock');
        const { code, stdout, stderr } = await status('--monitor-socket', path);
        assert.deepEqual([code, stdout], [2, '']);
        assert.equal(stderr.trim().split('\n').length, 1);
        assert.ok(stderr.includes(path) && stderr.includes('Start the server'), stderr);
        assert.equal((await status('--monitor-socket', 'none')).code, 2);
    });

    test('a server that accepts and says nothing is code 1', { skip: process.platform === 'win32' }, async () => {
        const path = join(temporaryFolder(), 'mute.sock');
        const mute = net.createServer(() => {});
        await new Promise(resolve => mute.listen(path, resolve));
        const { code, stdout, stderr } = await status('--monitor-socket', path);
        mute.close();
        assert.deepEqual([code, stdout], [1, '']);
        assert.match(stderr, /does not answer within 5 seconds/);
    });

    for (const [what, answer, words] of [
        ['closes', '', /closed the connection/],
        ['is no Concierge server', 'HTTP/1.1 400\r\n\r\n', /no Concierge server/],
        ['names no protocol', '{"type":"hello"}\n{"type":"snapshot"}\n', /no Concierge server/],
    ]) {
        test(`one that ${what} is code 1, and that is said`, { skip: process.platform === 'win32' }, async () => {
            const path = join(temporaryFolder(), 'odd.sock');
            const odd = net.createServer(socket => socket.end(answer));
            await new Promise(resolve => odd.listen(path, resolve));
            const { code, stdout, stderr } = await status('--monitor-socket', path);
            odd.close();
            assert.deepEqual([code, stdout], [1, '']);
            assert.match(stderr, words);
        });
    }

    test('a flag that there is not is refused', async () => {
        const { code, stderr } = await status('--jsn');
        assert.equal(code, 2);
        assert.match(stderr, /--jsn/);
    });
});
