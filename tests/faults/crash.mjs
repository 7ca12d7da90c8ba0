#!/usr/bin/env node
// node tests/faults/crash.mjs --rounds N [--seed S] [--bin folder]
// The server is killed again and again, mostly by SIGKILL, while senders send and receivers come and go. What was
// acknowledged must be shown exactly once, in order. Ends with code 1 where it is not.
import { options, torture } from './lib/torture.mjs';

await torture(options('crash'), { kills: () => true, swallows: false });
