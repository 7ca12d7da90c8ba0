#!/usr/bin/env node
// node tests/faults/swallow.mjs --rounds N [--seed S] [--bin folder]
// As crash.mjs, but it is the receivers' networks that fail: they take what the server writes and lose it, and cut the
// connection later. Every fourth round the server is killed as well.
import { options, torture } from './lib/torture.mjs';

await torture(options('swallow'), { kills: random => random.chance(0.25), swallows: true });
