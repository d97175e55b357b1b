/** Calls as they happen, step by step. */
import { useEffect, useState } from 'preact/hooks';
import { watchEvents } from '../api/theatre.ts';
import { STAGES, type Stage, type Told } from '../api/theatre-contract.ts';
import { html } from '../html.ts';
import { Empty } from '../parts/states.ts';
import { addressOf } from '../route.ts';
import { T } from '../strings.ts';

interface LiveCall {
  readonly callSid: string;
  readonly begun: number;
  readonly stages: { readonly [stage in Stage]?: number };
  /** The newest last. */
  readonly lines: readonly Told[];
}
type LiveCallsBySid = ReadonlyMap<string, LiveCall>;

/** Calls that are shown: the newest. */
const SHOWN = 25;
const LINES_KEPT = 200;

export function LiveCalls() {
  const [calls, setCalls] = useState<LiveCallsBySid>(new Map());
  useEffect(() => {
    const ending = new AbortController();
    void watchEvents((told) => setCalls((before) => told.reduce(withTold, before)), ending.signal);
    return () => ending.abort();
  }, []);
  const shown = [...calls.values()].reverse().slice(0, SHOWN);
  return html`
    <section aria-labelledby="live">
      <h2 id="live">${T.stage.live}</h2>
      ${shown.length === 0 && html`<div class="card"><${Empty} title=${T.stage.noCalls} help=${T.stage.noCallsHelp} /></div>`}
      ${shown.map((call) => html`<${OneCall} key=${call.callSid} call=${call} />`)}
    </section>`;
}

function withTold(calls: LiveCallsBySid, told: Told): LiveCallsBySid {
  const { callSid, stage, at } = told;
  if (callSid === undefined) return calls;
  const { begun = at, stages = {}, lines = [] } = calls.get(callSid) ?? {};
  const reached = stage === undefined || stages[stage] !== undefined ? stages : { ...stages, [stage]: at };
  const call = { callSid, begun, stages: reached, lines: [...lines, told].slice(-LINES_KEPT) };
  return new Map(calls).set(callSid, call);
}

function OneCall({ call: { callSid, begun, stages, lines } }: { readonly call: LiveCall }) {
  const last = lines.at(-1);
  const seconds = (at: number) => `${((at - begun) / 1000).toFixed(1)} s`;
  const isStored = stages.stored !== undefined;
  return html`
    <details class=${`live ${isStored ? 'live-stored' : ''}`}>
      <summary>
        <code class="live-sid">${callSid.slice(0, 8)}…</code>
        <ol class="stages">
          ${STAGES.map((stage) => {
            const at = stages[stage];
            return html`
              <li class=${at === undefined ? 'ahead' : 'reached'}>
                ${T.stage.stages[stage]}<span class="hidden">: ${at === undefined ? T.stage.ahead : T.stage.reached}</span>
              </li>`;
          })}
        </ol>
        <span class=${`live-last level-${last?.level ?? 'plain'}`}>${last?.what}</span>
      </summary>
      <p><a href=${addressOf(`calls/${callSid}`)}>${T.stage.open}</a></p>
      <ol class="lines">
        ${lines.map(
          ({ id, at, who, what, level }) => html`
          <li key=${id} class=${`level-${level}`}><span class="line-time">${seconds(at)}</span> <span class="line-who">${who}</span> ${what}</li>`,
        )}
      </ol>
    </details>`;
}
