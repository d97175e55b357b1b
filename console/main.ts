import { render } from 'preact';
import { useBackend } from './api/backend.ts';
import { LOOPBACK, takeKey } from './api/loopback.ts';
import { html } from './html.ts';
import { Shell } from './views/shell.ts';

takeKey();
// A key can come into the address of an open page, too.
addEventListener('hashchange', takeKey);
useBackend(LOOPBACK);
const place = document.getElementById('console');
if (place !== null) render(html`<${Shell} />`, place);
