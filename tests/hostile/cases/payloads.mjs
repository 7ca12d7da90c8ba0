// Packets and events of an absurd shape. Each gets an answer, or ends its own connection.
import { expect } from '../lib/judge.mjs';
import { Peer, frame, get, opcodes, polling, post } from '../lib/peer.mjs';

/**
 * One peer each for the packets of `texts(index)`; after them it asks something sensible. Whatever came of a packet, a
 * peer that is still there gets an answer to that.
 */
const spoken = (name, texts, options = {}) => ({
    name, count: 200, smallCount: 12, seconds: 6, ...options,
    attack: context => context.again(4, async index => {
        const peer = await Peer.openSocket(context, index, `odd-${index % 50}`);
        let [answers, errors] = [0, 0];
        peer.listeners.add(message => {
            if (/^43\d/.test(message)) answers += 1;
            if (message.startsWith('42["errorEvent"')) errors += 1;
            if (message === '1') peer.end(); // the session is over
        });
        let said = 0;
        for (const packet of texts(index)) {
            if (peer.isClosed) break;
            await peer.pour(frame(opcodes.text, packet));
            said += 1;
        }
        const last = await peer.hear(message => message.startsWith('43999'), 30_000).catch(() => 'silence') ?? 'closed';
        // Answers to messages come once these are stored.
        const end = Date.now() + 10_000;
        while (!peer.isClosed && answers < (options.answered?.(said) ?? 0) && Date.now() < end) await context.nap(20);
        context.note('said', said);
        context.note('answers', Math.max(0, answers - 1));
        context.note('errorEvents', errors);
        context.note(last.startsWith('43999') ? 'went on' : last);
        peer.end();
    }, context.count),
    judge: ({ counts, count, ...more }) => [
        ...expect('packets', counts.said, count),
        ...expect('silence', counts.silence, 0, 0),
        ...expect('peers that went on or were closed', (counts['went on'] ?? 0) + (counts.closed ?? 0), count),
        ...(options.claims?.({ counts, count, ...more }) ?? []),
    ],
});

const sensible = '42999["getPresence",["odd-1"]]';
const message = data => JSON.stringify(['sendMessage', { receiverId: 'nobody-0', data }]);
const deep = [
    `42["sendMessage",${'['.repeat(999_900)}`, // never closed: not JSON
    `421["sendMessage",${'['.repeat(499_900)}${']'.repeat(499_900)}]`,
    `422["sendMessage",{"receiverId":"nobody-0","data":{"text":"x","metadata":${'{"a":'.repeat(160_000)}1${'}'.repeat(160_000)}}}]`,
    `40/deep,${'{"a":'.repeat(160_000)}1${'}'.repeat(160_000)}`,
    `422["sendMessage",{"receiverId":"nobody-0","data":{"text":"x","metadata":[${Array(480_000).fill(1)}]}}]`, // good: the most values that there can be
];
const digits = '9'.repeat(900_000);
const numbers = [
    `421["newUser",${digits}]`, '422["newUser",1e999999999]', '423["newUser",-0.0e-999999]', `424["newUser",0.${digits}]`,
    `425["sendMessage",{"receiverId":"nobody-0","data":{"text":"x","timestamp":1e400,"metadata":${digits}}}]`,
    '426["messageRead",{"messageIds":[1e999,-1,0.1,18446744073709551616]}]', '427["newUser",00]', '428["newUser",NaN]',
];
const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key-${i}`, i]));
const sameKeys = `{${Array.from({ length: 10_000 }, (_, i) => `"text":"${i}"`).join(',')}}`;
const oddIds = [
    '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', '""', `"${'x'.repeat(129)}"`, `"${'\\ud83d\\ude00'.repeat(64)}"`, '"__proto__"', '"constructor"',
    '"\\r\\n\\r\\n"', '"../../etc/passwd"', '"\'; drop table inbox; --"', '[]', '{}', 'null', 'true', '1.5', '-1', '"\\u202e"', '"\\ufeff"',
];

/** Events in which an id is `id`, every kind of them, each with a number to answer to. */
const withId = id => [
    `["newUser",${id}]`, `["sendMessage",{"receiverId":${id},"data":{"text":"x"}}]`, `["sendMessage",{"receiverId":"nobody-0","data":{"text":"x","senderId":${id}}}]`,
    `["sendMessage",{"receiverId":"nobody-0","data":{"text":"x","messageId":${id},"chatId":${id}}}]`, `["joinChat",{"chatId":${id}}]`, `["leaveChat",{"chatId":${id}}]`,
    `["typing",{"receiverId":${id},"isTyping":true}]`, `["messageRead",{"messageIds":[${id}]}]`, `["getPresence",[${id}]]`, `["watchPresence",[${id}]]`,
];
const oddEvents = oddIds.flatMap(withId).map((event, index) => `42${index + 1}${event}`);

export const payloads = [
    spoken('deep-json', index => [deep[index % deep.length], sensible], {
        count: 80, smallCount: 8,
        claims: ({ counts, count }) => expect('peers that were closed for packets too deep', counts.closed, count * 4 / 5),
    }),
    {
        name: 'deep-json-polling', count: 80, smallCount: 8, seconds: 6,
        attack: context => context.again(4, async index => {
            const peer = await Peer.open(context, index);
            const sid = JSON.parse((await peer.ask(get(polling))).body.slice(1)).sid;
            await peer.ask(post(`${polling}&sid=${sid}`, '40'));
            const answer = await peer.ask(post(`${polling}&sid=${sid}`, deep[index % deep.length]));
            context.note(answer ? `answered ${answer.status}` : 'closed');
            peer.end();
        }, context.count),
        judge: ({ counts, count }) => expect('answers', (counts['answered 200'] ?? 0) + (counts['answered 400'] ?? 0) + (counts.closed ?? 0), count),
    },
    spoken('huge-numbers', index => [numbers[index % numbers.length], sensible]),
    spoken('many-keys', index => [
        [`421${message({ text: 'x', ...keys })}`, `421["sendMessage",{"receiverId":"nobody-0","data":${sameKeys}}]`, `421["newUser","odd-1",${JSON.stringify(keys)}]`][index % 3], sensible,
    ], { claims: ({ counts, count }) => expect('answers', counts.answers, count * 0.9) }),
    spoken('odd-ids', () => [...oddEvents, sensible], {
        count: 50, smallCount: 2, answered: said => said, flags: ['--inbox-max-per-user', '10'], // what waits for the odd ones is theirs
        claims: ({ counts }) => expect('answers to odd ids', counts.answers, counts.said - (counts['went on'] ?? 0)),
    }),
    spoken('ack-ids', index => [[
        `42${'1'.padEnd(31, '0')}["getPresence",[]]`, '4218446744073709551616["getPresence",[]]', '4218446744073709551615["getPresence",[]]',
        `43${'1'.padEnd(31, '0')}["x"]`, '4399["never asked"]', `42${'0'.repeat(1_000)}1["getPresence",[]]`,
    ][index % 6], sensible]),
    {
        name: 'attachments-missing', count: 2_000, smallCount: 30, seconds: 8,
        // Ten are promised: none comes, or nine of them, or more than may.
        attack: context => context.crowd(async index => {
            const peer = await Peer.openSocket(context, index);
            const places = Array.from({ length: 10 }, (_, num) => `{"_placeholder":true,"num":${num}}`).join(',');
            peer.say(index % 3 === 2 ? `4511-["sendMessage",${places}]` : `4510-["sendMessage",${places}]`);
            if (index % 3 === 1) for (let i = 0; i < 9; ++i) peer.write(frame(opcodes.binary, Buffer.alloc(1_000)));
            context.note('said');
            if (index % 3 === 2) {
                await peer.until(() => peer.closeCode !== undefined, 'a close frame');
                context.note('told to go');
            }
            return peer;
        }, peer => Promise.race([peer.closed, context.over])),
        judge: ({ counts, count }) => [
            ...expect('opened', counts.opened, count), ...expect('promises', counts.said, count),
            ...expect('closed for promising too many', counts['told to go'], Math.floor(count / 3)),
        ],
    },
];
