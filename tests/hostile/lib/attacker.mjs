// node attacker.mjs <case> <port> <count>: one case's attack, until stdin ends. In a process of its own, so that what it
// costs itself is not measured as the server's. Prints what it did, as JSON, at the end.
import { getPriority, setPriority } from 'node:os';

import { cases } from '../cases/all.mjs';
import { Context } from './attack.mjs';

// The processor is not what it is to take from the server, where there are few; and it is to get on.
setPriority(Math.min(19, getPriority() + 2));
const [name, port, count] = process.argv.slice(2);
const context = new Context({ port: Number(port), count: Number(count) });
process.stdin.resume();
process.stdin.on('end', () => context.finish());
await cases.find(one => one.name === name).attack(context);
process.stdout.write(`${JSON.stringify(context.counts)}\n`, () => process.exit(0));
