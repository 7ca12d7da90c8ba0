// What the operator's figures say is what was done: /metrics and /health of a real server, by stock clients.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, before, describe, test } from 'node:test';

import { ask, closeClients, freshId, openClient, openUser, record } from '../lib/clients.mjs';
import { delay, request, upgradeRequest, within } from '../lib/raw.mjs';
import { startServer } from '../lib/target.mjs';

afterEach(closeClients);

/** `name` or `name{label="value"}` → number, and name → type. */
async function scrape(server) {
    const answer = await request(`${server.health}/metrics`);
    assert.equal(answer.status, 200);
    const values = {};
    const types = {};
    for (const line of answer.text.trimEnd().split('\n')) {
        const type = /^# TYPE (\S+) (\S+)$/.exec(line);
        if (type) types[type[1]] = type[2];
        if (line.startsWith('#')) continue;
        const [, series, value] = /^(\S+(?:\{[^}]*\})?) (\S+)$/.exec(line);
        assert.ok(!(series in values), `${series} is there twice`);
        values[series] = Number(value);
    }
    return { text: answer.text, contentType: answer.headers['content-type'], values, types };
}

/** Scrapes until `isThere`, which the server comes to without our doing. */
async function scrapeWhen(server, isThere) {
    return await within((async () => {
        for (;;) {
            const figures = await scrape(server);
            if (isThere(figures.values)) return figures;
            await delay(20);
        }
    })(), `figures with ${isThere}`, 20_000);
}

const refused = (values, reason) => values[`concierge_connections_refused_total{reason="${reason}"}`];
const rejected = (values, code) => values[`concierge_events_rejected_total{code="${code}"}`];
const send = (sender, receiverId, text, more = {}) => ask(sender, 'sendMessage', { receiverId, data: { text, ...more } });

describe('figures', () => {
    test('of a conversation are exactly what was done', async () => {
        const server = await startServer();
        const [ann, bob, carl] = ['ann', 'bob', 'carl'].map(freshId);
        const first = await openUser(server.url, ann, 'websocket only', { reconnection: false });
        const second = await openUser(server.url, bob, 'polling only', { reconnection: false });
        const received = record(second, 'getMessage');
        for (let i = 0; i < 7; ++i) assert.equal((await send(first, bob, `${i}`, { messageId: `m${i}` })).status, 'delivered');
        for (let i = 0; i < 3; ++i) assert.equal((await send(first, carl, `${i}`)).status, 'stored');
        assert.equal((await send(first, bob, '0', { messageId: 'm0' })).duplicate, true);
        assert.equal((await ask(second, 'messageRead', { messageIds: ['m0', 'm1'] })).count, 2);
        assert.equal((await ask(second, 'messageRead', { messageIds: ['m1'] })).count, 1);
        assert.equal((await ask(first, 'sendMessage', { receiverId: bob })).error.code, 'invalid_payload');
        assert.equal((await ask(first, 'nonsense')).error.code, 'unknown_event');
        assert.equal((await ask(first, 'nonsense')).error.code, 'unknown_event');
        assert.equal((await ask(await openClient(server.url, 'websocket only'), 'joinChat', { chatId: 'x' })).error.code, 'not_registered');
        assert.equal(received.length, 7);

        const { values } = await scrapeWhen(server, seen => seen['concierge_waiting_oldest_seconds'] > 0 && seen['concierge_waiting_users'] === 1);
        assert.equal(values['concierge_messages_received_total'], 10);
        assert.equal(values['concierge_messages_delivered_total'], 7);
        assert.equal(values['concierge_messages_stored_total'], 3);
        assert.equal(values['concierge_messages_read_total'], 2);
        assert.equal(values['concierge_messages_duplicate_total'], 1);
        assert.equal(values['concierge_messages_expired_total'], 0);
        assert.equal(values['concierge_waiting_messages'], 3);
        assert.equal(values['concierge_waiting_users'], 1);
        assert.equal(rejected(values, 'invalid_payload'), 1);
        assert.equal(rejected(values, 'unknown_event'), 2);
        assert.equal(rejected(values, 'not_registered'), 1);
        assert.equal(values['concierge_connections{transport="websocket"}'], 2);
        assert.equal(values['concierge_connections{transport="polling"}'], 1);
        assert.equal(values['concierge_connections_opened_total'], 3);
        assert.equal(values['concierge_connections_peak'], 3);
        assert.equal(values['concierge_sockets'], 3);
        assert.equal(values['concierge_users_online'], 2);
        assert.equal(values['concierge_delivery_seconds_count'], 7);
        assert.equal(values['concierge_delivery_seconds_bucket{le="+Inf"}'], 7);
        assert.ok(values['concierge_delivery_seconds_sum'] > 0 && values['concierge_delivery_seconds_sum'] < 7);
        assert.ok(values['concierge_proof_round_trip_seconds_count'] > 0);
        assert.ok(values['concierge_commit_entries_sum'] >= 3);
        assert.ok(values['concierge_store_bytes'] > 0);
        assert.ok(values['concierge_disk_free_bytes'] <= values['concierge_disk_size_bytes']);

        const health = JSON.parse((await request(`${server.health}/health`)).text);
        assert.deepEqual(Object.keys(health).slice(0, 5), ['status', 'connections', 'uptime', 'memory', 'timestamp']);
        assert.equal(health.connections, 3);
        assert.equal(health.totalMessages, 10);
        assert.equal(health.usersOnline, 2);
        assert.equal(health.waitingMessages, 3);
        assert.equal(health.waitingUsers, 1);
        assert.equal(health.storeWorking, true);
        await server.stop();
    });

    test('of refusals tell the reason', async () => {
        const server = await startServer({ env: { CLIENT_URL: 'https://app.example.com' } });
        const ask400 = async (path, options) => assert.equal((await request(server.url + path, options)).status, 400);
        await ask400('/socket.io/?EIO=3&transport=polling');
        await ask400('/socket.io/?EIO=4&transport=pigeon');
        await ask400('/socket.io/?EIO=4&transport=pigeon');
        await ask400('/socket.io/?EIO=4&transport=polling&sid=gone');
        assert.equal((await request(`${server.url}/elsewhere`)).status, 404);
        const upgrade = await upgradeRequest(`${server.url}/socket.io/?EIO=4&transport=websocket`, { origin: 'https://evil.example.com' });
        assert.equal(upgrade.status, 403);
        const { values } = await scrape(server);
        assert.equal(refused(values, 'unsupported_protocol'), 1);
        assert.equal(refused(values, 'unknown_transport'), 2);
        assert.equal(refused(values, 'unknown_session'), 1);
        assert.equal(refused(values, 'not_found'), 1);
        assert.equal(refused(values, 'origin'), 1);
        assert.equal(refused(values, 'timeout'), 0);
        await server.stop();
    });

    test('of a recovered client', async () => {
        const server = await startServer();
        const client = await openUser(server.url, freshId('ann'), 'websocket only');
        const back = new Promise(resolve => client.once('connect', resolve));
        client.io.engine.close(); // as a lost connection: the client comes back by itself
        await within(back, 'reconnect');
        assert.equal(client.recovered, true);
        assert.equal((await scrape(server)).values['concierge_sockets_recovered_total'], 1);
        await server.stop();
    });

    test('of an expired message', async () => {
        const server = await startServer({ flags: ['--inbox-ttl', '1s'] });
        const client = await openUser(server.url, freshId('ann'), 'websocket only');
        assert.equal((await send(client, freshId('bob'), 'too late')).status, 'stored');
        const { values } = await scrapeWhen(server, seen => seen['concierge_messages_expired_total'] > 0);
        assert.equal(values['concierge_messages_expired_total'], 1);
        assert.equal(values['concierge_waiting_messages'], 0);
        assert.equal(values['concierge_waiting_oldest_seconds'], 0);
        await server.stop();
    });

    test('of the threads, the process and the last second', async () => {
        const server = await startServer({ flags: process.env.CONCIERGE_WORKERS ? [] : ['--workers', '2'] });
        const workers = Number(process.env.CONCIERGE_WORKERS ?? 2);
        const names = ['main', ...Array.from({ length: workers }, (_, i) => `io-${i}`), ...workers > 1 ? ['chat'] : [], 'store'];
        const lag = (values, name) => values[`concierge_event_loop_lag_seconds{thread="${name}"}`];
        const { values } = await scrapeWhen(server, seen => names.every(name => lag(seen, name) > 0));
        for (const name of names) {
            assert.ok(lag(values, name) < 10, name);
            assert.equal(values[`concierge_mailbox_items{thread="${name}"}`], 0, name);
        }
        assert.ok(values['process_cpu_seconds_total'] > 0);
        assert.ok(values['process_resident_memory_bytes'] > 1e6);
        if (process.platform === 'linux') assert.ok(values['process_open_fds'] > 3);
        assert.ok(Math.abs(values['process_start_time_seconds'] - Date.now() / 1000) < 60);
        await server.stop();
    });
});

describe('/metrics', () => {
    let figures;
    before(async () => {
        const server = await startServer();
        figures = await scrape(server);
        const head = await request(`${server.health}/metrics`, { method: 'HEAD' });
        assert.equal(head.status, 200);
        assert.equal(head.text, '');
        assert.match((await request(`${server.health}/`)).text, /\/health, \/ready and \/metrics/);
        await server.stop();
    });

    test('says what format it is', () => assert.equal(figures.contentType, 'text/plain; version=0.0.4; charset=utf-8'));

    const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
    test('pleases promtool', { skip: !hasPromtool && 'needs promtool, of the package prometheus' }, () => {
        const check = spawnSync('promtool', ['check', 'metrics'], { input: figures.text, encoding: 'utf8' });
        assert.deepEqual([check.status, check.stdout, check.stderr], [0, '', '']);
    });

    test('has every metric that the dashboard shows, and its panels have units', () => {
        const dashboard = JSON.parse(readFileSync(new URL('../../../resources/dashboards/concierge.json', import.meta.url), 'utf8'));
        const known = new Set(Object.entries(figures.types).flatMap(([name, type]) =>
            type === 'histogram' ? ['_bucket', '_sum', '_count'].map(suffix => name + suffix) : [name]));
        const panels = dashboard.panels.filter(panel => panel.type !== 'row');
        assert.ok(panels.length > 10);
        const expressions = panels.flatMap(panel => panel.targets.map(target => target.expr));
        expressions.push(...dashboard.annotations.list.map(annotation => annotation.expr),
            ...dashboard.templating.list.flatMap(variable => variable.query.query ?? []));
        for (const expression of expressions) {
            const names = expression.match(/\b(?:concierge|process)_\w+/g);
            assert.ok(names, expression);
            for (const name of names) assert.ok(known.has(name), `${name} in ${expression}`);
        }
        for (const panel of panels) assert.ok(panel.fieldConfig.defaults.unit, panel.title);
    });
});
