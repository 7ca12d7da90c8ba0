// Autobahn|Testsuite's WebSocket cases, sections 1 to 7, told to a server of Engine.IO: see EngineIoPeer.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { EngineIoPeer, runCase } from '../lib/autobahn.mjs';
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
