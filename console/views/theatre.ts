/** The theatre: calls are placed, watched and disturbed on this machine. */
import { useEffect, useState } from 'preact/hooks';
import { placeCalls, readCounters, readFaults, runSchedules, setFault } from '../api/theatre.ts';
import { type Counters, FAULTS, type Fault, type Faults } from '../api/theatre-contract.ts';
import { html } from '../html.ts';
import { Problem } from '../parts/states.ts';
import { useLoaded } from '../parts/use-loaded.ts';
import { T } from '../strings.ts';
import { LiveCalls } from './live-calls.ts';

const COUNT_EVERY_MILLISECONDS = 1500;

export function TheatreView() {
  const [error, setError] = useState<unknown>();
  const attempt = (act: () => Promise<unknown>) => () => {
    setError(undefined);
    act().catch(setError);
  };
  return html`
    <div class="heading"><h1>${T.theatre}</h1></div>
    <p class="muted">${T.stage.help}</p>
    ${error !== undefined && html`<${Problem} error=${error} />`}
    <div class="stage">
      <section class="card">
        <h2>${T.stage.act}</h2>
        <div class="acts">
          <button type="button" class="main" onClick=${attempt(() => placeCalls(1))}>${T.stage.one}</button>
          <button type="button" onClick=${attempt(() => placeCalls(20))}>${T.stage.twenty}</button>
          <button type="button" onClick=${attempt(runSchedules)}>${T.stage.schedules}</button>
        </div>
        <p class="hint">${T.stage.schedulesHelp}</p>
      </section>
      <${Switches} onFailed=${setError} />
      <${Count} />
    </div>
    <${LiveCalls} />`;
}

function Switches({ onFailed }: { readonly onFailed: (error: unknown) => void }) {
  const { loaded, replace } = useLoaded<Faults>('faults', readFaults);
  const faults = loaded.state === 'done' ? loaded.value : {};
  const toggle = (fault: Fault) => () => {
    const on = faults[fault] !== true;
    setFault(fault, on).then(() => replace({ ...faults, [fault]: on }), onFailed);
  };
  return html`
    <section class="card">
      <h2>${T.stage.break}</h2>
      <ul class="switches">
        ${FAULTS.map(
          (fault) => html`
          <li>
            <button type="button" role="switch" aria-checked=${faults[fault] === true} disabled=${loaded.state !== 'done'} onClick=${toggle(fault)}>
              <span class="switch" aria-hidden="true"></span>${T.stage.faults[fault]}
            </button>
          </li>`,
        )}
      </ul>
    </section>`;
}

function Count() {
  const [counters, setCounters] = useState<Counters>();
  const [isDown, setDown] = useState(false);
  useEffect(() => {
    const ending = new AbortController();
    const count = () =>
      readCounters(ending.signal).then(
        (read) => {
          setCounters(read);
          setDown(false);
        },
        () => setDown(true),
      );
    void count();
    const timer = setInterval(() => void count(), COUNT_EVERY_MILLISECONDS);
    return () => {
      ending.abort();
      clearInterval(timer);
    };
  }, []);
  const line = (name: keyof Counters, kind = '') => html`
    <div class=${kind}><dt>${T.stage.counters[name]}</dt><dd>${counters?.[name] ?? '–'}</dd></div>`;
  return html`
    <section class="card">
      <h2>${T.stage.count}</h2>
      <dl class="counters">
        ${line('made')}${line('stored')}${line('atTwilio')}${line('unnoted')}${line('extra')}
        ${line('lost', counters?.lost ? 'lost' : 'kept')}
      </dl>
      <p class="hint">${isDown ? T.stage.notCounted : T.stage.countHelp}</p>
    </section>`;
}
