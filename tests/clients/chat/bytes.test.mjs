// What a receiver gets is what the sender wrote, byte for byte; what no parser would take is never passed on.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { freshId } from '../lib/clients.mjs';
import { openSocket } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

let server;
before(async () => { server = await startServer(); });
after(async () => { await server?.stop(); });

async function user(id) {
    const ws = await openSocket(server.url);
    ws.send(`420["newUser",${JSON.stringify(id)},{"presence":"none"}]`);
    await ws.until('430');
    return ws;
}

/** Sends `data` as written and resolves to the argument of the receiver's getMessage, as written. */
async function passOn(data, { receiver, receiverLiteral = JSON.stringify(receiver) } = {}) {
    const bob = receiver ?? freshId('bob');
    const [from, to] = await Promise.all([user(freshId('alice')), user(bob)]);
    from.send(`42["sendMessage",{"receiverId":${receiver === undefined ? JSON.stringify(bob) : receiverLiteral},"data":${data}}]`);
    const frame = await to.until('42["getMessage",');
    from.end();
    to.end();
    return frame.slice('42["getMessage",'.length);
}

/** Nothing between, nothing but the end or a recovery offset after. */
function assertStartsExactly(argument, data) {
    assert.equal(argument.slice(0, data.length), data);
    assert.match(argument.slice(data.length), /^(,"[^"]*")?\]$/);
}

// An id of its own for each: the same one again would be the same message.
let lastId = 0;
const complete = () => `"senderId":"a","timestamp":"2024-01-15T10:30:00.000Z","messageId":"m${++lastId}"`;

describe('a complete message keeps every byte', () => {
    for (const [name, field] of [
        ['key order', '"z":1,"a":2,"M":3,"10":4,"2":5'],
        ['1.0', '"price":1.0'],
        ['a 20-digit integer', '"price":12345678901234567890'],
        ['a 30-digit integer', '"price":123456789012345678901234567890'],
        ['a number below zero', '"n":-0'],
        ['exponents', '"n":[1E5,1e+5,1.50e-7,1e400]'],
        ['escapes', '"e":"\\u0041\\/\\b\\f\\n\\r\\t\\"\\\\"'],
        ['escaped letters in a key', '"\\u006b\\u0065y":1'],
        ['a surrogate pair as escapes', '"e":"\\ud83d\\ude00\\uD83D\\uDE00"'],
        ['a lone high surrogate', '"e":"\\ud83d"'],
        ['a lone low surrogate', '"e":"x\\ude00y"'],
        ['surrogates in the wrong order', '"e":"\\ude00\\ud83d"'],
        ['NUL as escape', '"e":"a\\u0000b"'],
        ['UTF-8 of every length', '"e":"aé€😀"'],
        ['line and paragraph separators', '"e":"\u2028\u2029"'],
        ['U+FFFE and U+FFFF', '"e":"\ufffe\uffff"'],
        ['a byte order mark inside', '"e":"\ufeffx"'],
        ['DEL', '"e":"\u007f"'],
        ['unknown fields of every type', '"a":null,"b":true,"c":false,"d":[],"e":{},"f":"","g":0'],
        ['nested metadata', '"metadata":{"b":{"a":[{"z":[[]]}]},"a":1.0}'],
        ['white space', '"a" : [ 1 ,\t2 ]  ,\n"b":{ }'],
        ['60 levels', `"metadata":{"d":${'['.repeat(55)}1${']'.repeat(55)}}`],
        ['an empty key', '"":1'],
        ['prototype names', '"__proto__":{"a":1},"constructor":2,"toString":3'],
        ['a large field', `"blob":"${'0123456789'.repeat(50_000)}"`],
    ]) {
        test(name, async () => {
            const data = `{"text":"hello",${complete()},${field}}`;
            assertStartsExactly(await passOn(data), data);
        });
    }

    test('text first, last, and with escapes', async () => {
        for (const data of [`{"text":"\\u00e9\\ud83d",${complete()}}`, `{${complete()},"text":"x"}`, `{ "text" : "x" , ${complete()} }`])
            assertStartsExactly(await passOn(data), data);
    });

    test('a number as id stays a number', async () => {
        const data = '{"text":"x","senderId":7,"chatId":8,"timestamp":"t","messageId":9}';
        assertStartsExactly(await passOn(data), data);
    });
});

describe('what is missing is added behind what is there', () => {
    test('all three', async () => {
        const argument = await passOn('{"z":1.0,"text":"hello","a":12345678901234567890}');
        const prefix = '{"z":1.0,"text":"hello","a":12345678901234567890,';
        assert.equal(argument.slice(0, prefix.length), prefix);
        assert.deepEqual(Object.keys(JSON.parse(argument.replace(/(,"[^"]*")?\]$/, ''))), ['z', 'text', 'a', 'senderId', 'timestamp', 'messageId']);
    });

    test('only one', async () => {
        const data = '{"messageId":"m","text":"x","senderId":"a"';
        const argument = await passOn(`${data}}`);
        assert.ok(argument.startsWith(`${data},"timestamp":"2`), argument);
    });
});

describe('truncation leaves the other bytes alone', () => {
    for (const [name, text, kept] of [
        ['plain', 'a'.repeat(1001), 'a'.repeat(1000)],
        ['inside an emoji written as escapes', `${'a'.repeat(999)}\\ud83d\\ude00`, 'a'.repeat(999)],
        ['inside an emoji written as UTF-8', `${'a'.repeat(999)}😀`, 'a'.repeat(999)],
        ['an escape counts as one unit', '\\n'.repeat(1001), '\\n'.repeat(1000)],
        ['\\u escapes count as one unit', '\\u0041'.repeat(1001), '\\u0041'.repeat(1000)],
        ['a lone surrogate at the cut', `${'a'.repeat(999)}\\ud83dx`, `${'a'.repeat(999)}\\ud83d`],
    ]) {
        test(name, async () => {
            const rest = `${complete()},"q":[ ]}`;
            assertStartsExactly(await passOn(`{"p":1.0,"text":"${text}",${rest}`), `{"p":1.0,"text":"${kept}",${rest}`);
        });
    }
});

describe('numeric ids', () => {
    test('a number reaches who registered as its text', async () => {
        const id = String(process.pid * 1000 + 1);
        const data = `{"text":"x",${complete()}}`;
        assertStartsExactly(await passOn(data, { receiver: id, receiverLiteral: id }), data);
    });

    test('and the other way round', async () => {
        const id = process.pid * 1000 + 2;
        const to = await openSocket(server.url);
        to.send(`421["newUser",${id}]`);
        assert.equal(JSON.parse((await to.until('431')).slice(3))[0].userId, String(id));
        const from = await user(freshId('alice'));
        from.send(`42["sendMessage",{"receiverId":"${id}","data":{"text":"x"}}]`);
        await to.until('42["getMessage",');
        to.end();
        from.end();
    });
});

describe('what a receiver\'s parser would not take closes the sender only', () => {
    for (const [name, field] of [
        ['a bare word in metadata', '"metadata":{"a":nonsense}'], ['a trailing comma', '"metadata":{"a":1,}'], ['single quotes', '"a":\'b\''],
        ['a control character in a string', '"a":"\u0001"'], ['a raw line end in a string', '"a":"\n"'], ['a bad escape', '"a":"\\x"'],
        ['a short \\u', '"a":"\\u12"'], ['leading zero', '"a":01'], ['plus sign', '"a":+1'], ['a lone dot', '"a":1.'], ['hex', '"a":0x10'],
        ['NaN', '"a":NaN'], ['a missing value', '"a":'], ['a missing colon', '"a" 1'], ['an unclosed array', '"metadata":{"a":[1}'],
        ['a comment', '"a":1/**/'], ['a key without quotes', 'a:1'],
    ]) {
        test(name, async () => {
            const bob = freshId('bob');
            const [from, to] = await Promise.all([user(freshId('alice')), user(bob)]);
            from.send(`42["sendMessage",{"receiverId":"${bob}","data":{"text":"x",${field}}}]`);
            await from.closed();
            const healthy = await user(freshId('carol'));
            healthy.send(`42["sendMessage",{"receiverId":"${bob}","data":{"text":"fine"}}]`);
            assert.match(await to.until('42["getMessage",'), /"text":"fine"/);
            healthy.end();
            to.end();
        });
    }

    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
        test(`invalid UTF-8 ${bytes.map(byte => byte.toString(16)).join(' ')}`, async () => {
            const bob = freshId('bob');
            const [from, to] = await Promise.all([user(freshId('alice')), user(bob)]);
            from.ws.send(Buffer.from([...Buffer.from(`42["sendMessage",{"receiverId":"${bob}","data":{"text":"`), ...bytes, ...Buffer.from('"}}]')]), { binary: false });
            await from.closed();
            const healthy = await user(freshId('carol'));
            healthy.send(`42["sendMessage",{"receiverId":"${bob}","data":{"text":"fine"}}]`);
            assert.match(await to.until('42["getMessage",'), /"text":"fine"/);
            healthy.end();
            to.end();
        });
    }

    test('100 levels are not passed on', async () => {
        const bob = freshId('bob');
        const [from, to] = await Promise.all([user(freshId('alice')), user(bob)]);
        from.send(`425["sendMessage",{"receiverId":"${bob}","data":{"text":"deep","metadata":{"a":${'['.repeat(100)}${']'.repeat(100)}}}}]`);
        // Refused as an event or as a frame: the contract gives the limit, not the manner.
        await Promise.race([from.closed(), from.until('435').then(frame => assert.match(frame, /"ok":false/))]);
        const healthy = await user(freshId('carol'));
        healthy.send(`42["sendMessage",{"receiverId":"${bob}","data":{"text":"fine"}}]`);
        assert.match(await to.until('42["getMessage",'), /"text":"fine"/);
        for (const ws of [from, healthy, to]) ws.end();
    });
});
