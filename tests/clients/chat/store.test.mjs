// What waits is on the disk: it survives the process, a full disk loses nothing, backups come back.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';

import { start, temporaryFolder } from '../lib/children.mjs';
import { ask, closeClients, freshId, openClient, openUser, record } from '../lib/clients.mjs';
import { delay, request, within } from '../lib/raw.mjs';
import { serverProgram, startServer } from '../lib/target.mjs';

afterEach(closeClients);

const once = { reconnection: false };

async function runToEnd(args, cwd) {
    const handle = start(serverProgram, args, { cwd, env: { CLIENT_URL: 'http://localhost:3000' } });
    const { code } = await within(handle.exited, 'exit', 10_000);
    return { code, stdout: handle.stdout, stderr: handle.stderr };
}

/** What waits for the user: the texts, in order. */
async function inboxOf(url, userId) {
    const client = await openClient(url, 'default', once);
    const received = record(client, 'getMessage');
    const answer = await ask(client, 'newUser', userId);
    assert.equal(answer.pending, received.length);
    return received.map(data => data.text);
}

const send = (sender, receiverId, text, more = {}) => ask(sender, 'sendMessage', { receiverId, data: { text, ...more } });

describe('what was acknowledged survives', () => {
    for (const [name, signal] of [['a stop', 'SIGTERM'], ['kill -9', 'SIGKILL']]) {
        test(`${name}, in the order it was sent`, async () => {
            const first = await startServer();
            const bob = freshId('bob');
            const ann = await openUser(first.url, freshId('ann'), 'websocket only', once);
            await ask(ann, 'joinChat', { chatId: 'flat' });
            const texts = Array.from({ length: 300 }, (_, i) => `${i} \u{1f600}`);
            const answers = await Promise.all(texts.map(text => send(ann, bob, text)));
            assert.ok(answers.every(answer => answer.status === 'stored'), JSON.stringify(answers.find(answer => answer.status !== 'stored')));
            first.handle.child.kill(signal);
            await first.handle.exited;

            const second = await startServer({ cwd: first.handle.cwd });
            assert.match(second.handle.stderr, /concierge\.db: 300 entries wait for 1 users/);
            assert.deepEqual(await inboxOf(second.url, bob), texts);
            const carl = await openUser(second.url, freshId('carl'), 'websocket only', once);
            assert.equal((await ask(carl, 'joinChat', { chatId: 'flat' })).members.length, 2);
            await second.stop();
        });
    }

    test('kill -9 in the midst of it', async () => {
        const first = await startServer();
        const bob = freshId('bob');
        const ann = await openUser(first.url, freshId('ann'), 'websocket only', once);
        const acknowledged = [];
        for (let i = 0; i < 20_000; ++i)
            ann.emit('sendMessage', { receiverId: bob, data: { text: `${i}` } }, answer => { if (answer.status === 'stored') acknowledged.push(`${i}`); });
        while (acknowledged.length < 500) await delay(1);
        first.handle.child.kill('SIGKILL');
        await first.handle.exited;

        const second = await startServer({ cwd: first.handle.cwd, flags: ['--inbox-max-per-user', '100000'] });
        const received = new Set(await inboxOf(second.url, bob));
        assert.deepEqual(acknowledged.filter(text => !received.has(text)), []);
        await second.stop();
    });
});

describe('DATA_DIR that cannot be used is said in one line', () => {
    const ports = ['--port', '0', '--health-port', '0', '--bind', '127.0.0.1'];
    async function assertRefused(args, cwd, pattern) {
        const { code, stdout, stderr } = await runToEnd([...ports, ...args], cwd);
        assert.equal(code, 1);
        assert.equal(stdout, '');
        assert.match(stderr, pattern);
        assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    }

    test('another server has it', async () => {
        const server = await startServer();
        await assertRefused([], server.handle.cwd,
            new RegExp(`^concierge: DATA_DIR: cannot use .*/concierge-data: another concierge \\(process ${server.handle.pid}\\) is using it; stop it, or give each server a folder of its own\n$`));
        await server.stop();
    });

    test('it is a file', async () => {
        const cwd = temporaryFolder();
        writeFileSync(join(cwd, 'data'), 'x');
        await assertRefused(['--data-dir', 'data'], cwd, /^concierge: DATA_DIR: cannot use .*\/data: it is a file; name a folder\n$/);
    });

    test('what is in it is no database', async () => {
        const cwd = temporaryFolder();
        mkdirSync(join(cwd, 'concierge-data'));
        writeFileSync(join(cwd, 'concierge-data/concierge.db'), 'Dear diary, '.repeat(500));
        await assertRefused([], cwd, /concierge\.db is damaged \(file is not a database\); put a backup in its place: concierge restore FILE\n$/);
    });
});

describe('backup and restore', () => {
    test('of a server that runs, into the folder of one that does not', async () => {
        const first = await startServer();
        const { cwd } = first.handle;
        const bob = freshId('bob');
        const ann = await openUser(first.url, freshId('ann'), 'websocket only', once);
        await send(ann, bob, 'kept');
        const backup = await runToEnd(['backup', 'b.db'], cwd);
        assert.deepEqual([backup.code, backup.stderr], [0, '']);
        assert.match(backup.stdout, /^backed up .*\/concierge-data\/concierge\.db to .*\/b\.db \(\d+ bytes\)\n$/);
        if (process.platform !== 'win32') assert.equal(statSync(join(cwd, 'b.db')).mode & 0o777, 0o600);
        await send(ann, bob, 'later');

        const inUse = await runToEnd(['restore', 'b.db'], cwd);
        assert.deepEqual([inUse.code, inUse.stdout], [1, '']);
        assert.match(inUse.stderr, /another concierge \(process \d+\) is using it/);
        await first.stop();
        const restored = await runToEnd(['restore', 'b.db'], cwd);
        assert.deepEqual([restored.code, restored.stderr], [0, '']);
        const aside = /what was there is (\S+) now\n$/.exec(restored.stdout)[1];
        assert.ok(existsSync(aside));

        const second = await startServer({ cwd });
        assert.deepEqual(await inboxOf(second.url, bob), ['kept']);
        await second.stop();
    });

    for (const [name, args, code, pattern] of [
        ['backup without a file', ['backup'], 2, /^concierge: backup needs the name of a file: concierge backup FILE\n$/],
        ['restore of a file that is not there', ['restore', 'x.db'], 1, /^concierge: restore: cannot use .*\/x\.db: there is no such file\n$/],
        ['backup of a folder without a database', ['backup', 'x.db', '--data-dir', 'none'], 1, /^concierge: DATA_DIR: cannot use .*\/none: there is no concierge\.db in it\n$/],
        ['two files', ['backup', 'x.db', 'y.db'], 2, /^concierge: unknown flag y\.db; --help lists the flags\n$/],
    ]) {
        test(name, async () => {
            const result = await runToEnd(args);
            assert.deepEqual([result.code, result.stdout], [code, '']);
            assert.match(result.stderr, pattern);
        });
    }
});

const canLimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;
test('a full disk: refusals, /ready says why, nothing acknowledged is lost', { skip: !canLimit && 'needs prlimit' }, async () => {
    const server = await startServer();
    const limit = bytes => execFileSync('prlimit', [`--fsize=${bytes}:unlimited`, '--pid', String(server.handle.pid)]);
    const bob = freshId('bob');
    const ann = await openUser(server.url, freshId('ann'), 'websocket only', once);
    limit(400_000); // of each file: as good as a full disk
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => send(ann, bob, `${i}`, { metadata: { pad: 'x'.repeat(20_000) } })));
    const stored = answers.flatMap((answer, i) => answer.status === 'stored' ? [`${i}`] : []);
    const refused = answers.filter(answer => !answer.ok);
    assert.ok(refused.length > 0);
    for (const answer of refused) assert.equal(answer.error.code, 'unavailable');
    const ready = await request(`${server.health}/ready`);
    assert.equal(ready.status, 503);
    assert.equal(JSON.parse(ready.text).status, 'unavailable');
    assert.match(JSON.parse(ready.text).reason, /the disk/);
    assert.equal((await request(`${server.health}/health`)).status, 200);

    limit('unlimited');
    while ((await request(`${server.health}/ready`)).status !== 200) await delay(50);
    assert.equal((await send(ann, bob, 'after')).status, 'stored');
    const told = server.handle.stderr.split('\n').filter(line => line.includes('concierge.store'));
    // Once, or as often as a try, one each second, found room for a little.
    assert.ok(told.length >= 2 && told.length % 2 === 0 && told.length <= 20, told.join('\n'));
    for (let i = 0; i < told.length; i += 2) {
        assert.match(told[i], / error concierge\.store .*\/concierge\.db cannot be written: the disk/);
        assert.match(told[i + 1], / info concierge\.store .*\/concierge\.db is written again, after \d+ s$/);
    }
    server.handle.child.kill('SIGKILL');
    await server.handle.exited;
    const again = await startServer({ cwd: server.handle.cwd });
    assert.deepEqual(await inboxOf(again.url, bob), [...stored, 'after']);
    await again.stop();
});

test('the files are for their owner alone', { skip: process.platform === 'win32' }, async () => {
    const server = await startServer();
    const folder = join(server.handle.cwd, 'concierge-data');
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of ['concierge.db', 'concierge.db-wal', 'concierge.lock']) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    assert.equal(readFileSync(join(folder, 'concierge.lock'), 'utf8').split('\n')[0], String(server.handle.pid));
    await server.stop();
});
