// What attacks have in common: so many at once, until it is over.
import { Peer } from './peer.mjs';

export { Peer };

/** What an attack knows: where, how many, until when; and what it has done, which the judge reads. */
export class Context {
    constructor({ port, count }) {
        Object.assign(this, { port, count, counts: {}, isOver: false });
        this.over = new Promise(resolve => {
            this.finish = () => {
                this.isOver = true;
                resolve();
            };
        });
    }

    /** The attack is what it is to be: from now on the victims' figures count. */
    ready() {
        if (this.isReady) return;
        this.isReady = true;
        process.stdout.write('ready\n');
    }

    note(what, number = 1) { this.counts[what] = (this.counts[what] ?? 0) + number; }

    nap(ms) { return new Promise(resolve => setTimeout(resolve, ms)); }

    /** Waits, unless it is over. */
    async pause(ms) {
        let timer;
        await Promise.race([new Promise(resolve => { timer = setTimeout(resolve, ms); }), this.over]);
        clearTimeout(timer);
    }

    /** `step(index)` for each below `number`, `width` of them at a time. */
    async each(number, width, step) {
        let next = 0;
        const work = async () => {
            while (next < number) await step(next++);
        };
        await Promise.all(Array.from({ length: Math.min(width, number) }, work));
    }

    /** `step(index)` in `width` places, again and again until it is over; ready once it was done `least` times. */
    async again(width, step, least = width) {
        let [next, done] = [0, 0];
        const work = async () => {
            while (!this.isOver || next < least) {
                await step(next++);
                if (++done === least) this.ready();
            }
        };
        await Promise.all(Array.from({ length: width }, work));
    }

    /**
     * As many peers as the case is about, each made by `open(index)` and kept busy by `live(peer)`, which ends once the
     * peer is closed or it is over. A peer that the server closes comes back.
     */
    async crowd(open, live) {
        let opening = 0;
        const waiting = [];
        const enter = async () => {
            if (opening < 256) opening += 1;
            else await new Promise(resolve => waiting.push(resolve));
        };
        const leave = () => {
            if (waiting.length > 0) waiting.shift()();
            else opening -= 1;
        };
        let missing = this.count;
        const place = async index => {
            let isFirst = true;
            while (isFirst || !this.isOver) {
                await enter();
                let peer;
                try {
                    peer = await open(index);
                    if (isFirst) this.note('opened');
                } catch {
                    this.note('refused');
                    await this.pause(200);
                } finally {
                    leave();
                    if (isFirst && --missing === 0) this.ready();
                    isFirst = false;
                }
                if (!peer) continue;
                await live(peer);
                if (peer.isClosed) this.note('closedByServer');
                peer.end();
            }
        };
        await Promise.all(Array.from({ length: this.count }, (_, index) => place(index)));
    }

    /** Resolves to whether the server closed the connection, and counts by which code. */
    async closing(peer, ms = 30_000) {
        let timer;
        await Promise.race([peer.closed, new Promise(resolve => { timer = setTimeout(resolve, ms); })]);
        clearTimeout(timer);
        this.note(peer.isClosed ? `closed ${peer.closeCode ?? 'without a code'}` : 'left open');
        return peer.isClosed;
    }
}
