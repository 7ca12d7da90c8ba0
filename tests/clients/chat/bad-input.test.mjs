// Every event with everything a client should not say: answered as the contract says, and nobody is harmed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ask, closeClients, freshId, heard, openClient, openUser } from '../lib/clients.mjs';
import { Polling, openSocket, openWs, request } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

let server;
let speaker;
let bystander;
const bystanderId = freshId('bystander');
before(async () => {
    server = await startServer();
    speaker = await openUser(server.url, freshId('speaker'), 'websocket only');
    bystander = await openUser(server.url, bystanderId, 'websocket only');
});
after(async () => {
    closeClients();
    await server?.stop();
});

const long = 'x'.repeat(129);
const data = { text: 'hello' };
const notAnId = [null, true, {}, [], '', long];
const withField = (name, values) => values.map(value => ({ receiverId: 'bob', data: { ...data, [name]: value } }));

const chatArguments = [[], [null], [5], ['chat'], [[]], [{}], ...notAnId.map(chatId => [{ chatId }])];
const userLists = [[], [null], [5], ['bob'], [{}], ...notAnId.map(id => [['bob', id]])];

/** event → lists of arguments that are wrong. */
const table = {
    newUser: [[], ...notAnId.map(id => [id]), ['bob', 5], ['bob', 'list'], ['bob', []], ['bob', { presence: 'loud' }], ['bob', { presence: 1 }], ['bob', { presence: null }]],
    sendMessage: [
        [], [null], [5], ['text'], [true], [[]], [{}],
        [{ data }], [{ receiverId: 'bob' }],
        ...notAnId.map(receiverId => [{ receiverId, data }]),
        ...[null, 5, 'text', true, []].map(wrong => [{ receiverId: 'bob', data: wrong }]),
        [{ receiverId: 'bob', data: {} }],
        ...[null, 5, true, '', [], {}].map(text => [{ receiverId: 'bob', data: { text } }]),
        ...['senderId', 'chatId', 'messageId'].flatMap(field => withField(field, notAnId).map(payload => [payload])),
        ...withField('timestamp', [5, true, {}, []]).map(payload => [payload]),
        ...withField('type', [5, true, {}, []]).map(payload => [payload]),
        ...withField('metadata', [5, true, 'text', []]).map(payload => [payload]),
    ],
    joinChat: chatArguments,
    leaveChat: chatArguments,
    typing: [
        [], [null], [5], ['bob'], [[]], [{}], [{ isTyping: true }], [{ receiverId: 'bob' }],
        ...[null, 1, 'yes', {}, []].map(isTyping => [{ receiverId: 'bob', isTyping }]),
        ...notAnId.flatMap(id => [[{ receiverId: id, isTyping: true }], [{ chatId: id, isTyping: true }]]),
    ],
    setStatus: [[], [null], [5], [true], [''], ['away'], ['offline'], [{}], [[]], [{ status: 'idle' }]],
    getPresence: userLists,
    watchPresence: userLists,
    unwatchPresence: userLists,
};

const shown = args => {
    const text = JSON.stringify(args).replaceAll(long, '129 × x');
    return text.length > 90 ? `${text.slice(0, 90)}…` : text;
};

function assertError(error, code) {
    assert.deepEqual(Object.keys(error).sort(), ['code', 'message']);
    assert.equal(error.code, code);
    assert.equal(typeof error.message, 'string');
    assert.ok(error.message.length > 0);
}

async function assertRefused(event, args, code) {
    const answer = await ask(speaker, event, ...args);
    assert.deepEqual(Object.keys(answer).sort(), ['error', 'ok']);
    assert.equal(answer.ok, false);
    assertError(answer.error, code);
    const arrival = heard(speaker, 'errorEvent');
    speaker.emit(event, ...args);
    const { event: named, ...error } = await arrival;
    assert.equal(named, event);
    assertError(error, code);
}

async function assertAllWell() {
    const arrival = heard(bystander, 'getMessage');
    assert.equal((await ask(speaker, 'sendMessage', { receiverId: bystanderId, data })).ok, true);
    assert.equal((await arrival).text, 'hello');
    assert.ok(bystander.connected && speaker.connected);
}

for (const [event, cases] of Object.entries(table)) {
    describe(event, () => {
        for (const args of cases) {
            test(`${shown(args)} is invalid_payload`, async () => {
                await assertRefused(event, args, 'invalid_payload');
                await assertAllWell();
            });
        }
    });
}

describe('unknown events', () => {
    for (const [event, args] of [['nonsense', []], ['nonsense', [null]], ['nonsense', [{ a: [1] }, 'b']], ['', []], ['__proto__', [1]], ['constructor', []],
        ['getMessage', [{ text: 'forged' }]], ['getOnlineUsers', [['forged']]], ['NEWUSER', ['bob']], ['x'.repeat(5_000), []], ['emoji 😀 "quoted"', []]]) {
        test(`${shown([event, ...args])} is unknown_event`, async () => {
            await assertRefused(event, args, 'unknown_event');
            await assertAllWell();
        });
    }

    test('a number as name', async () => {
        const ws = await openSocket(server.url);
        ws.send('427[5,"x"]');
        assert.match(await ws.until('437'), /"code":"unknown_event"/);
        ws.end();
    });
});

describe('ids at their limits', () => {
    for (const id of ['x', 'x'.repeat(128), 'é'.repeat(128), '0', ' ', '👍', 'a"b\\c\n']) {
        test(`${shown([id])} is an id`, async () => {
            const unique = id.length < 100 ? id : id.slice(0, 120) + String(Date.now()).slice(-8);
            const socket = await openUser(server.url, unique, 'websocket only');
            const arrival = heard(socket, 'getMessage');
            assert.equal((await ask(speaker, 'sendMessage', { receiverId: unique, data: { text: 'x', chatId: unique, messageId: `${unique}`.slice(0, 128) } })).ok, true);
            await arrival;
            assert.ok((await ask(speaker, 'joinChat', { chatId: unique })).ok);
            assert.equal((await ask(speaker, 'getPresence', [unique])).users[0].userId, unique);
            socket.close();
        });
    }

    for (const [number, text] of [[0, '0'], [42, '42'], [-1, '-1'], [1.5, '1.5'], [9007199254740991, '9007199254740991']]) {
        test(`the number ${number} is the id "${text}"`, async () => {
            const socket = await openClient(server.url, 'websocket only');
            assert.equal((await ask(socket, 'newUser', number)).userId, text);
            const arrival = heard(socket, 'getMessage');
            assert.equal((await ask(speaker, 'sendMessage', { receiverId: number, data: { text: 'x', senderId: 7, chatId: 8 } })).ok, true);
            await arrival;
            const again = heard(socket, 'getMessage');
            assert.equal((await ask(speaker, 'sendMessage', { receiverId: text, data })).ok, true);
            await again;
            assert.deepEqual((await ask(speaker, 'getPresence', [number])).users.map(user => user.userId), [text]);
            socket.close();
        });
    }
});

describe('before newUser', () => {
    for (const [event, args] of [['joinChat', [{ chatId: 'c' }]], ['leaveChat', [{ chatId: 'c' }]], ['typing', [{ receiverId: 'bob', isTyping: true }]], ['setStatus', ['idle']]]) {
        test(`${event} is not_registered`, async () => {
            const stranger = await openClient(server.url, 'websocket only');
            assertError((await ask(stranger, event, ...args)).error, 'not_registered');
            const arrival = heard(stranger, 'errorEvent');
            stranger.emit(event, ...args);
            const { event: named, ...error } = await arrival;
            assert.equal(named, event);
            assertError(error, 'not_registered');
            stranger.close();
        });
    }
});

test('what ended the seed\'s whole process: sendMessage with null', async () => {
    const stranger = await openClient(server.url, 'default');
    const arrival = heard(stranger, 'errorEvent');
    stranger.emit('sendMessage', null);
    assert.equal((await arrival).code, 'invalid_payload');
    stranger.close();
    await assertAllWell();
});

test('a field given twice is refused, whichever one is good', async () => {
    for (const payload of ['{"receiverId":"bob","receiverId":5,"data":{"text":"x"}}', '{"receiverId":"bob","data":{"text":"x","text":5}}',
        '{"receiverId":"bob","data":{"text":5,"text":"x"}}', '{"receiverId":"bob","data":{"text":"x","te\\u0078t":5}}']) {
        const ws = await openSocket(server.url);
        ws.send(`429["sendMessage",${payload}]`);
        assert.match(await ws.until('439'), /"ok":false.*invalid_payload/, payload);
        ws.end();
    }
});

test('a thousand bad events in one go are each answered', async () => {
    const ws = await openSocket(server.url);
    ws.sendTogether(Array.from({ length: 1000 }, (_, i) => `42${i}["sendMessage",null]`));
    for (let i = 0; i < 1000; ++i) assert.match(await ws.until('43'), new RegExp(`^43${i}\\[\\{"ok":false`));
    ws.end();
    await assertAllWell();
});

describe('too large', () => {
    test('a POST of 2 MB is 413, and the session lives', async () => {
        const session = await Polling.open(server.url, '/socket.io/');
        await session.post('40');
        await session.pollPastPings();
        assert.equal((await session.post(Buffer.alloc(2_000_000, 'x'))).status, 413);
        assert.equal((await session.post('421["nonsense"]')).status, 200);
        assert.match((await session.pollPastPings()).join(), /unknown_event/);
        await session.post('1');
        await assertAllWell();
    });

    test('a POST of 2 MB without a session makes none', async () => {
        const answer = await request(`${server.url}/socket.io/?EIO=4&transport=polling`, { method: 'POST', body: Buffer.alloc(2_000_000, 'x') });
        assert.ok([400, 413].includes(answer.status), `status ${answer.status}`);
        await assertAllWell();
    });

    test('a WebSocket message of 2 MB is 1009', async () => {
        const ws = await openSocket(server.url);
        ws.send(`42["sendMessage",{"receiverId":"bob","data":{"text":"${'x'.repeat(2_000_000)}"}}]`);
        assert.equal((await ws.closed()).code, 1009);
        await assertAllWell();
    });
});

describe('malformed packets: only that connection suffers', () => {
    const placeholder = '{"_placeholder":true,"num":0}';
    for (const frames of [
        ['abc'], ['7'], ['2'], ['47'], ['4a["newUser"]'], ['42{}'], ['42[]'], ['42[null]'], ['42[{}]'], ['42["connect"]'], ['42["disconnect"]'], ['42["newUser"'],
        ['40'], ['44{}'], ['42/other,["newUser","x"]'], ['43/other,1[]'], ['41/other,'], ['40/other,[]'], [Buffer.from([1])], ['bAQID'],
        [`451-["sendMessage",${placeholder}]`, '42["newUser","x"]'], ['450-["sendMessage"]'], ['4511-["sendMessage"]'], ['45999999999999-["a"]'],
        ['451-["sendMessage",{"_placeholder":true,"num":1}]', Buffer.from([1])], ['451-["sendMessage",{"_placeholder":true,"num":1e99}]', Buffer.from([1])],
    ]) {
        test(shown(frames.map(frame => typeof frame === 'string' ? frame : '<binary>')), async () => {
            const victim = await openSocket(server.url);
            for (const frame of frames) victim.send(frame);
            await victim.closed();
            await assertAllWell();
        });
    }

    test('before CONNECT', async () => {
        for (const frame of ['42["newUser","x"]', '41', '40"text"', '40[]']) {
            const victim = await openWs(server.url, '/socket.io/');
            victim.send(frame);
            await victim.closed();
        }
        await assertAllWell();
    });

    test('binary where the contract has none', async () => {
        const ws = await openSocket(server.url);
        ws.send(`451-3["newUser",${placeholder}]`);
        ws.send(Buffer.from([1, 2, 3]));
        assert.match(await ws.until('433'), /"ok":false.*invalid_payload/);
        ws.send(`451-4["sendMessage",{"receiverId":"bob","data":${placeholder}}]`);
        ws.send(Buffer.from([1, 2, 3]));
        assert.match(await ws.until('434'), /"ok":false.*invalid_payload/);
        ws.send(`451-5["sendMessage",{"receiverId":"bob","data":{"text":${placeholder}}}]`);
        ws.send(Buffer.from([1, 2, 3]));
        assert.match(await ws.until('435'), /"ok":false.*invalid_payload/);
        ws.end();
        await assertAllWell();
    });
});
