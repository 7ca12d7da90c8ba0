// What an installed server has beside one that is started by hand: its configuration file and its log file.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';

import { start, temporaryFolder } from '../lib/children.mjs';
import { ask, closeClients, freshId, openUser } from '../lib/clients.mjs';
import { within } from '../lib/raw.mjs';
import { serverProgram, startServer } from '../lib/target.mjs';

afterEach(closeClients);

async function runToEnd(...args) {
    const handle = start(serverProgram, args);
    const { code } = await within(handle.exited, 'its end', 15_000);
    return { code, stdout: handle.stdout, stderr: handle.stderr };
}

describe('--config', () => {
    test('the server, and every command, take their settings from that file', async () => {
        const folder = temporaryFolder();
        const config = join(folder, 'concierge.conf');
        const monitor = join(folder, 'monitor.sock');
        writeFileSync(config, `DATA_DIR=${join(folder, 'data')}\nMONITOR_SOCKET=${monitor}\nMAX_TEXT_LENGTH=3\n`);
        const server = await startServer({ flags: ['--config', config] });
        const [anna, ben] = [freshId('anna'), freshId('ben')];
        const sender = await openUser(server.url, anna);
        const answer = await ask(sender, 'sendMessage', { receiverId: ben, data: { text: 'hello', senderId: anna, chatId: 'c' } });
        assert.deepEqual([answer.ok, answer.status, answer.truncated], [true, 'stored', true]);
        const status = await runToEnd('status', '--json', '--config', config);
        assert.equal(status.code, 0, status.stderr);
        assert.equal(JSON.parse(status.stdout).waiting.messages, 1);
        const backup = join(folder, 'backup.db');
        assert.equal((await runToEnd('backup', backup, '--config', config)).code, 0);
        assert.ok(existsSync(backup));
        await server.stop();
    });

    test('one that is not there, or is wrong, is one line and code 2', async () => {
        const config = join(temporaryFolder(), 'concierge.conf');
        for (const [text, word] of [[undefined, 'there is no file'], ['PORT=many\n', 'concierge.conf']]) {
            if (text) writeFileSync(config, text);
            for (const command of [[], ['status'], ['--check-config']]) {
                const { code, stderr } = await runToEnd(...command, '--config', config);
                assert.equal(code, 2);
                assert.ok(stderr.includes(word), stderr);
                assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
            }
        }
    });

    test('--print-installed-config is a file that can be used', async () => {
        const { code, stdout } = await runToEnd('--print-installed-config');
        assert.equal(code, 0);
        const config = join(temporaryFolder(), 'concierge.conf');
        writeFileSync(config, stdout);
        const printed = await runToEnd('--print-config', '--config', config);
        assert.equal(printed.code, 0, printed.stderr);
        assert.match(printed.stdout, /^NODE_ENV +=.*production +\(concierge\.conf\)$/m);
    });
});

describe('LOG_FILE', () => {
    test('holds the log, and is rotated by its size', async () => {
        const log = join(temporaryFolder(), 'concierge.log');
        const server = await startServer({ flags: ['--log-file', log, '--log-file-bytes', '10KB', '--log-file-count', '2', '--log-level', 'debug'] });
        for (let i = 0; i < 200 && !existsSync(`${log}.1`); ++i) (await openUser(server.url, freshId('guest'))).close();
        await server.stop();
        assert.ok(existsSync(`${log}.1`), 'there is no second file');
        assert.ok(!existsSync(`${log}.2`), 'there is a third file');
        for (const path of [log, `${log}.1`]) assert.ok(statSync(path).size <= 10_000, path);
        assert.match(readFileSync(log, 'utf8'), /info concierge\.server stopped after/);
        assert.doesNotMatch(server.handle.stderr, /concierge\.server/);
    });

    test('says why there is no server', async () => {
        const log = join(temporaryFolder(), 'concierge.log');
        const server = await startServer();
        const port = new URL(server.url).port;
        const { code, stderr } = await runToEnd('--log-file', log, '--port', port, '--bind', '127.0.0.1', '--health-port', '0', '--monitor-socket', 'none');
        assert.equal(code, 1);
        assert.match(stderr, /^concierge: PORT: cannot listen/);
        assert.match(readFileSync(log, 'utf8'), /error concierge\.process PORT: cannot listen/);
        await server.stop();
    });

    test('one that cannot be written is an error that names it', async () => {
        const { code, stderr } = await runToEnd('--log-file', join('/no/such/folder', 'concierge.log'));
        assert.equal(code, 1);
        assert.match(stderr, /^concierge: LOG_FILE: cannot write to .*concierge\.log: there is no folder .*\n$/);
    });
});
