// Token mode, by the official client: who gets in, as whom, and for how long.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { start, temporaryFolder, waitForOutput } from '../lib/children.mjs';
import { ask, closeClients, freshId, heard, io, modes, openClient, record } from '../lib/clients.mjs';
import { Link } from '../lib/link.mjs';
import { delay, openWs, request, within } from '../lib/raw.mjs';
import { serverProgram, startServer } from '../lib/target.mjs';
import { claimsOf, encode, jwkSet, makeKeys, makeToken, secret, secretSet, tokenOf } from '../lib/tokens.mjs';

let server;
before(async () => { server = await startServer({ env: { JWT_SECRET: secret } }); });
after(() => server?.stop());
afterEach(closeClients);

const open = (token, mode = 'websocket only', options = {}) => openClient(server.url, mode, { auth: { token }, ...options });
/** How the server answers this client: "in", or the message of its refusal. */
async function answerTo(options, url = server.url) {
    const socket = io(url, { forceNew: true, reconnection: false, transports: ['websocket'], ...options });
    try {
        return await within(new Promise(resolve => {
            socket.once('connect', () => resolve('in'));
            socket.once('connect_error', error => resolve(error.message));
        }), 'an answer');
    } finally {
        socket.close();
    }
}
async function metric(name, { health } = server) {
    const { text } = await request(`${health}/metrics`);
    const line = text.split('\n').find(one => one.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.split(' ').pop());
}
const refusedMetric = reason => metric(`concierge_connections_refused_total{reason="${reason}"}`);

for (const mode of Object.keys(modes)) {
    describe(`${mode} client`, () => {
        test('auth.token, bearer header and cookie each let their user in', async () => {
            const token = tokenOf('ann');
            for (const options of [
                { auth: { token } },
                { auth: callback => callback({ token }) },
                { extraHeaders: { authorization: `Bearer ${token}` } },
                { extraHeaders: { authorization: `bearer  ${token}` } },
                { extraHeaders: { cookie: `a=b; token=${token}; c=d` } },
                { extraHeaders: { authorization: 'Basic YTpi', cookie: `token=${token}` } },
                { auth: { token: null }, extraHeaders: { cookie: `token=${token}` } },
            ]) {
                const socket = await openClient(server.url, mode, options);
                assert.equal((await ask(socket, 'newUser', 'ann')).ok, true);
                assert.equal((await ask(socket, 'newUser', 'ben')).error.code, 'forbidden');
                socket.close();
            }
        });

        test('no token, or a bad one: connect_error "unauthorized", nothing else, and no more', async () => {
            for (const [reason, options] of [
                ['token_missing', {}],
                ['token_missing', { extraHeaders: { cookie: `other=${tokenOf('ann')}; token=` } }],
                ['token_malformed', { auth: { token: 'swordfish' } }],
                ['token_malformed', { auth: { token: { id: 'ann' } } }],
                ['token_signature', { auth: { token: makeToken(claimsOf('ann'), { key: 'guess' }) } }],
                // What the client says itself counts, whatever else it carries.
                ['token_expired', { auth: { token: tokenOf('ann', -31) }, extraHeaders: { cookie: `token=${tokenOf('ann')}` } }],
                ['token_user', { auth: { token: makeToken({ exp: 9e9 }) } }],
            ]) {
                const before = await refusedMetric(reason);
                const socket = io(server.url, { forceNew: true, reconnection: false, ...modes[mode], ...options });
                const error = await within(new Promise(resolve => socket.once('connect_error', resolve)), 'refusal');
                assert.equal(error.message, 'unauthorized', reason);
                assert.equal(error.data, undefined);
                assert.equal(socket.active, false); // as with an error of a middleware: it does not try again by itself
                assert.equal(await refusedMetric(reason), before + 1, reason);
                socket.close();
            }
        });

        test('a token that expires: told, then closed, then back with what auth() has by then, recovered', async () => {
            const tokens = [tokenOf('eve', -26), tokenOf('eve', 600)]; // 4 s are left of the leeway
            const before = await metric('concierge_sockets_expired_total');
            let told;
            const socket = await openClient(server.url, mode, {
                auth: callback => callback({ token: tokens.shift() ?? tokenOf('eve', 600) }),
                prepare: it => { told = heard(it, 'tokenExpired'); },
            });
            const [error, closed] = [heard(socket, 'errorEvent', undefined, 15_000), heard(socket, 'disconnect', undefined, 15_000)];
            assert.equal((await ask(socket, 'newUser', 'eve', { presence: 'none' })).ok, true);
            const { id } = socket;
            const { expiredAt, closesAt } = await told;
            assert.equal(Date.parse(closesAt) - Date.parse(expiredAt), 30_000);
            const back = heard(socket, 'connect', undefined, 15_000);
            assert.equal((await error).code, 'unauthorized');
            assert.notEqual(await closed, 'io server disconnect'); // after which the client would stay away
            await back;
            assert.equal(socket.recovered, true);
            assert.equal(socket.id, id);
            assert.equal((await ask(socket, 'setStatus', 'active')).ok, true); // still registered
            assert.equal(await metric('concierge_sockets_expired_total'), before + 1);
        });
    });
}

describe('the wire', () => {
    test('a refusal is what a middleware of the reference server answers with', async () => {
        const ws = await openWs(server.url, '/socket.io/');
        ws.send('40');
        assert.equal(await ws.until('44'), '44{"message":"unauthorized"}');
        // The session goes on, and may try again.
        ws.send(`40${JSON.stringify({ token: tokenOf('ann') })}`);
        assert.match(await ws.until('40'), /^40\{"sid":/);
        ws.ws.close();
    });
});

describe('expiry', () => {
    test('a fresh token by authenticate keeps the connection', async () => {
        let expired;
        let ended = 0;
        const socket = await open(tokenOf('ann', -26), 'websocket only', { prepare: it => { expired = heard(it, 'tokenExpired'); } });
        socket.on('disconnect', () => { ended += 1; });
        await expired;
        const fresh = await ask(socket, 'authenticate', tokenOf('ann', 600));
        assert.equal(fresh.ok, true);
        assert.equal(fresh.userId, 'ann');
        assert.ok(Math.abs(Date.parse(fresh.expiresAt) - Date.now() - 600_000) < 5_000, fresh.expiresAt);
        await delay(5_000); // beyond the leeway
        assert.equal(ended, 0);
        assert.equal((await ask(socket, 'authenticate', { token: makeToken({ id: 'ann' }) })).expiresAt, null);
    });

    test('authenticate takes no bad token, and nobody else\'s', async () => {
        const socket = await open(tokenOf('ann'));
        const codeFor = async argument => (await ask(socket, 'authenticate', argument)).error?.code;
        assert.equal(await codeFor(tokenOf('ben')), 'forbidden');
        assert.equal(await codeFor(makeToken(claimsOf('ann'), { key: 'guess' })), 'unauthorized');
        assert.equal(await codeFor(tokenOf('ann', -31)), 'unauthorized');
        for (const argument of [null, '', 1, {}, { token: 1 }, [tokenOf('ann')]]) assert.equal(await codeFor(argument), 'invalid_payload');
        assert.equal((await ask(socket, 'newUser', 'ann')).ok, true);
    });

    test('a front end whose token stays the old one is refused after the end, and not let in again', async () => {
        const token = tokenOf('ann', -26);
        const socket = await open(token, 'websocket only');
        await ask(socket, 'newUser', 'ann');
        const refused = heard(socket, 'connect_error', undefined, 15_000);
        assert.equal((await refused).message, 'unauthorized');
        assert.equal(socket.connected, false);
        await delay(300);
        assert.equal(socket.active, false);
    });

    test('recovery gives nothing to who comes back without a good token, or as another', async () => {
        const link = await new Link(Number(new URL(server.url).port)).open();
        try {
            const [victim, thief] = [freshId('victim'), freshId('thief')];
            let token = tokenOf(victim);
            const socket = await openClient(link.url, 'websocket only', { auth: callback => callback({ token }) });
            await ask(socket, 'newUser', victim);
            const sender = await open(tokenOf('ann'));
            await ask(sender, 'newUser', 'ann');
            await ask(sender, 'sendMessage', { receiverId: victim, data: { text: 'one' } });
            const { id } = socket;
            for (const [stolen, message] of [[tokenOf(victim, -31), 'unauthorized'], [undefined, 'unauthorized']]) {
                token = stolen;
                const error = heard(socket, 'connect_error', ({ message: text }) => text === message, 10_000);
                link.cut();
                await error;
                assert.equal(socket.connected, false);
                socket.connect(); // with the same, once more
                await heard(socket, 'connect_error', ({ message: text }) => text === message);
                token = tokenOf(victim);
                const back = heard(socket, 'connect');
                socket.connect();
                await back;
                assert.equal(socket.id, id);
                assert.equal(socket.recovered, true);
            }
            // The victim's pid and offset, presented with a good token of somebody else.
            token = tokenOf(thief);
            const got = record(socket, 'getMessage');
            link.refuse();
            await heard(socket, 'disconnect').catch(() => {});
            await ask(sender, 'sendMessage', { receiverId: victim, data: { text: 'private' } });
            const back = heard(socket, 'connect', undefined, 10_000);
            link.accept();
            await back;
            assert.equal(socket.recovered, false);
            assert.notEqual(socket.id, id);
            // It waits for the newUser of a client that comes back, five seconds at most.
            const sent = await within(new Promise(resolve => socket.emit('sendMessage', { receiverId: 'ann', data: { text: 'I am the victim' } }, resolve)), 'answer', 8_000);
            assert.equal(sent.error.code, 'not_registered');
            await delay(200);
            assert.deepEqual(got, []);
        } finally {
            link.close();
        }
    });
});

describe('stolen identities', () => {
    const keys = makeKeys();
    const rsa = keys.find(({ kid }) => kid === 'rsa');
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    const good = tokenOf('ann');
    const [head, body, signature] = good.split('.');
    const unsigned = header => `${encode(header)}.${encode(claimsOf('ann'))}.`;
    const flipped = signature[0] === 'A' ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    const tokens = {
        'alg none': unsigned({ alg: 'none' }),
        'alg None': unsigned({ alg: 'None' }),
        'alg NONE': unsigned({ alg: 'NONE' }),
        'alg nOnE with a signature': makeToken(claimsOf('ann'), { header: { alg: 'nOnE' } }),
        'alg empty': unsigned({ alg: '' }),
        'no alg': unsigned({}),
        'the signature stripped': `${head}.${body}.`,
        'the signature and its dot stripped': `${head}.${body}`,
        'a signature cut in half': `${head}.${body}.${signature.slice(0, 20)}`,
        'a signature of one bit more': `${head}.${body}.${flipped}`,
        'a signature of zeros': `${head}.${body}.${encode('\0'.repeat(32))}`,
        'another user under ben\'s signature': `${head}.${encode(claimsOf('ann'))}.${tokenOf('ben').split('.')[2]}`,
        'a guessed secret': makeToken(claimsOf('ann'), { key: 'secret' }),
        'an empty secret': makeToken(claimsOf('ann'), { key: '' }),
        'HMAC with the public key': makeToken(claimsOf('ann'), { key: pem }),
        'RS256 with a key of one\'s own': makeToken(claimsOf('ann'), { alg: 'RS256', key: rsa.privateKey }),
        'jwk in the header': makeToken(claimsOf('ann'), { key: 'mine', header: { jwk: { kty: 'oct', k: encode('mine') } } }),
        'jku in the header': makeToken(claimsOf('ann'), { key: 'mine', header: { jku: 'http://127.0.0.1:1/jwks.json' } }),
        'x5u in the header': makeToken(claimsOf('ann'), { key: 'mine', header: { x5u: 'http://127.0.0.1:1/cert.pem' } }),
        'kid of an empty file': makeToken(claimsOf('ann'), { key: '', header: { kid: '../../../../dev/null' } }),
        'kid of SQL': makeToken(claimsOf('ann'), { key: 'mine', header: { kid: '\' UNION SELECT \'mine' } }),
        'ES256 of zeros': `${encode({ alg: 'ES256' })}.${encode(claimsOf('ann'))}.${Buffer.alloc(64).toString('base64url')}`,
        'crit': makeToken(claimsOf('ann'), { header: { crit: ['exp'] } }),
        'a user twice': `${head}.${encode('{"id":"ben","id":"ann"}')}.${signature}`,
        'expired': tokenOf('ann', -31),
        'not valid yet': tokenOf('ann', 600, { nbf: Date.now() / 1000 + 60 }),
        'exp of 10^308': makeToken({ id: 'ann', exp: 1e308 }),
        'exp as text': makeToken({ id: 'ann', exp: '9999999999' }),
        'JSON of a thousand levels': makeToken(`{"id":"ann","x":${'['.repeat(1000)}${']'.repeat(1000)}}`),
        'more than 8 KiB': makeToken({ id: 'ann', x: 'x'.repeat(8192) }),
    };
    for (const [name, token] of Object.entries(tokens)) {
        test(`${name}: refused`, async () => { assert.equal(await answerTo({ auth: { token } }), 'unauthorized'); });
    }

    test('ben may neither register as ann nor send as her, nor move to her', async () => {
        const ben = await open(tokenOf('ben'));
        const ann = await open(tokenOf('ann'));
        await ask(ann, 'newUser', 'ann');
        const messages = record(ann, 'getMessage');
        const send = data => ask(ben, 'sendMessage', { receiverId: 'ann', data: { text: 'hi', ...data } });
        assert.equal((await send({})).error.code, 'not_registered');
        assert.equal((await send({ senderId: 'ann' })).error.code, 'sender_mismatch');
        assert.equal((await ask(ben, 'newUser', 'ann')).error.code, 'forbidden');
        assert.equal((await ask(ben, 'newUser', 'Ben')).error.code, 'forbidden');
        assert.equal((await ask(ben, 'newUser', 'ben')).ok, true);
        assert.equal((await ask(ben, 'newUser', 'ann')).error.code, 'forbidden'); // nor move
        for (const senderId of ['ann', 'BEN', 'ben ', 'ben\u0000']) assert.equal((await send({ senderId })).error.code, 'sender_mismatch', senderId);
        const twice = '42["sendMessage",{"receiverId":"ann","data":{"text":"hi","senderId":"ben","senderId":"ann"}}]';
        const error = heard(ben, 'errorEvent');
        ben.io.engine.write(twice.slice(1));
        assert.equal((await error).code, 'invalid_payload');
        assert.deepEqual(messages, []);
        assert.equal((await send({ senderId: 'ben' })).ok, true);
        assert.equal((await send({})).ok, true);
        await within((async () => { while (messages.length < 2) await delay(10); })(), 'two messages');
        assert.deepEqual(messages.map(({ senderId }) => senderId), ['ben', 'ben']);
    });

    test('a number in the token is its text in the chat', async () => {
        const socket = await open(makeToken({ id: 42 }));
        assert.equal((await ask(socket, 'newUser', 42)).userId, '42');
        assert.equal((await ask(socket, 'newUser', '42')).ok, true);
        assert.equal((await ask(socket, 'newUser', '042')).error.code, 'forbidden');
    });
});

describe('settings', () => {
    const withServer = async (options, body) => {
        const own = await startServer(options);
        try {
            await body(own);
        } finally {
            closeClients();
            await own.stop();
        }
    };

    test('issuer, audience, claim, cookie and expiry are asked for', async () => {
        const env = { JWT_SECRET: secret, JWT_ISSUER: 'shop', JWT_AUDIENCE: 'chat,web', JWT_USER_CLAIM: 'uid', AUTH_COOKIE: 'session', JWT_EXPIRY: 'required' };
        await withServer({ env }, async ({ url }) => {
            const claims = { iss: 'shop', aud: ['web', 'x'], uid: 'ann', exp: Date.now() / 1000 + 60 };
            const answer = more => answerTo({ auth: { token: makeToken({ ...claims, ...more }) } }, url);
            assert.equal(await answer({}), 'in');
            for (const more of [{ iss: 'other' }, { aud: 'x' }, { uid: undefined, id: 'ann' }, { exp: undefined }]) {
                assert.equal(await answer(more), 'unauthorized', JSON.stringify(more));
            }
            assert.equal(await answerTo({ extraHeaders: { cookie: `session=${makeToken(claims)}` } }, url), 'in');
            assert.equal(await answerTo({ extraHeaders: { cookie: `token=${makeToken(claims)}` } }, url), 'unauthorized');
        });
    });

    test('CHAT_AUTH=token: only the chats that the token names', async () => {
        await withServer({ env: { JWT_SECRET: secret, CHAT_AUTH: 'token' } }, async ({ url }) => {
            const join = async (token, chatId) => {
                const socket = await openClient(url, 'websocket only', { auth: { token } });
                await ask(socket, 'newUser', 'ann');
                return { socket, answer: await ask(socket, 'joinChat', { chatId }) };
            };
            const { socket, answer } = await join(tokenOf('ann', 60, { chats: ['a', 7] }), 'a');
            assert.equal(answer.ok, true);
            assert.equal((await ask(socket, 'joinChat', { chatId: 7 })).ok, true);
            assert.equal((await ask(socket, 'joinChat', { chatId: 'b' })).error.code, 'forbidden');
            assert.equal((await ask(socket, 'authenticate', tokenOf('ann', 60, { chats: ['b'] }))).ok, true);
            assert.equal((await ask(socket, 'joinChat', { chatId: 'b' })).ok, true);
            assert.equal((await ask(socket, 'leaveChat', { chatId: 'a' })).ok, true);
            assert.equal((await ask(socket, 'joinChat', { chatId: 'a' })).error.code, 'forbidden');
            assert.equal((await join(tokenOf('ann'), 'a')).answer.error.code, 'forbidden');
        });
    });

    test('public keys: every algorithm of every family, each by its own kind of key only', async () => {
        const keys = makeKeys();
        await withServer({ env: { JWT_PUBLIC_KEY: jwkSet(keys) } }, async ({ url, handle }) => {
            for (const { kid, algorithms, privateKey } of keys) {
                for (const alg of algorithms) {
                    const token = makeToken(claimsOf('ann'), { alg, key: privateKey, header: { kid } });
                    assert.equal(await answerTo({ auth: { token } }, url), 'in', `${kid} ${alg}`);
                    const wrong = keys.find(other => other.kid !== kid).kid;
                    const misnamed = makeToken(claimsOf('ann'), { alg, key: privateKey, header: { kid: wrong } });
                    assert.equal(await answerTo({ auth: { token: misnamed } }, url), 'unauthorized', `${kid} as ${wrong}`);
                }
            }
            assert.match(handle.stderr, /token mode: 7 keys/);
        });
        const pem = keys.slice(0, 1).concat(keys.slice(2)).map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' })).join('');
        const file = join(temporaryFolder(), 'keys.pem');
        writeFileSync(file, pem);
        await withServer({ env: { JWT_PUBLIC_KEY_FILE: file } }, async ({ url }) => {
            for (const { kid, algorithms, privateKey } of keys.filter(one => one.kid !== 'pss')) {
                const token = makeToken(claimsOf('ann'), { alg: algorithms[0], key: privateKey, header: { kid: 'whatever' } });
                assert.equal(await answerTo({ auth: { token } }, url), 'in', kid);
            }
            const confused = makeToken(claimsOf('ann'), { key: pem });
            assert.equal(await answerTo({ auth: { token: confused } }, url), 'unauthorized');
        });
    });

    test('keys are rotated without a restart: by the file, at once with SIGHUP; a bad file changes nothing', async () => {
        const file = join(temporaryFolder(), 'secrets.json');
        writeFileSync(file, secretSet({ one: 'the first secret' }));
        await withServer({ env: { JWT_SECRET_FILE: file } }, async ({ url, handle }) => {
            const answer = (kid, key) => answerTo({ auth: { token: makeToken(claimsOf('ann'), { key, header: { kid } }) } }, url);
            const until = async pattern => within((async () => { while (!pattern.test(handle.stderr)) await delay(20); })(), String(pattern), 8_000);
            assert.equal(await answer('one', 'the first secret'), 'in');
            assert.equal(await answer('two', 'the second secret'), 'unauthorized');
            writeFileSync(file, secretSet({ one: 'the first secret', two: 'the second secret' }));
            handle.child.kill('SIGHUP');
            await until(/token mode: 2 keys/);
            assert.equal(await answer('one', 'the first secret'), 'in');
            assert.equal(await answer('two', 'the second secret'), 'in');
            writeFileSync(file, '{"keys":[');
            await until(/keys are not renewed.*JWT_SECRET_FILE/);
            assert.equal(await answer('two', 'the second secret'), 'in');
            writeFileSync(file, secretSet({ two: 'the second secret' })); // nobody says so
            await until(/token mode: 1 key\b[^]*token mode: 2 keys[^]*token mode: 1 key\b/);
            assert.equal(await answer('one', 'the first secret'), 'unauthorized');
            assert.equal(await answer('two', 'the second secret'), 'in');
            assert.doesNotMatch(handle.stderr, /the (first|second) secret/);
        });
    });

    test('no secret and no token in the log, in --print-config or in /metrics; no warning of open mode', async () => {
        const token = tokenOf('ann');
        await withServer({ flags: ['--log-level', 'debug', '--node-env', 'production'], env: { JWT_SECRET: secret } }, async ({ url, health, handle }) => {
            assert.equal(await answerTo({ auth: { token } }, url), 'in');
            assert.equal(await answerTo({ auth: { token: `${token}x` } }, url), 'unauthorized');
            assert.equal(await answerTo({ extraHeaders: { cookie: `token=${token}` } }, url), 'in');
            const { text } = await request(`${health}/metrics`);
            for (const said of [handle.stderr, handle.stdout, text]) {
                assert.ok(!said.includes(secret));
                assert.ok(!said.includes(token.split('.')[1]));
            }
            assert.doesNotMatch(handle.stderr, /open mode/i);
        });
        const printed = start(serverProgram, ['--print-config'], { env: { JWT_SECRET: secret } });
        await printed.exited;
        assert.match(printed.stdout, /JWT_SECRET +=? ?\*+/);
        assert.ok(!printed.stdout.includes(secret));
    });

    test('warned of: a secret as a flag, a short one, tokens without an expiry; cookies for any page', async () => {
        await withServer({ flags: ['--client-url', '*'], env: { JWT_SECRET: secret } }, async ({ handle }) => {
            assert.match(handle.stderr, /any page that a user opens can connect as that user/);
        });
        await withServer({ flags: ['--client-url', '*', '--auth-cookie', 'none'], env: { JWT_SECRET: secret } }, async ({ url, handle }) => {
            assert.doesNotMatch(handle.stderr, /any page/);
            assert.equal(await answerTo({ extraHeaders: { cookie: `token=${tokenOf('ann')}` } }, url), 'unauthorized');
        });
        await withServer({ flags: ['--jwt-secret', 'short'] }, async ({ url, handle }) => {
            assert.match(handle.stderr, /JWT_SECRET was given as a flag/);
            assert.match(handle.stderr, /shorter than 32 bytes/);
            for (let i = 0; i < 2; ++i) assert.equal(await answerTo({ auth: { token: makeToken({ id: 'ann' }, { key: 'short' }) } }, url), 'in');
            await delay(50);
            assert.equal(handle.stderr.match(/without an expiry/g).length, 1);
        });
    });

    test('what cannot be is said in one line, and the server does not start', async () => {
        for (const [env, pattern] of [
            [{ JWT_SECRET_FILE: '/nowhere/at/all' }, /^.*JWT_SECRET_FILE: cannot read \/nowhere\/at\/all/],
            [{ JWT_SECRET: '{oops' }, /^.*JWT_SECRET: it begins with a brace/],
            [{ JWT_PUBLIC_KEY: 'swordfish' }, /^.*JWT_PUBLIC_KEY: /],
            [{ CHAT_AUTH: 'token' }, /^.*CHAT_AUTH is set, but no key is/],
            [{ JWT_ISSUER: 'shop' }, /^.*JWT_ISSUER is set, but no key is/],
        ]) {
            const handle = start(serverProgram, ['--port', '0', '--health-port', '0', '--check-config'], { env });
            assert.equal((await handle.exited).code, 2, JSON.stringify(env));
            assert.match(handle.stderr, pattern);
            assert.equal(handle.stderr.trim().split('\n').length, 1, handle.stderr);
            const run = start(serverProgram, ['--port', '0', '--health-port', '0'], { env });
            assert.notEqual((await run.exited).code, 0);
            assert.match(run.stderr, new RegExp(pattern.source, 'm'));
        }
    });

    test('open mode knows no authenticate, and takes no notice of tokens', async () => {
        await withServer({}, async ({ url }) => {
            const socket = await openClient(url, 'websocket only', { auth: { token: 'swordfish' } });
            assert.equal((await ask(socket, 'newUser', 'anybody')).ok, true);
            assert.equal((await ask(socket, 'authenticate', 'swordfish')).error.code, 'unknown_event');
        });
    });
});
