// What the server gives up and hides. Becoming another user takes root, as in CI.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';

import { start, temporaryFolder } from '../lib/children.mjs';
import { closeClients } from '../lib/clients.mjs';
import { request } from '../lib/raw.mjs';
import { serverProgram, startServer } from '../lib/target.mjs';
import { secret } from '../lib/tokens.mjs';

afterEach(closeClients);

const onLinux = { skip: process.platform !== 'linux' && 'reads /proc' };
const asRoot = { skip: (process.platform !== 'linux' || process.getuid() !== 0) && 'takes root on Linux' };
const nobody = asRoot.skip ? 0 : Number(execFileSync('id', ['-u', 'nobody']));
const procFile = (server, name) => readFileSync(`/proc/${server.handle.pid}/${name}`, 'utf8');
const uidsOf = server => procFile(server, 'status').match(/^Uid:\s+(.*)$/m)[1].split(/\s+/).map(Number);
const groupsOf = server => procFile(server, 'status').match(/^Groups:[ \t]*(.*)$/m)[1].trim();
const capabilitiesOf = server => BigInt(`0x${procFile(server, 'status').match(/^CapEff:\s+(\S+)$/m)[1]}`);

/** A folder that others than root can reach. Its owner: `uid`. */
function openFolder(t, uid = 0) {
    const outer = mkdtempSync(join(tmpdir(), 'concierge-test-'));
    chmodSync(outer, 0o755);
    t.after(() => rmSync(outer, { recursive: true }));
    const folder = join(outer, 'place');
    mkdirSync(folder);
    chownSync(folder, uid, uid);
    return folder;
}

/** Starts it, and stops it after the test. */
async function serve(t, options) {
    const server = await startServer(options);
    t.after(() => server.stop());
    return server;
}

test('RUN_AS: started by root, it is that user, without capabilities, and what it makes is that user\'s', asRoot, async t => {
    const folder = openFolder(t, nobody);
    const server = await serve(t, { flags: ['--run-as', 'nobody', '--data-dir', join(folder, 'data'), '--log-file', join(folder, 'log')] });
    assert.deepEqual(uidsOf(server), [nobody, nobody, nobody, nobody]);
    assert.equal(groupsOf(server).split(' ').includes('0'), false);
    assert.equal(capabilitiesOf(server) & ~(1n << 10n), 0n); // but for ports below 1024
    for (const name of ['data', 'data/concierge.db', 'log']) assert.equal(statSync(join(folder, name)).uid, nobody, name);
    assert.match(readFileSync(join(folder, 'log'), 'utf8'), /was started as root, and is nobody now/);
    assert.doesNotMatch(readFileSync(join(folder, 'log'), 'utf8'), /runs as root/);
});

test('RUN_AS: ports below 1024 are open to it', asRoot, async t => {
    const folder = openFolder(t, nobody);
    const args = ['--bind', '127.0.0.1', '--health-port', '0', '--run-as', 'nobody', '--data-dir', folder];
    for (let port = 901; port < 1000; ++port) {
        const handle = start(serverProgram, [...args, '--port', String(port)]);
        const isUp = await new Promise(resolve => {
            handle.child.stdout.on('data', () => handle.stdout.includes('listening on') && resolve(true));
            handle.exited.then(() => resolve(false));
        });
        if (!isUp) {
            assert.match(handle.stderr, /already in use/);
            continue;
        }
        handle.child.kill('SIGTERM');
        assert.equal((await handle.exited).code, 0);
        return;
    }
    assert.fail('all of them are taken');
});

test('started by root in a folder of somebody else, it is that user', asRoot, async t => {
    const there = await serve(t, { flags: ['--data-dir', openFolder(t, nobody)] });
    assert.equal(uidsOf(there)[0], nobody);
    const made = await serve(t, { flags: ['--data-dir', join(openFolder(t, 54_321), 'one', 'two')] }); // a number without a name
    assert.equal(uidsOf(made)[0], 54_321);
});

test('root it stays where DATA_DIR is root\'s, with a warning, or where RUN_AS says so', asRoot, async t => {
    const warned = await serve(t, { flags: ['--data-dir', openFolder(t)] });
    assert.equal(uidsOf(warned)[0], 0);
    assert.match(warned.handle.stderr, /warn concierge\.server runs as root.*RUN_AS/);
    const told = await serve(t, { flags: ['--run-as', 'root', '--data-dir', openFolder(t, nobody)] });
    assert.equal(uidsOf(told)[0], 0);
    assert.doesNotMatch(told.handle.stderr, /runs as root/);
});

test('a restore by root leaves the database to whom the folder belongs to', asRoot, async t => {
    const folder = openFolder(t, nobody);
    const run = async (...args) => { const handle = start(serverProgram, args); return { ...await handle.exited, said: handle.stdout + handle.stderr }; };
    const server = await startServer({ flags: ['--data-dir', folder] });
    await server.stop();
    const copy = join(openFolder(t), 'copy.db');
    const backup = await run('backup', copy, '--data-dir', folder);
    assert.equal(backup.code, 0, backup.said);
    rmSync(join(folder, 'concierge.db'));
    const restore = await run('restore', copy, '--data-dir', folder);
    assert.equal(restore.code, 0, restore.said);
    assert.equal(statSync(join(folder, 'concierge.db')).uid, nobody);
    assert.equal(uidsOf(await serve(t, { flags: ['--data-dir', folder] }))[0], nobody);
});

test('RUN_AS names a user that there is not', { skip: process.platform === 'win32' && 'is for Unix' }, async () => {
    for (const more of [[], ['--check-config']]) {
        const handle = start(serverProgram, ['--port', '0', '--health-port', '0', '--run-as', 'no-such-user', ...more]);
        assert.equal((await handle.exited).code, 2);
        assert.match(handle.stderr, /^concierge: RUN_AS: there is no user "no-such-user" here[^\n]*\n$/);
    }
});

test('secrets are not in the list of processes, the settings, the log, or the answers', onLinux, async t => {
    for (const words of [['--jwt-secret', secret], [`--jwt-secret=${secret}`]]) {
        const server = await serve(t, { flags: [...words, '--log-level', 'debug', '--data-dir', temporaryFolder()] });
        assert.doesNotMatch(procFile(server, 'cmdline'), /a secret of the tests/);
        assert.match(procFile(server, 'cmdline'), /--jwt-secret.\*{30,}/s);
        assert.doesNotMatch(server.handle.stderr, /a secret of the tests/);
        assert.match(server.handle.stderr, /JWT_SECRET was given as a flag/);
        for (const path of ['/health', '/metrics']) assert.doesNotMatch(String((await request(server.health + path)).body), /a secret of the tests/);
    }
    const printed = start(serverProgram, ['--print-config'], { env: { JWT_SECRET: secret } });
    await printed.exited;
    assert.match(printed.stdout, /JWT_SECRET\s+= \*+ /);
    assert.doesNotMatch(printed.stdout, /a secret of the tests/);
});

test('no image of its memory is kept, unless CORE_DUMPS says so', onLinux, async t => {
    const coreOf = server => procFile(server, 'limits').match(/^Max core file size\s+(\S+)/m)[1];
    const server = await serve(t, { flags: ['--data-dir', temporaryFolder()] });
    assert.equal(coreOf(server), '0');
    const before = readFileSync('/proc/self/limits', 'utf8').match(/^Max core file size\s+(\S+)/m)[1];
    assert.equal(coreOf(await serve(t, { flags: ['--data-dir', temporaryFolder(), '--core-dumps', 'on'] })), before);
});

test('browsers are told to take no answer for a page', async t => {
    const server = await serve(t, { flags: ['--data-dir', temporaryFolder(), '--drain-timeout', '0'] });
    const answers = [`${server.url}/socket.io/?EIO=4&transport=polling`, `${server.url}/socket.io/?EIO=4&transport=smoke`, `${server.url}/<script>`, `${server.health}/health`, `${server.health}/nothing`];
    for (const url of answers) assert.equal((await request(url)).headers['x-content-type-options'], 'nosniff', url);
});
