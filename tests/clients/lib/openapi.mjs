// resources/openapi.json, and whether a value is what a schema of it says: the part of JSON Schema that the file uses.
import { readFileSync } from 'node:fs';

export const openapi = JSON.parse(readFileSync(new URL('../../../resources/openapi.json', import.meta.url), 'utf8'));

const typeOf = value => value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;

/** Throws with the place where `value` is not what `schema` says. */
export function assertSchema(schema, value, place = '') {
    const fail = why => { throw new Error(`${place || 'it'} ${why}: ${JSON.stringify(value)}`); };
    if (schema.$ref) {
        assertSchema(schema.$ref.slice(2).split('/').reduce((node, key) => node[key], openapi), value, place);
        return;
    }
    if (schema.oneOf) {
        const fitting = schema.oneOf.filter(each => { try { assertSchema(each, value, place); return true; } catch { return false; } });
        if (fitting.length !== 1) fail(`fits ${fitting.length} of the schemas`);
        return;
    }
    if (schema.type && ![schema.type].flat().includes(typeOf(value))) fail(`is no ${schema.type}`);
    if (schema.enum && !schema.enum.includes(value)) fail(`is none of ${schema.enum}`);
    if (schema.format === 'date-time' && value !== null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) fail('is no time');
    for (const name of schema.required ?? []) if (!(name in value)) fail(`has no ${name}`);
    for (const [name, inner] of Object.entries(schema.properties ?? {})) if (name in value) assertSchema(inner, value[name], `${place}.${name}`);
    if (schema.items) value.forEach((element, i) => assertSchema(schema.items, element, `${place}[${i}]`));
}
