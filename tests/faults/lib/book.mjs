// What was sent, acknowledged and shown, and whether that is what is promised.

export class Book {
    constructor() {
        this.messages = new Map();
        this.shown = new Map(); // by receiver, then id: how many times
        this.highest = new Map(); // by receiver and sender: the greatest sequence number shown
        this.trail = [];
        this.begin = Date.now();
        this.counts = { sent: 0, acknowledged: 0, delivered: 0, stored: 0, duplicate: 0, refused: 0, shown: 0 };
        this.findings = { lost: [], twice: [], outOfOrder: [], stray: [] };
    }

    note(line) { this.trail.push(`${((Date.now() - this.begin) / 1000).toFixed(3)} ${line}`); }

    /** `audience()`: who must get it, a Map of receiver to a version of that being so; asked again at the acknowledgement. */
    sending(message) {
        this.counts.sent += 1;
        this.messages.set(message.id, { ...message, before: message.audience() });
        this.note(`send ${message.id} to ${message.to}`);
    }

    refused(id, answer) {
        this.counts.refused += 1;
        this.note(`refused ${id} ${JSON.stringify(answer)}`);
    }

    acknowledged(id, answer) {
        const message = this.messages.get(id);
        message.isAcknowledged = true;
        message.after = message.audience();
        this.counts.acknowledged += 1;
        this.counts[answer.status] += 1;
        if (answer.duplicate) this.counts.duplicate += 1;
        this.note(`ack ${id} ${answer.status}${answer.duplicate ? ' duplicate' : ''}`);
    }

    show(receiver, { messageId: id }) {
        this.counts.shown += 1;
        this.note(`show ${id} at ${receiver}`);
        const message = this.messages.get(id);
        if (!message) {
            this.findings.stray.push({ id, receiver });
            return;
        }
        const mine = this.shown.get(receiver) ?? this.shown.set(receiver, new Map()).get(receiver);
        const times = (mine.get(id) ?? 0) + 1;
        mine.set(id, times);
        if (times > 1) {
            this.findings.twice.push({ id, receiver });
            return;
        }
        const pair = `${message.sender} ${receiver}`;
        const highest = this.highest.get(pair) ?? -1;
        if (message.sequence < highest) this.findings.outOfOrder.push({ id, receiver });
        this.highest.set(pair, Math.max(highest, message.sequence));
    }

    /** Acknowledged messages that somebody lacks who must have them. */
    missing() {
        const missing = [];
        for (const { id, before, after, isAcknowledged } of this.messages.values()) {
            if (!isAcknowledged) continue;
            for (const [receiver, version] of before) {
                // Who left the chat meanwhile may have it or not.
                if (after.get(receiver) === version && !this.shown.get(receiver)?.has(id)) missing.push({ id, receiver });
            }
        }
        return missing;
    }

    /** Shown to who was not there, neither when it was sent nor when it was acknowledged. */
    strays() {
        const strays = [];
        for (const [receiver, mine] of this.shown) {
            for (const id of mine.keys()) {
                const { before, after } = this.messages.get(id);
                if (!before.has(receiver) && after && !after.has(receiver)) strays.push({ id, receiver });
            }
        }
        return strays;
    }

    judge() {
        this.findings.lost = this.missing();
        this.findings.stray.push(...this.strays());
        return this.findings;
    }

    /** What happened around one finding. */
    story({ id, receiver }) {
        const matters = line => line.includes(` ${id} `) || line.endsWith(` ${id}`) || line.includes(`@${receiver} `) || line.includes(' server ');
        const lines = this.trail.filter(matters);
        const middle = lines.findIndex(line => line.includes(` ${id}`));
        return lines.slice(Math.max(0, middle - 12), middle + 60).map(line => `    ${line}`).join('\n');
    }
}
