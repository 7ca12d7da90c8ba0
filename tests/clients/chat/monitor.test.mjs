// The monitor's feed of the real server: what it says, every command with good and bad input, and its limits.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { start, temporaryFolder } from '../lib/children.mjs';
import { ask, closeClients, freshId, heard, openClient, openUser } from '../lib/clients.mjs';
import { MonitorClient, closeMonitors, openMonitor } from '../lib/monitor.mjs';
import { openSocket, within } from '../lib/raw.mjs';
import { serverProgram, startMonitored, startServer } from '../lib/target.mjs';

const isWindows = process.platform === 'win32';

afterEach(() => {
    closeClients();
    closeMonitors();
});

async function runToEnd(args, options) {
    const handle = start(serverProgram, args, options);
    const { code } = await within(handle.exited, args.join(' '), 20_000);
    return { code, stdout: handle.stdout, stderr: handle.stderr };
}

describe('the feed', () => {
    let server;
    before(async () => { server = await startMonitored({ flags: ['--drain-timeout', '1s', '--jwt-secret', ''] }); });
    after(() => server.stop());

    test('says hello first, then a snapshot each second', async () => {
        const monitor = await openMonitor(server.monitor);
        const [hello] = monitor.lines;
        assert.equal(hello.type, 'hello');
        assert.equal(hello.protocol, 1);
        assert.equal(hello.pid, server.handle.pid);
        assert.equal(hello.logLevel, 'info');
        assert.equal(hello.settings.find(({ name }) => name === 'MONITOR_SOCKET').value, server.monitor);
        const first = await monitor.ofType('snapshot');
        const second = await monitor.next('snapshot');
        assert.ok(second.time - first.time >= 700 && second.time - first.time < 3_000, `${second.time - first.time} ms`);
        assert.equal(second.state, 'running');
    });

    test('its figures are those of the clients there are', async () => {
        const monitor = await openMonitor(server.monitor);
        await openUser(server.url, freshId('figures'));
        const snapshot = await monitor.next('snapshot', ({ users }) => users.online === 1);
        assert.equal(snapshot.connections.now, 1);
    });

    test('an interval that was asked for is kept, others are refused', async () => {
        const monitor = await openMonitor(server.monitor);
        const reply = await monitor.ask('subscribe', { topics: ['snapshot'], intervalMs: 250 });
        assert.deepEqual([reply.ok, reply.intervalMs], [true, 250]);
        const begin = Date.now();
        for (let i = 0; i < 4; ++i) await monitor.next('snapshot');
        assert.ok(Date.now() - begin < 3_000);
        for (const [fields, word] of [[{ intervalMs: 249 }, 'intervalMs'], [{ intervalMs: 60_001 }, 'intervalMs'], [{ intervalMs: 'often' }, 'intervalMs'], [{ topics: ['weather'] }, 'topics'], [{ topics: 'log' }, 'topics']]) {
            const { ok, error } = await monitor.ask('subscribe', fields);
            assert.deepEqual([ok, error.code], [false, 'bad_request']);
            assert.ok(error.message.includes(word), error.message);
        }
    });

    test('the log comes to who wants it: what was, then what comes', async () => {
        const monitor = await openMonitor(server.monitor);
        await monitor.ask('subscribe', { topics: ['log'] });
        await monitor.line(({ type, message }) => type === 'log' && message.includes('open mode'));
        await monitor.ask('history', { range: '1h' });
        const line = await monitor.line(({ type, message }) => type === 'log' && message.includes('history range=1h: ok'));
        assert.equal(line.category, 'concierge.monitor');
        assert.equal(line.level, 'info');
        assert.match(line.message, isWindows ? /\\/ : /\(uid \d+\)|^uid \d+/);
    });

    test('a log level takes effect at once, and the next hello knows it', async () => {
        const monitor = await openMonitor(server.monitor);
        await monitor.ask('subscribe', { topics: ['log'] });
        assert.equal((await monitor.ask('setLogLevel', { level: 'debug' })).level, 'debug');
        await openClient(server.url);
        await monitor.line(({ type, level }) => type === 'log' && level === 'debug');
        assert.equal((await openMonitor(server.monitor)).lines[0].logLevel, 'debug');
        for (const level of ['loud', '', 3, undefined]) {
            assert.equal((await monitor.ask('setLogLevel', { level })).error.code, 'bad_request');
        }
        assert.equal((await monitor.ask('setLogLevel', { level: 'info' })).ok, true);
    });

    test('clients are listed in pages, sorted and filtered', async () => {
        const monitor = await openMonitor(server.monitor);
        const prefix = freshId('page');
        const names = ['c', 'a', 'b'].map(letter => `${prefix}-${letter}`);
        for (const name of names) await openUser(server.url, name, 'websocket only');
        const sockets = new Map([[names[1], await openUser(server.url, names[1], 'polling only')]]);
        const page = await monitor.ask('listClients', { filter: prefix.toUpperCase(), sort: 'user' });
        assert.deepEqual(page.rows.map(({ user }) => user), [names[1], names[1], names[2], names[0]]);
        assert.equal(page.matched, 4);
        assert.ok(page.total >= 4);
        const polling = page.rows.find(({ sid }) => sid === sockets.get(names[1]).id);
        assert.deepEqual([polling.transport, polling.devices, polling.status, polling.address], ['polling', 2, 'online', '127.0.0.1']);
        assert.ok(Math.abs(polling.since - Date.now()) < 10_000 && polling.lastSeen >= polling.since);
        const last = await monitor.ask('listClients', { filter: prefix, sort: '-user', offset: 1, limit: 1 });
        assert.deepEqual(last.rows.map(({ user }) => user), [names[2]]);
        for (const fields of [{ limit: 501 }, { limit: 0 }, { offset: -1 }, { sort: 'colour' }, { sort: 7 }, { filter: [] }, { offset: 1.5 }]) {
            const { ok, error } = await monitor.ask('listClients', fields);
            assert.deepEqual([ok, error.code], [false, 'bad_request'], JSON.stringify(fields));
            assert.ok(error.message.startsWith(Object.keys(fields)[0]), error.message);
        }
    });

    test('what waits is listed by user', async () => {
        const monitor = await openMonitor(server.monitor);
        const senderId = freshId('sender');
        const sender = await openUser(server.url, senderId);
        const away = freshId('away');
        for (let i = 0; i < 3; ++i) {
            const answer = await ask(sender, 'sendMessage', { receiverId: away, data: { text: 'hello', senderId, chatId: 'c' } });
            assert.equal(answer.status, 'stored');
        }
        const page = await monitor.ask('listWaiting', { sort: '-messages', filter: 'away' });
        const row = page.rows.find(({ user }) => user === away);
        assert.equal(row.messages, 3);
        assert.ok(row.bytes > 30 && row.bytes < 3_000, `${row.bytes} bytes`);
        assert.ok(Math.abs(row.oldest - Date.now()) < 10_000);
        assert.equal((await monitor.ask('listWaiting', { sort: 'sid' })).error.code, 'bad_request');
    });

    test('a client that is disconnected hears so and stays away', async () => {
        const monitor = await openMonitor(server.monitor);
        const socket = await openUser(server.url, freshId('out'));
        const reason = within(new Promise(resolve => socket.once('disconnect', resolve)), 'disconnect');
        const { id } = socket;
        assert.equal((await monitor.ask('disconnectClient', { sid: id })).ok, true);
        assert.equal(await reason, 'io server disconnect');
        assert.equal(socket.active, false);
        assert.equal((await monitor.ask('disconnectClient', { sid: id })).error.code, 'not_found');
        assert.equal((await monitor.ask('listClients', { filter: id })).matched, 0);
        for (const sid of ['', 5, undefined]) assert.equal((await monitor.ask('disconnectClient', { sid })).error.code, 'bad_request');
    });

    test('a client that is disconnected and holds on to its connection loses it', async () => {
        const monitor = await openMonitor(server.monitor);
        const ws = await openSocket(server.url);
        assert.equal((await monitor.ask('disconnectClient', { sid: ws.socketId })).ok, true);
        assert.equal(await ws.until('41'), '41');
        await ws.closed();
    });

    test('everybody hears a notification', async () => {
        const monitor = await openMonitor(server.monitor);
        const sockets = await Promise.all(['websocket only', 'polling only', 'default'].map(mode => openClient(server.url, mode)));
        const text = 'Maintenance at "noon" \u{1F600}\n';
        const notices = sockets.map(socket => heard(socket, 'notification'));
        assert.equal((await monitor.ask('notifyAll', { text })).clients, 3);
        for (const notice of await Promise.all(notices)) {
            assert.equal(notice.text, text);
            assert.ok(Math.abs(Date.parse(notice.timestamp) - Date.now()) < 10_000);
        }
        for (const bad of ['', '  ', 'x'.repeat(1_001), 7, undefined]) {
            assert.equal((await monitor.ask('notifyAll', { text: bad })).error.code, 'bad_request');
        }
        assert.equal((await monitor.ask('notifyAll', { text: 'x'.repeat(1_000) })).ok, true);
    });

    test('the history has a point a second and knows of the start', async () => {
        const monitor = await openMonitor(server.monitor);
        for (let i = 0; i < 2; ++i) await monitor.next('snapshot');
        for (const range of ['10m', '1h', '24h', '7d', '90d']) {
            const history = await monitor.ask('history', { range });
            assert.equal(history.range, range);
            assert.ok(history.time.length > 0, range);
            for (const [name, values] of Object.entries(history.series)) assert.equal(values.length, history.time.length, name);
            assert.deepEqual(history.markers.map(({ kind }) => kind), ['start']);
        }
        assert.equal((await monitor.ask('history', { range: '5m' })).error.code, 'bad_request');
    });

    test('a backup is one that restore takes', async () => {
        const monitor = await openMonitor(server.monitor);
        const folder = temporaryFolder();
        const path = join(folder, 'backup.db');
        const reply = await monitor.ask('backup', { path });
        assert.deepEqual([reply.ok, reply.path, reply.bytes], [true, path, statSync(path).size]);
        const again = await monitor.ask('backup', { path });
        assert.equal(again.error.code, 'failed');
        assert.ok(again.error.message.includes('it exists'), again.error.message);
        for (const bad of ['relative.db', '', 1, undefined]) assert.equal((await monitor.ask('backup', { path: bad })).error.code, 'bad_request');
        const restored = await runToEnd(['restore', path, '--data-dir', join(folder, 'data')]);
        assert.equal(restored.code, 0, restored.stderr);
    });

    test('what is no command gets an error', async () => {
        const monitor = await openMonitor(server.monitor);
        assert.equal((await monitor.ask('dance')).error.code, 'unknown_type');
        for (const id of ['{"type":"history","range":"10m"}', '{"type":"history","range":"10m","id":[1]}']) {
            const reply = monitor.next('reply');
            monitor.send(`${id}\n`);
            assert.deepEqual([(await reply).id, (await reply).error.code], [null, 'bad_request']);
        }
        const byName = monitor.next('reply');
        monitor.send('{"type":"history","range":"10m","id":"mine"}\r\n');
        assert.equal((await byName).id, 'mine');
    });

    for (const [name, bytes, code] of [
        ['garbage', Buffer.from([0xff, 0x00, 0x0a]), 'bad_line'],
        ['an array', '[1]\n', 'bad_line'],
        ['no type', '{"id":1}\n', 'bad_line'],
        ['a line of 1 MB', 'x'.repeat(1_000_000), 'line_too_long'],
    ]) {
        test(`${name} closes the connection, and says why`, async () => {
            const monitor = await openMonitor(server.monitor);
            monitor.send(bytes);
            assert.equal(await monitor.refusal(), code);
        });
    }

    test('many commands at once are answered in order', async () => {
        const monitor = await openMonitor(server.monitor);
        const replies = [];
        for (let i = 0; i < 60; ++i) replies.push(monitor.ask('listClients', { limit: 1 }));
        assert.deepEqual((await Promise.all(replies)).map(({ id }) => id), replies.map((_, i) => i + 1));
    });

    test('who asks and does not read is closed', { skip: isWindows }, async () => {
        const mute = net.connect(server.monitor);
        await within(new Promise(resolve => mute.once('connect', resolve)), 'connect');
        mute.pause();
        mute.on('error', () => {});
        const closed = new Promise(resolve => mute.once('close', resolve));
        // Each reply has the settings' size or more: what waits grows until it may not.
        const line = `{"type":"listClients","id":"${'x'.repeat(60_000)}"}\n`;
        const isGone = { value: false };
        closed.then(() => { isGone.value = true; });
        const watch = await openMonitor(server.monitor);
        await watch.ask('subscribe', { topics: ['log'] });
        const write = () => { if (!isGone.value && !mute.destroyed) mute.write(line, () => setImmediate(write)); };
        write();
        await watch.line(({ type, message }) => type === 'log' && message.endsWith(': closed, too_slow'), 'its end', { ms: 30_000 });
        mute.destroy();
    });

    test('the 17th monitor is refused, and may come when one has left', async () => {
        const monitors = [];
        for (let i = 0; i < 16; ++i) monitors.push(await openMonitor(server.monitor));
        assert.equal(await new MonitorClient(server.monitor).refusal(), 'too_many_monitors');
        await monitors[0].ask('setLogLevel', { level: 'debug' });
        await monitors[0].ask('subscribe', { topics: ['log'] });
        monitors[3].close();
        await monitors[0].line(({ type, message }) => type === 'log' && message.startsWith('monitor disconnected'), 'the end of one');
        await monitors[0].ask('setLogLevel', { level: 'info' });
        assert.equal((await openMonitor(server.monitor)).lines[0].type, 'hello');
    });
});

test('drain ends the server with code 0', async () => {
    const server = await startMonitored();
    const monitor = await openMonitor(server.monitor);
    const socket = await openUser(server.url, freshId('drained'), 'websocket only');
    const gone = within(new Promise(resolve => socket.once('disconnect', resolve)), 'disconnect');
    assert.equal((await monitor.ask('drain')).ok, true);
    await gone;
    assert.deepEqual(await within(server.handle.exited, 'the end', 15_000), { code: 0, signal: null });
    assert.equal(existsSync(server.monitor), false);
});

test('who changed something is in the log at every level', async () => {
    const server = await startMonitored({ env: { LOG_LEVEL: 'error' } });
    const monitor = await openMonitor(server.monitor);
    await monitor.ask('listClients');
    await monitor.ask('notifyAll', { text: 'a secret' });
    await monitor.ask('setLogLevel', { level: 'warn' });
    await monitor.ask('disconnectClient', { sid: 'nobody' });
    await monitor.ask('drain');
    await server.handle.exited;
    const lines = server.handle.stderr.trim().split('\n');
    assert.deepEqual(lines.map(line => / concierge\.audit \S+.*?: (\w+)/.exec(line)?.[1]), ['notifyAll', 'setLogLevel', 'disconnectClient', 'drain']);
    assert.doesNotMatch(server.handle.stderr, /secret/);
});

test('the peak of today is that of the day, not of the process', async () => {
    const flags = ['--data-dir', temporaryFolder()];
    const first = await startMonitored({ flags });
    for (let i = 0; i < 3; ++i) await openUser(first.url, freshId('peak'), 'websocket only');
    const monitor = await openMonitor(first.monitor);
    await monitor.next('snapshot', ({ connections }) => connections.now === 3);
    await monitor.next('snapshot');
    closeClients();
    first.handle.child.kill('SIGKILL');
    await first.handle.exited;
    const second = await startMonitored({ flags });
    const { connections } = await (await openMonitor(second.monitor)).next('snapshot');
    const isSameDay = new Date(monitor.lines.at(-1).time).getDate() === new Date().getDate();
    if (isSameDay) assert.deepEqual([connections.peak, connections.peakToday], [0, 3]);
    await second.stop();
});

test('the history outlives kill -9, with a gap and markers', async () => {
    const folder = temporaryFolder();
    const flags = ['--data-dir', join(folder, 'data')];
    const socket = join(folder, 'monitor.sock');
    const first = await startMonitored({ flags, monitor: socket });
    const monitor = await openMonitor(socket);
    for (let i = 0; i < 2; ++i) await monitor.next('snapshot');
    const before = await monitor.ask('history', { range: '10m' });
    first.handle.child.kill('SIGKILL');
    await first.handle.exited;
    const second = await startMonitored({ flags, monitor: socket }); // whose socket file is there still
    const again = await openMonitor(socket);
    for (let i = 0; i < 3; ++i) await again.next('snapshot');
    const history = await again.ask('history', { range: '10m' });
    assert.deepEqual(history.time.filter(time => before.time.includes(time)), before.time);
    assert.ok(history.time.length > before.time.length);
    assert.deepEqual(history.markers.map(({ kind }) => kind), ['start', 'start']);
    await second.stop();
    const third = await startMonitored({ flags, monitor: socket });
    const { markers } = await (await openMonitor(socket)).ask('history', { range: '10m' });
    assert.deepEqual(markers.map(({ kind }) => kind), ['start', 'start', 'stop', 'start']);
    await third.stop();
});

test('a history that is damaged is put aside', async () => {
    const folder = temporaryFolder();
    const flags = ['--data-dir', folder];
    writeFileSync(join(folder, 'history.bin'), 'no history');
    const server = await startMonitored({ flags });
    const monitor = await openMonitor(server.monitor);
    for (let i = 0; i < 2; ++i) await monitor.next('snapshot'); // the first may be of before the first second
    assert.ok((await monitor.ask('history', { range: '10m' })).time.length > 0);
    assert.equal(server.handle.stderr.match(/history\.bin cannot be used/g).length, 1);
    await server.stop();
});

describe('MONITOR_SOCKET', { skip: isWindows }, () => {
    test('a path that is set is open to the group, and to nobody else', async () => {
        const server = await startMonitored();
        assert.equal(statSync(server.monitor).mode & 0o777, 0o660);
        await server.stop();
    });

    test('a name that was set and is in use keeps the server from starting', async () => {
        const server = await startMonitored();
        const { code, stderr, stdout } = await runToEnd(['--port', '0', '--health-port', '0', '--monitor-socket', server.monitor], { env: { LOG_LEVEL: 'error' } });
        assert.equal(code, 1);
        assert.doesNotMatch(stdout, /listening/);
        assert.match(stderr, /^concierge: MONITOR_SOCKET: cannot listen on .*: another server uses it\./);
        assert.equal(stderr.trim().split('\n').length, 1);
        assert.equal((await openMonitor(server.monitor)).lines[0].pid, server.handle.pid); // it still has it
        await server.stop();
    });

    test('the default name that is in use costs the second server its feed only', async () => {
        const cwd = temporaryFolder();
        const env = { TMPDIR: cwd };
        const first = await startServer({ env, flags: ['--data-dir', join(cwd, 'one')] });
        const second = await startServer({ env, flags: ['--data-dir', join(cwd, 'two')] });
        assert.match(first.handle.stdout, /^monitor on /m);
        assert.equal(statSync(join(cwd, 'concierge-monitor')).mode & 0o077, 0);
        assert.doesNotMatch(second.handle.stdout, /^monitor on /m);
        assert.match(second.handle.stderr, /warn .*another server uses it.*MONITOR_SOCKET/);
        await second.stop();
        assert.equal((await openMonitor(join(cwd, 'concierge-monitor'))).lines[0].pid, first.handle.pid);
        await first.stop();
    });

    test('none is none', async () => {
        const server = await startServer({ flags: ['--monitor-socket', 'none'] });
        assert.doesNotMatch(server.handle.stdout, /^monitor on /m);
        await server.stop();
    });

    test('another file is never replaced', async () => {
        const path = join(temporaryFolder(), 'notes.txt');
        writeFileSync(path, 'mine');
        const { code, stderr } = await runToEnd(['--port', '0', '--health-port', '0', '--monitor-socket', path], { env: { LOG_LEVEL: 'error' } });
        assert.equal(code, 1);
        assert.match(stderr, /there is another file of that name/);
        assert.equal(statSync(path).size, 4);
    });

    test('a server that ends leaves the socket of another one alone', async () => {
        const first = await startMonitored();
        rmSync(first.monitor);
        const second = await startMonitored({ monitor: first.monitor });
        await first.stop();
        assert.equal((await openMonitor(second.monitor)).lines[0].pid, second.handle.pid);
        await second.stop();
        assert.equal(existsSync(second.monitor), false);
    });

    test('neither a fifo nor a link is replaced, and a folder that is not there is named', async () => {
        const folder = temporaryFolder();
        const [fifo, link] = [join(folder, 'fifo'), join(folder, 'link')];
        execFileSync('mkfifo', [fifo]);
        symlinkSync(join(folder, 'nothing'), link);
        for (const [path, words] of [[fifo, /another file of that name/], [link, /another file of that name/], [join(folder, 'no', 'socket'), /there is no folder/]]) {
            const { code, stderr } = await runToEnd(['--port', '0', '--health-port', '0', '--monitor-socket', path], { env: { LOG_LEVEL: 'error' } });
            assert.equal(code, 1);
            assert.match(stderr, words);
        }
        assert.ok(lstatSync(fifo).isFIFO() && lstatSync(link).isSymbolicLink());
    });
});
