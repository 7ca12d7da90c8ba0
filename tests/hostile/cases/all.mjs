// Every case, in the order in which they run. One is {name, count, attack(context), judge(what) → complaints}, and where
// it needs other than the usual: {seconds, smallSeconds, flags}.
import { chat } from './chat.mjs';
import { frames } from './frames.mjs';
import { http } from './http.mjs';
import { payloads } from './payloads.mjs';
import { pollingCases } from './polling.mjs';
import { slow } from './slow.mjs';

export const cases = [...slow, ...frames, ...payloads, ...pollingCases, ...chat, ...http];
