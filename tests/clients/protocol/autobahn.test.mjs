// Autobahn|Testsuite's WebSocket cases, sections 1 to 7, told to a server of Engine.IO: see EngineIoPeer.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { EngineIoPeer, runCase } from '../lib/autobahn.mjs';
import { encodeFrame, opcodes } from '../lib/frames.mjs';
import { deviation, startFixture } from '../lib/target.mjs';
import { sections } from './autobahn-cases.mjs';

let fixture;
before(async () => { fixture = await startFixture(); });
after(async () => { await fixture?.stop(); });

for (const { name, count, cases } of sections) {
    describe(name, () => {
        test(`has ${count} cases`, () => {
            assert.equal(new Set(cases.map(({ id }) => id)).size, count);
            for (const { id, verdict, why } of cases) assert.ok(verdict === 'OK' || why, `${id} says why`);
        });

        for (const testCase of cases) {
            const { id, verdict, code, answers, why } = testCase;
            test(verdict === 'OK' ? id : `${id} is ${verdict}: ${why}`, why ? deviation : {}, async () => {
                const outcome = await runCase(fixture.url, EngineIoPeer, testCase);
                assert.deepEqual({ verdict: outcome.verdict, code: outcome.code }, { verdict, code });
                if (answers) assert.deepEqual(outcome.events, answers);
            });
        }
    });
}

// Cases that somebody could go on with for ever.
describe('endless', () => {
    test('a message of empty fragments keeps no session: the heartbeat ends it', async () => {
        const peer = await EngineIoPeer.open(fixture.url);
        peer.isSending = true; // an answer to a ping cannot stand within a message
        await peer.write(encodeFrame({ opcode: opcodes.text, payload: Buffer.from('4'), fin: false }));
        const empty = encodeFrame({ opcode: opcodes.continuation, payload: Buffer.alloc(0), fin: false });
        const end = Date.now() + 5_000;
        while (!peer.closing && !peer.isOver && Date.now() < end) {
            await peer.write(empty);
            await new Promise(resolve => setImmediate(resolve));
        }
        assert.ok(peer.isAsked && (peer.closing || peer.isOver));
        assert.deepEqual(peer.events, []);
        peer.end();
    });

    test('10,000 pings in one go are answered in order, and the message behind them', async () => {
        const payloads = Array.from({ length: 10_000 }, (_, i) => Buffer.from(String(i)));
        const peer = await EngineIoPeer.open(fixture.url);
        await peer.write(Buffer.concat([
            ...payloads.map(payload => encodeFrame({ opcode: opcodes.ping, payload })),
            encodeFrame({ opcode: opcodes.text, payload: Buffer.from('4on') }),
        ]));
        await peer.until('the message', () => peer.events.length > payloads.length);
        assert.deepEqual(peer.events, [...payloads.map(payload => ['pong', payload]), ['text', Buffer.from('on')]]);
        peer.end();
    });
});
