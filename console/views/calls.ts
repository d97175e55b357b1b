/** The list of calls, newest first. */
import type { CallEntry } from '../../lambdas/shared/rules/call/call-entry.ts';
import type { Session } from '../api/backend.ts';
import { listCalls } from '../api/calls.ts';
import type { CallList } from '../api/types.ts';
import { clockOf, dateTimeOf, dayOf, spokenLength, timeOf } from '../format.ts';
import { html } from '../html.ts';
import { More } from '../parts/more.ts';
import { notesOf, OutcomeBadge } from '../parts/outcome.ts';
import { Empty, Loading, Problem } from '../parts/states.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { addressOf, type Filters } from '../route.ts';
import { T } from '../strings.ts';
import { CallFilters, rangeOf } from './call-filters.ts';

interface CallsProps {
  readonly filters: Filters;
  readonly session: Session;
}

export function CallsView({ filters, session }: CallsProps) {
  const name = JSON.stringify(filters);
  const { loaded, reload, replace } = useLoaded(name, (signal) => listCalls(rangeOf(filters, Date.now()), signal));
  return html`
    <div class="heading">
      <h1>${T.list.title}</h1>
      <button type="button" class="quiet" onClick=${reload}>${T.list.refresh}</button>
    </div>
    <${CallFilters} key=${name} filters=${filters} />
    ${loaded.state === 'loading' && html`<${Loading} />`}
    ${loaded.state === 'failed' && html`<${Problem} error=${loaded.error} retry=${reload} />`}
    ${
      loaded.state === 'done' &&
      html`
      <${Calls} list=${loaded.value} filters=${filters} session=${session} replace=${replace} />`
    }`;
}

interface ListProps extends CallsProps {
  readonly list: CallList;
  readonly replace: (list: CallList) => void;
}

function Calls({ list, filters, session, replace }: ListProps) {
  const { calls, next } = list;
  if (calls.length === 0 && next === undefined) return html`<${NoCalls} filters=${filters} session=${session} />`;
  const load = async () => {
    // From and to stay those of the first page: the place is one between them.
    const range = { ...rangeOf(filters, Date.now()), from: list.from, to: list.to };
    const page = await listCalls(range, new AbortController().signal, next);
    replace({ ...page, calls: [...calls, ...page.calls] });
  };
  return html`
    <p class="count" role="status">${T.list.count(calls.length, next !== undefined)}</p>
    <table class="calls">
      <thead>
        <tr>
          <th scope="col">${T.list.time}</th>
          <th scope="col">${T.list.number}</th>
          <th scope="col">${T.list.team}</th>
          <th scope="col" class="number">${T.list.length}</th>
          <th scope="col">${T.list.state}</th>
          <th scope="col">${T.list.notes}</th>
        </tr>
      </thead>
      <tbody>
        ${calls.map((call, index) => html`<${Row} key=${call.callSid} call=${call} before=${calls[index - 1]} />`)}
      </tbody>
    </table>
    ${next !== undefined && html`<${More} label=${T.list.more} load=${load} />`}`;
}

function Row({ call, before }: { readonly call: CallEntry; readonly before?: CallEntry }) {
  const { callSid, at, number = T.list.unknownNumber, direction, team, seconds, outcome } = call;
  const day = dayOf(at);
  const isNewDay = before === undefined || dayOf(before.at) !== day;
  const address = addressOf(`calls/${callSid}`);
  return html`
    ${isNewDay && html`<tr class="day"><th scope="rowgroup" colspan="6">${day}</th></tr>`}
    <tr class="call">
      <td class="time">
        <a href=${address} aria-label=${T.list.open(dateTimeOf(at), number)}><time datetime=${at}>${timeOf(at)}</time></a>
      </td>
      <td class="party">
        ${number}
        ${direction && html`<span class="muted"> ${direction === 'inbound' ? T.list.inbound : T.list.outbound}</span>`}
      </td>
      <td class="team">${team}</td>
      <td class="number length">
        ${
          seconds !== undefined &&
          html`<span aria-hidden="true">${clockOf(seconds)}</span>
          <span class="hidden">${spokenLength(seconds)}</span>`
        }
      </td>
      <td class="state"><${OutcomeBadge} outcome=${outcome} /></td>
      <td class="notes">${notesOf(call).join(' · ')}</td>
    </tr>`;
}

function NoCalls({ filters, session }: CallsProps) {
  const isFiltered = Object.keys(filters).length > 0;
  const help = isFiltered ? T.list.emptyHelp : session.theatre ? T.list.emptyLocal : undefined;
  const title = isFiltered ? T.list.emptyFiltered : T.list.empty;
  return html`
    <${Empty} title=${filters.party ? T.list.emptyParty : title} help=${filters.party ? T.list.emptyPartyHelp : help}>
      ${isFiltered && html`<a href=${addressOf('calls')}>${T.list.clear}</a>`}
    <//>`;
}
