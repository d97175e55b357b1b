/** What a view shows while it has nothing to show. */
import { ApiProblem } from '../api/ask.ts';
import { type Content, html } from '../html.ts';
import { addressOf } from '../route.ts';
import { T } from '../strings.ts';

/** As high as what will stand there, so that nothing jumps. */
export const Loading = ({ rows = 8 }: { readonly rows?: number }) => html`
  <div class="loading" role="status">
    <span class="hidden">${T.loading}</span>
    ${Array.from({ length: rows }, () => html`<div class="bone" aria-hidden="true"></div>`)}
  </div>`;

export const Empty = ({ title, help, children }: { title: string; help?: string; children?: Content }) => html`
  <div class="empty">
    <p class="empty-title">${title}</p>
    ${help && html`<p>${help}</p>`}
    ${children}
  </div>`;

/** What is wrong, and what helps. */
export function Problem({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const { title, help } = inWords(error);
  return html`
    <div class="empty problem" role="alert">
      <p class="empty-title">${title}</p>
      ${help && html`<p>${help}</p>`}
      ${retry && html`<button type="button" onClick=${retry}>${T.tryAgain}</button>`}
    </div>`;
}

function inWords(error: unknown): { readonly title: string; readonly help?: string } {
  const { problem } = T;
  if (!(error instanceof ApiProblem)) {
    return { title: problem.unknown, help: error instanceof Error ? error.message : String(error) };
  }
  const { status, message } = error;
  if (status === 0) return { title: problem.silent, help: problem.silentHelp };
  if (status === 401) return { title: problem.key, help: problem.keyHelp };
  if (status === 403) return { title: problem.forbidden, help: message };
  return message === '' ? { title: problem.unknown } : { title: message };
}

/** In one line. */
export function messageOf(error: unknown): string {
  const { title, help } = inWords(error);
  return help === undefined ? title : `${title} ${help}`;
}

export const Unknown = () => html`
  <${Empty} title=${T.problem.notFound}><a href=${addressOf('calls')}>${T.problem.backToCalls}</a><//>`;
