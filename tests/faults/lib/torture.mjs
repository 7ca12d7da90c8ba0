// Senders, receivers and chats around a server that dies; then the books are compared.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Link } from '../../clients/lib/link.mjs';
import { delay, within } from '../../clients/lib/raw.mjs';
import { Book } from './book.mjs';
import { Host } from './host.mjs';

import { Receiver, Sender, modeOf } from './people.mjs';
import { Random } from './random.mjs';

const senderCount = 9;
const receiverCount = 9;
const drainMs = 60_000;

export function options(name) {
    const usage = `usage: ${name} --rounds N [--seed S] [--bin folder]`;
    try {
        const { values } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' }, bin: { type: 'string' } } });
        const bin = resolve(values.bin ?? fileURLToPath(new URL('../../../build/release/bin', import.meta.url)));
        if (!/^[1-9]\d*$/.test(values.rounds ?? '')) throw new Error('--rounds takes a number');
        if (!['concierge', 'concierge.exe'].some(file => existsSync(join(bin, file)))) throw new Error(`there is no concierge in ${bin}`);
        return { name, rounds: Number(values.rounds), seed: values.seed ?? String(Date.now() % 1_000_000_000), bin };
    } catch (error) {
        console.error(`${error.message}\n${usage}`);
        return process.exit(2);
    }
}

/** Chats of three receivers and one sender. Whether somebody is in one has a version, which each change makes another. */
class Chats {
    constructor(senders, receivers, host, book) {
        Object.assign(this, { host, book });
        this.chats = [0, 1].map(index => ({
            id: `chat${index}`, speaker: senders[index], members: new Map(receivers.slice(index * 3, index * 3 + 3).map(receiver => [receiver, 0])),
        }));
        this.version = 0;
    }

    async join() {
        for (const { id, speaker, members } of this.chats) {
            for (const member of [...members.keys(), speaker]) await this.#lasting(member, 'joinChat', id);
        }
    }

    /**
     * The answer to a joinChat is given from memory; a message that is stored behind it shows that it is on disk. That
     * has to be in one life of the server.
     */
    async #lasting(member, event, chatId) {
        for (;;) {
            const { starts } = this.host;
            await untilOk(() => member.ask(event, { chatId }));
            await untilOk(() => member.ask('sendMessage', { receiverId: 'nobody', data: { text: event, senderId: member.id } }));
            if (this.host.starts === starts) return;
        }
    }

    of(sender) { return this.chats.find(({ speaker }) => speaker === sender); }

    audience({ members }) { return new Map([...members].filter(([, version]) => version !== undefined).map(([{ id }, version]) => [id, version])); }

    /** A member leaves, or comes back. While it is not known whether the server heard it, nothing is expected of it. */
    async change(random) {
        const { id, members } = random.one(this.chats);
        const member = random.one([...members.keys()]);
        const wasIn = members.get(member) !== undefined;
        const event = wasIn ? 'leaveChat' : 'joinChat';
        members.set(member, NaN); // which is not even the same as itself
        this.book.note(` server chat ${id} @${member.id} ${event} `);
        await this.#lasting(member, event, id);
        members.set(member, wasIn ? undefined : ++this.version);
        this.book.note(` server chat ${id} @${member.id} ${event} done`);
    }
}

async function untilOk(ask) {
    for (;;) {
        const answer = await ask();
        if (answer?.ok) return;
        await delay(50);
    }
}

async function until(condition, what, ms) {
    const end = Date.now() + ms;
    while (!condition()) {
        if (Date.now() > end) return `${what}: not within ${ms / 1000} s`;
        await delay(20);
    }
    return undefined;
}

/** `kills(random)`: whether this round ends the server. `swallows`: the receivers' networks take bytes and lose them. */
export async function torture({ name, rounds, seed, bin }, { kills, swallows }) {
    console.log(`${name}: ${rounds} rounds, seed ${seed}`);
    const begin = Date.now();
    const random = new Random(seed);
    const book = new Book();
    const host = await Host.make({ bin, random, flags: [
        '--log-level', 'warn', '--ping-interval', '2s', '--ping-timeout', '1s', '--drain-timeout', '2s', '--presence-grace', '0',
    ] });
    const guard = setTimeout(() => {
        console.error(`${name}: hangs after ${rounds} rounds' time\n${host.handle?.stderr.slice(-2_000)}`);
        process.exit(1);
    }, 120_000 + rounds * 10_000);
    const links = [];
    const make = async (Person, kind, index) => {
        const link = await new Link(host.port).open();
        links.push(link);
        const id = `${kind}${index}`;
        return new Person({ id, mode: modeOf(index), link, random: random.fork(id), book, swallows });
    };
    await host.up();
    book.note(' server up');
    const senders = await Promise.all(Array.from({ length: senderCount }, (_, index) => make(Sender, 's', index)));
    const receivers = await Promise.all(Array.from({ length: receiverCount }, (_, index) => make(Receiver, 'r', index)));
    await Promise.all(receivers.map(receiver => receiver.registered()));
    const chats = new Chats(senders, receivers, host, book);
    await within(chats.join(), 'the chats are joined', 20_000);

    const over = new AbortController();
    const choose = sender => draw => {
        const chat = chats.of(sender);
        if (chat && draw.chance(0.5)) return { to: { chatId: chat.id }, audience: () => chats.audience(chat) };
        const receiver = draw.one(receivers);
        return { to: { receiverId: receiver.id }, audience: () => new Map([[receiver.id, 0]]) };
    };
    const sending = senders.map(sender => sender.run(choose(sender)));
    const wandering = [...receivers.map(receiver => receiver.run(over.signal)), ...senders.map(sender => sender.suffer(over.signal))];
    const trouble = Promise.all([...sending, ...wandering]);
    trouble.catch(() => {});

    const counts = { kills: 0, stops: 0 };
    const chance = random.fork('rounds');
    let changing = Promise.resolve();
    for (let round = 0; round < rounds; ++round) {
        if (chance.chance(0.5)) changing = changing.then(() => chats.change(chance.fork(`chat ${round}`)));
        await Promise.race([trouble, delay(chance.between(200, 1_800))]);
        if (!kills(chance)) continue;
        const signal = chance.chance(0.25) ? 'SIGTERM' : 'SIGKILL';
        counts[signal === 'SIGTERM' ? 'stops' : 'kills'] += 1;
        book.note(` server ${signal}`);
        await host.end(signal);
        if (chance.chance(0.3)) await delay(chance.between(0, 400));
        if (chance.chance(0.1)) {
            // Killed while it starts.
            host.launch();
            await delay(chance.between(0, 60));
            counts.kills += 1;
            await host.end('SIGKILL');
        }
        await Promise.race([trouble, host.up()]);
        book.note(' server up');
    }

    // Peace: everything is answered, everybody comes and gets theirs.
    const problems = [];
    over.abort();
    for (const sender of senders) sender.isRunning = false;
    await Promise.all(wandering);
    await within(Promise.all([...sending, changing]), 'an answer to everything that was sent', drainMs).catch(error => problems.push(error.message));
    problems.push(await until(() => book.missing().length === 0, 'everything acknowledged is shown', drainMs));
    // Once more from the start: what is shown again now was not taken for received.
    await host.end('SIGTERM');
    await host.up();
    book.note(' server up for the last time');
    await within(Promise.all(receivers.map(receiver => receiver.registered())), 'everybody is registered', drainMs).catch(error => problems.push(error.message));
    for (const receiver of receivers) {
        await senders[0].send({ receiverId: receiver.id }, () => new Map([[receiver.id, 0]]));
    }
    problems.push(await until(() => book.missing().length === 0, 'the last messages are shown', 10_000));
    problems.push(...host.troubles);
    for (const person of [...senders, ...receivers]) person.close();
    await host.end('SIGTERM');
    for (const link of links) link.close();
    clearTimeout(guard);

    const findings = book.judge();
    const sum = (people, what) => people.reduce((total, person) => total + what(person), 0);
    const { sent, acknowledged, delivered, stored, duplicate, refused, shown } = book.counts;
    const rows = {
        sent, acknowledged, '  delivered': delivered, '  stored': stored, '  duplicate': duplicate, refused, shown,
        lost: findings.lost.length, twice: findings.twice.length, 'out of order': findings.outOfOrder.length, strays: findings.stray.length,
        kills: counts.kills, stops: counts.stops, starts: host.starts,
        'receivers came back': sum(receivers, ({ connects }) => connects), '  recovered': sum(receivers, ({ recoveries }) => recoveries),
        'senders recovered': sum(senders, ({ recoveries }) => recoveries), 'told delivered later': sum(senders, ({ statuses }) => statuses.delivered),
        'bytes swallowed': sum(links, ({ swallowed }) => swallowed),
        seconds: ((Date.now() - begin) / 1000).toFixed(1),
    };
    for (const [row, count] of Object.entries(rows)) console.log(`${row.padEnd(22)}${String(count).padStart(10)}`);
    for (const [kind, list] of Object.entries(findings)) {
        for (const finding of list.slice(0, 3)) console.log(`${kind}: ${finding.id} at ${finding.receiver}\n${book.story(finding)}`);
    }
    for (const problem of problems.filter(Boolean)) console.log(`problem: ${problem}`);
    const isGood = Object.values(findings).every(list => list.length === 0) && !problems.some(Boolean) && sent === acknowledged;
    console.log(`${name}: ${isGood ? 'passed' : 'FAILED'}`);
    process.exit(isGood ? 0 : 1);
}
