/** The filters of the list. They are the address of the view: what is chosen can be kept and passed on. */
import { useState } from 'preact/hooks';
import { OUTCOMES } from '../../lambdas/shared/rules/call/outcome.ts';
import { html } from '../html.ts';
import { addressOf, type Filters } from '../route.ts';
import { OUTCOME_WORDS, T } from '../strings.ts';

const HOUR = 3_600_000;
const PERIODS: { readonly [period: string]: number } = { day: 24 * HOUR, week: 7 * 24 * HOUR, month: 31 * 24 * HOUR };

/** The filters as the API takes them: a period becomes an instant. */
export function rangeOf({ period = 'day', ...others }: Filters, now: number): Filters {
  const length = PERIODS[period];
  if (others.from || others.to || length === undefined || period === 'day') return others;
  return { ...others, from: new Date(now - length).toISOString() };
}

/** An `<input type="datetime-local">` has no zone: it is the viewer's. The address has one, for viewers elsewhere. */
const instantOf = (text = ''): string => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
};
const localOf = (iso = ''): string => {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

const SID = /^CA[0-9a-f]{32}$/;

export function CallFilters({ filters }: { readonly filters: Filters }) {
  const [period, setPeriod] = useState(filters.from || filters.to ? 'custom' : (filters.period ?? 'day'));
  const apply = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const chosen = Object.fromEntries([...fields].map(([name, value]) => [name, String(value).trim()]));
    const { sid = '', period: given = '', from, to, ...others } = chosen;
    const isNamed = given === 'week' || given === 'month';
    const range = { period: isNamed ? given : '', from: instantOf(from), to: instantOf(to) };
    location.hash = SID.test(sid) ? addressOf(`calls/${sid}`) : addressOf('calls', { ...range, ...others });
  };
  const text = (name: string, label: string, more: object = {}) => html`
    <label class=${`field field-${name}`}>${label}
      <input name=${name} defaultValue=${filters[name] ?? ''} autocomplete="off" spellcheck=${false} ...${more} />
    </label>`;
  return html`
    <form class="filters" aria-label=${T.filters.title} onSubmit=${apply}>
      <label class="field">${T.filters.period}
        <select name="period" value=${period} onChange=${(event: Event) => setPeriod((event.currentTarget as HTMLSelectElement).value)}>
          ${(['day', 'week', 'month', 'custom'] as const).map((one) => html`<option value=${one}>${T.filters[one]}</option>`)}
        </select>
      </label>
      ${period === 'custom' && text('from', T.filters.from, { type: 'datetime-local', defaultValue: localOf(filters.from) })}
      ${period === 'custom' && text('to', T.filters.to, { type: 'datetime-local', defaultValue: localOf(filters.to) })}
      ${text('number', T.filters.number, { type: 'tel', placeholder: T.filters.numberHelp })}
      ${text('team', T.filters.team)}
      <label class="field">${T.filters.state}
        <select name="state">
          <option value="">${T.filters.anyState}</option>
          ${OUTCOMES.map((one) => html`<option value=${one} selected=${filters.state === one}>${OUTCOME_WORDS[one].name}</option>`)}
        </select>
      </label>
      ${text('minSeconds', T.filters.min, { type: 'number', min: 0, inputmode: 'numeric' })}
      ${text('maxSeconds', T.filters.max, { type: 'number', min: 0, inputmode: 'numeric' })}
      ${text('sid', T.filters.sid, { placeholder: 'CA…', pattern: 'CA[0-9a-f]{32}', title: T.filters.sidWrong })}
      <button type="submit" class="main">${T.filters.apply}</button>
    </form>`;
}
