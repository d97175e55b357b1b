/** Who looked up, played or downloaded what. */

import { isUnavailable } from '../api/ask.ts';
import { type AuditList, readAudit } from '../api/calls.ts';
import type { AuditEntry } from '../api/types.ts';
import { dateTimeOf } from '../format.ts';
import { html } from '../html.ts';
import { More } from '../parts/more.ts';
import { Empty, Loading, Problem } from '../parts/states.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { addressOf, type Filters } from '../route.ts';
import { T } from '../strings.ts';

export function AuditView({ filters }: { readonly filters: Filters }) {
  const name = JSON.stringify(filters);
  const { loaded, reload, replace } = useLoaded(name, (signal) => readAudit(filters, signal));
  return html`
    <div class="heading">
      <h1>${T.audit}</h1>
      <button type="button" class="quiet" onClick=${reload}>${T.list.refresh}</button>
    </div>
    <p class="muted">${T.auditList.help}</p>
    ${loaded.state === 'loading' && html`<${Loading} />`}
    ${loaded.state === 'failed' && html`<${AuditProblem} error=${loaded.error} retry=${reload} />`}
    ${loaded.state === 'done' && html`<${Entries} list=${loaded.value} filters=${filters} replace=${replace} />`}`;
}

export const AuditProblem = ({ error, retry }: { readonly error: unknown; readonly retry: () => void }) =>
  isUnavailable(error)
    ? html`<${Empty} title=${T.auditList.unavailable} help=${T.auditList.unavailableHelp} />`
    : html`<${Problem} error=${error} retry=${retry} />`;

interface EntriesProps {
  readonly list: AuditList;
  readonly filters: Filters;
  readonly replace: (list: AuditList) => void;
}

function Entries({ list, filters, replace }: EntriesProps) {
  const { entries, next } = list;
  if (entries.length === 0 && next === undefined) return html`<${Empty} title=${T.auditList.empty} />`;
  const load = async () => {
    const page = await readAudit(filters, new AbortController().signal, next);
    replace({ ...page, entries: [...entries, ...page.entries] });
  };
  return html`
    <${AuditTable} entries=${entries} />
    ${next !== undefined && html`<${More} label=${T.auditList.more} load=${load} />`}`;
}

/** @param ofCall the table stands beside the call that it is about */
export const AuditTable = ({ entries, ofCall = false }: { entries: readonly AuditEntry[]; ofCall?: boolean }) => html`
  <table class="audit">
    <thead>
      <tr>
        <th scope="col">${T.auditList.when}</th>
        <th scope="col">${T.auditList.who}</th>
        <th scope="col">${T.auditList.what}</th>
        ${!ofCall && html`<th scope="col">${T.auditList.call}</th>`}
        <th scope="col">${T.auditList.from}</th>
      </tr>
    </thead>
    <tbody>
      ${entries.map(
        ({ at, who, what, callSid, for: purpose, from }) => html`
        <tr>
          <td class="when"><time datetime=${at}>${dateTimeOf(at)}</time></td>
          <td title=${who}>${personOf(who)}</td>
          <td>${T.auditList.whats[purpose ?? what] ?? what}</td>
          ${!ofCall && html`<td>${callSid && html`<a href=${addressOf(`calls/${callSid}`)}><code>${callSid.slice(0, 10)}…</code></a>`}</td>`}
          <td>${from}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;

/** The end of an ARN names the person, or the session of a role; all of it stands in the title. */
const personOf = (arn: string): string =>
  arn
    .split(':')
    .at(-1)
    ?.replace(/^(user|assumed-role)\//, '') ?? arn;
