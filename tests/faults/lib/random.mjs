// Chance that can be repeated: the same seed, the same choices. Each actor has a stream of its own, so that what one of
// them draws does not depend on when the others do.
import { createHash } from 'node:crypto';

export class Random {
    constructor(seed) {
        this.seed = String(seed);
        this.state = createHash('sha256').update(this.seed).digest().readUInt32LE(0);
    }

    /** mulberry32: [0, 1). */
    next() {
        this.state = (this.state + 0x6D2B79F5) | 0;
        let value = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
        value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
        return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
    }

    fork(name) { return new Random(`${this.seed}/${name}`); }

    /** An integer, both ends included. */
    between(least, most) { return least + Math.floor(this.next() * (most - least + 1)); }

    chance(share) { return this.next() < share; }

    one(values) { return values[this.between(0, values.length - 1)]; }
}
