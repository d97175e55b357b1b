/** The schemas of the events as `docs/events.md` has them, by detail-type. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

const DOCUMENT = join(import.meta.dirname, '..', '..', '..', 'docs', 'events.md');

/** @throws where a heading has no schema, or one that is none. */
export function eventSchemas(): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv({ strict: true, allErrors: true });
  const [, schemas = ''] = readFileSync(DOCUMENT, 'utf8').split('\n## Schemas\n');
  const sections = schemas.split(/^### /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [detailType = ''] = section.split('\n', 1);
      const [, json = ''] = /```json\n([\s\S]*?)\n```/.exec(section) ?? [];
      const schema = JSON.parse(json);
      if (schema.title !== detailType) throw new Error(`The schema under "${detailType}" is titled "${schema.title}".`);
      return [detailType, ajv.compile(schema)] as const;
    }),
  );
}
