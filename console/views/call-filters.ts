/** The filters of the list. They are the address of the view: what is chosen can be kept and passed on. */
import { useState } from 'preact/hooks';
import { OUTCOMES } from '../../lambdas/shared/rules/call/outcome.ts';
import { html } from '../html.ts';
import { addressOf, type Filters } from '../route.ts';
import { OUTCOME_WORDS, T } from '../strings.ts';

const HOUR = 3_600_000;
const PERIODS: { readonly [period: string]: number } = { day: 24 * HOUR, week: 7 * 24 * HOUR, month: 31 * 24 * HOUR };

/** The filters as the API takes them: a period becomes an instant. */
export function rangeOf({ period, ...others }: Filters, now: number): Filters {
  const length = PERIODS[period ?? defaultPeriod(others)];
  // What the API does by itself where no range is given: the last day, or all of a party's calls.
  const isDefault = (period ?? defaultPeriod(others)) === defaultPeriod(others);
  if (others.from || others.to || length === undefined || isDefault) return others;
  return { ...others, from: new Date(now - length).toISOString() };
}

/** Who looks for a caller does not know when that was. */
const defaultPeriod = ({ party }: Filters): string => (party ? 'all' : 'day');

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
/** As people write numbers: the pattern of the field lets in no others. */
const partyOf = (text: string): string => text.replace(/[\s().-]/g, '');
/** As browsers read patterns: with the flag `v`, under which these characters are escaped in a class. */
const FOUND_BY = String.raw`CA[0-9a-f]{32}|\+[1-9][0-9 \(\).\-]{1,24}`;

const OF_ALL = ['day', 'week', 'month', 'custom'] as const;
const OF_PARTY = ['all', ...OF_ALL] as const;

export function CallFilters({ filters }: { readonly filters: Filters }) {
  const [period, setPeriod] = useState(
    filters.from || filters.to ? 'custom' : (filters.period ?? defaultPeriod(filters)),
  );
  const [isOfParty, setOfParty] = useState(filters.party !== undefined);
  const apply = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const chosen = Object.fromEntries([...fields].map(([name, value]) => [name, String(value).trim()]));
    const { who = '', period: given = '', from, to, ...others } = chosen;
    const party = SID.test(who) ? '' : partyOf(who);
    const isNamed = given in PERIODS && given !== defaultPeriod({ party });
    const range = { period: isNamed ? given : '', from: instantOf(from), to: instantOf(to) };
    location.hash = SID.test(who) ? addressOf(`calls/${who}`) : addressOf('calls', { ...range, party, ...others });
  };
  /** A caller is looked for at any time, unless a time was chosen. */
  const onWho = (event: Event) => {
    const { value } = event.currentTarget as HTMLInputElement;
    const isNumber = value.trim().startsWith('+');
    setOfParty(isNumber);
    if (isNumber && period === 'day') setPeriod('all');
    if (!isNumber && period === 'all') setPeriod('day');
  };
  const text = (name: string, label: string, more: object = {}) => html`
    <label class=${`field field-${name}`}>${label}
      <input name=${name} defaultValue=${filters[name] ?? ''} autocomplete="off" spellcheck=${false} ...${more} />
    </label>`;
  return html`
    <form class="filters" aria-label=${T.filters.title} onSubmit=${apply}>
      ${text('who', T.filters.who, {
        ...{ defaultValue: filters.party ?? '', placeholder: T.filters.whoHelp, pattern: FOUND_BY },
        ...{ title: T.filters.whoWrong, onInput: onWho },
      })}
      <label class="field">${T.filters.period}
        <select name="period" value=${period} onChange=${(event: Event) => setPeriod((event.currentTarget as HTMLSelectElement).value)}>
          ${(isOfParty ? OF_PARTY : OF_ALL).map((one) => html`<option value=${one}>${T.filters[one]}</option>`)}
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
      <button type="submit" class="main">${T.filters.apply}</button>
    </form>`;
}
