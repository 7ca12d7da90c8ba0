// Stock clients with habits: senders who repeat until they are answered, receivers who come and go.
import { io, modes } from '../../clients/lib/clients.mjs';
import { delay } from '../../clients/lib/raw.mjs';

const modeNames = Object.keys(modes);
export const modeOf = index => modeNames[index % modeNames.length];

const options = mode => ({
    forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 150, randomizationFactor: 0.5, timeout: 2_000, ...modes[mode],
});

/** Sends one message at a time, by the client's own `retries`: a repetition is the same message. */
export class Sender {
    constructor({ id, mode, link, random, book }) {
        Object.assign(this, { id, mode, link, random, book });
        this.sequence = 0;
        this.statuses = { stored: 0, delivered: 0, read: 0, expired: 0 };
        this.recoveries = 0;
        this.socket = io(link.url, { ...options(mode), retries: 1e9, ackTimeout: 1_000 });
        this.socket.on('connect', () => {
            if (this.socket.recovered) this.recoveries += 1;
            else this.socket.emit('newUser', id, { presence: 'none' });
        });
        this.socket.on('messageStatus', ({ status }) => { this.statuses[status] += 1; });
    }

    ask(event, payload) {
        return new Promise((resolve, reject) => this.socket.emit(event, payload, (error, answer) => error ? reject(error) : resolve(answer)));
    }

    /** `to`: {receiverId} or {chatId}; `audience`: see Book.sending(). */
    async send(to, audience) {
        const sequence = ++this.sequence;
        const name = to.receiverId ?? to.chatId;
        const message = { id: `${this.id}>${name}#${sequence}`, sender: this.id, sequence, to: name, audience };
        const data = { text: `${sequence}`, senderId: this.id, messageId: message.id, metadata: this.#extra() };
        const payload = to.chatId ? { data: { ...data, chatId: to.chatId } } : { receiverId: to.receiverId, data };
        this.book.sending(message);
        for (;;) {
            const answer = await this.ask('sendMessage', payload);
            if (answer.ok) {
                this.book.acknowledged(message.id, answer);
                return;
            }
            // While the server stops it may say so. Anything else is a finding of its own.
            if (answer.error.code !== 'unavailable') throw new Error(`${message.id}: ${JSON.stringify(answer)}`);
            this.book.refused(message.id, answer);
            await delay(50);
        }
    }

    #extra() {
        if (this.random.chance(0.05)) return { attachment: Buffer.alloc(this.random.between(1, 3_000), 7) };
        const isLarge = this.random.chance(0.03);
        return { pad: 'p'.repeat(this.random.between(0, isLarge ? 60_000 : 300)) };
    }

    /** Sends until told to stop; what is under way then is seen to its answer. */
    async run(choose) {
        this.isRunning = true;
        while (this.isRunning) {
            const { to, audience } = choose(this.random);
            await this.send(to, audience);
            if (this.random.chance(0.2)) await delay(this.random.between(0, 150));
        }
    }

    /** Loses the network, or just the answers, until `signal`. */
    async suffer(signal) {
        const random = this.random.fork('network');
        while (!signal.aborted) {
            await delay(random.between(300, 2_500));
            if (signal.aborted) break;
            if (random.chance(0.5)) {
                this.link.swallow();
                await delay(random.between(10, 400));
            }
            this.link.cut();
        }
    }

    close() { this.socket.close(); }
}

/** One connection of one user, whose client object lives through everything. */
export class Receiver {
    constructor({ id, mode, link, random, book, swallows }) {
        Object.assign(this, { id, mode, link, random, book, swallows });
        this.connects = 0;
        this.recoveries = 0;
        this.seen = new Set();
        this.socket = io(link.url, options(mode));
        this.socket.on('connect', () => {
            this.connects += 1;
            this.book.note(`@${id} connect ${this.socket.recovered ? 'recovered' : 'anew'}`);
            if (this.socket.recovered) this.recoveries += 1;
            else this.socket.emit('newUser', id, { presence: 'none' });
        });
        this.socket.on('disconnect', reason => this.book.note(`@${id} disconnect ${reason}`));
        for (const event of ['open', 'close']) this.socket.io.on(event, reason => this.book.note(`@${id} engine ${event} ${reason ?? ''}`));
        this.socket.on('getMessage', data => {
            this.seen.add(data.messageId);
            this.book.show(id, data);
        });
    }

    /** Comes and goes until `signal`. */
    async run(signal) {
        const { random, socket, link } = this;
        const note = what => this.book.note(`@${this.id} ${what}`);
        const faults = this.swallows ? ['swallow', 'swallow', 'swallow', 'half', 'drop', 'leave'] : ['drop', 'drop', 'leave', 'end', 'half'];
        while (!signal.aborted) {
            await delay(random.between(50, 900));
            if (signal.aborted) break;
            const fault = random.one(faults);
            note(fault);
            if (fault === 'drop') link.cut();
            // Not by the client's own engine.close(): what it receives in that very moment it keeps unseen, with its offset
            // unknown, and shows beside what recovery brings.
            else if (fault === 'end') link.finish();
            else if (fault === 'leave') {
                socket.disconnect();
                await delay(random.chance(0.2) ? random.between(500, 1_500) : random.between(0, 200));
                socket.connect();
            } else if (fault === 'half') {
                link.cut({ half: true });
                await delay(random.between(0, 400));
                link.endHalves();
            } else {
                link.swallow();
                await delay(random.between(10, 700));
                const half = random.chance(0.3);
                link.cut({ half });
                if (half) {
                    await delay(random.between(0, 300));
                    link.endHalves();
                }
            }
        }
        link.endHalves();
    }

    /** Resolves when a registration has been answered: then everything that waited is here. */
    async registered() {
        for (;;) {
            const answer = await new Promise(resolve => this.socket.timeout(5_000).emit('newUser', this.id, { presence: 'none' }, (error, value) => resolve(error ? undefined : value)));
            if (answer?.ok) return answer;
        }
    }

    ask(event, payload) {
        return new Promise(resolve => this.socket.timeout(1_000).emit(event, payload, (error, answer) => resolve(error ? undefined : answer)));
    }

    close() { this.socket.close(); }
}
