// JSON Web Tokens as an issuer makes them, and as an attacker would like to. Made with node:crypto.
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';

export const secret = 'a secret of the tests, 32 bytes or more';

export const encode = value => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const nowSeconds = () => Date.now() / 1000;

/** Claims of a user whose token is good for `seconds` more. */
export const claimsOf = (id, seconds = 60, more = {}) => ({ id, exp: nowSeconds() + seconds, ...more });

/** A token of these claims. `key`: a secret, or a private key for the algorithms that take one. */
export function makeToken(claims, { alg = 'HS256', key = secret, header = {} } = {}) {
    const text = `${encode({ alg, typ: 'JWT', ...header })}.${encode(claims)}`;
    return `${text}.${signatureOf(alg, key, text).toString('base64url')}`;
}

function signatureOf(alg, key, text) {
    const hash = `sha${alg.slice(2)}`;
    switch (alg.slice(0, 2)) {
    case 'HS': return createHmac(hash, key).update(text).digest();
    case 'RS': return sign(hash, Buffer.from(text), key);
    case 'PS': return sign(hash, Buffer.from(text), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
    case 'ES': return sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
    case 'Ed': return sign(null, Buffer.from(text), key);
    default: return Buffer.alloc(0);
    }
}

export const tokenOf = (id, seconds, more) => makeToken(claimsOf(id, seconds, more));

/** One pair of keys for each family, by the algorithms that they are for. */
export function makeKeys() {
    const pairs = {
        rsa: { ...generateKeyPairSync('rsa', { modulusLength: 2048 }), algorithms: ['RS256', 'RS384', 'RS512'] },
        pss: { ...generateKeyPairSync('rsa', { modulusLength: 2048 }), algorithms: ['PS256'], jwk: { alg: 'PS256' } },
        p256: { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }), algorithms: ['ES256'] },
        p384: { ...generateKeyPairSync('ec', { namedCurve: 'P-384' }), algorithms: ['ES384'] },
        p521: { ...generateKeyPairSync('ec', { namedCurve: 'P-521' }), algorithms: ['ES512'] },
        ed25519: { ...generateKeyPairSync('ed25519'), algorithms: ['EdDSA'] },
        ed448: { ...generateKeyPairSync('ed448'), algorithms: ['EdDSA'] },
    };
    return Object.entries(pairs).map(([kid, pair]) => ({ kid, ...pair }));
}

export const jwkSet = keys => JSON.stringify({ keys: keys.map(({ kid, publicKey, jwk }) => ({ kid, use: 'sig', ...publicKey.export({ format: 'jwk' }), ...jwk })) });
export const secretSet = secrets => JSON.stringify({ keys: Object.entries(secrets).map(([kid, text]) => ({ kty: 'oct', kid, k: encode(text) })) });
