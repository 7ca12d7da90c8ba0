// Polling: many requests on one session, and sessions of others.
import { randomBytes } from 'node:crypto';

import { expect, refused, rejected } from '../lib/judge.mjs';
import { Peer, addressOf, get, polling, post, upgrade } from '../lib/peer.mjs';

async function openSession(context, index, from) {
    const peer = await Peer.open(context, index, from);
    const { body } = await peer.ask(get(polling));
    const sid = JSON.parse(body.slice(1)).sid;
    return { peer, sid, query: `${polling}&sid=${sid}` };
}

/** A session with its namespace joined, which waits for nothing. */
async function openJoined(context, index, from) {
    const session = await openSession(context, index, from);
    await session.peer.ask(post(session.query, '40'));
    await session.peer.ask(get(session.query));
    return session;
}

export const pollingCases = [
    {
        name: 'concurrent-gets', count: 50, smallCount: 2, seconds: 6,
        // 100 GETs at once on one session: the first waits, the second ends the session.
        attack: context => context.again(2, async index => {
            const session = await openJoined(context, index);
            const others = [];
            await context.each(100, 100, async i => { others.push(await Peer.open(context, i)); });
            const answers = await Promise.all(others.map(peer => peer.ask(get(session.query)).catch(() => undefined)));
            for (const answer of answers) context.note(`answered ${answer?.status ?? 'nothing'}`);
            const after = await session.peer.ask(get(session.query)).catch(() => undefined);
            context.note(after?.status === 400 ? 'sessions ended' : 'sessions left');
            for (const peer of [session.peer, ...others]) peer.end();
        }, context.count),
        judge: ({ counts, count }) => [
            ...expect('sessions ended', counts['sessions ended'], count), ...expect('sessions left', counts['sessions left'], 0, 0),
            ...expect('GETs answered 400', counts['answered 400'], count * 98), ...expect('GETs without an answer', counts['answered nothing'], 0, 0),
        ],
    },
    {
        name: 'post-flood', count: 20, smallCount: 5, seconds: 8,
        // Heartbeats nobody asked for, 100,000 a body; and bodies of a full megabyte that are no event.
        attack: context => context.again(context.count, async index => {
            const { peer, query } = await openJoined(context, index);
            const body = index % 2 === 0 ? Array(100_000).fill('3').join('\x1e') : `42["nothing","${'x'.repeat(990_000)}"]`;
            while (!context.isOver && !peer.isClosed) {
                const answer = await Promise.race([peer.ask(post(query, body)).catch(() => undefined), context.over]);
                if (!answer) break;
                context.note(`answered ${answer.status}`);
                context.ready();
                if (answer.status !== 200) break;
            }
            peer.end();
        }),
        judge: ({ counts, count }) => expect('POSTs taken', counts['answered 200'], count),
    },
    {
        name: 'posts-of-many', count: 20, smallCount: 4, seconds: 8,
        // As many events as a POST may have, from each again and again.
        attack: context => context.again(context.count, async index => {
            const { peer, query } = await openJoined(context, index);
            await peer.ask(post(query, `42["newUser","many-${index}",{"presence":"none"}]`));
            const body = Array(17_000).fill('42["typing",{"receiverId":"nobody-0","isTyping":true}]').join('\x1e');
            while (!context.isOver && !peer.isClosed) {
                const answer = await Promise.race([peer.ask(post(query, body)).catch(() => undefined), context.over]);
                if (!answer) break;
                context.note(`answered ${answer.status}`);
                context.ready();
                if (answer.status !== 200) break;
                // What was refused comes by GET: who does not ask is slow, and is closed.
                await Promise.race([peer.ask(get(query)).catch(() => undefined), context.over]);
            }
            peer.end();
        }),
        judge: ({ counts, delta, count }) => [...expect('POSTs taken', counts['answered 200'], count), ...expect('counted as rate_limited', delta(rejected('rate_limited')), 1_000)],
    },
    {
        name: 'concurrent-posts', count: 50, smallCount: 2, seconds: 6,
        attack: context => context.again(2, async index => {
            const session = await openJoined(context, index);
            const others = [];
            await context.each(20, 20, async i => { others.push(await Peer.open(context, i)); });
            // All but the last byte of each: so they are all under way.
            for (const peer of others) peer.write(post(session.query, '3'.padEnd(1_000)).slice(0, -1));
            await context.nap(100);
            for (const peer of others) peer.write(' ');
            const answers = await Promise.all(others.map(async peer => {
                await peer.until(() => peer.head.includes('\r\n\r\n'), 'an answer', 3_000).catch(() => {});
                return /^HTTP\/1\.1 (\d+)/.exec(peer.head)?.[1] ?? (peer.isClosed ? 'by closing' : 'nothing');
            }));
            for (const answer of answers) context.note(`answered ${answer}`);
            for (const peer of [session.peer, ...others]) peer.end();
        }, context.count),
        judge: ({ counts, count }) => [
            ...expect('POSTs answered', (counts['answered 200'] ?? 0) + (counts['answered 400'] ?? 0) + (counts['answered by closing'] ?? 0), count * 20),
            ...expect('POSTs without an answer', counts['answered nothing'], 0, 0),
        ],
    },
    {
        name: 'guessed-sids', count: 20_000, smallCount: 200, seconds: 8,
        attack: context => context.again(20, async index => {
            const sid = randomBytes(15).toString('base64url');
            const kinds = [get(`${polling}&sid=${sid}`), post(`${polling}&sid=${sid}`, '40'), upgrade(`EIO=4&transport=websocket&sid=${sid}`)];
            const peer = await Peer.open(context, index);
            const answers = [await peer.ask(kinds[0]), peer.isClosed ? undefined : await peer.ask(kinds[1]), peer.isClosed ? undefined : await peer.ask(kinds[2])];
            for (const answer of answers) if (answer) context.note(`answered ${answer.status}`);
            peer.end();
        }, Math.ceil(context.count / 3)),
        judge: ({ counts, delta, count }) => [
            ...expect('answered 400', counts['answered 400'], count * 0.9), ...expect('answered 200', counts['answered 200'], 0, 0),
            ...expect('counted as unknown_session', delta(refused('unknown_session')), count * 0.9),
        ],
    },
    {
        name: 'stolen-sids', count: 500, smallCount: 10, seconds: 6,
        // A sid is a secret. Who has it and asks beside its owner gets nothing, and the owner's session ends: it is
        // noticed. Once a session is over, its sid is worth nothing.
        attack: context => context.again(4, async index => {
            const { peer, query } = await openJoined(context, index, '127.0.0.1');
            const owner = peer.ask(get(query)).catch(() => undefined);
            const thief = await Peer.open(context, index, addressOf(index));
            // The owner's GET has to be there first: one that is answered on its own connection behind it says so.
            await context.pause(20);
            const stolen = await thief.ask(get(query));
            context.note(stolen ? `thief ${stolen.status}` : 'thief closed');
            const told = await owner;
            context.note(told === undefined || told.status !== 200 || told.body === '1' ? 'owner told' : `owner heard ${told.body.slice(0, 4)}`);
            for (const request of [get(query), post(query, '40'), upgrade(query.replace('polling', 'websocket'))]) {
                const replay = await Peer.open(context, index);
                context.note(`replay ${(await replay.ask(request))?.status ?? 'closed'}`);
                replay.end();
            }
            for (const one of [peer, thief]) one.end();
        }, context.count),
        judge: ({ counts, count }) => [
            ...expect('thieves refused', counts['thief 400'], count), ...expect('thieves served', counts['thief 200'], 0, 0),
            ...expect('owners told', counts['owner told'], count),
            ...expect('replays refused', counts['replay 400'], count * 3), ...expect('replays served', (counts['replay 200'] ?? 0) + (counts['replay 101'] ?? 0), 0, 0),
        ],
    },
];
