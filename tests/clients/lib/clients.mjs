// The official client, in its three modes, with waits that end.
import { io } from 'socket.io-client';

import { within } from './raw.mjs';

export { io };

/** Transport modes of the official client. */
export const modes = {
    default: {},
    'polling only': { transports: ['polling'] },
    'websocket only': { transports: ['websocket'] },
};

const opened = new Set();

/** A connected client. Close them all with closeClients(). */
export async function openClient(url, mode = 'default', { prepare, ...options } = {}) {
    const socket = io(url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 100, randomizationFactor: 0, ...modes[mode], ...options });
    opened.add(socket);
    prepare?.(socket); // before anything arrives
    await within(new Promise((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('connect_error', reject);
    }), 'connect', 15_000);
    return socket;
}

export function closeClients() {
    for (const socket of opened) socket.close();
    opened.clear();
}

/** Emits with an acknowledgement and resolves to its argument. */
export function ask(socket, event, ...args) {
    return within(new Promise(resolve => socket.emit(event, ...args, resolve)), `answer to ${event}`);
}

/** The next `event` whose first argument satisfies `wanted`. Call it before what causes the event. */
export function heard(socket, event, wanted = () => true, ms) {
    let listener;
    const arrival = new Promise(resolve => socket.on(event, listener = value => { if (wanted(value)) resolve(value); }));
    const result = within(arrival, event, ms).finally(() => socket.off(event, listener));
    result.catch(() => {}); // reported where it is awaited
    return result;
}

/** Everything that arrives as `event` from now on. */
export function record(socket, event) {
    const values = [];
    socket.on(event, value => values.push(value));
    return values;
}

/** A connected client, registered as `userId`. */
export async function openUser(url, userId, mode, { presence, ...options } = {}) {
    const socket = await openClient(url, mode, options);
    const answer = await ask(socket, 'newUser', userId, ...presence ? [{ presence }] : []);
    if (!answer.ok) throw new Error(`newUser ${userId}: ${JSON.stringify(answer)}`);
    return socket;
}

let last = 0;
/** An id that no other test uses. */
export const freshId = prefix => `${prefix}-${process.pid}-${++last}`;
