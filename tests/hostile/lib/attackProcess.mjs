// An attack's process, as the trial holds it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { within } from '../../clients/lib/raw.mjs';

const script = fileURLToPath(new URL('./attacker.mjs', import.meta.url));

export class Attack {
    constructor(name, port, count) {
        Object.assign(this, { name, readyAt: Infinity, hasEnded: false, stdout: '', stderr: '' });
        this.child = spawn(process.execPath, [script, name, port, count].map(String), { stdio: ['pipe', 'pipe', 'pipe'] });
        this.kill = () => this.child.kill('SIGKILL');
        process.once('exit', this.kill);
        this.ready = new Promise(resolve => {
            this.child.stdout.setEncoding('utf8').on('data', text => {
                this.stdout += text;
                if (!this.stdout.startsWith('ready')) return;
                this.readyAt = Math.min(this.readyAt, Date.now());
                resolve();
            });
        });
        this.child.stderr.setEncoding('utf8').on('data', text => { this.stderr += text; });
        this.over = new Promise(resolve => this.child.once('close', code => {
            process.off('exit', this.kill);
            this.hasEnded = true;
            resolve(code);
        }));
    }

    /** Resolves once it is in full, or has ended. */
    async untilReady(ms) { await within(Promise.race([this.ready, this.over]), `the attack ${this.name} in full`, ms); }

    /** → what it counted */
    async end(ms = 120_000) {
        if (!this.hasEnded) this.child.stdin.end();
        const code = await within(this.over, `the end of the attack ${this.name}`, ms).catch(error => { this.kill(); throw error; });
        if (code !== 0) throw new Error(`the attack ${this.name} ended with ${code}: ${this.stderr.trim().slice(-2_000)}`);
        return JSON.parse(this.stdout.trim().split('\n').at(-1));
    }
}
