import { render } from 'preact';
import { type PageSettings, SETTINGS_FILE } from '../../lambdas/shared/contract/console.ts';
import { useBackend } from '../api/backend.ts';
import { type Content, html } from '../html.ts';
import { Empty } from '../parts/states.ts';
import { Shell } from '../views/shell.ts';
import { hostedBackend } from './backend.ts';
import { goToSignIn, signedIn } from './sign-in.ts';
import { SIGN_IN } from './strings.ts';

const show = (content: Content) => {
  const place = document.getElementById('console');
  if (place !== null) render(content, place);
};

const failed = (help: string, again?: () => void) =>
  show(html`<main><${Empty} title=${SIGN_IN.failed} help=${help}>
    ${again && html`<button type="button" class="main" onClick=${again}>${SIGN_IN.again}</button>`}<//></main>`);

async function begin(): Promise<void> {
  const reply = await fetch(SETTINGS_FILE);
  if (!reply.ok) return failed(SIGN_IN.unreadable);
  const settings = (await reply.json()) as PageSettings;
  try {
    useBackend(hostedBackend(settings, await signedIn(settings)));
    show(html`<${Shell} />`);
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error), () => void goToSignIn(settings));
  }
}

void begin();
