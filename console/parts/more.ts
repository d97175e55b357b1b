/** The button under a list that has another page. */
import { useState } from 'preact/hooks';
import { html } from '../html.ts';
import { T } from '../strings.ts';
import { Problem } from './states.ts';

interface MoreProps {
  readonly label: string;
  /** Adds the page that follows. */
  readonly load: () => Promise<void>;
}

export function More({ label, load }: MoreProps) {
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>();
  async function begin() {
    setLoading(true);
    setError(undefined);
    try {
      await load();
    } catch (failed) {
      setError(failed);
    }
    setLoading(false);
  }
  if (error !== undefined) return html`<${Problem} error=${error} retry=${begin} />`;
  return html`<p class="more"><button type="button" disabled=${isLoading} onClick=${begin}>${isLoading ? T.loading : label}</button></p>`;
}
