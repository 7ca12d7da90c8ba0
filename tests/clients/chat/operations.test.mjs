// What the operator sees: start, refusals to start, origins, health, and a stop that loses nothing.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';

import { start, temporaryFolder } from '../lib/children.mjs';
import { ask, closeClients, freshId, heard, modes, openClient, openUser, record } from '../lib/clients.mjs';
import { Polling, delay, openSocket, openWs, request, upgradeRequest, within } from '../lib/raw.mjs';
import { serverProgram, startServer } from '../lib/target.mjs';

afterEach(closeClients);

/** Starts a server for one test. */
async function withServer({ flags = [], ...options }, body) {
    // Sessions that nobody polls any more would hold the stop for the default 10 s.
    const server = await startServer({ flags: ['--drain-timeout', '1s', ...flags], ...options });
    try {
        await body(server);
    } finally {
        await server.stop();
    }
}

/** Runs the program to its own end. */
async function runToEnd(args, options) {
    const handle = start(serverProgram, args, options);
    const timer = setTimeout(() => handle.child.kill('SIGKILL'), 10_000);
    const { code, signal } = await handle.exited;
    clearTimeout(timer);
    return { code, signal, stdout: handle.stdout, stderr: handle.stderr };
}

async function takenPort() {
    const listener = net.createServer();
    await new Promise(resolve => listener.listen(0, '127.0.0.1', resolve));
    return { port: String(listener.address().port), close: () => listener.close() };
}

describe('what keeps the server from starting is said in one line', () => {
    async function assertOneLine(args, options, ...words) {
        const { code, signal, stdout, stderr } = await runToEnd(args, { env: { CLIENT_URL: 'http://localhost:3000' }, ...options });
        assert.equal(signal, null, `ended by ${signal}: ${stderr}`);
        assert.notEqual(code, 0);
        assert.doesNotMatch(stdout, /listening/);
        const lines = stderr.trimEnd().split('\n');
        assert.equal(lines.length, 1, stderr);
        for (const word of words) assert.ok(lines[0].includes(word), `"${lines[0]}" does not say ${word}`);
    }
    const ports = ['--port', '0', '--health-port', '0', '--bind', '127.0.0.1'];

    test('PORT is taken', async () => {
        const taken = await takenPort();
        await assertOneLine(['--port', taken.port, '--health-port', '0', '--bind', '127.0.0.1'], {}, 'PORT', taken.port);
        taken.close();
    });

    test('HEALTH_BIND is no address of this machine', () =>
        assertOneLine(['--port', '0', '--bind', '127.0.0.1', '--health-port', '0', '--health-bind', '192.0.2.7'], {}, 'HEALTH_BIND', '192.0.2.7'));

    test('HEALTH_PORT is taken', async () => {
        const taken = await takenPort();
        await assertOneLine(['--port', '0', '--bind', '127.0.0.1', '--health-port', taken.port], {}, 'HEALTH_PORT', taken.port);
        taken.close();
    });

    for (const url of ['not a url', 'localhost:3000', 'http://', 'https://a.example/path', 'https://a.example,nonsense']) {
        test(`CLIENT_URL is "${url}"`, async () => {
            await assertOneLine(ports, { env: { CLIENT_URL: url } }, 'CLIENT_URL', url);
        });
    }

    for (const [name, value] of [['PORT', 'abc'], ['PORT', '65536'], ['PORT', '-1'], ['LOG_LEVEL', 'loud'], ['NODE_ENV', 'prod'], ['MAX_TEXT_LENGTH', '0'], ['WORKERS', 'many']]) {
        test(`${name} is "${value}"`, async () => {
            await assertOneLine(['--health-port', '0'], { env: { [name]: value, CLIENT_URL: 'http://localhost:3000' } }, name, value);
        });
    }

    test('.env is a folder', async () => {
        const cwd = temporaryFolder();
        mkdirSync(join(cwd, '.env'));
        await assertOneLine(ports, { cwd }, '.env');
    });

    test('.env holds a bad value', async () => {
        const cwd = temporaryFolder();
        writeFileSync(join(cwd, '.env'), 'LOG_LEVEL=loud\n');
        await assertOneLine(ports, { cwd }, 'LOG_LEVEL', 'loud', '.env');
    });

    test('an unknown flag', async () => {
        await assertOneLine([...ports, '--prot', '4000'], {}, '--prot');
    });
});

describe('configuration', () => {
    test('--help and --version', async () => {
        const help = await runToEnd(['--help']);
        assert.equal(help.code, 0);
        for (const name of ['--port', '--client-url', '--log-level', '--redis-url']) assert.ok(help.stdout.includes(name), name);
        const version = await runToEnd(['--version']);
        assert.equal(version.code, 0);
        assert.match(version.stdout, /\d+\.\d+\.\d+/);
    });

    test('--print-config: the flag beats the environment, which beats .env, which beats the default; secrets are masked', async () => {
        const cwd = temporaryFolder();
        writeFileSync(join(cwd, '.env'), 'PORT=4101\nLOG_LEVEL=debug\nMAX_TEXT_LENGTH=1234\nREDIS_URL=redis://user:hunter2@localhost:6379\n');
        const { code, stdout } = await runToEnd(['--print-config', '--port', '4103'], { cwd, env: { PORT: '4102', LOG_LEVEL: 'warn' } });
        assert.equal(code, 0);
        const line = name => stdout.split('\n').find(text => text.includes(name)) ?? '';
        assert.match(line('PORT'), /4103.*flag/);
        assert.match(line('LOG_LEVEL'), /warn.*environment/);
        assert.match(line('MAX_TEXT_LENGTH'), /1234.*\.env/);
        assert.match(line('NODE_ENV'), /development.*default/);
        assert.doesNotMatch(stdout, /hunter2/);
    });

    test('the seed\'s .env works as it is', async () => {
        const cwd = temporaryFolder();
        writeFileSync(join(cwd, '.env'), '# Server Configuration\nPORT=4000\n\n# CORS Configuration\nCLIENT_URL=http://localhost:3000\n\n# Environment\n' +
            'NODE_ENV=development\n\n# Logging\nLOG_LEVEL=info\n\n# Redis (for scaling - optional)\nREDIS_URL=redis://localhost:6379\n');
        await withServer({ cwd }, async server => {
            assert.equal((await request(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin: 'http://localhost:3000' } })).status, 200);
        });
    });

    test('a name in .env that looks like a key\'s, and is none, is warned of; those of other programs are not', async () => {
        const cwd = temporaryFolder();
        writeFileSync(join(cwd, '.env'), 'JWT_SECRETT=swordfish\njwt_secret=swordfish\nOTHER=1\n');
        await withServer({ cwd }, async server => {
            for (const name of ['JWT_SECRETT', 'jwt_secret']) assert.match(server.handle.stderr, new RegExp(`warn \\S+ \\S*\\.env has ${name} which is no setting`));
            assert.doesNotMatch(server.handle.stderr, /OTHER|swordfish/);
        });
    });

    test('open mode is warned of once, loudly in production', async () => {
        for (const [env, pattern] of [['development', /open mode/i], ['production', /OPEN MODE/]]) {
            const server = await startServer({ flags: ['--node-env', env] });
            await delay(100);
            assert.equal(server.handle.stderr.split('\n').filter(line => pattern.test(line)).length, 1, server.handle.stderr);
            await server.stop();
        }
    });
});

describe('origins', () => {
    const allowed = ['http://localhost:3000', 'https://app.example'];
    const polling = '/socket.io/?EIO=4&transport=polling';
    const webSocket = '/socket.io/?EIO=4&transport=websocket';

    test('those of CLIENT_URL pass with credentials, on both transports', () => withServer({ env: { CLIENT_URL: allowed.join(', ') } }, async server => {
        for (const origin of allowed) {
            const answer = await request(server.url + polling, { headers: { origin } });
            assert.equal(answer.status, 200);
            assert.equal(answer.headers['access-control-allow-origin'], origin);
            assert.equal(answer.headers['access-control-allow-credentials'], 'true');
            assert.match(answer.headers.vary ?? '', /origin/i);
            const preflight = await request(server.url + polling, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
            assert.equal(preflight.status, 204);
            assert.equal(preflight.headers['access-control-allow-origin'], origin);
            assert.match(preflight.headers['access-control-allow-methods'], /GET.*POST/);
            (await openWs(server.url, '/socket.io/', { headers: { origin } })).end();
        }
    }));

    test('others do not', () => withServer({ env: { CLIENT_URL: allowed.join() } }, async server => {
        for (const origin of ['http://evil.example', 'http://localhost:3001', 'https://localhost:3000', 'http://localhost:3000.evil.example', 'https://app.example.evil', 'null']) {
            const answer = await request(server.url + polling, { headers: { origin } });
            assert.notEqual(answer.headers['access-control-allow-origin'], origin);
            assert.notEqual(answer.headers['access-control-allow-origin'], '*');
            const preflight = await request(server.url + polling, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
            assert.notEqual(preflight.headers['access-control-allow-origin'], origin);
            assert.equal((await upgradeRequest(server.url + webSocket, { origin })).status, 403, origin);
        }
    }));

    test('no Origin is a native client and passes', () => withServer({}, async server => {
        assert.equal((await request(server.url + polling)).status, 200);
        (await openWs(server.url, '/socket.io/')).end();
    }));
});

describe('health', () => {
    test('/health has the seed\'s keys and counts connections', () => withServer({}, async server => {
        const read = async () => JSON.parse((await request(`${server.health}/health`)).text);
        const empty = await read();
        for (const key of ['status', 'connections', 'uptime', 'memory', 'timestamp']) assert.ok(key in empty, key);
        assert.equal(empty.status, 'healthy');
        assert.equal(empty.connections, 0);
        assert.ok(empty.uptime >= 0 && empty.uptime < 60);
        for (const key of ['rss', 'heapTotal', 'heapUsed', 'external', 'arrayBuffers']) assert.equal(typeof empty.memory[key], 'number', key);
        assert.ok(empty.memory.rss > 1_000_000);
        assert.ok(Math.abs(Date.parse(empty.timestamp) - Date.now()) < 5_000);
        const sockets = await Promise.all([1, 2, 3].map(() => openSocket(server.url)));
        assert.equal((await read()).connections, 3);
        for (const socket of sockets) socket.end();
        await within((async () => { while ((await read()).connections > 0) await delay(20); })(), 'connections 0');
    }));

    test('/ready, HEAD, other paths and methods', () => withServer({}, async server => {
        assert.equal((await request(`${server.health}/ready`)).status, 200);
        assert.equal((await request(`${server.health}/health`, { method: 'HEAD' })).text, '');
        assert.equal((await request(`${server.health}/other`)).status, 404);
        assert.equal((await request(`${server.health}/health`, { method: 'POST', body: 'x' })).status, 405);
    }));

    test('the seed\'s Docker HEALTHCHECK asks /socket.io/ on the main port', () => withServer({}, async server => {
        // It compares with 200, which Socket.IO itself never says there; what matters is an answer.
        assert.equal((await request(`${server.url}/socket.io/`)).status, 400);
    }));
});

describe('stop', () => {
    for (const signal of ['SIGTERM', 'SIGINT']) {
        test(`${signal}: every client hears it, exit code 0 within 10 s`, { skip: process.platform === 'win32' && 'Windows has no such signal' }, async () => {
            const server = await startServer();
            const reasons = [];
            for (const mode of Object.keys(modes)) {
                const socket = await openUser(server.url, freshId('user'), mode, { reconnection: false });
                reasons.push(heard(socket, 'disconnect', undefined, 10_000));
            }
            await delay(200); // upgraded
            const begin = Date.now();
            server.handle.child.kill(signal);
            for (const reason of reasons) assert.equal(await reason, 'transport close');
            assert.deepEqual(await within(server.handle.exited, 'exit', 10_000), { code: 0, signal: null });
            assert.ok(Date.now() - begin < 10_000);
        });
    }

    test('SIGTERM right after the start: stops at once, exit code 0', async () => {
        const server = await startServer();
        const begin = Date.now();
        await server.stop();
        assert.ok(Date.now() - begin < 2_000);
    });

    test('what was acknowledged as delivered has arrived', async () => {
        const server = await startServer();
        const bob = freshId('bob');
        const receiver = await openUser(server.url, bob, 'websocket only', { reconnection: false });
        const received = record(receiver, 'getMessage');
        const sender = await openUser(server.url, freshId('alice'), 'websocket only', { reconnection: false });
        const acknowledged = [];
        const ended = heard(sender, 'disconnect', undefined, 10_000);
        const receiverEnded = heard(receiver, 'disconnect', undefined, 10_000);
        for (let i = 0; i < 2_000; ++i) {
            sender.emit('sendMessage', { receiverId: bob, data: { text: `${i}` } }, answer => {
                if (!answer?.ok) return; // refused: nothing was promised
                if (answer.status === 'delivered') acknowledged.push(`${i}`);
                if (i === 200) server.handle.child.kill('SIGTERM');
            });
        }
        await Promise.all([ended, receiverEnded]);
        assert.equal((await within(server.handle.exited, 'exit', 10_000)).code, 0);
        const texts = new Set(received.map(data => data.text));
        assert.ok(acknowledged.length > 200);
        assert.deepEqual(acknowledged.filter(text => !texts.has(text)), []);
        assert.equal(texts.size, received.length, 'a message twice');
    });

    for (const workers of ['1', '4']) {
        test(`a polling client gets what was acknowledged as delivered, then the close (${workers} workers)`, async () => {
            const server = await startServer({ flags: ['--workers', workers] });
            const bob = freshId('bob');
            // Node's default: each request on a connection of its own.
            const receiver = await openUser(server.url, bob, 'polling only', { reconnection: false });
            const received = record(receiver, 'getMessage');
            const receiverEnded = heard(receiver, 'disconnect', undefined, 8_000);
            const sender = await openUser(server.url, freshId('alice'), 'websocket only', { reconnection: false });
            const texts = Array.from({ length: 50 }, (_, i) => `${i}`);
            const answers = await Promise.all(texts.map(text => ask(sender, 'sendMessage', { receiverId: bob, data: { text } })));
            const begin = Date.now();
            server.handle.child.kill('SIGTERM');
            assert.ok(answers.every(answer => answer.status === 'delivered'));
            assert.equal(await receiverEnded, 'transport close');
            assert.deepEqual(received.map(data => data.text), texts);
            assert.deepEqual(await within(server.handle.exited, 'exit', 8_000), { code: 0, signal: null });
            assert.ok(Date.now() - begin < 5_000, 'well before DRAIN_TIMEOUT');
        });

        test(`while draining: a session between two polls is served to its end, new ones are refused (${workers} workers)`, async () => {
            const server = await startServer({ flags: ['--workers', workers] });
            const bob = freshId('bob');
            const session = await Polling.open(server.url, '/socket.io/');
            await session.post('40');
            await session.poll();
            await session.post(`420["newUser","${bob}",{"presence":"none"}]`);
            while (!(await session.poll()).some(packet => packet.startsWith('430')));
            const sender = await openUser(server.url, freshId('alice'), 'websocket only', { reconnection: false });
            // Nobody polls, so nothing is proven: the inbox keeps it until it is.
            for (const text of ['a', 'b']) assert.equal((await ask(sender, 'sendMessage', { receiverId: bob, data: { text } })).status, 'stored');
            server.handle.child.kill('SIGTERM');
            await within((async () => { while (!/waiting for 1 polling sessions/.test(server.handle.stderr)) await delay(5); })(), 'only the polling session is left');

            const polling = `${server.url}/socket.io/?EIO=4&transport=polling`;
            for (const refusal of [await request(polling), await upgradeRequest(polling.replace('=polling', '=websocket'))]) {
                assert.equal(refusal.status, 503);
                assert.equal(refusal.headers.connection, 'close');
                assert.equal(refusal.headers['retry-after'], '1');
                assert.match(refusal.text, /shutting down/);
            }
            const client = await openClient(server.url, 'polling only', { reconnection: false }).then(() => undefined, error => error);
            assert.equal(client?.context?.status, 503);

            const late = await session.post('42["typing",{}]');
            assert.deepEqual([late.status, late.headers.connection], [200, 'close']);
            const last = await session.get();
            assert.equal(last.headers.connection, 'close');
            const messages = last.text.split('\x1e').filter(packet => packet !== '2'); // beside the ping that asks for the proof
            assert.deepEqual(messages.map(packet => JSON.parse(packet.slice(2))[1].text), ['a', 'b']);
            assert.deepEqual(await session.poll(), ['1']);
            const begin = Date.now();
            assert.deepEqual(await within(server.handle.exited, 'exit', 8_000), { code: 0, signal: null });
            assert.ok(Date.now() - begin < 3_000, 'well before DRAIN_TIMEOUT');
        });
    }

    for (const workers of ['1', '4']) {
        for (const mode of Object.keys(modes)) {
            test(`an inbox on its way: what arrived is known, the rest comes after the restart (${mode}, ${workers} workers)`, async () => {
                const cwd = temporaryFolder();
                const flags = ['--workers', workers];
                const server = await startServer({ flags, cwd });
                const bob = freshId('bob');
                const sender = await openUser(server.url, freshId('alice'), 'websocket only', { reconnection: false });
                const texts = Array.from({ length: 1_000 }, (_, i) => `${i}`);
                const pad = 'p'.repeat(5_000);
                const answers = await Promise.all(texts.map(text => ask(sender, 'sendMessage', { receiverId: bob, data: { text, metadata: { pad } } })));
                assert.ok(answers.every(answer => answer.status === 'stored'));
                const port = new URL(server.url).port;
                const receiver = await openClient(server.url, mode, { reconnectionDelay: 100, reconnectionDelayMax: 100 });
                const received = record(receiver, 'getMessage');
                const ended = heard(receiver, 'disconnect', undefined, 15_000);
                receiver.once('getMessage', () => server.handle.child.kill('SIGTERM'));
                receiver.emit('newUser', bob);
                assert.equal(await ended, 'transport close');
                assert.deepEqual(await within(server.handle.exited, 'exit', 8_000), { code: 0, signal: null });
                assert.deepEqual(received.map(data => data.text), texts.slice(0, received.length));

                const back = heard(receiver, 'connect', undefined, 15_000);
                const again = await startServer({ flags: [...flags, '--port', port], cwd });
                await back;
                assert.equal(receiver.recovered, false);
                await ask(receiver, 'newUser', bob);
                assert.deepEqual(received.map(data => data.text), texts);
                receiver.disconnect();
                await again.stop();
            });
        }
    }

    test('a polling client that has gone away: DRAIN_TIMEOUT is the bound, and the log counts it', () => withServer({}, async server => {
        await Polling.open(server.url, '/socket.io/');
        await server.stop();
        assert.match(server.handle.stderr, /waiting for 1 polling sessions/);
        assert.match(server.handle.stderr, /DRAIN_TIMEOUT is over: 1 sessions/);
    }));

    test('while draining: not ready, no new clients', async () => {
        const server = await startServer();
        // A client that never answers the close keeps the drain going for a moment.
        const { hostname, port } = new URL(server.url);
        const stuck = net.connect(Number(port), hostname);
        stuck.on('error', () => {});
        stuck.write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
            'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
        await within(new Promise(resolve => stuck.once('data', resolve)), '101');
        stuck.pause();
        server.handle.child.kill('SIGTERM');
        const statuses = [];
        const refused = [];
        let isOver = false;
        server.handle.exited.then(() => { isOver = true; });
        while (!isOver) {
            const answer = await request(`${server.health}/ready`, { timeoutMs: 500 }).catch(() => undefined);
            if (answer) statuses.push(answer.status);
            const client = await request(`${server.url}/socket.io/?EIO=4&transport=polling`, { timeoutMs: 500 }).catch(() => undefined);
            if (statuses.includes(503)) refused.push(client?.status);
            await delay(5);
        }
        assert.ok(statuses.includes(503), `statuses ${statuses}`);
        assert.ok(refused.includes(503) && refused.every(status => status === 503 || status === undefined), `${refused}`);
        assert.equal((await server.handle.exited).code, 0);
        stuck.destroy();
    });

    test('a second signal does not wait for the drain', { skip: process.platform === 'win32' && 'Windows has no such signal' }, async () => {
        const server = await startServer();
        const session = await Polling.open(server.url, '/socket.io/'); // nobody polls: the drain waits for it
        await session.post('40');
        server.handle.child.kill('SIGTERM');
        await within((async () => { while ((await request(`${server.health}/ready`)).status !== 503) await delay(10); })(), 'draining');
        assert.equal(JSON.parse((await request(`${server.health}/health`)).text).status, 'draining');
        server.handle.child.kill('SIGTERM');
        assert.deepEqual(await within(server.handle.exited, 'exit', 2_000), { code: 130, signal: null });
    });
});

test('message texts never reach the log, not even with debug', () => withServer({ flags: ['--log-level', 'debug'] }, async server => {
    const bob = freshId('bob');
    const receiver = await openUser(server.url, bob);
    const sender = await openUser(server.url, freshId('alice'));
    const arrival = heard(receiver, 'getMessage');
    await ask(sender, 'sendMessage', { receiverId: bob, data: { text: 'the-secret-text' } });
    await arrival;
    await ask(sender, 'sendMessage', { receiverId: bob, data: { text: 5, note: 'the-secret-text' } });
    assert.doesNotMatch(server.handle.stdout + server.handle.stderr, /the-secret-text/);
}));
